//! What must be so before a thing may be done to a case. Each guard names the categories its cause would disclose.
//! A guard reads the state, the act and the form; it must never read content that is sealed, nor look at a clock.

use super::calendar::MAJORITY;
use super::category::Category as C;
use super::content::Content;
use super::content::support::SessionStatus;
use super::engine::ActorRef;
use super::role::{Role, Unit};
use super::rules::Rules;
use super::state::{
    CaseOutcome, CommissionFact, CommissionStatus, ConsentTrack, Decided, Gateway, Hold, Screening, Section36, Stage,
    State, Transfer,
};
use super::{calendar, ids::RecordId};
use chrono::{Days, NaiveDate};

/// What a guard may look at.
#[derive(Debug)]
pub struct Facts<'a> {
    pub state: &'a State,
    pub occurred_on: NaiveDate,
    pub actor: ActorRef,
    /// The person's age on `occurred_on`, from their sealed identity; none if no date of birth is known.
    pub age: Option<u8>,
    pub content: &'a Content,
    pub rules: &'a Rules,
}

/// One condition. `rests_on` is the day of the fact it looks at: the act may not come before it.
#[derive(Debug, Clone, Copy)]
pub struct Guard {
    /// Stable; part of the API.
    pub code: &'static str,
    pub says: &'static str,
    /// What somebody learns who is told that this guard failed.
    pub reads: &'static [C],
    /// Where the violation points.
    pub field: &'static str,
    pub met: fn(&Facts<'_>) -> bool,
    pub rests_on: fn(&State) -> Option<NaiveDate>,
}

const THE_TRANSITION: &str = "/transition";

const fn guard(
    code: &'static str,
    says: &'static str,
    reads: &'static [C],
    met: fn(&Facts<'_>) -> bool,
    rests_on: fn(&State) -> Option<NaiveDate>,
) -> Guard {
    Guard {
        code,
        says,
        reads,
        field: THE_TRANSITION,
        met,
        rests_on,
    }
}

const fn at(field: &'static str, guard: Guard) -> Guard {
    Guard { field, ..guard }
}

fn nothing(_: &State) -> Option<NaiveDate> {
    None
}

fn always(_: &Facts<'_>) -> bool {
    true
}

fn gateway_on(state: &State) -> Option<NaiveDate> {
    state.gateway_on
}

fn assessed_on(state: &State) -> Option<NaiveDate> {
    state.assessed_on
}

fn consent_on(state: &State) -> Option<NaiveDate> {
    state.consent_on
}

fn hold_on(state: &State) -> Option<NaiveDate> {
    state.hold_on
}

fn transfer_on(state: &State) -> Option<NaiveDate> {
    state.transfer_on
}

fn decided_on(state: &State) -> Option<NaiveDate> {
    state.decision.map(|d| d.on)
}

fn decided(state: &State, kind: Decided) -> bool {
    state.decision.is_some_and(|d| d.kind == kind)
}

fn is_police_ct(actor: &ActorRef) -> bool {
    actor.role == Role::Police && actor.unit == Some(Unit::CounterTerrorism)
}

// The front door.

pub const SCREENING_OPEN: Guard = guard(
    "screening_open",
    "screening is open",
    &[C::Triage],
    |f| f.state.screening == Screening::Open,
    nothing,
);
pub const SCREENING_DONE: Guard = guard(
    "screening_done",
    "screening is done",
    &[C::Triage],
    |f| f.state.screening == Screening::Done,
    |s| s.screened_on,
);
pub const NO_OPEN_ONWARD: Guard = guard(
    "no_open_onward",
    "every onward referral has been acknowledged",
    &[C::Triage],
    |f| f.state.onward.is_empty(),
    nothing,
);
pub const ONWARD_KNOWN: Guard = at(
    "/content/onwardReferral",
    guard(
        "onward_open",
        "it is an onward referral of this case, made by then and not yet acknowledged",
        &[C::Triage],
        |f| {
            let Ok(answer) = f.content.onward_answer() else {
                return false;
            };
            f.state
                .onward
                .iter()
                .any(|o| o.record == answer.onward_referral && o.made_on <= f.occurred_on)
        },
        nothing,
    ),
);
/// A repeat that one tired person closes is how warnings were lost; two people read the earlier contacts.
pub const SECOND_PERSON: Guard = guard(
    "second_person",
    "a repeat referral closed at triage has the agreement of a second person",
    &[C::Triage],
    |f| {
        let at_triage = matches!(f.state.stage, Stage::Referred | Stage::Triage);
        let died = f.content.close().is_ok_and(|c| c.outcome == CaseOutcome::Died);
        !f.state.repeat || !at_triage || died || f.state.closure_agreed_by.is_some_and(|p| p != f.actor.person)
    },
    |s| s.closure_agreed_on,
);

// The gateway.

pub const GATEWAY_NOT_SENT: Guard = guard(
    "gateway_not_sent",
    "police have not been asked yet",
    &[C::PoliceOutcome],
    |f| f.state.gateway == Gateway::NotSent,
    nothing,
);
pub const GATEWAY_ASKED: Guard = guard(
    "gateway_asked",
    "police have been asked and have not answered",
    &[C::PoliceOutcome],
    |f| matches!(f.state.gateway, Gateway::Sent | Gateway::Recheck),
    gateway_on,
);
pub const GATEWAY_ANSWERED: Guard = guard(
    "gateway_answered",
    "police have answered",
    &[C::PoliceOutcome],
    |f| {
        matches!(
            f.state.gateway,
            Gateway::Clear | Gateway::NotSuitable | Gateway::PoliceLed
        )
    },
    gateway_on,
);
pub const GATEWAY_CLEAR: Guard = guard(
    "gateway_clear",
    "the gateway is clear",
    &[C::PoliceOutcome],
    |f| f.state.gateway == Gateway::Clear,
    gateway_on,
);
pub const GATEWAY_MAY_BE_LED: Guard = guard(
    "gateway_may_be_led",
    "police have been asked, or have cleared it before",
    &[C::PoliceOutcome],
    |f| matches!(f.state.gateway, Gateway::Sent | Gateway::Recheck | Gateway::Clear),
    gateway_on,
);
pub const NO_OPEN_DECONFLICTION: Guard = guard(
    "no_open_deconfliction",
    "no deconfliction request is open",
    &[C::PoliceOutcome],
    |f| !matches!(f.state.gateway, Gateway::Sent | Gateway::Recheck),
    gateway_on,
);

// Section 36 and the assessment.

pub const SECTION36_OPEN: Guard = guard(
    "section36_open",
    "section 36 has not been decided",
    &[C::Assessment],
    |f| {
        !matches!(
            f.state.section36,
            Section36::DecidedByPolice | Section36::DecidedByCouncil
        )
    },
    |s| s.section36_on,
);
pub const SECTION36_DECIDED: Guard = guard(
    "section36_decided",
    "police or council have decided under section 36(3)",
    &[C::Assessment],
    |f| {
        matches!(
            f.state.section36,
            Section36::DecidedByPolice | Section36::DecidedByCouncil
        )
    },
    |s| s.section36_on,
);
pub const ASSESSED: Guard = guard(
    "assessed",
    "there is an assessment",
    &[C::Assessment],
    |f| f.state.assessed_on.is_some(),
    assessed_on,
);
pub const ASSESSMENT_UNSIGNED: Guard = guard(
    "assessment_unsigned",
    "the newest assessment is not countersigned yet",
    &[C::Assessment],
    |f| f.state.assessed_on.is_some() && f.state.countersigned_on.is_none(),
    assessed_on,
);
pub const OTHER_THAN_AUTHOR: Guard = guard(
    "other_than_author",
    "author and countersigner are two people",
    &[C::Assessment],
    |f| f.state.assessed_by.is_some_and(|author| author != f.actor.person),
    nothing,
);
pub const ASSESSMENT_CURRENT: Guard = guard(
    "assessment_current",
    "the newest assessment is no older than the rules allow",
    &[C::Assessment],
    |f| {
        f.state
            .assessed_on
            .is_some_and(|on| f.occurred_on <= calendar::months_after(on, f.rules.assessment_max_age_months))
    },
    assessed_on,
);
/// An assessment keyed late may not push an older date before a newer one.
pub const ASSESSMENT_NEWER: Guard = guard(
    "assessment_newer",
    "it is no older than the assessment before it",
    &[C::Assessment],
    |f| {
        let Ok(form) = f.content.assessment() else { return false };
        f.state.assessed_on.is_none_or(|on| form.dated(f.occurred_on) >= on)
    },
    nothing,
);

// The panel.

/// s.37: a decision stands on the council in the chair and the police of the person's area, for this person.
pub const QUORATE: Guard = at(
    "/content/agenciesPresent",
    guard(
        "quorate",
        "the council's chair or deputy and police for the person's residence were present",
        &[],
        |f| {
            f.content
                .decision()
                .is_ok_and(super::content::decision::Decision::is_quorate)
        },
        nothing,
    ),
);
pub const RISK_OWNED: Guard = at(
    "/content/riskOwner",
    guard(
        "risk_owned",
        "an agency carries the risk",
        &[],
        |f| f.content.decision().is_ok_and(|d| d.risk_owner.is_some()),
        nothing,
    ),
);
pub const REVIEW_SET: Guard = at(
    "/content/nextReview",
    guard(
        "review_set",
        "the next review has a date",
        &[],
        |f| f.content.decision().is_ok_and(|d| d.next_review.is_some()),
        nothing,
    ),
);
pub const CARE_CONSIDERED: Guard = at(
    "/content/careConsidered",
    guard(
        "care_considered",
        "a referral to health or social care was considered (s.36(6))",
        &[],
        |f| f.content.decision().is_ok_and(|d| d.care_considered.is_some()),
        nothing,
    ),
);
pub const PLAN_WRITTEN: Guard = guard(
    "plan_written",
    "there is a support plan (s.36(5))",
    &[C::Plan],
    |f| f.state.plan_on.is_some(),
    |s| s.plan_on,
);
pub const ADOPTED: Guard = guard(
    "adopted",
    "an adopting decision stands",
    &[C::Panel],
    |f| f.state.adopted_on.is_some(),
    |s| s.adopted_on,
);
pub const DECISIONS_IN_ORDER: Guard = guard(
    "decisions_in_order",
    "it is not before the last decision",
    &[C::Panel],
    always,
    decided_on,
);
pub const REVIEWS_DONE: Guard = guard(
    "reviews_done",
    "every post-exit review has been held",
    &[C::Panel],
    |f| usize::from(f.state.post_exit_reviews) >= f.rules.post_exit_review_months.len(),
    |s| s.last_post_exit_review_on,
);
pub const REVIEW_IS_NEXT: Guard = at(
    "/content/month",
    guard(
        "review_is_next",
        "it is the next of the configured reviews, and its time has come",
        &[C::Panel],
        |f| {
            let Ok(review) = f.content.post_exit_review() else {
                return false;
            };
            let next = f
                .rules
                .post_exit_review_months
                .get(usize::from(f.state.post_exit_reviews));
            let early = Days::new(u64::from(f.rules.post_exit_review_early_days));
            let opens = f
                .state
                .exited_on
                .and_then(|on| calendar::months_after(on, review.month).checked_sub_days(early));
            next == Some(&review.month) && opens.is_some_and(|day| day <= f.occurred_on)
        },
        |s| s.last_post_exit_review_on.or(s.exited_on),
    ),
);

// Consent and support.

pub const CONSENT_IN_ORDER: Guard = guard(
    "consent_in_order",
    "it is not before what was last said of consent",
    &[C::Consent],
    always,
    consent_on,
);
pub const CONSENT_NOT_GIVEN: Guard = guard(
    "consent_not_given",
    "consent does not stand already",
    &[C::Consent],
    |f| f.state.consent != ConsentTrack::Given,
    consent_on,
);
pub const CONSENT_GIVEN: Guard = guard(
    "consent_given",
    "consent is given",
    &[C::Consent],
    |f| f.state.consent == ConsentTrack::Given,
    consent_on,
);
/// A parent's consent does not survive the eighteenth birthday, nor does it ever serve for an adult (DOMAIN §6.1).
pub const CONSENT_FITS_AGE: Guard = guard(
    "consent_fits_age",
    "whoever gave consent can give it for a person of this age",
    &[C::Identity, C::Consent],
    |f| {
        f.age
            .is_some_and(|age| f.state.consent_giver.is_some_and(|giver| giver.fits(age)))
    },
    nothing,
);
pub const GIVER_FITS_AGE: Guard = at(
    "/content/givenBy",
    guard(
        "giver_fits_age",
        "this capacity can consent for a person of this age",
        &[C::Identity],
        |f| {
            f.age
                .is_some_and(|age| f.content.consent_given().is_ok_and(|c| c.given_by.fits(age)))
        },
        nothing,
    ),
);
pub const ATTEMPTED: Guard = guard(
    "attempted",
    "somebody has tried to ask",
    &[C::Consent],
    |f| f.state.consent_attempts > 0,
    consent_on,
);
pub const CONTACT_ALLOWED: Guard = guard(
    "contact_allowed",
    "police have not asked that nobody approach the person",
    &[C::PoliceOutcome],
    |f| !f.state.contact_blocked,
    nothing,
);
pub const ADULT_NOW: Guard = guard(
    "adult_now",
    "the person is 18 or over",
    &[C::Identity],
    |f| f.age.is_some_and(|a| a >= MAJORITY),
    nothing,
);
pub const CONSENT_PARENTAL: Guard = guard(
    "consent_parental",
    "the consent was given for a child",
    &[C::Consent],
    |f| f.state.consent_giver.is_some_and(super::state::Giver::is_parental),
    consent_on,
);

fn commission(f: &Facts<'_>, record: RecordId) -> Option<CommissionFact> {
    f.state
        .commissions
        .iter()
        .copied()
        .find(|c| c.record == record && c.status_on <= f.occurred_on)
}

fn answered_commission(f: &Facts<'_>) -> Option<CommissionFact> {
    let record = f
        .content
        .commission_accepted()
        .map(|c| c.commission)
        .or_else(|_| f.content.commission_declined().map(|c| c.commission));
    record.ok().and_then(|record| commission(f, record))
}

pub const COMMISSION_OFFERED: Guard = at(
    "/content/commission",
    guard(
        "commission_offered",
        "it was offered to the actor's agency and waits for an answer",
        &[],
        |f| {
            answered_commission(f)
                .is_some_and(|c| c.provider == f.actor.agency && c.status == CommissionStatus::Offered)
        },
        nothing,
    ),
);
pub const COMMISSION_RUNS: Guard = at(
    "/content/commission",
    guard(
        "commission_runs",
        "it is offered or accepted",
        &[C::Brief],
        |f| {
            answered_commission(f)
                .is_some_and(|c| matches!(c.status, CommissionStatus::Offered | CommissionStatus::Accepted))
        },
        nothing,
    ),
);
pub const COMMISSION_OWN: Guard = at(
    "/content/commission",
    guard(
        "commission_own",
        "the actor's agency has accepted this commission",
        &[],
        |f| {
            let fact = f
                .content
                .session_log()
                .ok()
                .and_then(|s| f.state.commissions.iter().find(|c| c.record == s.commission));
            fact.is_some_and(|c| {
                c.provider == f.actor.agency && matches!(c.status, CommissionStatus::Accepted | CommissionStatus::Ended)
            })
        },
        nothing,
    ),
);
/// A session is planned or held only while support runs: consent in force, not paused, commission in force. One that was
/// held before support stopped may still be logged after; one that came to nothing may always be.
pub const SUPPORT_RUNS: Guard = guard(
    "support_runs",
    "support is running, with consent that stands and a commission in force",
    &[C::Consent, C::Panel],
    |f| {
        let Ok(session) = f.content.session_log() else {
            return false;
        };
        if matches!(session.status, SessionStatus::Missed | SessionStatus::Cancelled) {
            return true;
        }
        let state = f.state;
        let in_force = state.commissions.iter().any(|c| {
            c.record == session.commission
                && c.status == CommissionStatus::Accepted
                && c.from <= session.session_on
                && session.session_on <= c.to
        });
        let consented = (CONSENT_GIVEN.met)(f) && (CONSENT_FITS_AGE.met)(f);
        let running = state.stage == Stage::Intervention && !state.support_paused && f.occurred_on >= state.stage_on;
        let before_it_stopped =
            state.stage == Stage::Consent && session.status == SessionStatus::Held && f.occurred_on < state.stage_on;
        before_it_stopped || (running && consented && in_force)
    },
    nothing,
);
pub const SESSION_PLANNED: Guard = at(
    "/content/wasPlanned",
    guard(
        "session_planned",
        "a planned session waits for its account",
        &[C::Sessions],
        |f| {
            f.content
                .session_log()
                .is_ok_and(|s| !s.was_planned || f.state.sessions.awaiting > 0)
        },
        nothing,
    ),
);
pub const SESSIONS_RECONCILED: Guard = guard(
    "sessions_reconciled",
    "every planned session has been accounted for",
    &[C::Sessions],
    |f| f.state.sessions.awaiting == 0,
    nothing,
);

// Holds, transfer, ending. Whoever may place or release a hold is told its kind, so these disclose nothing.

pub const HOLD_FREE: Guard = guard(
    "hold_free",
    "nothing holds the case, unless police put their own hold over another",
    &[],
    |f| {
        let police_over_other = is_police_ct(&f.actor)
            && f.content.place_hold().is_ok_and(|h| h.kind == Hold::Police)
            && f.state.hold != Hold::Police;
        f.state.hold == Hold::None || police_over_other
    },
    hold_on,
);
pub const HOLD_IS_ACTORS_TO_PLACE: Guard = at(
    "/content/kind",
    guard(
        "police_hold_by_police",
        "only counter-terrorism police place a police hold",
        &[],
        |f| is_police_ct(&f.actor) || f.content.place_hold().is_ok_and(|h| h.kind != Hold::Police),
        nothing,
    ),
);
pub const HELD: Guard = guard(
    "held",
    "a hold is in force",
    &[],
    |f| f.state.hold != Hold::None,
    hold_on,
);
pub const HOLD_IS_ACTORS_TO_RELEASE: Guard = guard(
    "police_release_police_hold",
    "only counter-terrorism police release a police hold",
    &[],
    |f| is_police_ct(&f.actor) || f.state.hold != Hold::Police,
    nothing,
);
/// A death ends a case whatever holds it.
pub const HOLD_PERMITS_CLOSING: Guard = guard(
    "hold_permits_closing",
    "nothing holds the case, or the person has died",
    &[],
    |f| f.state.hold == Hold::None || f.content.close().is_ok_and(|c| c.outcome == CaseOutcome::Died),
    hold_on,
);
pub const TRANSFER_FREE: Guard = guard(
    "transfer_free",
    "no transfer is on offer or accepted",
    &[],
    |f| matches!(f.state.transfer, Transfer::None | Transfer::Declined),
    transfer_on,
);
pub const TRANSFER_OFFERED: Guard = guard(
    "transfer_offered",
    "a transfer is on offer",
    &[],
    |f| f.state.transfer == Transfer::Offered,
    transfer_on,
);
pub const JOINED: Guard = guard(
    "joined",
    "the case was closed by joining",
    &[],
    |f| f.state.joined.is_some(),
    |s| Some(s.stage_on),
);

/// An outcome says something that the case must bear out.
pub const OUTCOME_FITS: Guard = at(
    "/content/outcome",
    guard(
        "outcome_fits",
        "the case bears the outcome out",
        &[C::PoliceOutcome, C::Panel, C::Consent],
        |f| {
            let state = f.state;
            let Ok(close) = f.content.close() else { return false };
            match close.outcome {
                CaseOutcome::Died | CaseOutcome::LeftUk | CaseOutcome::Redirected | CaseOutcome::KeyedInError => true,
                CaseOutcome::NotSuitable => {
                    state.gateway == Gateway::NotSuitable || state.section36 == Section36::Declined
                }
                CaseOutcome::PoliceLed => state.gateway == Gateway::PoliceLed,
                CaseOutcome::NotAdopted => state.stage == Stage::Panel && decided(state, Decided::NotAdopted),
                CaseOutcome::ConsentRefused => state.stage == Stage::Consent && refused(state.consent),
                CaseOutcome::Completed => state.stage == Stage::Exited && decided(state, Decided::NoFurtherAction),
                CaseOutcome::TransferredOut => state.transfer == Transfer::Accepted,
                CaseOutcome::AdviceGiven | CaseOutcome::Signposted | CaseOutcome::NoConcern | CaseOutcome::Joined => {
                    false
                }
            }
        },
        decided_on,
    ),
);

fn refused(consent: ConsentTrack) -> bool {
    matches!(
        consent,
        ConsentTrack::Refused | ConsentTrack::Withdrawn | ConsentTrack::NotReachable | ConsentTrack::LapsedAt18
    )
}
