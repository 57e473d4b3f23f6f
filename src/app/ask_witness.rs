//! What a witness is asked: the newest checkpoint, and that it grew out of what the witness has seen.
//! It must never ask for more than was signed.

use super::read_tile::{Stored, continued, frontier_of};
use crate::ledger::tile::TiledTree;
use crate::ledger::witness::Request;
use crate::store::rows::CheckpointRow;
use crate::store::{Store, StoreError};

/// Why nothing can be asked.
#[derive(Debug, thiserror::Error)]
pub enum Unasked {
    #[error("there is no signed checkpoint yet")]
    NoCheckpoint,
    #[error("the witness knows a larger log than was signed: compare its checkpoint with yours")]
    Beyond,
    #[error("the tree in the database is not the one that was signed: export the log and verify it")]
    NotAsSigned,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The request from `old` entries on, which the witness has said that it cosigned last; 0 the first time.
///
/// # Errors
/// [`Unasked`].
pub fn ask_witness(store: &Store, old: u64) -> Result<Request, Unasked> {
    let signed = store.reader()?.latest_checkpoint()?.ok_or(Unasked::NoCheckpoint)?;
    request(store, &signed, old)
}

/// The same about this checkpoint.
///
/// # Errors
/// [`Unasked`].
pub fn request(store: &Store, signed: &CheckpointRow, old: u64) -> Result<Request, Unasked> {
    let frontier = frontier_of(signed).ok_or(Unasked::NotAsSigned)?;
    let size = frontier.size();
    if old > size {
        return Err(Unasked::Beyond);
    }
    let tree = TiledTree::new(Stored::of(Box::new(store.reader()?)), frontier);
    let proof = continued(&tree, old, size, &signed.root).ok_or(Unasked::NotAsSigned)?;
    Ok(Request { old, proof, checkpoint: signed.note.clone() })
}
