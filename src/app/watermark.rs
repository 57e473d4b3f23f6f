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

    /// What `read` gives, read once more where a later version of one of its `rows` is known by then: somebody's change may
    /// have been committed, and noted, between the reading and the looking. An old row that was put back is as old again.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn newest<T, E>(&self, rows: impl Fn(&T) -> Vec<(Uuid, i64)>, read: impl Fn() -> Result<T, E>) -> Result<T, E> {
        let found = read()?;
        let overtaken = |(row, version)| self.highest(row).is_some_and(|known| version < known);
        if rows(&found).into_iter().any(overtaken) { read() } else { Ok(found) }
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
    fn what_was_overtaken_is_read_once_more_and_what_is_old_stays_old() {
        let (mark, row, reads) = (Watermark::default(), Uuid::new_v4(), std::cell::Cell::new(0_i64));
        let read = |newest: i64| {
            reads.set(0);
            let next = || {
                reads.set(reads.get() + 1);
                Ok::<_, RolledBack>(if reads.get() == 1 { 2 } else { newest })
            };
            mark.newest(|version| vec![(row, *version)], next)
        };
        assert_eq!((read(3), reads.get()), (Ok(2), 1));
        assert_eq!(mark.observe(row, 3), Ok(()));
        assert_eq!((read(3), reads.get()), (Ok(3), 2));
        assert_eq!((read(2), reads.get()), (Ok(2), 2));
    }

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
