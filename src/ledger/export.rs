//! The export bundle: a folder that proves a stretch of the log without the database (docs/ledger-format.md).
//! It must never judge the log: what is wrong with it must reach the auditor, so rows are written as they are given.

use crate::digest::Sha256;
use crate::ledger::body::{hex, unhex};
use crate::ledger::entry::MAX_BODY;
use crate::ledger::expired::Remnant;
use crate::ledger::note::VKey;
use crate::ledger::tree::{Frontier, Hash};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

pub const ENTRIES: &str = "entries.ndjson";
pub const LEAVES: &str = "leaves";
pub const CHECKPOINT: &str = "checkpoint";
pub const CHECKPOINT_OLD: &str = "checkpoint.old";
pub const FRONTIER: &str = "frontier";
pub const KEYS: &str = "keys";
pub const README: &str = "README";
pub const SUMS: &str = "SHA256SUMS";

/// A body of 65,535 bytes that are all escaped, two hashes in hex, and the names around them.
const MAX_LINE: u64 = 2 * 65_535 + 512;

const ABOUT: &str = "\
An export of a Channel Panel access ledger.

Check it with:    channel-panel ledger verify <this folder> --key <verifier key>
Take the verifier key from the service's owner, not from the file `keys` in here.

entries.ndjson    one line an entry: leaf hash, and salt and body unless withheld or expired
leaves            the leaf hashes again, 32 bytes each
checkpoint        the signed size and root of the log (C2SP tlog-checkpoint)
frontier          where the stretch begins, if not at entry 0: size and subtree roots
checkpoint.old    the signed checkpoint at that size
keys              verifier keys of the log
SHA256SUMS        sha256sum --check SHA256SUMS

The formats are written down in docs/ledger-format.md of the program's source.
";

/// One entry in an export. Withheld is the normal case: a reader gets the bodies that it has a right to.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    pub leaf: Hash,
    /// Salt and exact body.
    pub opened: Option<(Hash, String)>,
    /// In place of a body that was let go when its time was over.
    pub expired: Option<Remnant>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("withheld", &self.opened.is_none()).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineText<'a> {
    #[serde(borrow)]
    leaf: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    salt: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    body: Option<Cow<'a, str>>,
}

impl Line {
    /// The line without its line feed; `None` cannot happen for text that JSON can hold.
    pub fn print(&self) -> Option<String> {
        if let Some(remnant) = &self.expired {
            return remnant.print(&self.leaf);
        }
        let (salt, body) =
            self.opened.as_ref().map(|(salt, body)| (hex(salt).into(), Cow::Borrowed(body.as_str()))).unzip();
        serde_json::to_string(&LineText { leaf: hex(&self.leaf).into(), salt, body }).ok()
    }

    /// Reads exactly what `print` writes, and nothing else.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if Remnant::is_in(bytes) {
            return Remnant::parse(bytes).map(|(leaf, remnant)| Self { leaf, opened: None, expired: Some(remnant) });
        }
        let text: LineText<'_> = serde_json::from_slice(bytes).ok()?;
        let opened = match (text.salt, text.body) {
            (Some(salt), Some(body)) if body.len() <= MAX_BODY => Some((unhex(&salt)?, body.into_owned())),
            (None, None) => None,
            _ => return None,
        };
        let line = Self { leaf: unhex(&text.leaf)?, opened, expired: None };
        (line.print()?.as_bytes() == bytes).then_some(line)
    }
}

/// What goes round the entries. `from` is empty for an export from entry 0; else `old` is the checkpoint of its size.
#[derive(Debug)]
pub struct Bundle<'a> {
    pub from: Frontier,
    pub old: Option<&'a str>,
    pub checkpoint: &'a str,
    pub keys: &'a [VKey],
}

impl Bundle<'_> {
    /// What is small enough to be made at once, by name.
    pub(super) fn papers(&self) -> Vec<(&'static str, String)> {
        let keys = self.keys.iter().map(|key| format!("{key}\n")).collect();
        let frontier = (self.from.size() > 0).then(|| print_frontier(&self.from));
        let papers = [
            (CHECKPOINT, Some(self.checkpoint.to_owned())),
            (CHECKPOINT_OLD, self.old.map(str::to_owned)),
            (FRONTIER, frontier),
            (KEYS, Some(keys)),
            (README, Some(ABOUT.to_owned())),
        ];
        papers.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ExportError<E> {
    #[error("the export folder must be new or empty")]
    NotEmpty,
    #[error("the export cannot be written")]
    Io(#[from] io::Error),
    #[error("a body cannot be written as JSON text")]
    Body,
    #[error("the ledger was altered while it was read")]
    Moved,
    #[error("the ledger could not be read to its end")]
    Source(E),
}

/// Writes a bundle into `dir` from the entries `from.size()` onwards; returns how many were written. Memory is one line.
/// `SHA256SUMS` comes last: without it an export was not finished.
///
/// # Errors
/// The folder is not empty, the disk, or the source.
pub fn write<E>(
    dir: &Path,
    bundle: &Bundle<'_>,
    lines: impl IntoIterator<Item = Result<Line, E>>,
) -> Result<u64, ExportError<E>> {
    fs::create_dir_all(dir)?;
    if fs::read_dir(dir)?.next().is_some() {
        return Err(ExportError::NotEmpty);
    }
    let mut sums = Vec::new();
    let mut entries = SummedFile::create(dir, ENTRIES)?;
    let mut leaves = SummedFile::create(dir, LEAVES)?;
    let mut count: u64 = 0;
    for line in lines {
        let line = line.map_err(ExportError::Source)?;
        let text = line.print().ok_or(ExportError::Body)?;
        entries.put(text.as_bytes())?;
        entries.put(b"\n")?;
        leaves.put(&line.leaf)?;
        count = count.saturating_add(1);
    }
    sums.push(entries.finish()?);
    sums.push(leaves.finish()?);
    for (name, text) in bundle.papers() {
        let mut file = SummedFile::create(dir, name)?;
        file.put(text.as_bytes())?;
        sums.push(file.finish()?);
    }
    let mut file = SummedFile::create(dir, SUMS)?;
    for (name, sum) in sums {
        file.put(print_sum(name, &sum).as_bytes())?;
    }
    file.finish()?;
    File::open(dir)?.sync_all()?;
    Ok(count)
}

/// The line of `SHA256SUMS` for a file, as coreutils writes it.
pub fn print_sum(name: &str, sum: &Hash) -> String {
    format!("{}  {name}\n", hex(sum))
}

/// Decimal size, then the subtree roots in hex, largest first, a line each.
pub fn print_frontier(frontier: &Frontier) -> String {
    frontier.roots().iter().fold(format!("{}\n", frontier.size()), |text, root| text + &hex(root) + "\n")
}

/// Reads exactly what [`print_frontier`] writes, and not the empty frontier.
pub fn parse_frontier(bytes: &[u8]) -> Option<Frontier> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines();
    let size = lines.next()?.parse().ok().filter(|size| *size > 0)?;
    let frontier = Frontier::from_parts(size, lines.take(65).map(unhex).collect::<Option<Vec<_>>>()?)?;
    (print_frontier(&frontier) == text).then_some(frontier)
}

struct SummedFile {
    name: &'static str,
    file: BufWriter<File>,
    sum: Sha256,
}

impl SummedFile {
    fn create(dir: &Path, name: &'static str) -> io::Result<Self> {
        let file = BufWriter::new(File::create_new(dir.join(name))?);
        Ok(Self { name, file, sum: Sha256::default() })
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sum.update(bytes);
        self.file.write_all(bytes)
    }

    fn finish(self) -> io::Result<(&'static str, Hash)> {
        self.file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok((self.name, self.sum.finish()))
    }
}

/// A file of a bundle, read once, in order, summed on the way.
pub struct Reader {
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

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl Reader {
    /// # Errors
    /// The file is absent or cannot be read.
    pub fn open(dir: &Path, name: &str) -> io::Result<Self> {
        let summing = Summing { file: File::open(dir.join(name))?, sum: Sha256::default() };
        Ok(Self { file: BufReader::with_capacity(1 << 16, summing) })
    }

    /// The next line; `None` at the end. `Some(None)` is a line that is too long, unfinished or not a [`Line`].
    ///
    /// # Errors
    /// The disk.
    pub fn next_line(&mut self) -> io::Result<Option<Option<Line>>> {
        let mut bytes = Vec::new();
        if self.file.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        Ok(Some(bytes.strip_suffix(b"\n").and_then(Line::parse)))
    }

    /// The next 32 bytes; `None` at the end, `Some(None)` if fewer are left.
    ///
    /// # Errors
    /// The disk.
    pub fn next_hash(&mut self) -> io::Result<Option<Option<Hash>>> {
        let mut bytes = Vec::with_capacity(32);
        if self.file.by_ref().take(32).read_to_end(&mut bytes)? == 0 {
            return Ok(None);
        }
        Ok(Some(bytes.try_into().ok()))
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
}
