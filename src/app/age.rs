//! How old somebody is, from their sealed identity: consent turns on it (CTSA 2015 s.36(4)(b)).
//! It must never be asked for somebody whose identity the session may not read.

use super::case_file::CaseFile;
use crate::casework::category::Category;
use crate::casework::majority::Birth;
use crate::error::Problem;
use chrono::NaiveDate;
use serde_json::{Map, Value};
use std::str::FromStr;

/// Age on a day, where this actor may read the identity. Where only an age was given, the least that they can be: it was said
/// when the case was received, and grows from there.
///
/// # Errors
/// `integrity`; `unavailable`.
pub fn on_day(file: &CaseFile<'_>, on: NaiveDate) -> Result<Option<u8>, Problem> {
    if !file.can_read(Category::Identity) {
        return Ok(None);
    }
    let Some(identity) = file.read_single(Category::Identity)? else { return Ok(None) };
    let received = file.header.state.received_on;
    Ok(birth(&identity, received).and_then(|birth| birth.age_on(on.max(received))))
}

/// When they were born, as far as it is known; an age is as of the day on which the case was received.
pub fn birth(identity: &Map<String, Value>, received: NaiveDate) -> Option<Birth> {
    let date = identity.get("dateOfBirth").and_then(Value::as_str).and_then(|text| NaiveDate::from_str(text).ok());
    let age = identity.get("approximateAge").and_then(Value::as_u64).and_then(|age| u8::try_from(age).ok());
    date.map(Birth::from).or_else(|| Birth::of_age(age?, received))
}
