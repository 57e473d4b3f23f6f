//! How old somebody is, from their sealed identity: consent turns on it (CTSA 2015 s.36(4)(b)).
//! It must never be asked for somebody whose identity the session may not read.

use super::case_file::CaseFile;
use crate::casework::calendar::age_on;
use crate::casework::category::Category;
use crate::error::Problem;
use chrono::NaiveDate;
use serde_json::{Map, Value};
use std::str::FromStr;

/// Age on a day, where this actor may read the identity.
///
/// # Errors
/// `integrity`; `unavailable`.
pub fn on_day(file: &CaseFile<'_>, on: NaiveDate) -> Result<Option<u8>, Problem> {
    if !file.can_read(Category::Identity) {
        return Ok(None);
    }
    let Some(identity) = file.read_single(Category::Identity)? else { return Ok(None) };
    let approximate = identity.get("approximateAge").and_then(Value::as_u64).and_then(|age| u8::try_from(age).ok());
    Ok(born(&identity).map_or(approximate, |born| age_on(born, on)))
}

/// The day of birth, where it is known.
pub fn born(identity: &Map<String, Value>) -> Option<NaiveDate> {
    identity.get("dateOfBirth").and_then(Value::as_str).and_then(|text| NaiveDate::from_str(text).ok())
}
