//! A line of an export: an entry as whoever checks the log gets it.
//! It must never be read in two ways: a reader takes exactly what the writer prints of a body that this program made.

use crate::ledger::body::{hex, unhex};
use crate::ledger::entry::MAX_BODY;
use crate::ledger::tree::Hash;
use serde::Serialize;
use std::fmt;

/// Withheld is the normal case: a reader gets the bodies that it has a right to.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    pub leaf: Hash,
    /// Salt and exact body.
    pub opened: Option<(Hash, String)>,
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
    body: Option<&'a str>,
}

impl Line {
    /// The line without its line feed; `None` cannot happen for text that JSON can hold. A body that is not one, in a database
    /// that was altered, is printed as it stands: it is the reader who judges.
    pub fn print(&self) -> Option<String> {
        let (salt, body) = self.opened.as_ref().map(|(salt, body)| (hex(salt), body.as_str())).unzip();
        serde_json::to_string(&LineText { leaf: hex(&self.leaf), salt, body }).ok()
    }

    /// The line on its own; [`Shape`] is what a whole log is read by.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let Shape { leaf, opened } = Shape::of(bytes)?;
        let opened = match opened {
            Some((salt, escaped)) => {
                let mut body = Vec::new();
                unescape(escaped, &mut body)?;
                Some((salt, String::from_utf8(body).ok()?))
            }
            None => None,
        };
        Some(Self { leaf, opened })
    }
}

/// The parts of a line, as they lie in it: `{"leaf":"<hex>"}` or `{"leaf":"<hex>","salt":"<hex>","body":"<escaped>"}`.
pub(super) struct Shape<'a> {
    pub leaf: Hash,
    /// Salt, and the body with its quotes escaped.
    pub opened: Option<(Hash, &'a [u8])>,
}

impl<'a> Shape<'a> {
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        let (leaf, rest) = hash(bytes.strip_prefix(b"{\"leaf\":")?)?;
        if rest == b"}" {
            return Some(Self { leaf, opened: None });
        }
        let (salt, rest) = hash(rest.strip_prefix(b",\"salt\":")?)?;
        let escaped = rest.strip_prefix(b",\"body\":\"")?.strip_suffix(b"\"}")?;
        Some(Self { leaf, opened: Some((salt, escaped)) })
    }
}

fn hash(bytes: &[u8]) -> Option<(Hash, &[u8])> {
    let (digits, rest) = bytes.strip_prefix(b"\"")?.split_at_checked(64)?;
    Some((unhex(str::from_utf8(digits).ok()?)?, rest.strip_prefix(b"\"")?))
}

/// Puts the body that was escaped so at the end of `text`. `None` for one that no writer would have printed so: of ASCII a
/// body has what can be printed, without backslashes, and of that only `"` is escaped. Then `text` ends with whatever came.
pub(super) fn unescape(escaped: &[u8], text: &mut Vec<u8>) -> Option<()> {
    let start = text.len();
    text.resize(start.checked_add(escaped.len())?, 0);
    let (mut length, mut before, mut sound) = (0_usize, 0, true);
    let out = text.get_mut(start..)?;
    // Without a branch for each byte: half of the time it would be guessed wrong.
    for byte in escaped {
        *out.get_mut(length)? = *byte;
        let escapes = *byte == b'\\';
        sound &= ((before == b'\\') == (*byte == b'"')) & (b' '..=b'~').contains(byte);
        length = length.saturating_add(usize::from(!escapes));
        before = *byte;
    }
    text.truncate(start.checked_add(length)?);
    (sound && before != b'\\' && length <= MAX_BODY).then_some(())
}
