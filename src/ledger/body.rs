//! The body of an entry: one JSON line with a fixed order of fields.
//! It must never be printed in two ways, nor hold what a name cannot: whoever reads a body back takes no other bytes.

mod reading;
mod skimmer;

pub(crate) use reading::moment;
pub use skimmer::Skimmer;

use crate::clock::Moment;
use crate::ledger::entry::{Actor, CaseMark, DetailValue, Draft, Manifest, Outcome};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The body format this program writes.
const VERSION: u8 = 1;

/// The longest name of anything; a writer's is `host/epoch`.
const MAX_NAME: usize = 128;

/// Of a time in UTC with microseconds, in years of four digits.
const AT_LENGTH: usize = 27;

type Name<'a> = Cow<'a, str>;

/// A body as it stands in the line. Names are text here, not enums: a log outlives the vocabulary that wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Body<'a> {
    v: u8,
    pub writer: Name<'a>,
    pub n: i64,
    /// By the writer's clock.
    #[serde(serialize_with = "as_text")]
    pub at: Moment,
    pub panel: Option<Uuid>,
    pub actor: BodyActor<'a>,
    pub operation: Name<'a>,
    pub outcome: Outcome,
    pub problem: Option<Name<'a>>,
    pub cases: Vec<BodyCase<'a>>,
    /// Hex.
    pub policy: Name<'a>,
    pub purpose: Option<Name<'a>>,
    pub manifest: Vec<BodyManifest<'a>>,
    pub request: Uuid,
    pub detail: Vec<(Name<'a>, BodyValue<'a>)>,
}

/// `"-"` for nobody, else an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum BodyActor<'a> {
    Known(KnownActor<'a>),
    Nobody(Name<'a>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownActor<'a> {
    pub person: Option<Uuid>,
    pub membership: Option<Uuid>,
    pub agency: Option<Uuid>,
    pub role: Option<Name<'a>>,
    pub system: Option<Name<'a>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BodyCase<'a> {
    pub id: Uuid,
    pub version: i64,
    /// Hex of the SHA-256 of the header that this entry's change wrote.
    pub header: Option<Name<'a>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BodyManifest<'a> {
    pub shown: BTreeMap<Name<'a>, Vec<Name<'a>>>,
    pub withheld: Vec<Name<'a>>,
    pub records: Vec<(Name<'a>, u32)>,
}

/// A number, or a code or id as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum BodyValue<'a> {
    Number(i64),
    Text(Name<'a>),
}

/// Why a line is not a body. It never quotes the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("not a body of version 1, as this format writes it")]
    Malformed,
    #[error("a name is not a name")]
    Name,
    #[error("the counter is below 1")]
    Counter,
    #[error("the time is not UTC with microseconds")]
    Time,
    #[error("a hash is not 64 lower-case hex digits")]
    Hash,
    #[error("manifests are not parallel to cases")]
    ManifestCount,
}

impl Body<'_> {
    pub(crate) fn of(draft: &Draft, writer: &str, n: i64, at: Moment) -> Self {
        Self {
            v: VERSION,
            writer: Name::Owned(writer.to_owned()),
            n,
            at,
            panel: draft.panel.map(|id| id.0),
            actor: BodyActor::of(&draft.actor),
            operation: draft.operation.into(),
            outcome: draft.outcome,
            problem: draft.problem.map(Name::from),
            cases: draft.cases.iter().map(BodyCase::of).collect(),
            policy: hex(&draft.policy).into(),
            purpose: draft.purpose.map(Name::from),
            manifest: draft.manifest.iter().map(BodyManifest::of).collect(),
            request: draft.request.0,
            detail: draft.detail.iter().map(|(code, value)| (Name::from(*code), BodyValue::of(*value))).collect(),
        }
    }

    pub(crate) fn print(&self) -> Result<String, BodyError> {
        self.check()?;
        serde_json::to_string(self).map_err(|_| BodyError::Malformed)
    }

    /// The text of the first detail of this name that has one.
    pub fn said(&self, name: &str) -> Option<&str> {
        self.detail.iter().find_map(|(code, value)| match value {
            BodyValue::Text(text) if code == name => Some(&**text),
            _ => None,
        })
    }

    fn check(&self) -> Result<(), BodyError> {
        self.check_numbers()?;
        if moment(&self.at.rfc3339()).is_none() {
            return Err(BodyError::Time);
        }
        if !is_hash(&self.policy) || self.cases.iter().filter_map(|c| c.header.as_ref()).any(|h| !is_hash(h)) {
            return Err(BodyError::Hash);
        }
        if self.names().all(is_name) && self.actor.is_sound() { Ok(()) } else { Err(BodyError::Name) }
    }

    fn check_numbers(&self) -> Result<(), BodyError> {
        if self.n < 1 {
            return Err(BodyError::Counter);
        }
        if !self.manifest.is_empty() && self.manifest.len() != self.cases.len() {
            return Err(BodyError::ManifestCount);
        }
        Ok(())
    }

    /// Every text of the body but the actor's, the time and the hashes.
    fn names(&self) -> impl Iterator<Item = &str> {
        let singles = [Some(&self.writer), Some(&self.operation), self.problem.as_ref(), self.purpose.as_ref()];
        let manifest = self.manifest.iter().flat_map(|m| {
            let shown = m.shown.iter().flat_map(|(category, fields)| std::iter::once(category).chain(fields));
            shown.chain(&m.withheld).chain(m.records.iter().map(|(category, _)| category))
        });
        let detail = self.detail.iter().flat_map(|(code, value)| {
            let text = match value {
                BodyValue::Number(_) => None,
                BodyValue::Text(text) => Some(text),
            };
            std::iter::once(code).chain(text)
        });
        singles.into_iter().flatten().chain(manifest).chain(detail).map(|name| &**name)
    }
}

impl BodyActor<'_> {
    fn of(actor: &Actor) -> Self {
        if *actor == Actor::default() {
            return BodyActor::Nobody(Name::Borrowed("-"));
        }
        BodyActor::Known(KnownActor {
            person: actor.person.map(|id| id.0),
            membership: actor.membership.map(|id| id.0),
            agency: actor.agency.map(|id| id.0),
            role: actor.role.map(|role| role.name().into()),
            system: actor.system.map(Name::from),
        })
    }

    pub fn person(&self) -> Option<Uuid> {
        match self {
            BodyActor::Known(known) => known.person,
            BodyActor::Nobody(_) => None,
        }
    }

    fn is_sound(&self) -> bool {
        match self {
            BodyActor::Nobody(text) => text == "-",
            BodyActor::Known(k) => !k.is_nobody() && k.role.iter().chain(&k.system).all(|name| is_name(name)),
        }
    }
}

impl KnownActor<'_> {
    fn is_nobody(&self) -> bool {
        let someone = self.person.is_some() || self.membership.is_some() || self.agency.is_some();
        !someone && self.role.is_none() && self.system.is_none()
    }
}

impl BodyCase<'_> {
    fn of(mark: &CaseMark) -> Self {
        Self { id: mark.ledger_id.0, version: mark.version, header: mark.header_hash.map(|h| hex(&h).into()) }
    }
}

impl BodyManifest<'_> {
    fn of(manifest: &Manifest) -> Self {
        let name = |category: &crate::casework::category::Category| Name::Borrowed(category.name());
        Self {
            shown: manifest
                .shown
                .iter()
                .map(|(c, fields)| (name(c), fields.iter().cloned().map(Name::from).collect()))
                .collect(),
            withheld: manifest.withheld.iter().map(name).collect(),
            records: manifest.records.iter().map(|(c, count)| (name(c), *count)).collect(),
        }
    }
}

impl BodyValue<'_> {
    fn of(value: DetailValue) -> Self {
        match value {
            DetailValue::Code(code) => BodyValue::Text(code.into()),
            DetailValue::Number(number) => BodyValue::Number(number),
            DetailValue::Id(id) => BodyValue::Text(id.to_string().into()),
            DetailValue::Digest(digest) => BodyValue::Text(hex(&digest).into()),
            DetailValue::Signature(signature) => BodyValue::Text(hex(&signature).into()),
        }
    }
}

/// A name is what an identifier looks like. Prose has spaces, other scripts or quotes: should a field name ever be taken
/// from a client's map, the entry fails instead of publishing what was in it.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_NAME && text.bytes().all(is_name_byte)
}

fn is_name_byte(byte: u8) -> bool {
    NAME_BYTES.get(usize::from(byte)) == Some(&true)
}

/// By the byte's value: whoever reads a log asks for every byte of it.
static NAME_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let (mut rest, mut byte) = (table.as_mut_slice(), 0_u8);
    while let Some((is_name, after)) = rest.split_first_mut() {
        *is_name = byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/' | b':');
        (rest, byte) = (after, byte.wrapping_add(1));
    }
    table
};

fn as_text<S: Serializer>(at: &Moment, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&at.rfc3339())
}

fn is_hash(text: &str) -> bool {
    unhex(text).is_some()
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(if nibble < 10 { b'0' } else { b'a' - 10 }.wrapping_add(nibble));
    let mut out = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        out.push(digit(byte >> 4));
        out.push(digit(byte & 15));
    }
    out
}

/// 32 bytes from 64 lower-case hex digits, and from nothing else.
pub fn unhex(text: &str) -> Option<[u8; 32]> {
    unhex_digits(text.as_bytes())
}

pub(super) fn unhex_digits(digits: &[u8]) -> Option<[u8; 32]> {
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.len() != 32 || !rest.is_empty() {
        return None;
    }
    let mut out = [0; 32];
    let mut wrong = 0;
    // Without a branch for each digit: an auditor's program reads two hashes of every entry.
    for (to, [high, low]) in out.iter_mut().zip(pairs) {
        let (high, low) = (digit(*high), digit(*low));
        wrong |= high | low;
        *to = (high << 4) | (low & 15);
    }
    (wrong < 16).then_some(out)
}

/// Its value, or more than 15.
fn digit(byte: u8) -> u8 {
    let (number, letter) = (byte.wrapping_sub(b'0'), byte.wrapping_sub(b'a'));
    if number < 10 {
        number
    } else if letter < 6 {
        letter.wrapping_add(10)
    } else {
        0xff
    }
}
