//! The highest version of each authenticated row that this process has seen.
//! An old row put back carries a good tag; it must not be believed again.

use super::readings::Readings;
use crate::access::{Authentic, Mac};
use crate::ledger::entry::CaseMark;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// An old version came back from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RolledBack;

/// Seeded from the ledger at start, so that a restart forgets nothing that was recorded.
#[derive(Debug, Default)]
pub struct Watermark {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    rows: HashMap<Uuid, Vec<Noted>>,
    /// How much was noted so far: the order of things, by which no clock can go back.
    count: u64,
}

#[derive(Debug, Clone, Copy)]
struct Noted {
    version: i64,
    at: u64,
}

/// How many of a row's versions are kept. Whoever began to read before all of them is held to the lowest.
const KEPT: usize = 8;

/// What rows are held against: the key of their tags, and the versions that were known before the reading began. What
/// somebody else commits while it goes on makes no row an old one.
#[derive(Clone, Copy)]
pub struct Belief<'s> {
    pub mac: &'s (dyn Mac + Sync),
    readings: &'s Readings,
    remembers: bool,
    watermark: &'s Watermark,
    since: u64,
}

impl std::fmt::Debug for Belief<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Belief({})", self.since)
    }
}

impl Belief<'_> {
    /// The same, where bytes that this process has read before need not be checked again. Not for what somebody asks for by its
    /// name: how long that takes would say whether it is there, and was read before.
    #[must_use]
    pub fn remembering(self) -> Self {
        Self { remembers: true, ..self }
    }

    /// What `check` makes of a row's text and tag.
    ///
    /// # Errors
    /// Those of `check`.
    pub fn read<T: Send + Sync + 'static, E>(
        &self,
        row: Uuid,
        (stored, tag): (&str, &[u8]),
        check: impl FnOnce(&dyn Mac) -> Result<Authentic<T>, E>,
    ) -> Result<Authentic<T>, E> {
        if self.remembers { self.readings.of(row, stored, tag, || check(self.mac)) } else { check(self.mac) }
    }

    /// Takes note of a version that was read.
    ///
    /// # Errors
    /// `RolledBack` where a higher one was known when the reading began.
    pub fn observe(&self, row: Uuid, version: i64) -> Result<(), RolledBack> {
        let mut seen = self.watermark.lock();
        let floor = seen.rows.get(&row).and_then(|noted| floor(noted, self.since));
        if floor.is_some_and(|floor| version < floor) {
            return Err(RolledBack);
        }
        seen.note(row, version);
        Ok(())
    }

    /// Whether there was such a row when the reading began: one that is not there any more was taken away.
    pub fn knew(&self, row: Uuid) -> bool {
        let seen = self.watermark.lock();
        seen.rows.get(&row).is_some_and(|noted| noted.first().is_some_and(|first| first.at <= self.since))
    }
}

/// The lowest version that a row may have for whoever began to read then.
fn floor(noted: &[Noted], since: u64) -> Option<i64> {
    let before = noted.iter().rev().find(|noted| noted.at <= since);
    // Of a row whose older versions are forgotten the lowest that is remembered: rather an alarm too many.
    let lowest = noted.first().filter(|_| noted.len() == KEPT);
    before.or(lowest).map(|noted| noted.version)
}

impl Seen {
    fn note(&mut self, row: Uuid, version: i64) {
        let noted = self.rows.entry(row).or_default();
        if noted.last().is_some_and(|last| version <= last.version) {
            return;
        }
        self.count = self.count.saturating_add(1);
        if noted.len() == KEPT {
            noted.remove(0);
        }
        noted.push(Noted { version, at: self.count });
    }
}

impl Watermark {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be taken before the first row is read.
    pub fn belief<'s>(&'s self, mac: &'s (dyn Mac + Sync), readings: &'s Readings) -> Belief<'s> {
        Belief { mac, readings, remembers: false, watermark: self, since: self.lock().count }
    }

    /// Takes note of a version that is known to have been written. One lower than known was overtaken.
    pub fn note(&self, row: Uuid, version: i64) {
        self.lock().note(row, version);
    }

    /// The highest version that was seen.
    pub fn highest(&self, row: Uuid) -> Option<i64> {
        self.lock().rows.get(&row).and_then(|noted| noted.last()).map(|last| last.version)
    }

    /// Takes note of what an entry attests to have been written.
    pub fn attest(&self, marks: &[CaseMark]) {
        for mark in marks.iter().filter(|mark| mark.header_hash.is_some()) {
            self.note(mark.ledger_id.0, mark.version);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct NoMac;

    impl Mac for NoMac {
        fn tag(&self, _: &str, _: &[u8]) -> [u8; 32] {
            [0; 32]
        }
        fn verify(&self, _: &str, _: &[u8], _: &[u8]) -> bool {
            false
        }
    }

    #[test]
    fn an_older_version_is_refused_and_the_newest_stays() {
        let (mark, row, readings) = (Watermark::default(), Uuid::new_v4(), Readings::default());
        let now = || mark.belief(&NoMac, &readings);
        assert_eq!(now().observe(row, 3), Ok(()));
        assert_eq!(now().observe(row, 3), Ok(()));
        assert_eq!(now().observe(row, 2), Err(RolledBack));
        assert_eq!(now().observe(row, 4), Ok(()));
        assert_eq!(now().observe(row, 3), Err(RolledBack));
        assert_eq!(now().observe(Uuid::new_v4(), 1), Ok(()));
        assert!(now().knew(row) && !now().knew(Uuid::new_v4()));
        assert_eq!(mark.highest(row), Some(4));
    }

    #[test]
    fn what_was_noted_while_one_read_makes_no_row_an_old_one() {
        let (mark, row, new) = (Watermark::default(), Uuid::new_v4(), Uuid::new_v4());
        let readings = Readings::default();
        let now = || mark.belief(&NoMac, &readings);
        mark.note(row, 2);
        let reader = now();
        mark.note(row, 3);
        mark.note(new, 1);
        assert_eq!((reader.observe(row, 2), reader.observe(row, 1)), (Ok(()), Err(RolledBack)));
        assert!(!reader.knew(new) && now().knew(new));
        assert_eq!(now().observe(row, 2), Err(RolledBack));
    }

    #[test]
    fn of_more_versions_than_are_kept_the_lowest_is_what_a_late_reader_is_held_to() {
        let (mark, row, readings) = (Watermark::default(), Uuid::new_v4(), Readings::default());
        mark.note(row, 1);
        let reader = mark.belief(&NoMac, &readings);
        for version in 2..=9 {
            mark.note(row, version);
        }
        assert_eq!((reader.observe(row, 1), reader.observe(row, 2)), (Err(RolledBack), Ok(())));
    }
}
