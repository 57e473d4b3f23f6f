//! Which checkpoint counts: where witnesses are asked for, the newest that enough of them have cosigned.
//! It must never count a witness that was not named, one twice, or a word for another checkpoint.

use super::Undelivered;
use crate::clock::Moment;
use crate::ledger::cosigned::{Gathered, gather};
use crate::ledger::files::{read_most, replace};
use crate::ledger::note::VKey;
use crate::store::rows::CheckpointRow;
use crate::store::{CommitError, Store, StoreError};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

/// A file of cosignatures is some lines of 150 bytes.
const MOST: u64 = 65_536;

/// Files looked at for one checkpoint.
const FILES: usize = 64;

/// Who must have cosigned, and where their words arrive: a folder with files `SIZE.ANYTHING`, each of signature lines.
#[derive(Debug, Clone)]
pub struct Quorum {
    pub folder: PathBuf,
    pub witnesses: Vec<VKey>,
    pub required: usize,
}

impl Quorum {
    /// Files by the size that their names say; newest first is the other end.
    fn arrived(&self) -> io::Result<BTreeMap<i64, Vec<PathBuf>>> {
        let mut arrived: BTreeMap<i64, Vec<PathBuf>> = BTreeMap::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split_once('.'));
            // What is still being written is looked at when it has its name.
            let size = name.filter(|(_, rest)| !rest.ends_with(".new")).and_then(|(size, _)| size.parse().ok());
            if let Some(size) = size {
                arrived.entry(size).or_default().push(path);
            }
        }
        Ok(arrived)
    }

    /// Keeps what the delivery command said for this checkpoint, as far as it holds.
    pub(super) fn arrive(&self, row: &CheckpointRow, said: &[u8], log: &VKey) -> Result<(), Undelivered> {
        let said = String::from_utf8_lossy(said);
        let gathered = gather(&row.note, said.lines(), log, &self.witnesses);
        if gathered.by.is_empty() {
            return Ok(());
        }
        let name = format!("{}.command", row.size);
        replace(&self.folder, &name, gathered.lines.as_bytes()).map_err(|error| Undelivered::Words(error.kind()))
    }

    /// The newest checkpoint with enough cosignatures, if it is newer than the one that counts.
    pub(super) fn newest(&self, store: &Store, log: &VKey) -> Result<Option<(CheckpointRow, Gathered)>, Undelivered> {
        let counts = store.reader()?.latest_cosigned()?.map_or(0, |row| row.size);
        let arrived = self.arrived().map_err(|error| Undelivered::Words(error.kind()))?;
        for (size, files) in arrived.into_iter().rev().take_while(|(size, _)| *size > counts) {
            let Some(row) = store.reader()?.checkpoint(size)? else { continue };
            let texts = files.iter().take(FILES).map(|path| read_most(path, MOST)).collect::<io::Result<Vec<_>>>();
            let texts = texts.map_err(|error| Undelivered::Words(error.kind()))?;
            let texts: Vec<_> = texts.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
            let gathered = gather(&row.note, texts.iter().flat_map(|text| text.lines()), log, &self.witnesses);
            if gathered.by.len() >= self.required {
                return Ok(Some((row, gathered)));
            }
        }
        Ok(None)
    }
}

/// From now on this one counts.
pub(super) fn publish(store: &Store, size: i64, note: &str, at: Moment) -> Result<(), Undelivered> {
    match store.writer()?.transaction(|tx| tx.insert_cosigned(size, note, at)) {
        Ok(()) | Err(CommitError::RolledBack(StoreError::Unique)) => Ok(()),
        Err(CommitError::RolledBack(error)) => Err(error.into()),
        Err(CommitError::Unknown) => Err(StoreError::Unavailable.into()),
    }
}
