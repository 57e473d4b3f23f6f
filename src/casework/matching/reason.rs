//! The reasons a match may give: fixed codes, never a name or a date.

use serde::Serialize;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $code:literal;)*) => {
        /// Why two records may be one person. The code is part of the API: add, never rename.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)*];

            pub const fn code(self) -> &'static str {
                match self { $(Reason::$name => $code,)* }
            }

            const fn bit(self) -> u32 {
                match self { $(Reason::$name => 1 << $bit,)* }
            }
        }
    };
}

reasons! {
    /// The parts of the name that both records hold are the same letters, after case, marks and script; later forenames may be missing.
    ExactName = 0, "exact_name";
    /// A letter or two differ.
    SimilarName = 1, "similar_name";
    /// Spelt otherwise, sounds the same.
    Phonetic = 2, "phonetic";
    /// The same name romanised otherwise, or in another script.
    Transliteration = 3, "transliteration";
    Alias = 4, "alias";
    SwappedNames = 5, "swapped_names";
    /// Part of a double surname, or a particle kept on one side only.
    CompoundSurname = 6, "compound_surname";
    Initials = 7, "initials";
    Nickname = 8, "nickname";
    DobExact = 9, "dob_exact";
    DobOneDigit = 10, "dob_one_digit";
    DobSwappedDayMonth = 11, "dob_swapped_day_month";
    ApproxAge = 12, "approx_age";
    Postcode = 13, "postcode";
    Phone = 14, "phone";
    Handle = 15, "handle";
}

/// A set of reasons, small enough to copy in the inner loop.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Why(u32);

impl Why {
    pub(super) const NONE: Why = Why(0);

    pub(super) const fn of(reason: Reason) -> Why {
        Why(reason.bit())
    }

    pub(super) const fn with(self, other: Why) -> Why {
        Why(self.0 | other.0)
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn reasons(self) -> Vec<Reason> {
        Reason::ALL.iter().copied().filter(|r| self.0 & r.bit() != 0).collect()
    }
}
