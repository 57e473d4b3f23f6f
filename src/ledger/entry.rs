//! An entry: what was shown, changed or refused, to whom, under which policy; and the commitment to it that becomes a leaf.
//! It must never hold client text or case content: what goes in is a literal of this program, an enum, a number or an id
//! that a server made, and `finish` refuses any name that could be free text. The bytes of a body are made once, here,
//! and are stored and hashed as they are ever after.

use crate::casework::category::Category;
use crate::casework::ids::{AgencyId, LedgerId, MembershipId, PanelId, PersonId, RequestId};
use crate::casework::role::Role;
use crate::clock::Moment;
use crate::digest::{Sha256, sha256};
use crate::ledger::body::{Body, BodyError};
use crate::ledger::tree;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The most bytes a body may have: C2SP tlog-tiles gives the length of an entry in a bundle as a uint16.
pub const MAX_BODY: usize = 65_535;

/// First input of every commitment: a hash made here can mean nothing elsewhere.
const LABEL: &[u8] = b"cp-entry-v1";

/// First byte of a leaf: which commitment the other 32 are.
const LEAF_VERSION: u8 = 0x01;

/// Who acted, as a membership says it. All `None` is `-`: nobody whom we could authenticate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actor {
    pub person: Option<PersonId>,
    pub membership: Option<MembershipId>,
    pub agency: Option<AgencyId>,
    pub role: Option<Role>,
    /// A named system principal (`job.matching`), for commands that touch case data.
    pub system: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Shown,
    Changed,
    Refused,
    NotFound,
    Failed,
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Shown => "shown",
            Outcome::Changed => "changed",
            Outcome::Refused => "refused",
            Outcome::NotFound => "not_found",
            Outcome::Failed => "failed",
        }
    }
}

impl FromStr for Outcome {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let all = [Outcome::Shown, Outcome::Changed, Outcome::Refused, Outcome::NotFound, Outcome::Failed];
        all.into_iter().find(|outcome| outcome.name() == text).ok_or(())
    }
}

/// What one case's answer disclosed: field names of our own structs, never values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    pub shown: BTreeMap<Category, Vec<String>>,
    pub withheld: Vec<Category>,
    /// How many records of a many-valued category were shown.
    pub records: Vec<(Category, u32)>,
}

/// Which case, at which version of its facts; on a change the hash of the header that the change wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseMark {
    pub ledger_id: LedgerId,
    pub version: i64,
    pub header_hash: Option<[u8; 32]>,
}

/// A value in `detail`: no variant can carry text that came from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DetailValue {
    Code(&'static str),
    Number(i64),
    /// An id that this service made.
    Id(Uuid),
    /// SHA-256 of something that is kept beside the log, or a public key.
    Digest([u8; 32]),
    /// Ed25519.
    Signature([u8; 64]),
}

impl DetailValue {
    /// How many.
    pub fn count(n: usize) -> Self {
        Self::Number(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

/// An entry before it has a writer, a counter, a time and a salt.
#[derive(Debug, Clone)]
pub struct Draft {
    pub panel: Option<PanelId>,
    pub actor: Actor,
    pub operation: &'static str,
    pub outcome: Outcome,
    /// Slug of the problem that was answered.
    pub problem: Option<&'static str>,
    pub cases: Vec<CaseMark>,
    /// Hash of the policy set that decided.
    pub policy: [u8; 32],
    pub purpose: Option<&'static str>,
    /// Parallel to `cases`, or empty where nothing of a case was disclosed.
    pub manifest: Vec<Manifest>,
    pub request: RequestId,
    pub detail: Vec<(&'static str, DetailValue)>,
}

/// A finished entry. `body` is the exact JSON line; the other fields are copies for queries.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    pub writer: String,
    pub n: i64,
    pub at: Moment,
    pub panel: Option<PanelId>,
    pub actor: Option<PersonId>,
    pub agency: Option<AgencyId>,
    pub role: Option<Role>,
    pub operation: String,
    pub outcome: Outcome,
    pub problem: Option<&'static str>,
    pub purpose: Option<&'static str>,
    /// The first case of `cases`.
    pub case: Option<LedgerId>,
    /// There are more: by each of them it is found in the body.
    pub several: bool,
    pub body: String,
    pub salt: [u8; 32],
    /// Leaf hash: SHA-256(0x00 || leaf bytes), RFC 9162 2.1.1.
    pub leaf: [u8; 32],
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("writer", &self.writer).field("n", &self.n).finish_non_exhaustive()
    }
}

/// Why a draft cannot become an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    #[error("the body is larger than a ledger entry may be")]
    TooLarge,
    #[error("there must be no manifest, or one for each case")]
    ManifestCount,
    #[error(transparent)]
    Body(#[from] BodyError),
}

impl Draft {
    /// An entry that the log makes of itself, by a system principal: of no panel, no case and no policy.
    pub fn of_the_log(
        system: &'static str,
        operation: &'static str,
        outcome: Outcome,
        detail: Vec<(&'static str, DetailValue)>,
    ) -> Self {
        Self {
            panel: None,
            actor: Actor { system: Some(system), ..Actor::default() },
            operation,
            outcome,
            problem: None,
            cases: Vec::new(),
            policy: [0; 32],
            purpose: None,
            manifest: Vec::new(),
            request: RequestId::new(),
            detail,
        }
    }

    /// Fixes the body's bytes and computes the leaf. `n` is the writer's counter and starts at 1.
    ///
    /// # Errors
    /// A name that is not a name, a counter below 1, a time outside years 0-9999, manifests not parallel to cases, or a body
    /// above [`MAX_BODY`]. An entry that cannot be made must fail the request that it is for.
    pub fn finish(&self, writer: &str, n: i64, at: Moment, salt: [u8; 32]) -> Result<Entry, EntryError> {
        if !self.manifest.is_empty() && self.manifest.len() != self.cases.len() {
            return Err(EntryError::ManifestCount);
        }
        let body = Body::of(self, writer, n, at).print()?;
        if body.len() > MAX_BODY {
            return Err(EntryError::TooLarge);
        }
        let leaf = leaf_hash(&salt, body.as_bytes());
        Ok(Entry {
            writer: writer.to_owned(),
            n,
            at,
            panel: self.panel,
            actor: self.actor.person,
            agency: self.actor.agency,
            role: self.actor.role,
            operation: self.operation.to_owned(),
            outcome: self.outcome,
            problem: self.problem,
            purpose: self.purpose,
            case: self.cases.first().map(|mark| mark.ledger_id),
            several: self.cases.len() > 1,
            body,
            salt,
            leaf,
        })
    }
}

/// A part after its length as a big-endian u32 (docs/ledger-format.md: LP).
pub(super) fn put(sum: &mut Sha256, part: &[u8]) {
    sum.update(&length(part));
    sum.update(part);
}

/// A length above u32 cannot be a body's; saturating keeps the function total without making two inputs collide that
/// `finish` or a reader would have let through.
fn length(part: &[u8]) -> [u8; 4] {
    u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes()
}

/// The 33 bytes that are logged: 0x01 || SHA-256 over the label, the salt and the body, each after its length as a
/// big-endian u32. Without the salt nobody can test a guess at a body against the tree, which is public.
pub fn leaf_bytes(salt: &[u8; 32], body: &[u8]) -> [u8; 33] {
    let [label, of_salt, of_body] = [LABEL, salt, body].map(length);
    let commitment = sha256(&[&label, LABEL, &of_salt, salt, &of_body, body]);
    let mut leaf = [LEAF_VERSION; 33];
    for (to, from) in leaf.iter_mut().skip(1).zip(commitment) {
        *to = from;
    }
    leaf
}

/// What the tree holds for an entry.
pub fn leaf_hash(salt: &[u8; 32], body: &[u8]) -> [u8; 32] {
    tree::hash_leaf(&leaf_bytes(salt, body))
}
