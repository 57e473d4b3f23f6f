//! Cosignatures gathered under a checkpoint: what witnesses sent, by whatever road, believed by their pinned keys alone.
//! A line that does not verify must never get into a note: readers refuse the whole note for it.

use crate::ledger::note::{VKey, open_cosigned};
use std::collections::BTreeMap;

/// A note with the lines that hold, one for each witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    pub note: String,
    /// The lines that were added.
    pub lines: String,
    /// Who cosigned when (seconds since 1970), by verifier key.
    pub by: BTreeMap<String, u64>,
}

/// Adds to a note that `log` signed those of `lines` that a witness made of this very checkpoint. Others are left out.
pub fn gather<'l>(note: &str, lines: impl IntoIterator<Item = &'l str>, log: &VKey, witnesses: &[VKey]) -> Gathered {
    let keys: Vec<VKey> = std::iter::once(log).chain(witnesses).cloned().collect();
    let mut gathered = Gathered { note: note.to_owned(), lines: String::new(), by: BTreeMap::new() };
    for line in lines {
        // Each alone under the log's own note: one that is malformed or false spoils no other.
        let Ok(opened) = open_cosigned(format!("{note}{line}\n").as_bytes(), &keys) else { continue };
        let new: Vec<_> = opened.witnesses.into_iter().filter(|(key, _)| !gathered.by.contains_key(key)).collect();
        if new.is_empty() {
            continue;
        }
        for text in [&mut gathered.note, &mut gathered.lines] {
            text.push_str(line);
            text.push('\n');
        }
        gathered.by.extend(new);
    }
    gathered
}
