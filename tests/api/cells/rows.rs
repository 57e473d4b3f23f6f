//! Makes a setting so in the registry: rows of people, agencies, memberships and agreements, under the service's own tags.
//! It must never tell the oracle anything: what a row comes to is for the service to find out.

use super::cast::{Cast, ISSUER};
use super::setting::{Agreement, Also, Member, Setting, Window};
use crate::harness::Running;
use crate::store::{draft, somebody, wait};
use channel_panel::access::{AgencyFacts, AgreementFacts, MembershipFacts, PersonFacts};
use channel_panel::app::enrolled;
use channel_panel::app::recorder::{ApplyError, Change};
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::{MembershipId, PersonId};
use channel_panel::casework::role::{AgencyKind, Role};
use channel_panel::casework::state::Stage;
use channel_panel::clock::Moment;
use channel_panel::demo::seats::{Body, Seat};
use channel_panel::store::rows::{AgencyRow, AgreementRow, MembershipRow, PersonRow};
use channel_panel::store::{StoreError, Tx};
use chrono::{Days, NaiveDate};
use std::collections::BTreeMap;

/// What the registry holds of a cast at this moment.
pub struct Registry {
    agencies: BTreeMap<Body, AgencyFacts>,
    people: BTreeMap<Seat, PersonFacts>,
    memberships: BTreeMap<Seat, MembershipFacts>,
    /// Second ones; ended, where the setting gives none.
    besides: BTreeMap<Seat, MembershipFacts>,
    agreements: BTreeMap<Body, AgreementFacts>,
}

/// First and last day.
pub fn span(window: Window, today: NaiveDate) -> (NaiveDate, NaiveDate) {
    let (before, after) = (|days| today - Days::new(days), |days| today + Days::new(days));
    match window {
        Window::Open => (before(1), after(30)),
        Window::Over => (before(9), before(1)),
        Window::Coming => (after(1), after(9)),
    }
}

impl Registry {
    /// Registers the cast, all in order.
    pub fn register(running: &Running, cast: &Cast) -> Self {
        let mut registry = Self {
            agencies: BTreeMap::new(),
            people: BTreeMap::new(),
            memberships: BTreeMap::new(),
            besides: BTreeMap::new(),
            agreements: BTreeMap::new(),
        };
        registry.set(running, cast, &start());
        beyond(running, cast);
        registry
    }

    /// Brings every row that differs to what the setting wants, as its next version.
    pub fn set(&mut self, running: &Running, cast: &Cast, setting: &Setting) {
        let mac = &running.service.sealer;
        let mut rows = Changed::default();
        for body in Body::ALL {
            let wanted = agency(cast, *body, setting);
            if let Some(facts) = next(self.agencies.get(body), wanted) {
                rows.agencies.push(enrolled::agency(mac, facts.clone()).unwrap());
                self.agencies.insert(*body, facts);
            }
        }
        for seat in Seat::ALL {
            if let Some(facts) = next(self.people.get(seat), person(cast, *seat, setting)) {
                rows.people.push(enrolled::person(mac, facts.clone()).unwrap());
                self.people.insert(*seat, facts);
            }
            let wanted = membership(running, cast, *seat, setting);
            if let Some(facts) = next(self.memberships.get(seat), wanted) {
                rows.memberships.push(enrolled::membership(mac, facts.clone()).unwrap());
                self.memberships.insert(*seat, facts);
            }
            let wanted = besides(running, cast, *seat, setting.also);
            if let Some(facts) = next(self.besides.get(seat), wanted) {
                rows.memberships.push(enrolled::membership(mac, facts.clone()).unwrap());
                self.besides.insert(*seat, facts);
            }
        }
        for body in Body::ALL {
            let wanted = agreement(running, cast, *body, setting);
            if let Some(facts) = next(self.agreements.get(body), wanted) {
                rows.agreements.push(enrolled::agreement(mac, facts.clone()).unwrap());
                self.agreements.insert(*body, facts);
            }
        }
        rows.write(running);
    }
}

/// Somebody of the agency that no seat belongs to, so that it takes part in the panel.
fn beyond(running: &Running, cast: &Cast) {
    let of = AgencyFacts {
        id: cast.beyond,
        kind: AgencyKind::Partner,
        name: "Beyond".to_owned(),
        suspended: false,
        version: 1,
    };
    let mac = &running.service.sealer;
    let somebody = PersonFacts { id: PersonId::new(), ..person(cast, Seat::Partner, &start()) };
    let somebody = PersonFacts { subject: format!("beyond-{}", somebody.id), ..somebody };
    let held = MembershipFacts {
        id: MembershipId::new(),
        person: somebody.id,
        agency: cast.beyond,
        role: Role::Partner,
        ..membership(running, cast, Seat::Partner, &start())
    };
    let rows = Changed {
        agencies: vec![enrolled::agency(mac, of).unwrap()],
        people: vec![enrolled::person(mac, somebody).unwrap()],
        memberships: vec![enrolled::membership(mac, held).unwrap()],
        ..Changed::default()
    };
    rows.write(running);
}

fn start() -> Setting {
    Setting::every_part(Stage::Referred)
}

#[derive(Default)]
pub struct Changed {
    agencies: Vec<AgencyRow>,
    pub people: Vec<PersonRow>,
    pub memberships: Vec<MembershipRow>,
    pub agreements: Vec<AgreementRow>,
}

impl Changed {
    pub fn write(self, running: &Running) {
        commit(running, move |tx| {
            self.agencies.iter().try_for_each(|row| tx.put_agency(row))?;
            self.people.iter().try_for_each(|row| tx.put_person(row))?;
            self.memberships.iter().try_for_each(|row| tx.put_membership(row))?;
            self.agreements.iter().try_for_each(|row| tx.put_agreement(row))
        });
    }
}

/// By the service's own recorder, for SQLite has one writer: a second would wait behind everybody's entries.
pub fn commit(running: &Running, write: impl FnOnce(&mut Tx<'_>) -> Result<(), StoreError> + Send + 'static) {
    let change = Change::new(draft("cells"), move |tx, _| write(tx).map_err(ApplyError::from));
    wait(running.service.recorder.change(somebody(), change)).unwrap();
}

/// The wanted facts as the next version, if they differ from what is there.
fn next<T: Versioned>(now: Option<&T>, wanted: T) -> Option<T> {
    let version = now.map_or(0, Versioned::version);
    let wanted = wanted.at(version);
    if now == Some(&wanted) { None } else { Some(wanted.at(version + 1)) }
}

trait Versioned: PartialEq {
    fn version(&self) -> i64;
    fn at(self, version: i64) -> Self;
}

macro_rules! versioned {
    ($($facts:ty),*) => {$(
        impl Versioned for $facts {
            fn version(&self) -> i64 {
                self.version
            }
            fn at(self, version: i64) -> Self {
                Self { version, ..self }
            }
        }
    )*};
}

versioned!(AgencyFacts, PersonFacts, MembershipFacts, AgreementFacts);

fn agency(cast: &Cast, body: Body, setting: &Setting) -> AgencyFacts {
    let (name, kind) = body.describe();
    let suspended = setting.member == Member::AgencySuspended;
    AgencyFacts { id: cast.agency(body), kind, name: name.to_owned(), suspended, version: 0 }
}

fn person(cast: &Cast, seat: Seat, setting: &Setting) -> PersonFacts {
    let post = seat.post();
    PersonFacts {
        id: cast.person(seat),
        issuer: ISSUER.to_owned(),
        subject: cast.subject(seat),
        display_name: post.person.to_owned(),
        kind: post.kind,
        suspended: setting.member == Member::PersonSuspended,
        notices: None,
        version: 1,
    }
}

fn membership(running: &Running, cast: &Cast, seat: Seat, setting: &Setting) -> MembershipFacts {
    let post = seat.post();
    let today = running.service.clock.today();
    let window = match setting.member {
        Member::Over => Window::Over,
        Member::NotBegun => Window::Coming,
        _ => Window::Open,
    };
    let (from, to) = span(window, today);
    let proposed_by = PersonId(cast.agreements[&post.body].0);
    let confirmed_by = match setting.member {
        Member::Unconfirmed => None,
        Member::ByHolder => Some(cast.person(seat)),
        Member::ByProposer => Some(proposed_by),
        _ => Some(cast.approver),
    };
    MembershipFacts {
        id: cast.membership(seat),
        person: cast.person(seat),
        agency: cast.agency(post.body),
        role: post.role,
        unit: post.unit,
        panel: cast.panel_of(post.body, setting.member == Member::OtherPanel),
        safeguarding_lead: post.safeguarding_lead,
        sponsor: setting.sponsor.unwrap_or(post.sponsor),
        from,
        to,
        proposed_by,
        confirmed_by,
        confirmed_at: confirmed_by.map(|_| midnight(running)),
        ended: setting.member == Member::Ended,
        version: 1,
    }
}

/// The same at every setting, for a row that differs is written anew.
fn midnight(running: &Running) -> Moment {
    Moment::begin_of(running.service.clock.today())
}

/// The second membership of a seat's person.
fn besides(running: &Running, cast: &Cast, seat: Seat, also: Option<Also>) -> MembershipFacts {
    let first = membership(running, cast, seat, &start());
    let role = if also == Some(Also::Administrator) { Role::Administrator } else { Role::Auditor };
    let unconfirmed = also == Some(Also::AuditorUnconfirmed);
    MembershipFacts {
        id: cast.besides(seat),
        role,
        unit: None,
        panel: cast.panel_of(seat.body(), also == Some(Also::AuditorElsewhere)),
        safeguarding_lead: false,
        sponsor: false,
        confirmed_by: first.confirmed_by.filter(|_| !unconfirmed),
        confirmed_at: first.confirmed_at.filter(|_| !unconfirmed),
        ended: also.is_none(),
        ..first
    }
}

fn agreement(running: &Running, cast: &Cast, body: Body, setting: &Setting) -> AgreementFacts {
    let window = match setting.agreement {
        Agreement::Lapsed => Window::Over,
        Agreement::NotBegun => Window::Coming,
        _ => Window::Open,
    };
    let elsewhere = (setting.member == Member::OtherPanel) != (setting.agreement == Agreement::OfOtherPanel);
    let (from, to) = span(window, running.service.clock.today());
    let proposed_by = PersonId(cast.agreements[&body].0);
    let confirmed_by = match setting.agreement {
        Agreement::Unconfirmed => None,
        Agreement::ByProposer => Some(proposed_by),
        _ => Some(cast.approver),
    };
    let covered = |c: &&Category| setting.agreement != Agreement::Lacks(**c);
    AgreementFacts {
        id: cast.agreements[&body],
        agency: cast.agency(body),
        panel: cast.panel_of(body, elsewhere),
        reference: "ISA".to_owned(),
        categories: Category::ALL.iter().filter(covered).copied().collect(),
        from,
        to,
        proposed_by,
        confirmed_by,
        confirmed_at: confirmed_by.map(|_| midnight(running)),
        ended: setting.agreement == Agreement::Ended,
        version: 0,
    }
}
