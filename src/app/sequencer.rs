//! Gives committed entries their place in the tree, and has the tree signed. It must never skip an entry (the queue shows
//! exactly those committed and not placed; no cursor passes over a late commit) and never sign before its own commit.

mod found;

use super::recorder::kept::Kept;
use crate::clock::Clock;
use crate::ledger::attest::{Attester, MISSING};
use crate::ledger::entry::{DetailValue, Entry, leaf_hash};
use crate::ledger::note::LogKey;
use crate::ledger::signer::{Signer, SignerError};
use crate::ledger::tile::HEIGHT;
use crate::ledger::tree::{Frontier, Hash};
use crate::store::rows::{CheckpointRow, NodeRow, TreeRow};
use crate::store::{CommitError, Store, StoreError, Tx, Writer};
use found::{LOOKED_FOR_AFTER, found};
use ring::rand::SystemRandom;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Entries a pass. Smaller batches scan the queue's dead rows again and again (measured).
const BATCH: i64 = 4096;

/// Leaf hashes read at once for the signer.
const PAGE: i64 = 65_536;

#[derive(Debug, thiserror::Error)]
pub enum SequencerError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The stored head does not follow from the stored frontier: somebody wrote to it. Nothing is placed on top of that.
    #[error("the tree in the database has been altered")]
    TreeAltered,
    #[error(transparent)]
    Signer(#[from] SignerError),
}

/// Places entries and, where it has the log's signer, publishes checkpoints. Any number may place; only one may sign.
#[derive(Debug)]
pub struct Sequencer {
    store: Store,
    clock: Arc<Clock>,
    random: SystemRandom,
    epoch: String,
    /// The sequencer writes entries too: about those that it missed.
    generation: u64,
    next: i64,
    writer: Option<Writer>,
    signer: Option<Signer>,
    /// Vouches for what it writes itself.
    key: Arc<LogKey>,
    attester: Option<Attester>,
    kept: Option<Arc<Kept>>,
}

/// What a pass came to, if it is committed.
struct Passed {
    placed: usize,
    /// The next number, and the word given until there.
    next: i64,
    attester: Option<Attester>,
    /// What it entered itself.
    entered: Vec<Entry>,
}

impl Sequencer {
    /// `epoch` and `key` as for the recorder.
    pub fn new(store: Store, clock: Arc<Clock>, key: Arc<LogKey>, epoch: &str, signer: Option<Signer>) -> Self {
        Self {
            store,
            clock,
            random: SystemRandom::new(),
            epoch: format!("{epoch}/sequencer"),
            generation: 0,
            next: 1,
            writer: None,
            signer,
            key,
            attester: None,
            kept: None,
        }
    }

    /// Looks up, too, whether what this process entered stays in the database.
    #[must_use]
    pub fn reading_back(mut self, kept: Arc<Kept>) -> Self {
        self.kept = Some(kept);
        self
    }

    /// One pass: places what waits, up to a batch; tells how many. One transaction, so a kill leaves nothing half done.
    ///
    /// # Errors
    /// `TreeAltered`; `Store`, of which `Stale` means that another sequencer was faster.
    pub fn sequence_once(&mut self) -> Result<usize, SequencerError> {
        if self.store.reader()?.queue_is_empty()? {
            return Ok(0);
        }
        self.committed(|sequencer, tx| sequencer.pass(tx))
    }

    /// Runs a pass in a transaction, and takes over what it wrote as its own only once that is committed.
    fn committed(
        &mut self,
        pass: impl FnOnce(&Self, &mut Tx<'_>) -> Result<Passed, SequencerError>,
    ) -> Result<usize, SequencerError> {
        let mut writer = self.connected()?;
        let done = writer.transaction(|tx| pass(self, tx));
        self.writer = Some(writer).filter(|writer| !writer.is_spoilt());
        match done {
            Ok(Passed { placed, next, attester, entered }) => {
                (self.next, self.attester) = (next, attester);
                if let Some(kept) = &self.kept {
                    kept.put_back(entered);
                }
                Ok(placed)
            }
            Err(CommitError::RolledBack(error)) => Err(error),
            Err(CommitError::Unknown) => {
                self.generation = self.generation.saturating_add(1);
                (self.next, self.attester) = (1, None);
                Err(StoreError::Unavailable.into())
            }
        }
    }

    fn connected(&mut self) -> Result<Writer, StoreError> {
        self.writer.take().map_or_else(|| self.store.writer(), Ok)
    }

    fn pass(&self, tx: &mut Tx<'_>) -> Result<Passed, SequencerError> {
        let head = tx.lock_tree()?;
        let mut frontier = frontier_of(&head)?;
        let (mut leaves, mut nodes) = (Vec::new(), Vec::new());
        let mut missing = Vec::new();
        for waiting in tx.queued(BATCH)? {
            let Some((leaf, opened)) = waiting.entry else {
                missing.push(waiting.id);
                continue;
            };
            if opened.is_none_or(|(salt, body)| leaf_hash(&salt, body.as_bytes()) != leaf) {
                // Placed as it was promised: the verifier will name it, for its body no longer fits.
                tracing::error!(entry = waiting.id, "an entry was altered before it was placed");
            }
            frontier.push_noting(leaf, |height, index, root| nodes.extend(node(height, index, root)));
            leaves.push((waiting.id, leaf));
        }
        if !leaves.is_empty() {
            let size = i64::try_from(frontier.size()).map_err(|_| SequencerError::TreeAltered)?;
            let grown = TreeRow { size, root: frontier.root(), frontier: frontier.to_bytes() };
            tx.place_leaves(head.size, &leaves)?;
            nodes.iter().try_for_each(|node| tx.insert_node(node))?;
            tx.swap_tree(head.size, &grown)?;
        }
        for id in &missing {
            tracing::error!(entry = id, "an entry was removed before it was placed");
            tx.leave_queue(&[*id])?;
        }
        let said = missing.iter().map(|id| found(MISSING, ("entry", DetailValue::Number(*id)))).collect();
        let said = self.say(tx, said)?;
        Ok(Passed { placed: leaves.len(), ..said })
    }

    /// Has the tree signed if it has grown since the last checkpoint, and stores the note. The signer checks for itself that
    /// what it signs grew from what it signed before.
    ///
    /// # Errors
    /// `Signer`: refused or stopped, which a person must look at; `Store`.
    pub fn publish(&mut self) -> Result<Option<CheckpointRow>, SequencerError> {
        let Some(signer) = &mut self.signer else { return Ok(None) };
        let mut reader = self.store.reader()?;
        let Some(head) = reader.tree()? else { return Err(SequencerError::TreeAltered) };
        let size = u64::try_from(head.size).map_err(|_| SequencerError::TreeAltered)?;
        let published = reader.latest_checkpoint()?.map_or(0, |checkpoint| checkpoint.size);
        if size == signer.size() && head.size == published {
            return Ok(None);
        }
        let mut from = i64::try_from(signer.size()).map_err(|_| SequencerError::TreeAltered)?;
        let mut leaves: Vec<Hash> = Vec::new();
        while from < head.size {
            let page = reader.leaf_hashes(from, head.size, PAGE)?;
            if page.is_empty() {
                break;
            }
            from = from.saturating_add(i64::try_from(page.len()).map_err(|_| SequencerError::TreeAltered)?);
            leaves.extend(page);
        }
        drop(reader);
        let note = signer.sign(size, head.root, leaves)?;
        let frontier = signer.frontier().to_bytes();
        let row = CheckpointRow { size: head.size, root: head.root, frontier, note, at: self.clock.instant() };
        let mut writer = self.connected()?;
        let stored = writer.transaction(|tx| tx.insert_checkpoint(&row));
        self.writer = Some(writer).filter(|writer| !writer.is_spoilt());
        match stored {
            Ok(()) | Err(CommitError::RolledBack(StoreError::Unique)) => Ok(Some(row)),
            Err(CommitError::RolledBack(error)) => Err(error.into()),
            Err(CommitError::Unknown) => Err(StoreError::Unavailable.into()),
        }
    }

    /// Places and publishes every `interval`, and at once while batches are full. Errors are logged and tried again: a
    /// sequencer that stands still delays proofs, not people.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(mut self, interval: Duration) -> std::io::Result<SequencerThread> {
        let (stop, stopped) = channel::<()>();
        let thread = thread::Builder::new().name("sequencer".to_owned()).spawn(move || {
            loop {
                let more = self.turn();
                let wait = if more { Duration::ZERO } else { interval };
                if !matches!(stopped.recv_timeout(wait), Err(RecvTimeoutError::Timeout)) {
                    // What was committed until now is in the last checkpoint of this process.
                    self.turn();
                    if let Err(error) = self.read_back(Duration::ZERO) {
                        tracing::error!(%error, "what was entered last could not be read back");
                    }
                    return;
                }
            }
        })?;
        Ok(SequencerThread { stop: Some(stop), thread: Some(thread) })
    }

    fn turn(&mut self) -> bool {
        if let Err(error) = self.read_back(LOOKED_FOR_AFTER) {
            tracing::error!(%error, "what was entered could not be read back");
        }
        let placed = match self.sequence_once() {
            Ok(placed) => placed,
            Err(SequencerError::Store(StoreError::Stale)) => 0,
            Err(error) => {
                tracing::error!(%error, "the sequencer cannot place entries");
                return false;
            }
        };
        if let Err(error) = self.publish() {
            tracing::error!(%error, "no checkpoint could be published");
        }
        i64::try_from(placed).is_ok_and(|placed| placed >= BATCH)
    }
}

/// What tiles show of a completed subtree: every eighth height, but not the leaves, which have rows of their own.
fn node(height: u32, index: u64, hash: Hash) -> Option<NodeRow> {
    let level = height.is_multiple_of(HEIGHT).then_some(height / HEIGHT)?;
    Some(NodeRow { level: level.try_into().ok()?, index: index.try_into().ok()?, hash })
}

fn frontier_of(head: &TreeRow) -> Result<Frontier, SequencerError> {
    let size = u64::try_from(head.size).map_err(|_| SequencerError::TreeAltered)?;
    let frontier = Frontier::from_bytes(size, &head.frontier);
    frontier.filter(|frontier| frontier.root() == head.root).ok_or(SequencerError::TreeAltered)
}

/// Stops, after a last turn, when dropped.
#[derive(Debug)]
pub struct SequencerThread {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for SequencerThread {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the sequencer ended in a panic");
        }
    }
}
