//! An export read back: its files once each, in order, summed on the way, and the entries some at a time.
//! It must never hold more of the log than two batches, nor judge anything but whether a line is one.

use crate::digest::Sha256;
use crate::ledger::expired::Remnant;
use crate::ledger::export::{ENTRIES, LEAVES};
use crate::ledger::line::Shape;
use crate::ledger::tree::Hash;
use memchr::{memchr, memrchr};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

/// Read at a time, and so the longest line: more than a body of 65,535 bytes, two hashes in hex, and the names around them. As
/// much as three of them stay in a processor's own cache, and it is seldom that one thread waits for the other.
const PIECE: usize = 256 * 1024;

/// Leaves that come in one batch where there are no lines for them any more.
const BATCH: usize = 256;

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

    /// Adds to `bytes` until there are so many of them; says whether the file goes on.
    fn fill(&mut self, bytes: &mut Vec<u8>, length: usize) -> io::Result<bool> {
        let wanted = length.saturating_sub(bytes.len());
        let limit = u64::try_from(wanted).unwrap_or(u64::MAX);
        // Past the buffer, which has nothing: this file is read in pieces alone.
        Ok(self.file.get_mut().by_ref().take(limit).read_to_end(bytes)? == wanted)
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
    Expired(Hash, Remnant),
    /// `claimed` is the leaf hash that the line gives.
    Opened {
        claimed: Hash,
        salt: Hash,
        body: Range<usize>,
    },
}

/// Some entries that follow each other.
pub(super) struct Batch {
    lines: Vec<u8>,
    /// Lines, and the leaf that `leaves` has for each.
    pub entries: Vec<(Found, Option<Hash>)>,
}

impl Batch {
    /// The body that was found there. It is text, or it would not have been found.
    pub fn body(&self, range: &Range<usize>) -> &str {
        self.lines.get(range.clone()).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

/// The line that lies from `start` on, with its line feed.
fn found(line: &[u8], start: usize) -> Found {
    let Some(shape) = line.strip_suffix(b"\n").and_then(Shape::of) else { return Found::Unreadable };
    if let Some(remnant) = shape.expired {
        return Found::Expired(shape.leaf, remnant);
    }
    let Some((salt, body)) = shape.opened else { return Found::Withheld(shape.leaf) };
    // After it come its brace and the line feed.
    let end = start.saturating_add(line.len()).saturating_sub(2);
    let range = end.saturating_sub(body.len())..end;
    Found::Opened { claimed: shape.leaf, salt, body: range }
}

/// `entries.ndjson` and `leaves`, side by side.
pub(super) struct Entries {
    lines: Reader,
    leaves: Reader,
    /// The beginning of a line whose end was not read yet.
    begun: Vec<u8>,
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
        Ok(Self { lines: Reader::open(dir, ENTRIES)?, leaves: Reader::open(dir, LEAVES)?, begun: Vec::new() })
    }

    /// Whole lines; at the end of the file, or where a line is longer than any, what there is.
    fn piece(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(PIECE);
        bytes.append(&mut self.begun);
        if self.lines.fill(&mut bytes, PIECE)?
            && let Some(last) = memrchr(b'\n', &bytes)
        {
            self.begun = bytes.split_off(last.saturating_add(1));
        }
        Ok(bytes)
    }

    /// `None` after the last: of both files nothing is left.
    fn batch(&mut self) -> io::Result<Option<Batch>> {
        let lines = self.piece()?;
        let mut entries = Vec::with_capacity(BATCH);
        let mut rest = lines.as_slice();
        while !rest.is_empty() {
            let (here, start) = (rest, lines.len().saturating_sub(rest.len()));
            let end = memchr(b'\n', here).map_or(here.len(), |at| at.saturating_add(1));
            let line;
            (line, rest) = here.split_at_checked(end).unwrap_or((here, &[]));
            entries.push((found(line, start), self.leaves.hash()?.flatten()));
        }
        while lines.is_empty()
            && entries.len() < BATCH
            && let Some(leaf) = self.leaves.hash()?
        {
            entries.push((Found::Absent, leaf));
        }
        Ok(if entries.is_empty() { None } else { Some(Batch { lines, entries }) })
    }

    /// Reads ahead, and sums what it reads, on a thread of its own, while `take` has the batch before; until the end, or until `take` says
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
