//! Rows of the ledger: entries beside the tree, the tree, its checkpoints. What an entry says must never be in `Debug`.

use crate::casework::ids::{AgencyId, LedgerId, PanelId, PersonId};
use crate::clock::Moment;
use crate::ledger::expired::Remnant;
use crate::store::EntryPlace;
use std::fmt;

/// An entry as stored, that has not expired. `role` and `outcome` are text: a log outlives the vocabulary that wrote it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredEntry {
    pub id: i64,
    /// Its place in the tree, once it has one.
    pub seq: Option<i64>,
    pub writer: String,
    pub n: i64,
    pub at: Moment,
    pub panel: Option<PanelId>,
    pub actor: Option<PersonId>,
    pub agency: Option<AgencyId>,
    pub role: Option<String>,
    pub operation: String,
    pub outcome: String,
    pub problem: Option<String>,
    pub purpose: Option<String>,
    pub case: Option<LedgerId>,
    pub body: String,
    pub salt: [u8; 32],
    pub leaf: [u8; 32],
}

impl StoredEntry {
    pub fn place(&self) -> EntryPlace {
        EntryPlace { at: self.at, id: self.id }
    }
}

/// A leaf of the tree and, unless somebody removed it, its entry. `entry_id` is negative where a removed entry's place was kept.
#[derive(Clone, PartialEq, Eq)]
pub struct TreeLeaf {
    pub seq: i64,
    pub entry_id: i64,
    pub leaf: [u8; 32],
    /// (body, salt)
    pub entry: Option<(String, [u8; 32])>,
    /// In place of them, what says that they were let go.
    pub expired: Option<ExpiredRow>,
}

/// What is left of an entry whose time is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiredRow {
    pub remnant: Remnant,
    /// The leaf's bytes, if they have their length.
    pub commitment: Option<[u8; 33]>,
}

/// An entry that has its place and may be old enough to expire.
#[derive(Clone, PartialEq, Eq)]
pub struct OldEntry {
    pub seq: i64,
    pub id: i64,
    /// As it is in the tree.
    pub leaf: [u8; 32],
    pub body: String,
    pub salt: [u8; 32],
    pub writer: String,
    pub n: i64,
}

/// An entry that is to expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiringRow {
    pub id: i64,
    pub leaf: [u8; 32],
    pub commitment: [u8; 33],
}

/// The tree's head: `frontier` is the roots of its complete subtrees, 32 bytes each, largest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeRow {
    pub size: i64,
    pub root: [u8; 32],
    pub frontier: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointRow {
    pub size: i64,
    pub root: [u8; 32],
    /// As of [`TreeRow`].
    pub frontier: Vec<u8>,
    pub note: String,
    pub at: Moment,
}

/// Which checkpoints count: tiles, proofs and exports go no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Published {
    /// What the log's own key signed.
    #[default]
    Signed,
    /// What enough witnesses have cosigned as well.
    Cosigned,
}

/// The root of a complete subtree of 256 to the power of `level` leaves; `index` counts those of its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeRow {
    /// From 1: below are the leaves.
    pub level: i32,
    pub index: i64,
    pub hash: [u8; 32],
}

/// The newest version of a case that an entry attested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkRow {
    pub ledger_id: LedgerId,
    pub version: i64,
    pub header_hash: [u8; 32],
}

impl fmt::Debug for StoredEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredEntry").field("id", &self.id).field("seq", &self.seq).finish_non_exhaustive()
    }
}

impl fmt::Debug for OldEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OldEntry").field("seq", &self.seq).field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for TreeLeaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TreeLeaf").field("seq", &self.seq).field("entry_id", &self.entry_id).finish_non_exhaustive()
    }
}
