//! Why a case comes before the next meeting: what is due follows from where it stands, so that nothing can be forgotten.
//! It must never look at content, nor leave out a case for which there is a reason.

use super::calendar::{Calendar, months_after};
use super::category::Category as C;
use super::ids::CaseId;
use super::rules::Rules;
use super::state::{CaseOutcome, ConsentTrack, Decided, Stage, State};
use crate::clock::Moment;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// The categories whose records are shown of a case on an agenda: no others are fetched for it, nor held against its header.
pub const RECORDS: [C; 3] = [C::Panel, C::Work, C::Assessment];

/// One ground on which a case is on an agenda.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Referred under section 36 and not decided on yet.
    NewReferral,
    /// The last meeting wanted to know more.
    Deferred,
    /// Support is given: every meeting looks at it.
    ActiveReview,
    /// The date that the panel set itself has come.
    ReviewDue,
    ConsentRefused,
    ConsentWithdrawn,
    /// Asked often or long enough: the panel decides what now.
    ConsentUndecided,
    ReassessmentDue,
    /// Too many sessions in a row came to nothing.
    SessionsMissed,
    PostExitReview,
    /// Done without waiting for a meeting.
    ToRatify,
    ActionsOutstanding,
    TransferOffered,
    /// Closed since the last meeting, by nobody's decision of this panel: for assurance.
    ClosedAtTriage,
    ClosedAtGateway,
    ClosedOtherwise,
    /// The last monthly meeting held it over.
    HeldOver,
    /// Put there by a person, who said why.
    Added,
}

impl Reason {
    /// Whether it brings a case only so that the panel hears that it was closed.
    pub fn assures(self) -> bool {
        matches!(self, Reason::ClosedAtTriage | Reason::ClosedAtGateway | Reason::ClosedOtherwise)
    }

    /// What somebody learns who is shown it.
    pub fn tells_of(self) -> &'static [C] {
        match self {
            Reason::NewReferral | Reason::ReassessmentDue => &[C::Assessment],
            Reason::Deferred | Reason::ActiveReview | Reason::ReviewDue | Reason::PostExitReview => &[C::Panel],
            Reason::ConsentRefused | Reason::ConsentWithdrawn | Reason::ConsentUndecided => &[C::Consent],
            Reason::ToRatify | Reason::HeldOver | Reason::Added | Reason::TransferOffered => &[C::Panel],
            Reason::SessionsMissed => &[C::Sessions, C::Panel],
            Reason::ActionsOutstanding => &[C::Work],
            Reason::ClosedAtTriage | Reason::ClosedOtherwise => &[C::Triage, C::Panel],
            Reason::ClosedAtGateway => &[C::PoliceOutcome],
        }
    }
}

/// What the reasons are counted against.
#[derive(Debug, Clone, Copy)]
pub struct Ahead<'a> {
    /// The day of the meeting.
    pub on: NaiveDate,
    /// The day of the meeting before it, if there was one.
    pub last: Option<NaiveDate>,
    /// What was recorded from then on that meeting had not before it.
    pub unheard_from: Option<Moment>,
    pub calendar: &'a Calendar,
    pub rules: &'a Rules,
}

/// Every ground there is, in the order of [`Reason`]; none means that the case need not come. `open_actions`: somebody owes
/// the panel something.
pub fn reasons(state: &State, open_actions: bool, ahead: Ahead<'_>) -> Vec<Reason> {
    if state.received_on > ahead.on {
        return Vec::new();
    }
    if !state.stage.is_open() {
        return closed(state, ahead).into_iter().collect();
    }
    let mut found: Vec<Reason> = of_stage(state, ahead);
    found.extend(state.unratified.then_some(Reason::ToRatify));
    found.extend((state.transfer == super::state::Transfer::Offered).then_some(Reason::TransferOffered));
    // By itself an action brings back only what the panel has already taken up.
    let known = matches!(state.stage, Stage::Panel | Stage::Consent | Stage::Intervention | Stage::Exited);
    found.extend((open_actions && known).then_some(Reason::ActionsOutstanding));
    found.sort_unstable();
    found
}

fn of_stage(state: &State, ahead: Ahead<'_>) -> Vec<Reason> {
    let review = state.next_review_on.filter(|on| *on <= ahead.on).map(|_| Reason::ReviewDue);
    match state.stage {
        Stage::Panel => of_panel(state).into_iter().chain(review).chain(old_assessment(state, ahead)).collect(),
        Stage::Consent => {
            of_consent(state, ahead).into_iter().chain(review).chain(old_assessment(state, ahead)).collect()
        }
        Stage::Intervention => {
            let missed = state.missed_sessions(ahead.rules).map(|_| Reason::SessionsMissed);
            [Reason::ActiveReview].into_iter().chain(review).chain(old_assessment(state, ahead)).chain(missed).collect()
        }
        Stage::Exited => of_exit(state, ahead).into_iter().collect(),
        Stage::Referred | Stage::Triage | Stage::Assessment | Stage::Closed | Stage::Erased => Vec::new(),
    }
}

fn of_panel(state: &State) -> Option<Reason> {
    match state.decision.map(|decision| decision.kind) {
        Some(Decided::Deferred) => Some(Reason::Deferred),
        Some(Decided::NotAdopted) => None,
        _ => Some(Reason::NewReferral),
    }
}

fn of_consent(state: &State, ahead: Ahead<'_>) -> Option<Reason> {
    if settled_without_consent(state).is_some() && !lead_owes_an_answer(state, ahead.on) {
        return None;
    }
    match state.consent {
        ConsentTrack::Refused | ConsentTrack::NotReachable => Some(Reason::ConsentRefused),
        ConsentTrack::Withdrawn | ConsentTrack::LapsedAt18 => Some(Reason::ConsentWithdrawn),
        ConsentTrack::Given => None,
        ConsentTrack::NotSought | ConsentTrack::Asked => {
            consent_unresolved(state, ahead.on, ahead.calendar, ahead.rules).then_some(Reason::ConsentUndecided)
        }
    }
}

/// Whether on this day the panel has to say what now: consent is not there, and was sought as often or as long as the rules
/// ask, or somebody has said no.
pub fn consent_unresolved(state: &State, on: NaiveDate, calendar: &Calendar, rules: &Rules) -> bool {
    match state.consent {
        ConsentTrack::Given => false,
        ConsentTrack::Refused | ConsentTrack::Withdrawn | ConsentTrack::NotReachable | ConsentTrack::LapsedAt18 => true,
        ConsentTrack::NotSought | ConsentTrack::Asked => {
            let since = state.tried_again_on.or(state.adopted_on).unwrap_or(state.stage_on);
            let late = calendar.add_working_days(since, rules.consent_days, &state.held) <= on;
            late || state.consent_attempts >= rules.consent_attempts
        }
    }
}

/// When the panel decided that nothing more is tried, if nothing has been heard of consent since.
pub fn settled_without_consent(state: &State) -> Option<NaiveDate> {
    let settles = |kind| matches!(kind, Decided::ConcludedWithoutConsent | Decided::ManagedElsewhere);
    let decided = state.decision.filter(|decision| settles(decision.kind))?.on;
    state.consent_on.is_none_or(|heard| heard <= decided).then_some(decided)
}

/// Whom the panel named has declined, or has let the day go by.
fn lead_owes_an_answer(state: &State, on: NaiveDate) -> bool {
    state.onward.iter().any(|onward| Some(onward.record) == state.led_elsewhere && onward.due <= on)
}

fn old_assessment(state: &State, ahead: Ahead<'_>) -> Option<Reason> {
    let on = state.assessed_on?;
    (months_after(on, ahead.rules.assessment_max_age_months) <= ahead.on).then_some(Reason::ReassessmentDue)
}

/// A review that was held waits for the panel's word only when it was the last.
fn of_exit(state: &State, ahead: Ahead<'_>) -> Option<Reason> {
    let exited = state.exited_on?;
    let due = match ahead.rules.post_exit_review_months.get(usize::from(state.post_exit_reviews)) {
        Some(months) => months_after(exited, *months) <= ahead.on,
        None => state.decision.is_none_or(|decision| decision.kind != Decided::NoFurtherAction),
    };
    due.then_some(Reason::PostExitReview)
}

fn closed(state: &State, ahead: Ahead<'_>) -> Option<Reason> {
    // Keyed late, or on the day of the meeting after it was held: it was not heard there.
    let late = state.stage_at.zip(ahead.unheard_from).is_some_and(|(at, from)| at >= from);
    let since = state.stage_on <= ahead.on && (late || ahead.last.is_none_or(|last| state.stage_on > last));
    let reason = match state.outcome? {
        CaseOutcome::AdviceGiven | CaseOutcome::Signposted | CaseOutcome::NoConcern => Reason::ClosedAtTriage,
        CaseOutcome::NotSuitable | CaseOutcome::PoliceLed => Reason::ClosedAtGateway,
        CaseOutcome::Died
        | CaseOutcome::LeftUk
        | CaseOutcome::TransferredOut
        | CaseOutcome::Redirected
        | CaseOutcome::Joined
        | CaseOutcome::KeyedInError => Reason::ClosedOtherwise,
        CaseOutcome::NotAdopted | CaseOutcome::ConsentRefused | CaseOutcome::Completed => return None,
    };
    since.then_some(reason)
}

/// With which cases each is linked.
pub type Links = BTreeMap<CaseId, BTreeSet<CaseId>>;

/// These cases in groups: links lead from each of a group to every other, over these cases alone.
pub fn joined(mut cases: Links) -> Vec<BTreeSet<CaseId>> {
    let mut groups = Vec::new();
    while let Some((first, links)) = cases.pop_first() {
        let (mut group, mut next) = (BTreeSet::from([first]), vec![links]);
        while let Some(links) = next.pop() {
            for case in links {
                if let Some(further) = cases.remove(&case) {
                    group.insert(case);
                    next.push(further);
                }
            }
        }
        groups.push(group);
    }
    groups
}
