//! What each meeting of the year must find on its agenda, for which reasons, and what becomes of it: written down by hand.
//! It must never be changed because a test says so; it is changed because the story is.

/// One case before one meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// The key of `cast`.
    pub case: &'static str,
    /// Codes, in the order of the API.
    pub reasons: &'static [&'static str],
    pub then: Then,
}

/// What the panel makes of it. Numbers are the months of the next review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Closed since the last meeting: heard, for assurance.
    Heard,
    Noted,
    HeldOver,
    Ratified,
    Adopt(usize),
    NotAdopt,
    Defer(usize),
    Remain(usize),
    Exit,
    Reopen,
    /// Consent was not given, and is sought once more.
    TryAgain(usize),
    /// Consent was not given, and the panel leaves it at that.
    Conclude,
}

use Then::{Adopt, Conclude, Defer, Exit, Heard, HeldOver, NotAdopt, Noted, Ratified, Remain, Reopen, TryAgain};

const fn item(case: &'static str, reasons: &'static [&'static str], then: Then) -> Item {
    Item { case, reasons, then }
}

const NEW: &[&str] = &["new_referral"];
const ACTIVE: &[&str] = &["active_review"];
const REVIEW: &[&str] = &["active_review", "review_due"];
const OVERDUE: &[&str] = &["active_review", "review_due", "reassessment_due"];
const AT_TRIAGE: &[&str] = &["closed_at_triage"];
const AT_GATEWAY: &[&str] = &["closed_at_gateway"];
const OTHERWISE: &[&str] = &["closed_otherwise"];

/// Month by month.
pub static MONTHS: &[&[Item]] = &[
    &[item("amara", NEW, Adopt(2)), item("bram", NEW, Adopt(3)), item("nell", AT_TRIAGE, Heard)],
    &[
        item("amara", REVIEW, Remain(4)),
        item("bram", &["consent_refused"], Noted),
        item("cosmo", NEW, Adopt(3)),
        item("dilys", NEW, NotAdopt),
        item("edmund", NEW, Adopt(3)),
        item("oskar", AT_GATEWAY, Heard),
    ],
    &[
        item("amara", ACTIVE, Noted),
        item("bram", &["review_due", "consent_refused"], Conclude),
        item("cosmo", REVIEW, Remain(6)),
        item("edmund", REVIEW, Remain(5)),
        item("rhoda", NEW, Adopt(5)),
        item("xanthe", AT_TRIAGE, Heard),
    ],
    &[
        // Nobody assessed her again in time, and the agenda says so.
        item("amara", OVERDUE, Remain(5)),
        item("cosmo", ACTIVE, Noted),
        item("edmund", ACTIVE, Noted),
        item("farrukh", NEW, Adopt(6)),
        item("rhoda", ACTIVE, Noted),
        item("pia", AT_TRIAGE, Heard),
        item("quill", AT_GATEWAY, Heard),
    ],
    &[
        // She would leave, but for the sessions that nobody has accounted for.
        item("amara", REVIEW, Remain(6)),
        item("cosmo", ACTIVE, Noted),
        item("farrukh", ACTIVE, Noted),
        item("greta", NEW, Adopt(7)),
        item("rhoda", REVIEW, Remain(6)),
        item("samir", AT_GATEWAY, Heard),
    ],
    &[
        // What came of her six sessions was told a week ago: four in a row she did not come to.
        item("amara", &["active_review", "review_due", "sessions_missed"], Exit),
        // Eighteen since the last meeting: a parent's consent has ended.
        item("cosmo", &["review_due", "consent_withdrawn", "actions_outstanding"], Remain(8)),
        item("farrukh", &["active_review", "review_due", "transfer_offered"], Noted),
        item("greta", ACTIVE, Noted),
        item("hamza", NEW, Defer(7)),
        item("rhoda", REVIEW, Exit),
        item("xanthe again", AT_TRIAGE, Heard),
        item("tamsin", AT_TRIAGE, Heard),
    ],
    &[
        item("cosmo", ACTIVE, Noted),
        item("greta", REVIEW, Remain(9)),
        item("hamza", &["deferred", "review_due"], Adopt(9)),
        item("jonty", NEW, HeldOver),
        item("farrukh", OTHERWISE, Heard),
        item("ursel", OTHERWISE, Heard),
    ],
    &[
        item("cosmo", REVIEW, Remain(11)),
        item("greta", &["consent_withdrawn", "reassessment_due"], Conclude),
        item("hamza", ACTIVE, Noted),
        item("jonty", &["new_referral", "held_over"], Adopt(9)),
        item("viktor", AT_TRIAGE, Heard),
        item("wanda", AT_GATEWAY, Heard),
    ],
    &[
        item("cosmo", ACTIVE, Noted),
        item("hamza", OVERDUE, Remain(10)),
        item("jonty", REVIEW, Remain(11)),
        item("keziah", NEW, Adopt(11)),
        item("rhoda", &["added"], Reopen),
        item("yusra", AT_TRIAGE, Heard),
    ],
    &[
        item("cosmo", ACTIVE, Noted),
        item("hamza", REVIEW, Remain(12)),
        // Paused between two meetings, without waiting for this one.
        item("jonty", &["active_review", "review_due", "reassessment_due", "to_ratify"], Ratified),
        item("keziah", &["consent_refused"], TryAgain(11)),
        item("lorcan", NEW, Adopt(11)),
        item("rhoda", NEW, Adopt(12)),
        item("zeno", AT_TRIAGE, Heard),
        item("agnes", AT_TRIAGE, Heard),
    ],
    &[
        item("cosmo", REVIEW, Remain(13)),
        item("edmund", &["post_exit_review"], Noted),
        item("hamza", ACTIVE, Noted),
        item("jonty", REVIEW, Remain(13)),
        item("keziah", &["review_due", "consent_refused"], Conclude),
        item("lorcan", REVIEW, Remain(12)),
        item("rhoda", ACTIVE, Noted),
        item("benedek", AT_GATEWAY, Heard),
    ],
    &[
        item("cosmo", ACTIVE, Noted),
        item("hamza", REVIEW, Remain(13)),
        item("jonty", ACTIVE, Noted),
        item("lorcan", REVIEW, Remain(13)),
        item("marigold", NEW, Adopt(13)),
        item("rhoda", REVIEW, Remain(13)),
        item("celeste", AT_TRIAGE, Heard),
    ],
];
