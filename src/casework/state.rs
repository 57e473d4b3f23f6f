//! Where a case stands: one stage and, beside it, tracks that move on their own (DESIGN §3).
//! No personal data may enter here: this is stored in clear, authenticated, and read by every guard.

use super::ids::{AgencyId, PersonId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $type:ident { $($name:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $type { $($name,)* }

        impl $type {
            pub const ALL: &'static [$type] = &[$($type::$name,)*];
            pub fn name(self) -> &'static str {
                match self { $($type::$name => $text,)* }
            }
        }
    )*};
}

codes! {
    Stage {
        Referred = "referred",
        Triage = "triage",
        Assessment = "assessment",
        Panel = "panel",
        Consent = "consent",
        Intervention = "intervention",
        Exited = "exited",
        Closed = "closed",
        Erased = "erased",
    }
    Screening { Open = "open", Done = "done", }
    Gateway {
        NotSent = "not_sent",
        Sent = "sent",
        Clear = "clear",
        NotSuitable = "not_suitable",
        PoliceLed = "police_led",
        Recheck = "recheck",
    }
    Section36 { None = "none", DecidedByPolice = "decided_by_police", DecidedByCouncil = "decided_by_council", Declined = "declined", }
    ConsentTrack {
        NotSought = "not_sought",
        Asked = "asked",
        Given = "given",
        Refused = "refused",
        Withdrawn = "withdrawn",
        NotReachable = "not_reachable",
        LapsedAt18 = "lapsed_at_18",
    }
    Hold {
        None = "none",
        Police = "police",
        Custody = "custody",
        Hospital = "hospital",
        MissingOrAbroad = "missing_or_abroad",
        NoProvider = "no_provider",
        Other = "other",
    }
    Transfer { None = "none", Offered = "offered", Accepted = "accepted", Declined = "declined", }
    /// The one outcome of a closed case.
    CaseOutcome {
        AdviceGiven = "advice_given",
        Signposted = "signposted",
        NoConcern = "no_concern",
        NotSuitable = "not_suitable",
        NotAdopted = "not_adopted",
        ConsentRefused = "consent_refused",
        PoliceLed = "police_led",
        Completed = "completed",
        Died = "died",
        LeftUk = "left_uk",
        Redirected = "redirected",
        TransferredOut = "transferred_out",
        Joined = "joined",
        KeyedInError = "keyed_in_error",
    }
    Origin { Referral = "referral", TransferIn = "transfer_in", Legacy = "legacy", }
}

/// Stage, tracks, dates and counters. Grows with the guards; every field has a meaning in `transitions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    pub stage: Stage,
    pub screening: Screening,
    pub gateway: Gateway,
    pub section36: Section36,
    pub consent: ConsentTrack,
    pub hold: Hold,
    pub transfer: Transfer,
    pub outcome: Option<CaseOutcome>,
    pub origin: Origin,
    /// When the concern reached the service (occurredAt), which no later event may precede.
    pub received_on: NaiveDate,
    /// When the present stage was entered (occurredAt).
    pub stage_on: NaiveDate,
    pub risk_owner: Option<AgencyId>,
    pub assessed_by: Option<PersonId>,
}
