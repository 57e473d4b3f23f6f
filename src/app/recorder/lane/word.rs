//! A lane's word for what it entered: its beginning before anything else, a beat a second while there is something to speak of,
//! and a close. It must never speak of what was not committed, nor keep people waiting for it.

use super::Lane;
use crate::app::recorder::ApplyError;
use crate::ledger::attest::Attester;
use crate::ledger::entry::{Draft, Entry};
use crate::ledger::receipt::Receipt;
use crate::store::{CommitError, Writer};
use std::time::{Duration, Instant};

/// How long entries may stand without a beat that speaks of them.
const BEAT: Duration = Duration::from_secs(1);

/// After a beat that could not be entered: a database that stands still is not waited for again at once, for people wait behind.
const REST: Duration = Duration::from_secs(10);

impl Lane {
    /// How long the next job may be waited for: while something is not attested, until the next beat.
    pub(super) fn patience(&self) -> Option<Duration> {
        let owes = self.attester.as_ref().is_some_and(Attester::owes);
        owes.then(|| self.beat_at.saturating_duration_since(Instant::now()))
    }

    /// Signs for what was entered. Where that fails, the next beat speaks of it too.
    pub(super) fn beat(&mut self, last: bool) {
        self.beat_at = Instant::now() + BEAT;
        let Some(Ok(draft)) = self.attester.as_ref().map(|attester| attester.beat(last)) else { return };
        let entered = self.connected().map_err(ApplyError::from).and_then(|mut writer| {
            let entered = self.own(&mut writer, &draft);
            self.writer = Some(writer).filter(|writer| !writer.is_spoilt());
            entered
        });
        match (entered, &mut self.attester) {
            (Ok(entered), Some(attester)) => attester.beaten(entered.n, &entered.leaf),
            _ => {
                self.beat_at = Instant::now() + REST;
                tracing::warn!(lane = %self.name, "a beat could not be entered");
            }
        }
    }

    /// Begins this generation's word, if it has none: nothing is entered before it.
    pub(super) fn begun(&mut self, writer: &mut Writer) -> Result<(), ApplyError> {
        if self.attester.is_some() {
            return Ok(());
        }
        let begun = Attester::begin(&self.key, &self.writer_name()).map_err(|_| ApplyError::Unavailable);
        let (mut attester, draft) = begun?;
        let entered = self.own(writer, &draft)?;
        attester.committed(entered.n, &entered.leaf);
        self.attester = Some(attester);
        Ok(())
    }

    /// An entry of the lane's own, committed by itself.
    fn own(&mut self, writer: &mut Writer, draft: &Draft) -> Result<Receipt, ApplyError> {
        let entry = self.finish(draft, self.next)?;
        match writer.append_entries(std::slice::from_ref(&entry)) {
            Ok(kept) if kept.first() == Some(&true) => {
                self.next = self.next.saturating_add(1);
                let entered = Receipt::of(&entry);
                self.keep(entry);
                Ok(entered)
            }
            Err(CommitError::RolledBack(error)) => Err(error.into()),
            // Kept or not, this name is not used again.
            Ok(_) | Err(CommitError::Unknown) => {
                self.begin_generation();
                Err(ApplyError::Unavailable)
            }
        }
    }

    /// Committed: attested with the next beat, and kept.
    pub(super) fn committed(&mut self, entries: Vec<Entry>) {
        if self.patience().is_none() {
            self.beat_at = Instant::now() + BEAT;
        }
        for entry in entries {
            if let Some(attester) = &mut self.attester {
                attester.committed(entry.n, &entry.leaf);
            }
            self.keep(entry);
        }
    }

    /// It was committed: read back until it has its place.
    pub(super) fn keep(&self, entry: Entry) {
        if let Some(kept) = &self.kept {
            kept.put(entry);
        }
    }
}
