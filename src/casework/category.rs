//! The categories of case content and the key domain each is sealed under (DESIGN §3).
//! A category added here is readable by nobody until a policy names it.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! categories {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $domain:ident, $shape:ident;)*) => {
        /// What a piece of case content is about: the unit of permission, of sealing keys and of the manifest.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Category { $($(#[$doc])* $name,)* }

        impl Category {
            pub const ALL: &'static [Category] = &[$(Category::$name,)*];

            pub fn name(self) -> &'static str {
                match self { $(Category::$name => $text,)* }
            }

            pub fn domain(self) -> KeyDomain {
                match self { $(Category::$name => KeyDomain::$domain,)* }
            }

            pub fn shape(self) -> Shape {
                match self { $(Category::$name => Shape::$shape,)* }
            }
        }
    };
}

/// Whether a case holds one of it (a map of fields, amended) or many (records, appended).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Single,
    Many,
}

categories! {
    Identity = "identity", Common, Single;
    Contact = "contact", Common, Single;
    /// The referrer, only where they asked for confidence.
    Source = "source", Source, Single;
    Concern = "concern", Common, Single;
    Ideology = "ideology", Common, Single;
    /// Equality monitoring: ethnicity, religion, orientation, disability, immigration status.
    Monitoring = "monitoring", Common, Single;
    Triage = "triage", Common, Many;
    SocialCare = "social_care", SocialCare, Single;
    SocialCareSummary = "social_care_summary", Common, Single;
    Health = "health", Health, Single;
    HealthSummary = "health_summary", Common, Single;
    Education = "education", Education, Single;
    EducationSummary = "education_summary", Common, Single;
    Police = "police", Police, Single;
    PoliceOutcome = "police_outcome", Common, Many;
    Assessment = "assessment", Common, Many;
    Consent = "consent", Common, Many;
    Plan = "plan", Common, Single;
    Brief = "brief", Common, Many;
    Sessions = "sessions", Common, Many;
    Log = "log", Common, Many;
    /// Questions to agencies and actions: the working papers between them. Not a row of DESIGN's matrix: see ARCHITECTURE.
    Work = "work", Common, Many;
    /// Decisions and minutes.
    Panel = "panel", Common, Many;
    /// Visit alert.
    Safety = "safety", Common, Single;
    /// Holds, reviews and erasure of a closed case, with their grounds: between records and the chair. See ARCHITECTURE.
    Retention = "retention", Common, Many;
}

impl Category {
    /// A summary is text the owning agency wrote for the others; it is written only as a release.
    pub fn is_summary(self) -> bool {
        matches!(self, Category::SocialCareSummary | Category::HealthSummary | Category::EducationSummary)
    }

    /// An agency's own detail, which nobody may key on its behalf.
    pub fn is_detail(self) -> bool {
        matches!(self, Category::SocialCare | Category::Health | Category::Education | Category::Police)
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Category {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        Category::ALL.iter().copied().find(|c| c.name() == s).ok_or(())
    }
}

/// Whose key seals it. The detail of an agency lies under a key that the agency can one day hold itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyDomain {
    Common,
    Source,
    SocialCare,
    Health,
    Education,
    Police,
}

impl KeyDomain {
    pub const ALL: [KeyDomain; 6] = [
        KeyDomain::Common,
        KeyDomain::Source,
        KeyDomain::SocialCare,
        KeyDomain::Health,
        KeyDomain::Education,
        KeyDomain::Police,
    ];

    pub fn name(self) -> &'static str {
        match self {
            KeyDomain::Common => "common",
            KeyDomain::Source => "source",
            KeyDomain::SocialCare => "social_care",
            KeyDomain::Health => "health",
            KeyDomain::Education => "education",
            KeyDomain::Police => "police",
        }
    }
}
