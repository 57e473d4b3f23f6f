//! From columns to values and back. A column that does not have its form is `Corrupt`: it must never become a default.

use super::StoreError;
use super::rows::{CandidateState, MatchState};
use chrono::NaiveDate;
use std::str::FromStr;

/// What `due_on` holds where nothing is due: sorts after every date, on both databases.
pub(super) const NEVER_DUE: &str = "9999-12-31";

pub(super) fn parsed<T: FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt)
}

pub(super) fn maybe<T: FromStr>(text: Option<&str>) -> Result<Option<T>, StoreError> {
    text.map(parsed).transpose()
}

pub(super) fn due(text: &str) -> Result<Option<NaiveDate>, StoreError> {
    if text == NEVER_DUE { Ok(None) } else { parsed(text).map(Some) }
}

pub(super) fn due_text(date: Option<NaiveDate>) -> String {
    date.map_or_else(|| NEVER_DUE.to_owned(), |d| d.to_string())
}

pub(super) fn hash(bytes: &[u8]) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Corrupt)
}

pub(super) fn number(n: i32) -> Result<u32, StoreError> {
    n.try_into().map_err(|_| StoreError::Corrupt)
}

pub(super) fn stored(n: u32) -> Result<i32, StoreError> {
    n.try_into().map_err(|_| StoreError::Refused)
}

pub(super) fn text<T: ToString>(id: Option<T>) -> Option<String> {
    id.map(|id| id.to_string())
}

pub(super) fn match_state(name: &str) -> Result<MatchState, StoreError> {
    [MatchState::Pending, MatchState::Matched, MatchState::Failed]
        .into_iter()
        .find(|s| s.name() == name)
        .ok_or(StoreError::Corrupt)
}

pub(super) fn candidate_state(name: &str) -> Result<CandidateState, StoreError> {
    let all = [CandidateState::Proposed, CandidateState::Joined, CandidateState::Dismissed];
    all.into_iter().find(|s| s.name() == name).ok_or(StoreError::Corrupt)
}
