//! A receipt: the service's signed word that it entered this request under this number. Whoever holds one can prove later that
//! an entry was dropped before it had its place in the log.
//! It must never be taken for a checkpoint, nor say anything of what was done: writer, number, time and leaf hash, no more.

use crate::clock::Moment;
use crate::ledger::body::{is_name, moment};
use crate::ledger::entry::Entry;
use crate::ledger::note::{LogKey, VKey};
use crate::ledger::tree::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// First line of what is signed. A checkpoint's first line is an origin and its second a number; here the origin is second.
const HEADING: &str = "cp-receipt-v1";

/// The longest line: writer of 128 characters, number, time, hash and signature.
const MAX_LINE: usize = 512;

/// An entry as its writer numbered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub writer: String,
    pub n: i64,
    /// By the writer's clock, as the body has it.
    pub at: Moment,
    /// Leaf hash.
    pub leaf: Hash,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    #[error("it is not written as a receipt is")]
    Malformed,
    #[error("no believed key signed it")]
    NotSigned,
}

impl Receipt {
    pub fn of(entry: &Entry) -> Self {
        Self { writer: entry.writer.clone(), n: entry.n, at: entry.at, leaf: entry.leaf }
    }

    fn text(&self, origin: &str) -> String {
        let Self { writer, n, at, leaf } = self;
        format!("{HEADING}\n{origin}\n{writer}\n{n}\n{}\n{}\n", at.rfc3339(), STANDARD.encode(leaf))
    }

    /// One line (an RFC 8941 dictionary), for a header and for a file.
    pub fn sign(&self, key: &LogKey) -> String {
        let signature = key.sign_receipt(&self.text(key.vkey().name()));
        self.print(&signature)
    }

    fn print(&self, signature: &[u8]) -> String {
        let Self { writer, n, at, leaf } = self;
        let (leaf, signature) = (STANDARD.encode(leaf), STANDARD.encode(signature));
        format!("writer=\"{writer}\", n={n}, at=\"{}\", leaf=:{leaf}:, signature=:{signature}:", at.rfc3339())
    }

    /// Reads exactly the line that `sign` gives, signed by one of `keys`.
    ///
    /// # Errors
    /// `Malformed`; `NotSigned` where none of the keys has signed it.
    pub fn open(line: &str, keys: &[VKey]) -> Result<Self, ReceiptError> {
        let (receipt, signature) = parse(line).ok_or(ReceiptError::Malformed)?;
        let signed = |key: &VKey| key.has_signed(receipt.text(key.name()).as_bytes(), &signature);
        if keys.iter().any(signed) { Ok(receipt) } else { Err(ReceiptError::NotSigned) }
    }
}

/// Generous: that a line is written in no other way is seen by writing it again.
fn parse(line: &str) -> Option<(Receipt, Vec<u8>)> {
    if line.len() > MAX_LINE {
        return None;
    }
    let mut parts = line.split(", ");
    let mut value = |name: &str, open: &str, close: &str| {
        let value = parts.next()?.strip_prefix(name)?.strip_prefix('=')?;
        value.strip_prefix(open)?.strip_suffix(close)
    };
    let writer = value("writer", "\"", "\"")?;
    let n = value("n", "", "")?.parse().ok().filter(|n| *n > 0)?;
    let at = moment(value("at", "\"", "\"")?)?;
    let leaf = STANDARD.decode(value("leaf", ":", ":")?).ok()?.try_into().ok()?;
    let signature = STANDARD.decode(value("signature", ":", ":")?).ok()?;
    let receipt = Receipt { writer: writer.to_owned(), n, at, leaf };
    (is_name(writer) && receipt.print(&signature) == line).then_some((receipt, signature))
}
