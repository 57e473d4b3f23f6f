//! The forms as a sender meets them: what is taken, what is refused, and in which words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod amendments;
mod limits;
mod names;
mod records;
mod referral;
mod split;

use channel_panel::casework::form;
use channel_panel::casework::intake::referral::Referral;
use channel_panel::error::{Problem, Violation, Violations};
use chrono::NaiveDate;
use serde_json::Value;

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn today() -> NaiveDate {
    day("2026-03-02")
}

/// A referral in which every field of the form is filled in (but for those that exclude each other).
pub fn full() -> Value {
    serde_json::from_str(include_str!("full-referral.json")).unwrap()
}

pub fn set(form: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match form.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}")) {
        Value::Object(map) => {
            map.insert(key.to_owned(), value);
        }
        Value::Array(items) => {
            let n: usize = key.parse().unwrap();
            items[n] = value;
        }
        _ => panic!("{pointer}"),
    }
}

pub fn remove(form: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    form.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key);
}

/// Reads and checks as the service does.
pub fn submit(value: &Value) -> Result<Referral, Problem> {
    let referral: Referral = form::parse(value, "")?;
    let mut violations = Violations::default();
    referral.check(today(), &mut violations);
    violations.finish().map(|()| referral)
}

pub fn refused(value: &Value) -> Vec<Violation> {
    submit(value).err().map(|p| p.violations).unwrap_or_default()
}

pub fn rules_at(violations: &[Violation], pointer: &str) -> Vec<&'static str> {
    violations.iter().filter(|v| v.field == pointer).map(|v| v.rule).collect()
}
