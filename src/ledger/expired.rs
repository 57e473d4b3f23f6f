//! What is left of an entry whose time is over, and the log's signed word that it let the body go.
//! It must never take a body that is not there for one that expired unless the log's own key says so of exactly these entries.

use crate::digest::Sha256;
use crate::ledger::attest::signature_of;
use crate::ledger::body::{Body, BodyValue, hex, is_name, unhex};
use crate::ledger::entry::{DetailValue, Outcome, put};
use crate::ledger::lineage::Believed;
use crate::ledger::note::{LogKey, NoteError, VKey};
use crate::ledger::report::What;
use crate::ledger::tree::Hash;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The log's entry that bodies were let go.
pub const EXPIRE: &str = "ledger.expire";

/// Operations after which a case is no more. Their entries stay: they say that it ended, and when.
pub const ERASING: [&str; 2] = ["eraseCase", "eraseCaseAgain"];

/// Whether the cases of this entry are no more after it.
pub fn erases(body: &Body<'_>) -> bool {
    body.outcome == Outcome::Changed && ERASING.contains(&&*body.operation)
}

/// First part of every digest over expired entries.
const LABEL: &[u8] = b"cp-expired-v1";

/// Expiries that a verification follows at once: an honest export has few open, and a hostile one must not fill the memory.
const MAX_OPEN: usize = 100_000;

/// Of an entry without its body: what its writer's chain and counter still need, and whose word it is that it expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remnant {
    pub writer: String,
    pub n: i64,
    /// The request of the entry [`EXPIRE`].
    pub by: Uuid,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RemnantText<'a> {
    #[serde(borrow)]
    leaf: Cow<'a, str>,
    #[serde(borrow)]
    writer: Cow<'a, str>,
    n: i64,
    expired: Uuid,
}

impl Remnant {
    /// The line of an export, without its line feed.
    pub(super) fn print(&self, leaf: &Hash) -> Option<String> {
        let text =
            RemnantText { leaf: hex(leaf).into(), writer: Cow::Borrowed(&self.writer), n: self.n, expired: self.by };
        serde_json::to_string(&text).ok()
    }

    /// Reads exactly what `print` writes.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let text: RemnantText<'_> = serde_json::from_slice(line).ok()?;
        let leaf = unhex(&text.leaf)?;
        let sound = text.n >= 1 && is_name(&text.writer);
        let read = Self { writer: text.writer.into_owned(), n: text.n, by: text.expired };
        (sound && read.print(&leaf)?.as_bytes() == line).then_some(read)
    }
}

/// Which entries expired together: places of the first and the last, how many, and the digest over them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub first: i64,
    pub last: i64,
    pub count: i64,
    pub digest: Hash,
}

/// Entries that expire together, in the log's order.
#[derive(Debug, Clone)]
pub struct Batch {
    sum: Sha256,
    first: u64,
    last: u64,
    count: u64,
}

impl Default for Batch {
    fn default() -> Self {
        let mut sum = Sha256::default();
        put(&mut sum, LABEL);
        Self { sum, first: 0, last: 0, count: 0 }
    }
}

impl Batch {
    pub fn add(&mut self, index: u64, leaf: &Hash, writer: &str, n: i64) {
        for part in [&index.to_be_bytes(), leaf.as_slice(), writer.as_bytes(), &n.to_be_bytes()] {
            put(&mut self.sum, part);
        }
        if self.count == 0 {
            self.first = index;
        }
        self.last = index;
        self.count = self.count.saturating_add(1);
    }

    /// The place of the first.
    pub fn first(&self) -> u64 {
        self.first
    }

    pub fn claim(&self) -> Claim {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let (first, last, count) = (number(self.first), number(self.last), number(self.count));
        Claim { first, last, count, digest: self.sum.clone().finish() }
    }
}

/// What an entry [`EXPIRE`] says, and the signature that is to be the log's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub request: Uuid,
    pub claim: Claim,
    signature: [u8; 64],
}

fn text(origin: &str, request: Uuid, Claim { first, last, count, digest }: &Claim) -> String {
    format!("cp-expire-v1\n{origin}\n{request}\n{first}\n{last}\n{count}\n{}\n", hex(digest))
}

/// What the entry of this request has in its detail.
///
/// # Errors
/// `Key` if it cannot be signed.
pub fn signed(key: &LogKey, request: Uuid, claim: &Claim) -> Result<Vec<(&'static str, DetailValue)>, NoteError> {
    let signature = key.vouch(&text(key.vkey().name(), request, claim))?;
    Ok(vec![
        ("first", DetailValue::Number(claim.first)),
        ("last", DetailValue::Number(claim.last)),
        ("count", DetailValue::Number(claim.count)),
        ("digest", DetailValue::Digest(claim.digest)),
        ("signature", DetailValue::Signature(signature)),
    ])
}

impl Word {
    /// None of a body that is not an expiry, or not one as `signed` makes it.
    pub fn of(body: &Body<'_>) -> Option<Self> {
        let [
            (f, BodyValue::Number(first)),
            (l, BodyValue::Number(last)),
            (c, BodyValue::Number(count)),
            (d, BodyValue::Text(digest)),
            (s, BodyValue::Text(signature)),
        ] = body.detail.as_slice()
        else {
            return None;
        };
        let named = f == "first" && l == "last" && c == "count" && d == "digest" && s == "signature";
        let claim = Claim { first: *first, last: *last, count: *count, digest: unhex(digest)? };
        let word = Self { request: body.request, claim, signature: signature_of(signature)? };
        (named && body.operation == EXPIRE).then_some(word)
    }

    pub fn is_by(&self, key: &VKey) -> bool {
        key.vouches(text(key.name(), self.request, &self.claim).as_bytes(), &self.signature)
    }
}

/// The expired entries of an export, held to what the log says of them. Fed with every line and every body in order; memory
/// grows with expiries, not with entries.
#[derive(Default)]
pub struct Expiries {
    /// The export's first entry.
    from: u64,
    open: BTreeMap<Uuid, Batch>,
    /// Where a finding would go, the entry of the word, and the word: which keys were the log's there is known at the end.
    said: Vec<(u64, u64, Word)>,
    undecided: u64,
}

impl std::fmt::Debug for Expiries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Expiries").field("open", &self.open.len()).finish_non_exhaustive()
    }
}

impl Expiries {
    /// `from` is the first entry of the export.
    pub fn new(from: u64) -> Self {
        Self { from, ..Self::default() }
    }

    /// An entry that is said to have expired.
    pub fn line(&mut self, index: u64, leaf: &Hash, remnant: &Remnant) -> Option<What> {
        if self.open.len() >= MAX_OPEN && !self.open.contains_key(&remnant.by) {
            return Some(What::ExpiredUnsaid);
        }
        self.open.entry(remnant.by).or_default().add(index, leaf, &remnant.writer, remnant.n);
        None
    }

    /// What an entry's body contradicts, and of which entry that is to be said.
    pub fn take(&mut self, index: u64, body: &Body<'_>) -> Option<(u64, What)> {
        if body.operation != EXPIRE {
            return None;
        }
        let Some(word) = Word::of(body) else { return Some((index, What::ExpiryForged)) };
        let seen = self.open.remove(&word.request);
        let at = seen.as_ref().map_or(index, Batch::first);
        let (said, begins) = (word.claim, u64::try_from(word.claim.first).unwrap_or(0));
        self.said.push((at, index, word));
        if seen.is_some_and(|seen| seen.claim() == said) {
            return None;
        }
        if begins < self.from {
            self.undecided = self.undecided.saturating_add(1);
            return None;
        }
        Some((at, What::ExpiredOtherwise))
    }

    /// What is left at the end: expiries that no believed key signed, and entries of which none speaks; and how many expiries
    /// cannot be told in this part of the log.
    pub fn finish(self, keys: &Believed) -> (Vec<(u64, What)>, u64) {
        let unproved = self.said.iter().filter(|(_, index, word)| !keys.any(*index, |key| word.is_by(key)));
        let unproved: Vec<(u64, What)> = unproved.map(|(at, ..)| (*at, What::ExpiryForged)).collect();
        let unsaid = self.open.values().map(|batch| (batch.first(), What::ExpiredUnsaid));
        // A former key may have been vouched for before the export begins.
        if self.from > 0 {
            let more = u64::try_from(unproved.len()).unwrap_or(u64::MAX);
            return (unsaid.collect(), self.undecided.saturating_add(more));
        }
        (unproved.into_iter().chain(unsaid).collect(), self.undecided)
    }
}
