//! The matching rules against a labelled corpus of invented people, and the properties that hold for any input.
//! Rules are tuned on the half marked `tune`; the half marked `held` is only measured.

mod corpus;
mod properties;

use channel_panel::casework::matching::{Born, Identity, Prepared, compare, prepare};
use chrono::NaiveDate;

fn texts(given: &[&str]) -> Vec<String> {
    given.iter().map(|text| (*text).to_owned()).collect()
}

fn born(text: &str) -> Born {
    Born::Date(text.parse::<NaiveDate>().unwrap())
}

fn person(forenames: &[&str], surname: &str, birth: Born) -> Identity {
    Identity {
        forenames: texts(forenames),
        surname: Some(surname.to_owned()).filter(|s| !s.is_empty()),
        born: birth,
        ..Identity::default()
    }
}

fn score(a: &Prepared, b: &Prepared) -> u8 {
    compare(a, b).map_or(0, |found| found.score)
}

fn codes(a: &Identity, b: &Identity) -> Vec<&'static str> {
    compare(&prepare(a), &prepare(b)).map(|found| found.reasons.iter().map(|r| r.code()).collect()).unwrap_or_default()
}
