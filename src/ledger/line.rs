//! A line of an export: an entry as whoever checks the log gets it.
//! It must never be read in two ways: a reader takes exactly what the writer prints of a body that this program made.

use crate::ledger::body::{hex, unhex_digits};
use crate::ledger::entry::MAX_BODY;
use crate::ledger::expired::Remnant;
use crate::ledger::tree::Hash;
use serde::Serialize;
use serde_json::value::RawValue;
use std::fmt;

/// Withheld is the normal case: a reader gets the bodies that it has a right to.
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

#[derive(Serialize)]
struct LineText<'a> {
    leaf: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<BodyText<'a>>,
}

/// A body is JSON in one line: it stands in the line as it is, byte for byte.
#[derive(Serialize)]
#[serde(untagged)]
enum BodyText<'a> {
    Body(&'a RawValue),
    /// What is no body, in a database that was altered. It is printed all the same, for it is the reader who judges; and no
    /// reader takes it.
    Other(&'a str),
}

impl<'a> BodyText<'a> {
    fn of(body: &'a str) -> Self {
        let raw =
            serde_json::from_str(body).ok().filter(|raw: &&RawValue| raw.get() == body && is_in_line(body.as_bytes()));
        raw.map_or(Self::Other(body), Self::Body)
    }
}

impl Line {
    /// The line without its line feed; `None` cannot happen for text that JSON can hold.
    pub fn print(&self) -> Option<String> {
        if let Some(remnant) = &self.expired {
            return remnant.print(&self.leaf);
        }
        let (salt, body) = self.opened.as_ref().map(|(salt, body)| (hex(salt), BodyText::of(body))).unzip();
        serde_json::to_string(&LineText { leaf: hex(&self.leaf), salt, body }).ok()
    }

    /// The line on its own; `Shape` is what a whole log is read by.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let Shape { leaf, opened, expired } = Shape::of(bytes)?;
        let opened = match opened {
            Some((salt, body)) => Some((salt, str::from_utf8(body).ok()?.to_owned())),
            None => None,
        };
        Some(Self { leaf, opened, expired })
    }
}

/// The parts of a line, as they lie in it: `{"leaf":"<hex>"}` or `{"leaf":"<hex>","salt":"<hex>","body":<body>}`, or what is left of
/// an entry that has expired.
pub(super) struct Shape<'a> {
    pub leaf: Hash,
    /// Salt and body. Whether it is one is for whoever reads bodies.
    pub opened: Option<(Hash, &'a [u8])>,
    pub expired: Option<Remnant>,
}

impl<'a> Shape<'a> {
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        let (leaf, rest) = hash(bytes.strip_prefix(b"{\"leaf\":")?)?;
        if rest == b"}" {
            return Some(Self { leaf, opened: None, expired: None });
        }
        if rest.starts_with(b",\"writer\":") {
            return Some(Self { leaf, opened: None, expired: Some(Remnant::parse(bytes)?) });
        }
        let (salt, rest) = hash(rest.strip_prefix(b",\"salt\":")?)?;
        let body = rest.strip_prefix(b",\"body\":")?.strip_suffix(b"}")?;
        is_in_line(body).then_some(Self { leaf, opened: Some((salt, body)), expired: None })
    }
}

/// An object of ASCII that can be printed, and not larger than a body may be.
fn is_in_line(body: &[u8]) -> bool {
    let printable = body.iter().fold(true, |sound, byte| sound & (b' '..=b'~').contains(byte));
    printable && body.len() <= MAX_BODY && body.starts_with(b"{") && body.ends_with(b"}")
}

fn hash(bytes: &[u8]) -> Option<(Hash, &[u8])> {
    let (digits, rest) = bytes.strip_prefix(b"\"")?.split_at_checked(64)?;
    Some((unhex_digits(digits)?, rest.strip_prefix(b"\"")?))
}
