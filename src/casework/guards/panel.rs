//! Guards of the panel's decisions and of the looks back after exit.
//! None may let a decision stand that no quorum took (s.37).

use super::{Guard, always, at, decided_on, guard, nothing};
use crate::casework::calendar;
use crate::casework::category::Category as C;
use chrono::Days;

/// s.37: a decision stands on the council in the chair and the police of the person's area, for this person.
pub const QUORATE: Guard = at(
    "/content/agenciesPresent",
    guard(
        "quorate",
        "the council's chair or deputy and police for the person's residence were present",
        &[],
        |f| f.content.decision().is_ok_and(crate::casework::content::decision::Decision::is_quorate),
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
