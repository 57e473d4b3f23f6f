//! Writing an export of the log that needs no database, no service and no trust to be verified.
//! It must never hold more than the log does: bodies, salts, leaves, the signed checkpoint.

use super::sequencer::SequencerError;
use crate::ledger::export::{self, Bundle, ExportError};
use crate::ledger::line::Line;
use crate::ledger::note::VKey;
use crate::ledger::tree::Frontier;
use crate::store::rows::{Published, TreeLeaf};
use crate::store::{Store, StoreError};
use std::path::Path;

/// Leaves that are read at once. A body has at most 64 KiB.
const BATCH: i64 = 256;

/// Why an export was not written.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("there is no checkpoint yet that counts")]
    NoCheckpoint,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Export(#[from] ExportError<StoreError>),
    #[error(transparent)]
    Sequencer(#[from] SequencerError),
}

/// Writes the log from its first entry to its newest checkpoint that counts into a new folder. Gives the number of entries.
///
/// # Errors
/// `Refused`: no checkpoint, no database, or a folder that is not empty.
pub fn write(store: &Store, folder: &Path, keys: &[VKey], by: Published) -> Result<u64, Refused> {
    let mut reader = store.reader()?;
    let checkpoint = reader.latest_published(by)?.ok_or(Refused::NoCheckpoint)?;
    let bundle = Bundle { from: Frontier::default(), old: None, checkpoint: &checkpoint.note, keys };
    let leaves = move |from, to, limit| reader.leaves(from, to, limit);
    let lines = Lines::new(0, checkpoint.size, leaves).map(|leaf| leaf.map(line));
    Ok(export::write(folder, &bundle, lines)?)
}

/// Leaves in order, a batch at a time: the log may be larger than memory. `read` is given from, to and limit.
pub(super) struct Lines<R> {
    read: R,
    next: i64,
    end: i64,
    batch: std::vec::IntoIter<TreeLeaf>,
}

impl<R: FnMut(i64, i64, i64) -> Result<Vec<TreeLeaf>, StoreError>> Lines<R> {
    pub fn new(from: i64, end: i64, read: R) -> Self {
        Self { read, next: from, end, batch: Vec::new().into_iter() }
    }
}

impl<R: FnMut(i64, i64, i64) -> Result<Vec<TreeLeaf>, StoreError>> Iterator for Lines<R> {
    type Item = Result<TreeLeaf, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(leaf) = self.batch.next() {
            return Some(Ok(leaf));
        }
        if self.next >= self.end {
            return None;
        }
        let to = self.next.saturating_add(BATCH).min(self.end);
        match (self.read)(self.next, to, BATCH) {
            Err(error) => {
                self.next = self.end;
                Some(Err(error))
            }
            Ok(leaves) => {
                self.next = to;
                self.batch = leaves.into_iter();
                // A hole in the sequence would end the export early; the verifier then finds it shorter than its checkpoint.
                self.batch.next().map(Ok)
            }
        }
    }
}

pub(super) fn line(leaf: TreeLeaf) -> Line {
    Line { leaf: leaf.leaf, opened: leaf.entry.map(|(body, salt)| (salt, body)) }
}
