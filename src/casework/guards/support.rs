//! Guards of consent, commissions and sessions.
//! None may take one person's consent for another's.

use super::{Facts, Guard, always, at, consent_on, guard, nothing};
use crate::casework::calendar::MAJORITY;
use crate::casework::category::Category as C;
use crate::casework::content::support::SessionStatus;
use crate::casework::ids::RecordId;
use crate::casework::state::{CommissionFact, CommissionStatus, ConsentTrack, Stage};

pub const CONSENT_IN_ORDER: Guard =
    guard("consent_in_order", "it is not before what was last said of consent", &[C::Consent], always, consent_on);
pub const CONSENT_NOT_GIVEN: Guard = guard(
    "consent_not_given",
    "consent does not stand already",
    &[C::Consent],
    |f| f.state.consent != ConsentTrack::Given,
    consent_on,
);
pub const CONSENT_GIVEN: Guard =
    guard("consent_given", "consent is given", &[C::Consent], |f| f.state.consent == ConsentTrack::Given, consent_on);
/// A parent's consent does not survive the eighteenth birthday, nor does it ever serve for an adult (DOMAIN §6.1).
pub const CONSENT_FITS_AGE: Guard = guard(
    "consent_fits_age",
    "whoever gave consent can give it for a person of this age",
    &[C::Identity, C::Consent],
    |f| f.age.is_some_and(|age| f.state.consent_giver.is_some_and(|giver| giver.fits(age))),
    nothing,
);
pub const GIVER_FITS_AGE: Guard = at(
    "/content/givenBy",
    guard(
        "giver_fits_age",
        "this capacity can consent for a person of this age",
        &[C::Identity],
        |f| f.age.is_some_and(|age| f.content.consent_given().is_ok_and(|c| c.given_by.fits(age))),
        nothing,
    ),
);
pub const ATTEMPTED: Guard =
    guard("attempted", "somebody has tried to ask", &[C::Consent], |f| f.state.consent_attempts > 0, consent_on);
pub const CONTACT_ALLOWED: Guard = guard(
    "contact_allowed",
    "police have not asked that nobody approach the person",
    &[C::PoliceOutcome],
    |f| !f.state.contact_blocked,
    nothing,
);
pub const ADULT_NOW: Guard =
    guard("adult_now", "the person is 18 or over", &[C::Identity], |f| f.age.is_some_and(|a| a >= MAJORITY), nothing);
pub const CONSENT_PARENTAL: Guard = guard(
    "consent_parental",
    "the consent was given for a child",
    &[C::Consent],
    |f| f.state.consent_giver.is_some_and(crate::casework::state::Giver::is_parental),
    consent_on,
);

pub const COMING_OF_AGE: Guard = guard(
    "coming_of_age",
    "the person is about to be 18 and has not been asked for themselves yet",
    &[C::Identity, C::Consent],
    |f| f.state.ask_anew_by.is_some() && f.state.asked_anew_on.is_none(),
    consent_on,
);

fn commission(f: &Facts<'_>, record: RecordId) -> Option<CommissionFact> {
    f.state.commissions.iter().copied().find(|c| c.record == record && c.status_on <= f.occurred_on)
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
                .is_some_and(|c| Some(c.provider) == f.actor.agency && c.status == CommissionStatus::Offered)
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
                Some(c.provider) == f.actor.agency
                    && matches!(c.status, CommissionStatus::Accepted | CommissionStatus::Ended)
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
        |f| f.content.session_log().is_ok_and(|s| !s.was_planned || f.state.sessions.awaiting > 0),
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
