//! Guards of the front door: screening, onward referrals, the gateway, section 36, the assessment.
//! A gateway guard must name `police_outcome`: its failing tells how police answered.

use super::{Guard, assessed_on, at, gateway_on, guard, nothing};
use crate::casework::calendar;
use crate::casework::category::Category as C;
use crate::casework::state::{CaseOutcome, Gateway, Screening, Section36, Stage};

pub const SCREENING_OPEN: Guard =
    guard("screening_open", "screening is open", &[C::Triage], |f| f.state.screening == Screening::Open, nothing);
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
            f.state.onward.iter().any(|o| o.record == answer.onward_referral && o.made_on <= f.occurred_on)
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
        !f.state.repeat || !at_triage || died || f.state.closure_agreed_by.is_some_and(|p| Some(p) != f.actor.person)
    },
    |s| s.closure_agreed_on,
);

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
    |f| matches!(f.state.gateway, Gateway::Clear | Gateway::NotSuitable | Gateway::PoliceLed),
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

pub const SECTION36_OPEN: Guard = guard(
    "section36_open",
    "section 36 has not been decided",
    &[C::Assessment],
    |f| !matches!(f.state.section36, Section36::DecidedByPolice | Section36::DecidedByCouncil),
    |s| s.section36_on,
);
pub const SECTION36_DECIDED: Guard = guard(
    "section36_decided",
    "police or council have decided under section 36(3)",
    &[C::Assessment],
    |f| matches!(f.state.section36, Section36::DecidedByPolice | Section36::DecidedByCouncil),
    |s| s.section36_on,
);
pub const ASSESSED: Guard =
    guard("assessed", "there is an assessment", &[C::Assessment], |f| f.state.assessed_on.is_some(), assessed_on);
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
    |f| f.state.assessed_by.is_some_and(|author| Some(author) != f.actor.person),
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
