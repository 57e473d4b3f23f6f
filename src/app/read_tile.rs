//! The log as a transparency log: tiles of hashes and of leaves (C2SP tlog-tiles), and proofs made of them.
//! It must never show what no checkpoint covers, nor a body: leaves are commitments, which say nothing without their salts.

use super::answer::{Answer, Reply};
use super::session::Session;
use crate::access::PanelVerb;
use crate::error::{Kind, Problem};
use crate::ledger::body::hex;
use crate::ledger::entry::{DetailValue, leaf_bytes};
use crate::ledger::tile::{Level, TileName, TiledTree, Tiles, WIDTH, bundle};
use crate::ledger::tree::{
    self, Frontier, Hash, Nodes, prove_consistency, prove_inclusion, root_at, verify_consistency, verify_inclusion,
};
use crate::store::rows::{CheckpointRow, TreeLeaf};
use crate::store::{Reader, StoreError};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::ops::DerefMut;
use utoipa::ToSchema;

/// # Errors
/// `not-found` beyond the signed checkpoint; `integrity` where rows of the tree are gone or altered; the policies' refusal.
pub fn read_tile(session: &Session<'_>, name: TileName) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ReadLedger)?;
    let signed = session.reader().latest_published(session.service.published)?.map_or(0, |checkpoint| checkpoint.size);
    if name.reach().is_none_or(|reach| i64::try_from(reach).map_or(true, |reach| reach > signed)) {
        return Err(Kind::NotFound.into());
    }
    let (level, bytes) = match name.level {
        Level::Entries => (DetailValue::Code("entries"), bundle(leaves(session, &name)?)),
        Level::Hashes(level) => {
            let stored = Stored::of(session.reader());
            let hashes = stored.tile(level, name.index, name.width);
            (DetailValue::Number(level.into()), stored.sound(hashes)?.concat())
        }
    };
    let tile = DetailValue::Number(i64::try_from(name.index).unwrap_or(i64::MAX));
    let width = DetailValue::Number(i64::try_from(name.width).unwrap_or(i64::MAX));
    let reply = Reply::tile(bytes, name.is_full());
    Ok(session.show(reply, Vec::new(), vec![("level", level), ("tile", tile), ("width", width)]))
}

/// Each as its entry commits to it, which must be the one whose hash has its place in the tree.
fn leaves(session: &Session<'_>, name: &TileName) -> Result<Vec<[u8; 33]>, Problem> {
    let (from, to) = span(name.index, name.width).ok_or(Kind::NotFound)?;
    let rows = session.reader().leaves(from, to, to)?;
    let leaf = |row: &TreeLeaf| {
        let bytes = match (&row.entry, &row.expired) {
            (Some((body, salt)), _) => leaf_bytes(salt, body.as_bytes()),
            (None, Some(expired)) => expired.commitment?,
            (None, None) => return None,
        };
        Some(bytes).filter(|leaf| tree::hash_leaf(leaf) == row.leaf)
    };
    let leaves: Option<Vec<_>> = rows.iter().map(leaf).collect();
    let whole = leaves.filter(|leaves| u64::try_from(leaves.len()) == Ok(name.width));
    whole.ok_or_else(altered)
}

fn altered() -> Problem {
    tracing::error!("the tree in the database is not the one that was signed");
    Kind::Integrity.into()
}

/// The places that a tile covers on its level.
fn span(index: u64, width: u64) -> Option<(i64, i64)> {
    let from = index.checked_mul(WIDTH)?;
    Some((from.try_into().ok()?, from.checked_add(width)?.try_into().ok()?))
}

/// Tiles as the database has them. It must be asked once for each: a tile is one range of one table.
pub(super) struct Stored<R> {
    reader: RefCell<R>,
    failed: Cell<Option<StoreError>>,
}

impl<R> Stored<R> {
    pub(super) fn of(reader: R) -> Self {
        Self { reader: RefCell::new(reader), failed: Cell::new(None) }
    }

    /// What was made of the tiles; if it could not be made, because the database failed or because its rows are not the tree's.
    fn sound<T>(&self, made: Option<T>) -> Result<T, Problem> {
        made.ok_or_else(|| self.failed.take().map_or_else(altered, Problem::from))
    }
}

impl<R: DerefMut<Target = Reader>> Tiles for Stored<R> {
    fn tile(&self, level: u8, index: u64, width: u64) -> Option<Vec<Hash>> {
        let (from, to) = span(index, width)?;
        let mut reader = self.reader.borrow_mut();
        let read = if level == 0 { reader.leaf_hashes(from, to, to) } else { reader.nodes(level.into(), from, to) };
        let hashes = read.map_err(|error| self.failed.set(Some(error))).ok()?;
        (u64::try_from(hashes.len()) == Ok(width)).then_some(hashes)
    }
}

/// What is to be proved, about the log of `size` entries: a size that was signed, the newest if nothing is said.
#[derive(Debug, Clone, Copy)]
pub enum Claim {
    /// That the entry of this place is in it.
    Included(u64),
    /// That the log of this size grew into it.
    Continued(u64),
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProofView {
    /// Of an inclusion: the entry's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
    /// Of an inclusion: the leaf hash, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf: Option<String>,
    /// Of a consistency: the smaller size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// Of the log that the proof leads to.
    pub size: u64,
    /// RFC 9162 2.1.3.1 or 2.1.4.1, in hex.
    pub hashes: Vec<String>,
    /// The signed note of `size`.
    pub checkpoint: String,
}

/// # Errors
/// `not-found` for a size that was not signed, or a place or size beyond it; `integrity` where what is stored does not lead to
/// what was signed; the policies' refusal.
pub fn prove(session: &Session<'_>, claim: Claim, size: Option<i64>) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ReadLedger)?;
    let signed = match size {
        Some(size) => session.reader().published(session.service.published, size)?,
        None => session.reader().latest_published(session.service.published)?,
    };
    let signed = signed.ok_or(Kind::NotFound)?;
    let frontier = frontier_of(&signed).ok_or_else(altered)?;
    let size = frontier.size();
    let tree = TiledTree::new(Stored::of(session.reader()), frontier);
    let view = ProofView { index: None, leaf: None, from: None, size, hashes: Vec::new(), checkpoint: signed.note };
    let (view, detail) = match claim {
        Claim::Included(index) if index < size => {
            let (leaf, path) = tree.source().sound(included(&tree, index, size, &signed.root))?;
            let view = ProofView { index: Some(index), leaf: Some(hex(&leaf)), hashes: in_hex(&path), ..view };
            (view, ("index", index))
        }
        Claim::Continued(from) if from <= size => {
            let path = tree.source().sound(continued(&tree, from, size, &signed.root))?;
            (ProofView { from: Some(from), hashes: in_hex(&path), ..view }, ("from", from))
        }
        _ => return Err(Kind::NotFound.into()),
    };
    drop(tree);
    let number = |n: u64| DetailValue::Number(i64::try_from(n).unwrap_or(i64::MAX));
    let detail = vec![(detail.0, number(detail.1)), ("size", number(size))];
    Ok(session.show(Reply::json(200, &view)?, Vec::new(), detail))
}

fn in_hex(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| hex(hash)).collect()
}

pub(super) fn frontier_of(signed: &CheckpointRow) -> Option<Frontier> {
    let frontier = Frontier::from_bytes(signed.size.try_into().ok()?, &signed.frontier)?;
    Some(frontier).filter(|frontier| frontier.root() == signed.root)
}

/// Nothing goes out that its reader would not be able to verify.
fn included(tree: &impl Nodes, index: u64, size: u64, root: &Hash) -> Option<(Hash, Vec<Hash>)> {
    let (leaf, path) = (tree.node(0, index)?, prove_inclusion(tree, index, size)?);
    verify_inclusion(&leaf, index, size, &path, root).then_some((leaf, path))
}

pub(super) fn continued(tree: &impl Nodes, from: u64, size: u64, root: &Hash) -> Option<Vec<Hash>> {
    let (before, path) = (root_at(tree, from)?, prove_consistency(tree, from, size)?);
    verify_consistency(from, &before, size, root, &path).then_some(path)
}

super::opaque!(ProofView);
