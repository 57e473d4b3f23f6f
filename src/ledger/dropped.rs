//! The folder where checkpoints are dropped for others to fetch: `LOG.SIZE.checkpoint`, a signed note, and `LOG.OLD-SIZE.request`,
//! which proves that it grew out of the one dropped before (C2SP tlog-witness, add-checkpoint).
//! A name must never be believed: what a file says is in its signature.

use crate::digest::sha256;
use crate::ledger::body::hex;
use crate::ledger::files::{read_most, replace_as};
use crate::ledger::note::MAX_NOTE;
use crate::ledger::witness::Request;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// For others to read: there is no secret in it.
const MODE: u32 = 0o644;

/// More than any note or request.
const MOST: u64 = 2 * 1_000_001;

#[derive(Debug, Clone)]
pub struct DropFolder {
    dir: PathBuf,
    log: String,
}

/// What the files of a log begin with: an origin is no file name.
pub fn name_of(origin: &str) -> String {
    hex(&sha256(&[origin.as_bytes()])).chars().take(16).collect()
}

impl DropFolder {
    /// Of one log. The folder is not made: where a disk is not mounted, nothing is to be written in its place.
    pub fn of(dir: &Path, origin: &str) -> Self {
        Self { dir: dir.to_owned(), log: name_of(origin) }
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let name = entry?.file_name();
            names.extend(
                name.to_str().and_then(|name| name.strip_prefix(&self.log)?.strip_prefix('.').map(str::to_owned)),
            );
        }
        Ok(names)
    }

    /// Sizes of which there is a checkpoint.
    ///
    /// # Errors
    /// The folder is not there, or cannot be read.
    pub fn sizes(&self) -> io::Result<BTreeSet<u64>> {
        Ok(self.names()?.iter().filter_map(|name| number(name.strip_suffix(".checkpoint")?)).collect())
    }

    /// Sizes to which a request leads from `old`.
    ///
    /// # Errors
    /// As for `sizes`.
    pub fn sizes_from(&self, old: u64) -> io::Result<BTreeSet<u64>> {
        let size = |name: &String| {
            let (from, size) = name.strip_suffix(".request")?.split_once('-')?;
            number(size).filter(|_| number(from) == Some(old))
        };
        Ok(self.names()?.iter().filter_map(size).collect())
    }

    /// # Errors
    /// The file.
    pub fn put(&self, size: u64, note: &str) -> io::Result<()> {
        replace_as(&self.dir, &self.checkpoint_name(size), note.as_bytes(), MODE)
    }

    /// # Errors
    /// The file.
    pub fn put_request(&self, size: u64, request: &Request) -> io::Result<()> {
        replace_as(&self.dir, &self.request_name(request.old, size), request.print().as_bytes(), MODE)
    }

    /// The bytes of a checkpoint, to be verified.
    ///
    /// # Errors
    /// The file.
    pub fn checkpoint(&self, size: u64) -> io::Result<Vec<u8>> {
        // One byte more than a note may have, so that a longer one is not cut to a note.
        read_most(&self.dir.join(self.checkpoint_name(size)), u64::try_from(MAX_NOTE).unwrap_or(MOST).saturating_add(1))
    }

    /// `None` where the file is no request.
    ///
    /// # Errors
    /// The file.
    pub fn request(&self, old: u64, size: u64) -> io::Result<Option<Request>> {
        Ok(Request::parse(&read_most(&self.dir.join(self.request_name(old, size)), MOST)?))
    }

    fn checkpoint_name(&self, size: u64) -> String {
        format!("{}.{size}.checkpoint", self.log)
    }

    fn request_name(&self, old: u64, size: u64) -> String {
        format!("{}.{old}-{size}.request", self.log)
    }
}

/// A number as it is printed, and in no other writing.
fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}
