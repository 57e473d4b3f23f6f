//! What this process has entered, until it is seen in the tree. The database said that it was committed; whether it stays there
//! is looked up.
//! It must never hold more than its bound: past it the oldest are let go, and the beats alone speak of them.

use crate::ledger::entry::Entry;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Entries of some seconds under load.
const MOST: usize = 20_000;

/// Entries that were committed and not yet seen to have their place.
#[derive(Default)]
pub struct Kept(Mutex<VecDeque<(Instant, Entry)>>);

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("entries", &self.lock().len()).finish_non_exhaustive()
    }
}

impl Kept {
    fn lock(&self) -> MutexGuard<'_, VecDeque<(Instant, Entry)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, entry: Entry) {
        let mut kept = self.lock();
        if kept.len() >= MOST {
            kept.pop_front();
        }
        kept.push_back((Instant::now(), entry));
    }

    /// Takes out, up to `most`, those that were committed at least so long ago, the oldest first.
    pub fn take_older(&self, than: Duration, most: usize) -> Vec<Entry> {
        let mut kept = self.lock();
        let due = kept.iter().take(most).take_while(|(since, _)| since.elapsed() >= than).count();
        kept.drain(..due).map(|(_, entry)| entry).collect()
    }

    /// Puts back what has no place yet, to be looked for again.
    pub fn put_back(&self, entries: Vec<Entry>) {
        entries.into_iter().for_each(|entry| self.put(entry));
    }
}
