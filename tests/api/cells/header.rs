//! Makes a setting so in a case: what its header says of stage, parts, listings, commissions, recusals, restriction and glasses.
//! It must never tell the oracle anything: what a header comes to is for the service to find out.

use super::cast::Cast;
use super::rows::span;
use super::setting::{Deal, Setting, Window};
use channel_panel::access::{Assignment, AssignmentKind, CommissionFact, Glass, Header, Listing};
use channel_panel::casework::ids::{AgencyId, MembershipId, PersonId, RecordId};
use channel_panel::clock::Moment;
use channel_panel::demo::seats::{Body, Seat};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// References that a case's parts are under, so that a request can name one.
pub struct References {
    pub leads: BTreeMap<Body, RecordId>,
    pub actions: BTreeMap<Body, RecordId>,
    pub requests: BTreeMap<Body, RecordId>,
    /// Of the agency beyond: its lead, its action and the question to it.
    pub beyond: [RecordId; 3],
}

impl References {
    pub fn fresh() -> Self {
        let each = || Body::ALL.iter().map(|body| (*body, RecordId::new())).collect();
        let beyond = [RecordId::new(), RecordId::new(), RecordId::new()];
        Self { leads: each(), actions: each(), requests: each(), beyond }
    }
}

/// Writes into a case's header what decides: stage, parts, listings, commissions, recusals, restriction, glasses.
pub fn lay(header: &mut Header, cast: &Cast, setting: &Setting, refs: &References, (today, now): (NaiveDate, Moment)) {
    let assigned = |agency: AgencyId, why, reference| Assignment { agency, why, reference };
    let parts = |on: bool, why, by: &BTreeMap<Body, RecordId>| -> Vec<Assignment> {
        by.iter().filter(|_| on).map(|(body, id)| assigned(cast.agency(*body), why, *id)).collect()
    };
    header.state.stage = setting.stage;
    header.assignments = [
        parts(setting.lead, AssignmentKind::NamedLead, &refs.leads),
        parts(setting.plan, AssignmentKind::Plan, &refs.leads),
        parts(setting.action, AssignmentKind::Action, &refs.actions),
        parts(setting.asked, AssignmentKind::Request, &refs.requests),
    ]
    .concat();
    let beyond = [AssignmentKind::NamedLead, AssignmentKind::Action, AssignmentKind::Request];
    header.assignments.extend(beyond.iter().zip(refs.beyond).map(|(why, id)| assigned(cast.beyond, *why, id)));
    header.listings = listings(cast, setting, today);
    header.commissions = setting.deal.map(|deal| commissions(cast, deal, today)).unwrap_or_default();
    (header.escalated, header.decided) = (setting.escalated, setting.decided);
    let everybody: Vec<PersonId> = Seat::ALL.iter().map(|seat| cast.person(*seat)).collect();
    header.recusals = if setting.recused { everybody.clone() } else { vec![PersonId::new()] };
    header.glass = glasses(cast, setting, now);
    header.restricted = setting.restricted.map(|on_it| if on_it { everybody } else { vec![PersonId::new()] });
}

/// Somebody else's is always broken.
fn glasses(cast: &Cast, setting: &Setting, now: Moment) -> Vec<Glass> {
    let broken = |person, membership, (from, until): (i64, i64)| Glass {
        person,
        membership,
        from: now.plus_seconds(from * 3600),
        until: now.plus_seconds(until * 3600),
        reason: "missing_child".to_owned(),
    };
    let hours = |window| match window {
        Window::Open => (-1, 2),
        Window::Over => (-3, 0),
        Window::Coming => (1, 3),
    };
    let mine = |window| Seat::ALL.iter().map(move |s| broken(cast.person(*s), cast.membership(*s), hours(window)));
    let another = broken(PersonId::new(), MembershipId::new(), hours(Window::Open));
    setting.glass.into_iter().flat_map(mine).chain([another]).collect()
}

fn listings(cast: &Cast, setting: &Setting, today: NaiveDate) -> Vec<Listing> {
    let listing = |window, agency, person| {
        let (from, to) = span(window, today);
        Listing { item: RecordId::new(), agency, person, from, to }
    };
    let mut all: Vec<Listing> = setting.agenda.iter().map(|window| listing(*window, None, None)).collect();
    if let Some(window) = setting.papers_agency {
        all.extend(Body::ALL.iter().map(|body| listing(window, Some(cast.agency(*body)), None)));
    }
    if let Some(window) = setting.papers_person {
        all.extend(Seat::ALL.iter().map(|seat| listing(window, None, Some(cast.person(*seat)))));
    }
    all
}

fn commissions(cast: &Cast, deal: Deal, today: NaiveDate) -> Vec<CommissionFact> {
    let window = match deal {
        Deal::Over | Deal::OfferOver => Window::Over,
        Deal::NotBegun => Window::Coming,
        Deal::Running | Deal::Offered | Deal::Ended => Window::Open,
    };
    let (from, to) = span(window, today);
    let accepted = !matches!(deal, Deal::Offered | Deal::OfferOver);
    let of = |body: &Body| CommissionFact {
        id: RecordId::new(),
        agency: cast.agency(*body),
        accepted,
        from,
        to,
        ended: deal == Deal::Ended,
    };
    Body::ALL.iter().map(of).collect()
}
