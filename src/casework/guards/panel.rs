//! Guards of the panel's decisions and of the looks back after exit.
//! None may let a decision stand that no quorum took (s.37).

use super::{Guard, always, at, consent_on, decided_on, guard, nothing};
use crate::casework::agenda::consent_unresolved;
use crate::casework::calendar;
use crate::casework::category::Category as C;
use chrono::Days;

/// s.36(4): the panel decides, and it does so sitting.
pub const MEETING_SITS: Guard = at(
    "/content/meeting",
    guard(
        "meeting_sits",
        "it is an open meeting of this panel, with this case on its agenda and not settled",
        &[],
        |f| f.sitting.is_some(),
        nothing,
    ),
);
pub const DECIDED_AT_MEETING: Guard = at(
    "/occurredAt",
    guard(
        "decided_at_meeting",
        "a decision happens on the day of its meeting",
        &[],
        |f| f.sitting.is_none_or(|sitting| sitting.on == f.occurred_on),
        nothing,
    ),
);
/// Whoever was recused or has left the room decides nothing.
pub const PRESIDES: Guard = at(
    "/content/meeting",
    guard(
        "presides",
        "whoever records the decision is there as chair or deputy for this case",
        &[],
        |f| f.sitting.is_none_or(|sitting| f.actor.person.is_some_and(|person| sitting.chaired_by(person))),
        nothing,
    ),
);
/// s.37: a decision stands on the council in the chair and the police of the person's area, for this person.
pub const QUORATE: Guard = at(
    "/content/meeting",
    guard(
        "quorate",
        "the chair or a deputy, police for the person's residence and whoever else the rules add were present",
        &[],
        |f| {
            let police = f.content.decision().ok().and_then(|d| d.police_for_residence);
            f.sitting.is_none_or(|sitting| sitting.is_quorate(police, &f.rules.quorum_also))
        },
        nothing,
    ),
);
pub const DECIDED_ONCE: Guard = at(
    "/content/meeting",
    guard(
        "decided_once",
        "this meeting has not decided on this case yet",
        &[],
        |f| f.sitting.is_none_or(|sitting| f.state.decision.and_then(|d| d.meeting) != Some(sitting.meeting)),
        nothing,
    ),
);
/// What was written down after the meeting began is not what it decided on: assessments were filled in afterwards to bear
/// decisions out (DOMAIN §4, the Amess review).
pub const ASSESSED_BEFORE: Guard = guard(
    "assessed_before",
    "an assessment was recorded before the meeting began",
    &[C::Assessment],
    |f| {
        f.state.assessed_on.is_some()
            && f.sitting.is_none_or(|sitting| f.state.assessed_at.is_none_or(|at| at < sitting.opened_at))
    },
    |s| s.assessed_on,
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
/// What the panel decides where consent was not given must not be decided before it was sought.
pub const CONSENT_UNRESOLVED: Guard = guard(
    "consent_unresolved",
    "consent was refused, withdrawn or has lapsed, nobody could be reached, or it was sought as often or as long as the rules say",
    &[C::Consent],
    |f| consent_unresolved(f.state, f.occurred_on, f.calendar, f.rules),
    consent_on,
);
pub const LEAD_NAMED: Guard = at(
    "/content/managedBy",
    guard(
        "lead_named",
        "it is named who manages the concern instead",
        &[],
        |f| f.content.decision().is_ok_and(|d| d.managed_by.is_some()),
        nothing,
    ),
);
pub const EXIT_REASON: Guard = at(
    "/content/exitReason",
    guard(
        "exit_reason",
        "it is said why the person leaves",
        &[],
        |f| f.content.decision().is_ok_and(|d| d.exit_reason.is_some()),
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
pub const ADOPTED: Guard =
    guard("adopted", "an adopting decision stands", &[C::Panel], |f| f.state.adopted_on.is_some(), |s| s.adopted_on);
pub const DECISIONS_IN_ORDER: Guard =
    guard("decisions_in_order", "it is not before the last decision", &[C::Panel], always, decided_on);
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
            let next = f.rules.post_exit_review_months.get(usize::from(f.state.post_exit_reviews));
            let early = Days::new(u64::from(f.rules.post_exit_review_early_days));
            let opens =
                f.state.exited_on.and_then(|on| calendar::months_after(on, review.month).checked_sub_days(early));
            next == Some(&review.month) && opens.is_some_and(|day| day <= f.occurred_on)
        },
        |s| s.last_post_exit_review_on.or(s.exited_on),
    ),
);
