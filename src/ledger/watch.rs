//! Following a log from outside: each newer checkpoint must be signed, and be proved to continue the last that was believed.
//! It must never take a file's name, or its being there, for anything; and never forget what it believed.

use crate::ledger::dropped::DropFolder;
use crate::ledger::note::{self, Checkpoint, NoteError, VKey};
use crate::ledger::tree::verify_consistency;
use std::io;

/// Why the log is not followed any further.
#[derive(Debug, thiserror::Error)]
pub enum Alarm {
    #[error("FORK: two logs of {size} entries are signed that do not fit together: one past was rewritten")]
    Forked { size: u64 },
    #[error("ROLLBACK: the newest checkpoint is of {newest} entries, and one of {known} was believed already")]
    RolledBack { known: u64, newest: u64 },
    #[error("NOT SIGNED: the checkpoint of {size} entries: {error}")]
    NotSigned { size: u64, error: NoteError },
    #[error("NOT SIGNED: the checkpoint named {name} is of {size} entries")]
    Misnamed { name: u64, size: u64 },
    #[error("UNDECIDED: no proof leads from {known} entries to {newest}: verify an export against what you know")]
    Unlinked { known: u64, newest: u64 },
    #[error("UNDECIDED: there is no checkpoint of this log")]
    Nothing,
    #[error("UNDECIDED: the folder cannot be read: {0}")]
    Folder(#[from] io::Error),
}

impl Alarm {
    /// As `ledger verify` ends: 1 bad, 2 undecided.
    pub fn exit_code(&self) -> u8 {
        match self {
            Alarm::Forked { .. } | Alarm::RolledBack { .. } | Alarm::NotSigned { .. } | Alarm::Misnamed { .. } => 1,
            Alarm::Unlinked { .. } | Alarm::Nothing | Alarm::Folder(_) => 2,
        }
    }
}

/// How far the log was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    pub checkpoint: Checkpoint,
    /// Its note, to be kept for the next time.
    pub note: String,
}

/// Follows the log of `keys` through a folder of checkpoints from `known` to the newest; from nowhere it begins with the newest,
/// which is then taken on the key's word alone.
///
/// # Errors
/// [`Alarm`]: what was known stays what is known.
pub fn follow(folder: &DropFolder, keys: &[VKey], known: Option<&Checkpoint>) -> Result<Followed, Alarm> {
    let sizes = folder.sizes()?;
    let from = known.map_or(0, |known| known.size);
    let newest = sizes.last().copied().unwrap_or(0);
    if newest < from {
        return Err(Alarm::RolledBack { known: from, newest });
    }
    let mut last = None;
    for size in sizes.range(from..) {
        let followed = dropped(folder, keys, *size)?;
        if known.is_some_and(|known| known.size == *size && known.root != followed.checkpoint.root) {
            return Err(Alarm::Forked { size: *size });
        }
        last = Some(followed);
    }
    let last = last.ok_or(Alarm::Nothing)?;
    if let Some(known) = known {
        let reached = proved(folder, keys, known, newest)?;
        if reached.root != last.checkpoint.root {
            return Err(Alarm::Forked { size: newest });
        }
    }
    Ok(last)
}

fn dropped(folder: &DropFolder, keys: &[VKey], name: u64) -> Result<Followed, Alarm> {
    let bytes = folder.checkpoint(name)?;
    let opened = note::open(&bytes, keys).map_err(|error| Alarm::NotSigned { size: name, error })?;
    if opened.size != name {
        return Err(Alarm::Misnamed { name, size: opened.size });
    }
    let note = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Followed { checkpoint: opened, note })
}

/// Step by step, each by the longest proof that there is.
fn proved(folder: &DropFolder, keys: &[VKey], known: &Checkpoint, newest: u64) -> Result<Checkpoint, Alarm> {
    let mut at = known.clone();
    while at.size < newest {
        let unlinked = Alarm::Unlinked { known: at.size, newest };
        let next = folder.sizes_from(at.size)?.into_iter().rev().find(|size| *size > at.size && *size <= newest);
        let next = next.ok_or(unlinked)?;
        let malformed = Alarm::NotSigned { size: next, error: NoteError::Malformed };
        let request = folder.request(at.size, next)?.ok_or(malformed)?;
        let opened = note::open(request.checkpoint.as_bytes(), keys);
        let grown = opened.map_err(|error| Alarm::NotSigned { size: next, error })?;
        if grown.size != next {
            return Err(Alarm::Misnamed { name: next, size: grown.size });
        }
        if !verify_consistency(at.size, &at.root, grown.size, &grown.root, &request.proof) {
            return Err(Alarm::Forked { size: next });
        }
        at = grown;
    }
    Ok(at)
}
