//! The roles a membership can carry (DESIGN §3). Exactly one acts in a request.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! vocabulary {
    ($(#[$doc:meta])* $type:ident { $($(#[$value_doc:meta])* $name:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $type { $($(#[$value_doc])* $name,)* }

        impl $type {
            pub const ALL: &'static [$type] = &[$($type::$name,)*];
            pub fn name(self) -> &'static str {
                match self { $($type::$name => $text,)* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $type {
            type Err = ();
            fn from_str(s: &str) -> Result<Self, ()> {
                $type::ALL.iter().copied().find(|v| v.name() == s).ok_or(())
            }
        }
    };
}

vocabulary! {
    Role {
        Referrer = "referrer",
        Mash = "mash",
        SocialCare = "social_care",
        Health = "health",
        Police = "police",
        Education = "education",
        Partner = "partner",
        Guest = "guest",
        Council = "council",
        Chair = "chair",
        Provider = "provider",
        Records = "records",
        Auditor = "auditor",
        Administrator = "administrator",
    }
}

vocabulary! {
    /// Which part of a police force a membership belongs to.
    Unit {
        CounterTerrorism = "counter_terrorism",
        Local = "local",
    }
}

vocabulary! {
    AgencyKind {
        Council = "council",
        Police = "police",
        Health = "health",
        SocialCare = "social_care",
        Mash = "mash",
        Education = "education",
        School = "school",
        Provider = "provider",
        Partner = "partner",
        /// Whoever refers and is none of the above.
        Referrer = "referrer",
    }
}
