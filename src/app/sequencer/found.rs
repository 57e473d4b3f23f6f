//! What the service finds of its own log: entries that it looks for and that did not stay as they were committed. The log says
//! so itself, under the sequencer's word. It must never let what was entered be lost where it still has it.

use super::{Passed, Sequencer, SequencerError};
use crate::ledger::attest::{ALTERED, Attester, RESTORED};
use crate::ledger::entry::{DetailValue, Draft, Entry, Outcome};
use crate::store::{Standing, StoreError, Tx};
use ring::rand::SecureRandom;
use std::time::Duration;

/// Entries looked up at once.
const READ_BACK: usize = 4096;

/// How long a committed entry is left before it is looked for: longer than it waits for its place.
pub(super) const LOOKED_FOR_AFTER: Duration = Duration::from_secs(5);

pub(super) fn found(operation: &'static str, what: (&'static str, DetailValue)) -> Draft {
    Draft::of_the_log("ledger.sequencer", operation, Outcome::Failed, vec![what])
}

impl Sequencer {
    /// Entries of its own about what it found, under its word: the log says it itself, in the next pass.
    pub(super) fn say(&self, tx: &mut Tx<'_>, said: Vec<Draft>) -> Result<Passed, SequencerError> {
        let (mut next, mut attester) = (self.next, self.attester.clone());
        let (placed, mut entered) = (said.len(), Vec::new());
        if said.is_empty() {
            return Ok(Passed { placed, next, attester, entered });
        }
        let name = format!("{}.{}", self.epoch, self.generation);
        let mut drafts = said;
        let mut word = match attester.take() {
            Some(word) => word,
            None => {
                let (word, draft) = Attester::begin(&self.key, &name).map_err(|_| StoreError::Unavailable)?;
                drafts.insert(0, draft);
                word
            }
        };
        let mut enter = |tx: &mut Tx<'_>, draft: &Draft| {
            let mut salt = [0; 32];
            self.random.fill(&mut salt).map_err(|_| StoreError::Unavailable)?;
            let entry = draft.finish(&name, next, self.clock.instant(), salt).map_err(|_| StoreError::Refused)?;
            tx.append_entry(&entry, &[])?;
            next = next.saturating_add(1);
            Ok::<_, StoreError>(entry)
        };
        for draft in &drafts {
            let entry = enter(tx, draft)?;
            word.committed(entry.n, &entry.leaf);
            entered.push(entry);
        }
        let beat = enter(tx, &word.beat(false).map_err(|_| StoreError::Unavailable)?)?;
        word.beaten(beat.n, &beat.leaf);
        entered.push(beat);
        Ok(Passed { placed, next, attester: Some(word), entered })
    }

    /// Looks for what this process entered a while ago, and puts back into the log what somebody took out before it had its
    /// place. Tells how many. What is not seen to have its place is looked for again, however often it was put back.
    ///
    /// # Errors
    /// As for `sequence_once`.
    pub fn read_back(&mut self, older_than: Duration) -> Result<usize, SequencerError> {
        let Some(kept) = self.kept.clone() else { return Ok(0) };
        let entries = kept.take_older(older_than, READ_BACK);
        if entries.is_empty() {
            return Ok(0);
        }
        match self.look_for(&entries) {
            Ok((restored, waiting)) => {
                kept.put_back(waiting);
                Ok(restored)
            }
            Err(error) => {
                kept.put_back(entries);
                Err(error)
            }
        }
    }

    /// How many did not stay as they were committed, and those that wait for their place now.
    fn look_for(&mut self, entries: &[Entry]) -> Result<(usize, Vec<Entry>), SequencerError> {
        let mut reader = self.store.reader()?;
        let stands = reader.standing(entries)?;
        drop(reader);
        // What was altered has been said, and stays so.
        let waiting = stands.iter().filter(|(_, standing)| !matches!(standing, Standing::Sound | Standing::Altered));
        let waiting = waiting.map(|(entry, _)| (*entry).clone()).collect();
        let sound = stands.iter().all(|(_, standing)| matches!(standing, Standing::Sound | Standing::Waiting));
        let restored = if sound { 0 } else { self.committed(|sequencer, tx| sequencer.restore(tx, entries))? };
        Ok((restored, waiting))
    }

    fn restore(&self, tx: &mut Tx<'_>, entries: &[Entry]) -> Result<Passed, SequencerError> {
        let mut said = Vec::new();
        tx.lock_tree()?;
        for (entry, standing) in tx.standing(entries)? {
            let operation = match standing {
                Standing::Sound | Standing::Waiting => continue,
                Standing::Gone => {
                    tx.append_entry(entry, &[])?;
                    RESTORED
                }
                Standing::Unqueued => {
                    tx.queue_again(entry)?;
                    RESTORED
                }
                Standing::Altered => ALTERED,
            };
            tracing::error!(writer = entry.writer, n = entry.n, operation, "an entry did not stay as it was committed");
            said.push(found(operation, ("leaf", DetailValue::Digest(entry.leaf))));
        }
        self.say(tx, said)
    }
}
