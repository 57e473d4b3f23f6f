//! Identifiers, one type for each thing, so that a panel's id cannot stand where a case's is wanted.
//! They are random (UUID v4): an id must say nothing of when or in what order a case came.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            #[allow(clippy::new_without_default, reason = "a default id would be a random one, which no caller expects")]
            pub fn new() -> Self {
                Self(Uuid::new_v4())
            }

            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(s).map(Self)
            }
        }
    )*};
}

ids! {
    /// The tenant: a panel serves one or more authorities.
    PanelId;
    AgencyId;
    /// A person or a partner's system, known by (issuer, subject), never by e-mail.
    PersonId;
    MembershipId;
    AgreementId;
    CaseId;
    /// Shared by the cases of one person.
    SubjectId;
    /// What a referrer holds; never a case id.
    ReferralId;
    ConsultationId;
    /// A case on its way to another panel of this service: the id of the record by which it was offered.
    TransferId;
    MeetingId;
    /// Anything of which a case holds many: an assessment, a session, a log note, a decision.
    RecordId;
    RequestId;
    /// A case's name in the ledger, which dies with the case's keys.
    LedgerId;
}
