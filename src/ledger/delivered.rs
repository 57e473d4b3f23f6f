//! The last checkpoint that somebody outside took, remembered beside the signer's memory so that a restart does not forget.
//! It must never say that more was taken than was.

use crate::clock::Moment;
use crate::digest::sha256;
use crate::ledger::body::{hex, unhex};
use crate::ledger::files::{read_small, replace};
use crate::ledger::tree::{Hash, empty_root};
use std::fs;
use std::io;
use std::path::Path;

/// In the signer's folder.
pub const FILE: &str = "delivered";
const HEADING: &str = "cp-delivered-v1";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// 0 before the first.
    pub size: u64,
    pub root: Hash,
    /// When it was taken; before the first, since when one waits.
    pub at: Moment,
}

impl Delivered {
    pub fn nothing(since: Moment) -> Self {
        Self { size: 0, root: empty_root(), at: since }
    }

    /// What is remembered in the signer's folder; `None` before the first.
    ///
    /// # Errors
    /// The files; `InvalidData` where what is there is not what was kept.
    pub fn read(folder: &Path) -> io::Result<Option<Self>> {
        let path = folder.join(FILE);
        if !fs::exists(&path)? {
            return Ok(None);
        }
        parse(&read_small(&path)?).map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// # Errors
    /// The files.
    pub fn keep(&self, folder: &Path) -> io::Result<()> {
        replace(folder, FILE, print(self).as_bytes())
    }
}

fn print(kept: &Delivered) -> String {
    let text = format!("{HEADING}\n{}\n{}\n{}\n", kept.size, hex(&kept.root), kept.at.0);
    let sum = sha256(&[text.as_bytes()]);
    text + &hex(&sum) + "\n"
}

fn parse(bytes: &[u8]) -> Option<Delivered> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines().skip(1);
    let (size, root) = (lines.next()?.parse().ok()?, unhex(lines.next()?)?);
    let kept = Delivered { size, root, at: Moment(lines.next()?.parse().ok()?) };
    // Heading, checksum and form are checked by writing it again.
    (print(&kept) == text).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_reads_back_and_no_other_byte_does() {
        let kept = Delivered { size: 7, root: [9; 32], at: Moment(1_795_339_800_000_000) };
        let text = print(&kept);
        assert_eq!(parse(text.as_bytes()), Some(kept));
        for at in 0..text.len() {
            let mut other = text.clone().into_bytes();
            other[at] ^= 1;
            assert_eq!(parse(&other), None, "byte {at}");
        }
    }
}
