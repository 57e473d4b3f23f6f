//! The vocabularies of casework as dated data: what a code means, from when and until when it may be written.
//! A code that has gone out of use stays readable for ever; nothing here may refuse to name an old value.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// One value of a list. `from` and `until` are inclusive days; none means without limit.
#[derive(Debug, Clone, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Code {
    pub code: String,
    pub label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<NaiveDate>,
    /// The broader code of the same list that this one refines (a phase of education, say).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<String>,
    /// What this is called in the list named by the list's `mapsTo`. Many local codes may share one national code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maps_to: Option<String>,
    /// What it has been called since it went out of use, where one present value says the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<String>,
}

impl Code {
    pub fn in_force(&self, on: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= on) && self.until.is_none_or(|until| on <= until)
    }
}

/// A code list: `version` grows by one with every published change of the data file.
#[derive(Debug, Clone, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct List {
    pub name: String,
    pub title: String,
    pub version: u32,
    /// Where the values come from: a publication, or "service" for our own.
    pub source: String,
    /// The sentence a sender reads who wrote a value that is not in the list.
    pub refusal: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maps_to: Option<String>,
    pub codes: Vec<Code>,
}

impl List {
    /// Whether the code may be written about something that happened on that day.
    pub fn accepts(&self, code: &str, on: NaiveDate) -> bool {
        self.codes.iter().any(|c| c.code == code && c.in_force(on))
    }

    /// The code, in force or not: what was once written can always be read.
    pub fn find(&self, code: &str) -> Option<&Code> {
        self.codes.iter().find(|c| c.code == code)
    }

    pub fn in_force(&self, on: NaiveDate) -> impl Iterator<Item = &Code> {
        self.codes.iter().filter(move |c| c.in_force(on))
    }

    /// The national code for a local one.
    pub fn national(&self, local: &str) -> Option<&str> {
        self.find(local)?.maps_to.as_deref()
    }
}

macro_rules! lists {
    ($($name:literal),* $(,)?) => {
        /// The name of every list the service ships, in the order of the files.
        pub const NAMES: &[&str] = &[$($name),*];
        const SOURCES: &[&str] = &[$(include_str!(concat!("../../data/codes/", $name, ".json"))),*];
    };
}

lists! {
    "action_status",
    "age_basis",
    "agency_kind",
    "amendment_reason",
    "answer",
    "awareness",
    "break_glass_reason",
    "case_link",
    "channel",
    "complex_need",
    "consultation_advice",
    "contributory_factor",
    "disability",
    "education_phase",
    "ethnicity",
    "exit_reason",
    "gateway_outcome",
    "gender",
    "how_told",
    "immigration_status",
    "information_reply",
    "language",
    "lawful_basis",
    "legal_hold_reason",
    "log_kind",
    "log_outcome",
    "marking",
    "onward_service",
    "place_kind",
    "referrer_relationship",
    "relationship_to_person",
    "religion",
    "search_purpose",
    "sector",
    "sex",
    "sexual_orientation",
    "support_progress",
    "support_type",
    "type_of_concern",
    "type_of_concern_barnet_2018",
    "urgency",
    "yes_no_unknown",
}

// A list that does not parse accepts nothing (the tests prove that each parses): data must never stop the process.
static LISTS: LazyLock<Vec<List>> =
    LazyLock::new(|| SOURCES.iter().filter_map(|text| serde_json::from_str(text).ok()).collect());

pub fn lists() -> &'static [List] {
    &LISTS
}

pub fn list(name: &str) -> Option<&'static List> {
    LISTS.iter().find(|l| l.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn every_file_parses_and_bears_its_own_name() {
        for (name, text) in NAMES.iter().zip(SOURCES) {
            let parsed: List = serde_json::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(&parsed.name, name);
        }
        assert_eq!(lists().len(), NAMES.len());
    }

    #[test]
    fn every_list_is_whole() {
        for l in lists() {
            let mut seen = BTreeSet::new();
            assert!(l.version >= 1 && !l.codes.is_empty() && l.refusal.ends_with('.'), "{}", l.name);
            for c in &l.codes {
                assert!(seen.insert(&c.code), "{}: {} twice", l.name, c.code);
                assert!(
                    c.code.chars().all(|ch| ch.is_ascii_lowercase() || ch.is_ascii_digit() || ch == '_'),
                    "{}: {}",
                    l.name,
                    c.code
                );
                assert!(!c.label.is_empty());
                if let (Some(from), Some(until)) = (c.from, c.until) {
                    assert!(from <= until, "{}: {}", l.name, c.code);
                }
                for other in [&c.under, &c.replaced_by].into_iter().flatten() {
                    assert!(l.find(other).is_some(), "{}: {} points nowhere", l.name, c.code);
                }
                if let Some(national) = &c.maps_to {
                    let target = list(l.maps_to.as_deref().unwrap()).unwrap();
                    assert!(target.find(national).is_some(), "{}: {} maps nowhere", l.name, c.code);
                }
            }
        }
    }

    #[test]
    fn old_concerns_stay_readable_and_are_refused_only_for_new_dates() {
        let concerns = list("type_of_concern").unwrap();
        assert!(concerns.accepts("mixed_unstable_unclear", day(2018, 1, 10)));
        assert!(!concerns.accepts("mixed_unstable_unclear", day(2024, 6, 1)));
        assert_eq!(concerns.find("mixed_unstable_unclear").unwrap().label, "Mixed, unstable or unclear ideology");
        assert!(concerns.accepts("fascination_extreme_violence", day(2024, 4, 1)));
        assert!(!concerns.accepts("fascination_extreme_violence", day(2024, 3, 31)));
        assert!(!concerns.accepts("no_such_code", day(2024, 6, 1)));
    }

    #[test]
    fn many_local_concerns_share_one_national() {
        let barnet = list("type_of_concern_barnet_2018").unwrap();
        assert_eq!(barnet.national("isil_daesh_inspired"), Some("islamist"));
        assert_eq!(barnet.national("islamophobic"), Some("extreme_right_wing"));
        assert_eq!(barnet.national("anti_lgbt"), barnet.national("other"));
    }
}
