//! An export bundle as one stream: the same files as in a folder, one after the other in a tar archive (POSIX ustar).
//! It must never hold more than a line: a tar file says the length of each before it begins, so the entries are gone
//! through twice, once for their leaves and lengths and once for themselves.

use super::export::{Bundle, ENTRIES, ExportError, LEAVES, SUMS, print_sum};
use super::line::Line;
use super::tree::Hash;
use crate::digest::Sha256;
use std::io::{self, Write};

const BLOCK: u64 = 512;

/// From this size on the octal field is too short, and the size is written in binary as every tar of today reads it.
const OCTAL: u64 = 1 << 33;

/// Writes `count` entries, which `lines` gives from the first each time it is called. `at` is the time of the files, in
/// seconds since 1970. Whether the archive is whole is told by its `SHA256SUMS`, which comes last.
///
/// # Errors
/// The one it is written to, the source, or `Moved`: the second time there was something else.
pub fn write<W: Write, I, E>(
    out: &mut W,
    bundle: &Bundle<'_>,
    (count, at): (u64, u64),
    mut lines: impl FnMut() -> I,
) -> Result<(), ExportError<E>>
where
    I: Iterator<Item = Result<Line, E>>,
{
    let mut sums = Vec::new();
    let mut length: u64 = 0;
    let mut leaves = Member::begin(out, LEAVES, count.saturating_mul(32), at)?;
    for line in lines() {
        let line = line.map_err(ExportError::Source)?;
        leaves.put(&line.leaf)?;
        length = length.saturating_add(size(&printed(&line)?));
    }
    sums.push(leaves.finish()?);
    let mut entries = Member::begin(out, ENTRIES, length, at)?;
    for line in lines() {
        entries.put(printed(&line.map_err(ExportError::Source)?)?.as_bytes())?;
    }
    sums.push(entries.finish()?);
    for (name, text) in bundle.papers() {
        sums.push(small(out, name, &text, at)?);
    }
    let sums: String = sums.iter().map(|(name, sum)| print_sum(name, sum)).collect();
    small(out, SUMS, &sums, at)?;
    // Two empty blocks end an archive.
    out.write_all(&[0; 1024])?;
    Ok(())
}

fn printed<E>(line: &Line) -> Result<String, ExportError<E>> {
    line.print().map(|text| text + "\n").ok_or(ExportError::Body)
}

fn size(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}

fn small<W: Write, E>(
    out: &mut W,
    name: &'static str,
    text: &str,
    at: u64,
) -> Result<(&'static str, Hash), ExportError<E>> {
    let mut member = Member::begin(out, name, size(text), at)?;
    member.put(text.as_bytes())?;
    member.finish()
}

/// One file of the archive, summed on the way.
struct Member<'a, W> {
    out: &'a mut W,
    name: &'static str,
    left: u64,
    padding: u64,
    sum: Sha256,
}

impl<'a, W: Write> Member<'a, W> {
    fn begin<E>(out: &'a mut W, name: &'static str, size: u64, at: u64) -> Result<Self, ExportError<E>> {
        out.write_all(&header(name, size, at))?;
        let padding = size.next_multiple_of(BLOCK).saturating_sub(size);
        Ok(Self { out, name, left: size, padding, sum: Sha256::default() })
    }

    fn put<E>(&mut self, bytes: &[u8]) -> Result<(), ExportError<E>> {
        let left = u64::try_from(bytes.len()).ok().and_then(|length| self.left.checked_sub(length));
        self.left = left.ok_or(ExportError::Moved)?;
        self.sum.update(bytes);
        Ok(self.out.write_all(bytes)?)
    }

    fn finish<E>(self) -> Result<(&'static str, Hash), ExportError<E>> {
        if self.left > 0 {
            return Err(ExportError::Moved);
        }
        io::copy(&mut io::Read::take(io::repeat(0), self.padding), self.out)?;
        Ok((self.name, self.sum.finish()))
    }
}

/// POSIX.1-1988: fields of fixed length, the sum of all bytes among them as if its own were spaces.
fn header(name: &str, size: u64, at: u64) -> Vec<u8> {
    let blank = fields(name, size, at, b"        ");
    let sum: u64 = blank.iter().copied().map(u64::from).sum();
    fields(name, size, at, format!("{sum:06o}\0 ").as_bytes())
}

fn fields(name: &str, size: u64, at: u64, sum: &[u8]) -> Vec<u8> {
    let length = if size < OCTAL {
        format!("{size:011o}\0").into_bytes()
    } else {
        [&[0x80, 0, 0, 0], size.to_be_bytes().as_slice()].concat()
    };
    let time = format!("{at:011o}\0");
    let none: &[u8] = b"0000000\0";
    let parts: [(&[u8], usize); 15] = [
        (name.as_bytes(), 100),
        (b"0000644\0", 8),
        (none, 8),
        (none, 8),
        (&length, 12),
        (time.as_bytes(), 12),
        (sum, 8),
        (b"0", 1),
        (b"", 100),
        (b"ustar\0", 6),
        (b"00", 2),
        (b"", 64),
        (none, 8),
        (none, 8),
        (b"", 167),
    ];
    parts.into_iter().flat_map(|(bytes, width)| bytes.iter().copied().chain(std::iter::repeat(0)).take(width)).collect()
}
