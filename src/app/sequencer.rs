//! Gives committed entries their place in the tree, and has the tree signed. It must never skip an entry (the queue shows
//! exactly those committed and not placed; no cursor passes over a late commit) and never sign before its own commit.

use crate::casework::ids::RequestId;
use crate::clock::Clock;
use crate::ledger::entry::{Actor, DetailValue, Draft, Outcome, leaf_hash};
use crate::ledger::signer::{Signer, SignerError};
use crate::ledger::tile::HEIGHT;
use crate::ledger::tree::{Frontier, Hash};
use crate::store::rows::{CheckpointRow, NodeRow, TreeRow};
use crate::store::{CommitError, Store, StoreError, Tx, Writer};
use ring::rand::{SecureRandom, SystemRandom};
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
}

impl Sequencer {
    /// `epoch` as for the recorder.
    pub fn new(store: Store, clock: Arc<Clock>, epoch: &str, signer: Option<Signer>) -> Self {
        let epoch = format!("{epoch}/sequencer");
        Self { store, clock, random: SystemRandom::new(), epoch, generation: 0, next: 1, writer: None, signer }
    }

    /// One pass: places what waits, up to a batch; tells how many. One transaction, so a kill leaves nothing half done.
    ///
    /// # Errors
    /// `TreeAltered`; `Store`, of which `Stale` means that another sequencer was faster.
    pub fn sequence_once(&mut self) -> Result<usize, SequencerError> {
        if self.store.reader()?.queue_is_empty()? {
            return Ok(0);
        }
        let mut writer = self.connected()?;
        let (name, first) = (format!("{}.{}", self.epoch, self.generation), self.next);
        let done = writer.transaction(|tx| self.pass(tx, &name, first));
        self.writer = Some(writer).filter(|writer| !writer.is_spoilt());
        match done {
            Ok((placed, next)) => {
                self.next = next;
                Ok(placed)
            }
            Err(CommitError::RolledBack(error)) => Err(error),
            Err(CommitError::Unknown) => {
                self.generation = self.generation.saturating_add(1);
                self.next = 1;
                Err(StoreError::Unavailable.into())
            }
        }
    }

    fn connected(&mut self) -> Result<Writer, StoreError> {
        self.writer.take().map_or_else(|| self.store.writer(), Ok)
    }

    fn pass(&self, tx: &mut Tx<'_>, name: &str, first: i64) -> Result<(usize, i64), SequencerError> {
        let head = tx.lock_tree()?;
        let mut frontier = frontier_of(&head)?;
        let (mut leaves, mut nodes) = (Vec::new(), Vec::new());
        let mut missing = Vec::new();
        for waiting in tx.queued(BATCH)? {
            let Some((leaf, salt, body)) = waiting.entry else {
                missing.push(waiting.id);
                continue;
            };
            if leaf_hash(&salt, body.as_bytes()) != leaf {
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
        let mut n = first;
        for id in missing {
            self.report_missing(tx, id, name, n)?;
            n = n.saturating_add(1);
        }
        Ok((leaves.len(), n))
    }

    /// An entry that was committed and is gone: the log says so itself, in the next pass.
    fn report_missing(&self, tx: &mut Tx<'_>, id: i64, writer: &str, n: i64) -> Result<(), SequencerError> {
        tracing::error!(entry = id, "an entry was removed before it was placed");
        let mut salt = [0; 32];
        self.random.fill(&mut salt).map_err(|_| StoreError::Unavailable)?;
        let draft = Draft {
            panel: None,
            actor: Actor { system: Some("ledger.sequencer"), ..Actor::default() },
            operation: "ledger.missing",
            outcome: Outcome::Failed,
            problem: None,
            cases: Vec::new(),
            policy: [0; 32],
            purpose: None,
            manifest: Vec::new(),
            request: RequestId::new(),
            detail: vec![("entry", DetailValue::Number(id))],
        };
        let entry = draft.finish(writer, n, self.clock.instant(), salt).map_err(|_| StoreError::Refused)?;
        tx.leave_queue(&[id])?;
        tx.append_entry(&entry, &[])?;
        Ok(())
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
                    return;
                }
            }
        })?;
        Ok(SequencerThread { stop: Some(stop), thread: Some(thread) })
    }

    fn turn(&mut self) -> bool {
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
