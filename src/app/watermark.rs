//! The highest version of each authenticated row that this process has seen.
//! An old row put back carries a good tag; it must not be believed again.

use crate::ledger::entry::CaseMark;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// An old version came back from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RolledBack;

/// Seeded from the ledger at start, so that a restart forgets nothing that was recorded.
#[derive(Debug, Default)]
pub struct Watermark {
    seen: Mutex<HashMap<Uuid, i64>>,
}

impl Watermark {
    /// Takes note of a version that was read or written.
    ///
    /// # Errors
    /// `RolledBack` where a higher one was seen before.
    pub fn observe(&self, row: Uuid, version: i64) -> Result<(), RolledBack> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let highest = seen.entry(row).or_insert(version);
        if version < *highest {
            return Err(RolledBack);
        }
        *highest = version;
        Ok(())
    }
}

impl Watermark {
    /// Whether there was such a row: one that is not there any more was taken away.
    pub fn knows(&self, row: Uuid) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&row)
    }

    /// The highest version that was seen.
    pub fn highest(&self, row: Uuid) -> Option<i64> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&row).copied()
    }

    /// Takes note of what an entry attests to have been written.
    pub fn attest(&self, marks: &[CaseMark]) {
        for mark in marks.iter().filter(|mark| mark.header_hash.is_some()) {
            // What is lower than known was overtaken.
            let _ = self.observe(mark.ledger_id.0, mark.version);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_version_is_refused_and_the_newest_stays() {
        let mark = Watermark::default();
        let row = Uuid::new_v4();
        assert_eq!(mark.observe(row, 3), Ok(()));
        assert_eq!(mark.observe(row, 3), Ok(()));
        assert_eq!(mark.observe(row, 2), Err(RolledBack));
        assert_eq!(mark.observe(row, 4), Ok(()));
        assert_eq!(mark.observe(row, 3), Err(RolledBack));
        assert_eq!(mark.observe(Uuid::new_v4(), 1), Ok(()));
        assert!(mark.knows(row) && !mark.knows(Uuid::new_v4()));
    }
}
