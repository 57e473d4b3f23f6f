//! The cases of a panel one after the other, however many there are: read in batches, in the order of the query.
//! It must never hold more than a batch of them, nor pass one by.

use crate::error::Problem;
use crate::store::rows::CaseRow;
use crate::store::{CaseCursor, StoreError};

/// How many rows a reading brings.
const BATCH: i64 = 200;

/// Rows that `fetch` brings: those after a cursor, so many at most. Whoever stops asking reads no further.
pub fn in_batches<F>(fetch: F) -> InBatches<F>
where
    F: FnMut(Option<CaseCursor>, i64) -> Result<Vec<CaseRow>, StoreError>,
{
    InBatches { fetch, rows: Vec::new().into_iter(), after: None, more: true }
}

pub struct InBatches<F> {
    fetch: F,
    rows: std::vec::IntoIter<CaseRow>,
    after: Option<CaseCursor>,
    more: bool,
}

impl<F> Iterator for InBatches<F>
where
    F: FnMut(Option<CaseCursor>, i64) -> Result<Vec<CaseRow>, StoreError>,
{
    /// `unavailable` where a batch could not be read; nothing comes after it.
    type Item = Result<CaseRow, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rows.as_slice().is_empty() && self.more {
            self.more = false;
            match (self.fetch)(self.after, BATCH) {
                Ok(rows) => {
                    self.more = i64::try_from(rows.len()) == Ok(BATCH);
                    self.rows = rows.into_iter();
                }
                Err(error) => return Some(Err(error.into())),
            }
        }
        let row = self.rows.next()?;
        self.after = Some(CaseCursor::after(&row));
        Some(Ok(row))
    }
}

impl<F> std::fmt::Debug for InBatches<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InBatches")
    }
}
