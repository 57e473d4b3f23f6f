//! From columns to values and back. A column that does not have its form is `Corrupt`: it must never become a default.

use super::StoreError;
use super::connection::{MultiBackend, MultiRawValue};
use super::rows::{CandidateState, MatchState};
use chrono::NaiveDate;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteValue};
use std::str::FromStr;

/// What `due_on` holds where nothing is due: sorts after every date, on both databases.
pub(super) const NEVER_DUE: &str = "9999-12-31";

/// Text that was read for what it says where it lay, without a copy: of the rows of an agenda each has half a dozen such
/// columns. None where it does not say it.
#[derive(Debug, FromSqlRow)]
pub(super) struct Said<T>(Option<T>);

impl<T> Said<T> {
    pub(super) fn value(self) -> Result<T, StoreError> {
        self.0.ok_or(StoreError::Corrupt)
    }

    pub(super) fn maybe(said: Option<Self>) -> Result<Option<T>, StoreError> {
        said.map(Self::value).transpose()
    }
}

impl<T: FromStr> FromSql<Text, Pg> for Said<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(str::from_utf8(value.as_bytes()).ok().and_then(|text| text.parse().ok())))
    }
}

impl<T: FromStr> FromSql<Text, Sqlite> for Said<T> {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(value.read_text().parse().ok()))
    }
}

impl<T: FromStr> FromSql<Text, MultiBackend> for Said<T> {
    fn from_sql(value: MultiRawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<Self, Text>()
    }
}

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
