//! An export read back: its files once each, in order, summed on the way, and the entries some at a time.
//! It must never hold more of the log than two batches, nor judge anything but whether a line is one.

use crate::digest::Sha256;
use crate::ledger::entry::leaf_hash;
use crate::ledger::export::{ENTRIES, LEAVES};
use crate::ledger::line::{Shape, unescape};
use crate::ledger::tree::Hash;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

/// A body of 65,535 bytes that are all escaped, two hashes in hex, and the names around them.
const MAX_LINE: u64 = 2 * 65_535 + 512;

/// A batch ends with so many entries, or with the one that brings its bodies over so many bytes.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 256 * 1024;

/// A file of a bundle, read once, in order, summed on the way.
pub(super) struct Reader {
    file: BufReader<Summing>,
}

struct Summing {
    file: File,
    sum: Sha256,
}

impl Read for Summing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        if let Some(read) = buffer.get(..n) {
            self.sum.update(read);
        }
        Ok(n)
    }
}

impl Reader {
    /// # Errors
    /// The file is absent or cannot be read.
    pub fn open(dir: &Path, name: &str) -> io::Result<Self> {
        let summing = Summing { file: File::open(dir.join(name))?, sum: Sha256::default() };
        Ok(Self { file: BufReader::with_capacity(1 << 16, summing) })
    }

    /// What is left, up to 1 MB.
    ///
    /// # Errors
    /// The disk.
    pub fn small(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.by_ref().take(1_000_001).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads to the end and gives the SHA-256 of the whole file.
    ///
    /// # Errors
    /// The disk.
    pub fn finish(mut self) -> io::Result<Hash> {
        io::copy(&mut self.file, &mut io::sink())?;
        Ok(self.file.into_inner().sum.finish())
    }

    /// Whether there was a line, in `bytes` with its line feed where it has one; up to [`MAX_LINE`].
    fn line(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        bytes.clear();
        Ok(self.file.by_ref().take(MAX_LINE).read_until(b'\n', bytes)? > 0)
    }

    /// The next 32 bytes; `None` at the end, `Some(None)` if fewer are left.
    fn hash(&mut self) -> io::Result<Option<Option<Hash>>> {
        if self.file.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let mut hash = [0; 32];
        match self.file.read_exact(&mut hash) {
            Ok(()) => Ok(Some(Some(hash))),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(Some(None)),
            Err(error) => Err(error),
        }
    }
}

/// A line of the entries.
pub(super) enum Found {
    /// There are leaves and no lines any more.
    Absent,
    /// Too long, unfinished, or not a line of an export.
    Unreadable,
    Withheld(Hash),
    /// `computed` is the leaf hash of salt and body, `claimed` the one that the line gives.
    Opened {
        claimed: Hash,
        computed: Hash,
        body: Range<usize>,
    },
}

/// Some entries that follow each other.
#[derive(Default)]
pub(super) struct Batch {
    bodies: Vec<u8>,
    /// Lines, and the leaf that `leaves` has for each.
    pub entries: Vec<(Found, Option<Hash>)>,
}

impl Batch {
    /// The body that was found there. Only text comes in (see [`unescape`]).
    pub fn body(&self, range: &Range<usize>) -> &str {
        self.bodies.get(range.clone()).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    fn take(&mut self, line: &[u8]) -> Found {
        let Some(shape) = line.strip_suffix(b"\n").and_then(Shape::of) else { return Found::Unreadable };
        let Some((salt, escaped)) = shape.opened else { return Found::Withheld(shape.leaf) };
        let start = self.bodies.len();
        if unescape(escaped, &mut self.bodies).is_none() {
            return Found::Unreadable;
        }
        let body = start..self.bodies.len();
        let computed = leaf_hash(&salt, self.bodies.get(body.clone()).unwrap_or_default());
        Found::Opened { claimed: shape.leaf, computed, body }
    }
}

/// `entries.ndjson` and `leaves`, side by side.
pub(super) struct Entries {
    lines: Reader,
    leaves: Reader,
    line: Vec<u8>,
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entries")
    }
}

impl Entries {
    /// # Errors
    /// One of the files is absent or cannot be read.
    pub fn open(dir: &Path) -> io::Result<Self> {
        Ok(Self { lines: Reader::open(dir, ENTRIES)?, leaves: Reader::open(dir, LEAVES)?, line: Vec::new() })
    }

    /// `None` after the last: of both files nothing is left.
    fn batch(&mut self) -> io::Result<Option<Batch>> {
        let mut batch = Batch { bodies: Vec::with_capacity(BATCH_BYTES), entries: Vec::with_capacity(BATCH) };
        while batch.entries.len() < BATCH && batch.bodies.len() < BATCH_BYTES {
            let (is_line, leaf) = (self.lines.line(&mut self.line)?, self.leaves.hash()?);
            if !is_line && leaf.is_none() {
                break;
            }
            let found = if is_line { batch.take(&self.line) } else { Found::Absent };
            batch.entries.push((found, leaf.flatten()));
        }
        Ok(if batch.entries.is_empty() { None } else { Some(batch) })
    }

    /// Reads and hashes ahead on a thread of its own, while `take` has the batch before; until the end, or until `take` says
    /// that it is enough. Gives the sums of both files, which are read to their ends in any case.
    ///
    /// # Errors
    /// The disk.
    pub fn each(mut self, mut take: impl FnMut(&Batch) -> bool) -> io::Result<[(&'static str, Hash); 2]> {
        thread::scope(|scope| {
            let (send, batches) = sync_channel(1);
            let reader = thread::Builder::new().name("export-reader".to_owned()).spawn_scoped(scope, move || {
                while let Some(batch) = self.batch()? {
                    if send.send(batch).is_err() {
                        break;
                    }
                }
                Ok([(ENTRIES, self.lines.finish()?), (LEAVES, self.leaves.finish()?)])
            })?;
            for batch in batches {
                if !take(&batch) {
                    break;
                }
            }
            reader.join().unwrap_or_else(|_| Err(io::Error::other("the reader ended")))
        })
    }
}
