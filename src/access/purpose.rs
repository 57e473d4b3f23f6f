//! Why somebody reads (`Access-Purpose`). Recorded with every entry; some purposes open what others do not.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A purpose defaults by operation, except where `must_be_asked`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Referring, and following one's referral.
    Referral,
    CaseWork,
    PanelMeeting,
    /// A commissioned provider's work.
    Intervention,
    /// Looking at what is closed because the person is known again: always with a reason, shown to the chair.
    EarlierHistory,
    /// Comparing a new identity with the panel's others; no person may claim it.
    Match,
    Retention,
    RightsRequest,
    Audit,
    Administration,
    /// A life or a serious harm does not wait: what a broken glass shows, and nothing else (`policies/break_glass.cedar`).
    BreakGlass,
}

impl Purpose {
    pub const ALL: [Purpose; 11] = [
        Purpose::Referral,
        Purpose::CaseWork,
        Purpose::PanelMeeting,
        Purpose::Intervention,
        Purpose::EarlierHistory,
        Purpose::Match,
        Purpose::Retention,
        Purpose::RightsRequest,
        Purpose::Audit,
        Purpose::Administration,
        Purpose::BreakGlass,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Purpose::Referral => "referral",
            Purpose::CaseWork => "case_work",
            Purpose::PanelMeeting => "panel_meeting",
            Purpose::Intervention => "intervention",
            Purpose::EarlierHistory => "earlier_history",
            Purpose::Match => "match",
            Purpose::Retention => "retention",
            Purpose::RightsRequest => "rights_request",
            Purpose::Audit => "audit",
            Purpose::Administration => "administration",
            Purpose::BreakGlass => "break_glass",
        }
    }

    /// Never taken from an operation's default: the person says it.
    pub fn must_be_asked(self) -> bool {
        matches!(self, Purpose::EarlierHistory | Purpose::RightsRequest | Purpose::Retention | Purpose::BreakGlass)
    }

    /// Whether free-text grounds must come with it (kept sealed, never in the ledger).
    pub fn needs_reason(self) -> bool {
        matches!(self, Purpose::EarlierHistory)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Purpose {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Purpose::ALL.into_iter().find(|purpose| purpose.name() == text).ok_or(())
    }
}
