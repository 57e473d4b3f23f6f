//! Writing an export of the log that needs no database, no service and no trust to be verified.
//! It must never hold more than the log does: bodies, salts, leaves, the signed checkpoint.

use super::sequencer::SequencerError;
use crate::ledger::export::{self, Bundle, ExportError, Line};
use crate::ledger::note::VKey;
use crate::ledger::tree::Frontier;
use crate::store::rows::{Published, TreeLeaf};
use crate::store::{Reader, Store, StoreError};
use std::path::Path;

const BATCH: i64 = 1024;

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
    let lines = Lines { reader, next: 0, end: checkpoint.size, batch: Vec::new().into_iter() };
    Ok(export::write(folder, &bundle, lines)?)
}

/// Leaves in order, a batch at a time: the log may be larger than memory.
struct Lines {
    reader: Reader,
    next: i64,
    end: i64,
    batch: std::vec::IntoIter<TreeLeaf>,
}

impl Iterator for Lines {
    type Item = Result<Line, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(leaf) = self.batch.next() {
            return Some(Ok(line(leaf)));
        }
        if self.next >= self.end {
            return None;
        }
        let to = self.next.saturating_add(BATCH).min(self.end);
        match self.reader.leaves(self.next, to, BATCH) {
            Err(error) => {
                self.next = self.end;
                Some(Err(error))
            }
            Ok(leaves) => {
                self.next = to;
                self.batch = leaves.into_iter();
                // A hole in the sequence would end the export early; the verifier then finds it shorter than its checkpoint.
                self.batch.next().map(|leaf| Ok(line(leaf)))
            }
        }
    }
}

fn line(leaf: TreeLeaf) -> Line {
    Line { leaf: leaf.leaf, opened: leaf.entry.map(|(body, salt)| (salt, body)) }
}
