//! The body of an entry: one JSON line with a fixed order of fields, and its strict reading back.
//! It must never accept a line that it would not have written byte for byte: two readings of one body are two logs.

use crate::clock::Moment;
use crate::ledger::entry::{Actor, CaseMark, DetailValue, Draft, Manifest, Outcome};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The body format this program writes.
const VERSION: u8 = 1;

/// The longest name of anything; a writer's is `host/epoch`.
const MAX_NAME: usize = 128;

type Name = Cow<'static, str>;

/// A body as it stands in the line. Names are text here, not enums: a log outlives the vocabulary that wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    v: u8,
    pub writer: Name,
    pub n: i64,
    at: Name,
    pub panel: Option<Uuid>,
    pub actor: BodyActor,
    pub operation: Name,
    pub outcome: Outcome,
    pub problem: Option<Name>,
    pub cases: Vec<BodyCase>,
    /// Hex.
    pub policy: Name,
    pub purpose: Option<Name>,
    pub manifest: Vec<BodyManifest>,
    pub request: Uuid,
    pub detail: Vec<(Name, BodyValue)>,
}

/// `"-"` for nobody, else an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BodyActor {
    Known(KnownActor),
    Nobody(Name),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownActor {
    pub person: Option<Uuid>,
    pub membership: Option<Uuid>,
    pub agency: Option<Uuid>,
    pub role: Option<Name>,
    pub system: Option<Name>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyCase {
    pub id: Uuid,
    pub version: i64,
    /// Hex of the SHA-256 of the header that this entry's change wrote.
    pub header: Option<Name>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyManifest {
    pub shown: BTreeMap<Name, Vec<Name>>,
    pub withheld: Vec<Name>,
    pub records: Vec<(Name, u32)>,
}

/// A number, or a code or id as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BodyValue {
    Number(i64),
    Text(Name),
}

/// Why a line is not a body. It never quotes the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("not a body of version 1")]
    Malformed,
    #[error("not written as this format writes it")]
    NotCanonical,
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

impl Body {
    pub(crate) fn of(draft: &Draft, writer: &str, n: i64, at: Moment) -> Self {
        Self {
            v: VERSION,
            writer: Name::Owned(writer.to_owned()),
            n,
            at: at.rfc3339().into(),
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

    /// Reads a body back. Only the bytes that `Body::print` would give are accepted.
    ///
    /// # Errors
    /// What is wrong with it, without quoting it.
    pub fn parse(line: &str) -> Result<Self, BodyError> {
        let body: Self = serde_json::from_str(line).map_err(|_| BodyError::Malformed)?;
        if body.print()? == line { Ok(body) } else { Err(BodyError::NotCanonical) }
    }

    pub(crate) fn print(&self) -> Result<String, BodyError> {
        self.check()?;
        serde_json::to_string(self).map_err(|_| BodyError::Malformed)
    }

    /// When it happened, by the writer's clock.
    ///
    /// # Errors
    /// The text is not a time of this format.
    pub fn at(&self) -> Result<Moment, BodyError> {
        let at = DateTime::parse_from_rfc3339(&self.at).map_err(|_| BodyError::Time)?;
        let moment = Moment(at.with_timezone(&Utc).timestamp_micros());
        if self.at.len() == 27 && moment.rfc3339() == self.at { Ok(moment) } else { Err(BodyError::Time) }
    }

    /// The text of the first detail of this name that has one.
    pub fn said(&self, name: &str) -> Option<&str> {
        self.detail.iter().find_map(|(code, value)| match value {
            BodyValue::Text(text) if code == name => Some(&**text),
            _ => None,
        })
    }

    fn check(&self) -> Result<(), BodyError> {
        if self.v != VERSION {
            return Err(BodyError::Malformed);
        }
        if self.n < 1 {
            return Err(BodyError::Counter);
        }
        self.at()?;
        if !is_hash(&self.policy) || self.cases.iter().filter_map(|c| c.header.as_ref()).any(|h| !is_hash(h)) {
            return Err(BodyError::Hash);
        }
        if !self.manifest.is_empty() && self.manifest.len() != self.cases.len() {
            return Err(BodyError::ManifestCount);
        }
        if self.names().all(is_name) && self.actor.is_sound() { Ok(()) } else { Err(BodyError::Name) }
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

impl BodyActor {
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
            BodyActor::Known(k) => {
                let someone = k.person.is_some() || k.membership.is_some() || k.agency.is_some() || k.role.is_some();
                (someone || k.system.is_some()) && k.role.iter().chain(&k.system).all(|name| is_name(name))
            }
        }
    }
}

impl BodyCase {
    fn of(mark: &CaseMark) -> Self {
        Self { id: mark.ledger_id.0, version: mark.version, header: mark.header_hash.map(|h| hex(&h).into()) }
    }
}

impl BodyManifest {
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

impl BodyValue {
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
    !text.is_empty()
        && text.len() <= MAX_NAME
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/' | b':'))
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
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(b.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    };
    if text.len() != 64 {
        return None;
    }
    let mut out = [0; 32];
    for (to, pair) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *to = (digit(high)? << 4) | digit(low)?;
    }
    Some(out)
}
