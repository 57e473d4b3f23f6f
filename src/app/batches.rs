//! Rows one after the other, however many there are: read in batches, in the order of the query.
//! It must never hold more than a batch of them, nor pass one by.

use crate::casework::ids::ReferralId;
use crate::clock::Moment;
use crate::store::rows::{CaseRow, ReferralRow, StoredEntry};
use crate::store::{CaseCursor, EntryPlace, StoreError};

/// A row of a list that goes on after a cursor.
pub trait Listed {
    type Cursor: Copy;
    /// How many rows a reading brings.
    const BATCH: i64;
    fn cursor(&self) -> Self::Cursor;
}

impl Listed for CaseRow {
    type Cursor = CaseCursor;
    const BATCH: i64 = 200;
    fn cursor(&self) -> CaseCursor {
        CaseCursor::after(self)
    }
}

impl Listed for ReferralRow {
    type Cursor = (Moment, ReferralId);
    const BATCH: i64 = 200;
    fn cursor(&self) -> Self::Cursor {
        (self.received_at, self.id)
    }
}

impl Listed for StoredEntry {
    type Cursor = EntryPlace;
    const BATCH: i64 = 500;
    fn cursor(&self) -> EntryPlace {
        self.place()
    }
}

/// Rows that `fetch` brings: those after a cursor, so many at most. Whoever stops asking reads no further.
pub fn in_batches<R, F>(fetch: F) -> InBatches<R, F>
where
    R: Listed,
    F: FnMut(Option<R::Cursor>, i64) -> Result<Vec<R>, StoreError>,
{
    InBatches { fetch, rows: Vec::new().into_iter(), after: None, more: true }
}

pub struct InBatches<R: Listed, F> {
    fetch: F,
    rows: std::vec::IntoIter<R>,
    after: Option<R::Cursor>,
    more: bool,
}

impl<R, F> Iterator for InBatches<R, F>
where
    R: Listed,
    F: FnMut(Option<R::Cursor>, i64) -> Result<Vec<R>, StoreError>,
{
    /// The database's error where a batch could not be read; nothing comes after it.
    type Item = Result<R, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rows.as_slice().is_empty() && self.more {
            self.more = false;
            match (self.fetch)(self.after, R::BATCH) {
                Ok(rows) => {
                    self.more = i64::try_from(rows.len()) == Ok(R::BATCH);
                    self.rows = rows.into_iter();
                }
                Err(error) => return Some(Err(error)),
            }
        }
        let row = self.rows.next()?;
        self.after = Some(row.cursor());
        Some(Ok(row))
    }
}

impl<R: Listed, F> std::fmt::Debug for InBatches<R, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InBatches")
    }
}
