//! The export bundle: a folder that proves a stretch of the log without the database (docs/ledger-format.md).
//! It must never judge the log: what is wrong with it must reach the auditor, so rows are written as they are given.

use crate::digest::Sha256;
use crate::ledger::body::{hex, unhex};
use crate::ledger::line::Line;
use crate::ledger::note::VKey;
use crate::ledger::tree::{Frontier, Hash};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

pub const ENTRIES: &str = "entries.ndjson";
pub const LEAVES: &str = "leaves";
pub const CHECKPOINT: &str = "checkpoint";
pub const CHECKPOINT_OLD: &str = "checkpoint.old";
pub const FRONTIER: &str = "frontier";
pub const KEYS: &str = "keys";
pub const README: &str = "README";
pub const SUMS: &str = "SHA256SUMS";

const ABOUT: &str = "\
An export of a Channel Panel access ledger.

Check it with:    channel-panel ledger verify <this folder> --key <verifier key>
Take the verifier key from the service's owner, not from the file `keys` in here.

entries.ndjson    one line an entry: leaf hash, and salt and body unless withheld
leaves            the leaf hashes again, 32 bytes each
checkpoint        the signed size and root of the log (C2SP tlog-checkpoint)
frontier          where the stretch begins, if not at entry 0: size and subtree roots
checkpoint.old    the signed checkpoint at that size
keys              verifier keys of the log
SHA256SUMS        sha256sum --check SHA256SUMS

The formats are written down in docs/ledger-format.md of the program's source.
";

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
