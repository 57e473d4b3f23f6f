//! The ledger as rows: the tree's leaves in order, marks and checkpoints.
//! It must never be the proof: whoever wants to know whether the log is whole verifies an export.

use super::{Reader, all};
use crate::casework::ids::{LedgerId, PanelId};
use crate::clock::Moment;
use crate::ledger::expired::Remnant;
use crate::store::StoreError;
use crate::store::decode::{hash, parsed};
use crate::store::rows::{CheckpointRow, ExpiredRow, MarkRow, Published, TreeLeaf, TreeRow};
use crate::store::schema::{
    agency, agreement, case_file, consultation, issuer_state, meeting, membership, panel, person, referral, transfer,
};
use crate::store::schema::{
    ledger_checkpoint, ledger_cosigned, ledger_entry, ledger_leaf, ledger_mark, ledger_node, ledger_queue, ledger_tree,
};
use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use uuid::Uuid;

type RawLeaf = (i64, i64, Vec<u8>, Option<RawBody>);

/// What a leaf's row may have beside it. Whatever stands there is given on as it is: an export must show what was done to it.
#[derive(Queryable)]
struct RawBody {
    body: Option<String>,
    salt: Option<Vec<u8>>,
    writer: String,
    n: i64,
    commitment: Option<Vec<u8>>,
    expired_by: Option<String>,
}

fn leaf((seq, entry_id, leaf, row): RawLeaf) -> Result<TreeLeaf, StoreError> {
    let (mut entry, mut expired) = (None, None);
    if let Some(RawBody { body, salt, writer, n, commitment, expired_by }) = row {
        entry = match (body, salt) {
            (Some(body), Some(salt)) => Some((body, hash(&salt)?)),
            _ => None,
        };
        let by = expired_by.filter(|_| entry.is_none()).and_then(|by| by.parse().ok());
        expired = by.map(|by| ExpiredRow {
            remnant: Remnant { writer, n, by },
            commitment: commitment.and_then(|bytes| bytes.try_into().ok()),
        });
    }
    Ok(TreeLeaf { seq, entry_id, leaf: hash(&leaf)?, entry, expired })
}

type RawCosigned = (i64, String, i64);
type RawCheckpoint = (i64, Vec<u8>, Vec<u8>, String, i64);

fn checkpoint((size, root, frontier, note, at): RawCheckpoint) -> Result<CheckpointRow, StoreError> {
    Ok(CheckpointRow { size, root: hash(&root)?, frontier, note, at: Moment(at) })
}

impl Reader {
    /// Leaves `from..to` in the tree's order with their entries, at most `limit` of them: call again from the last seq + 1.
    pub fn leaves(&mut self, from: i64, to: i64, limit: i64) -> Result<Vec<TreeLeaf>, StoreError> {
        let leaves = ledger_leaf::table
            .left_join(ledger_entry::table.on(ledger_entry::id.eq(ledger_leaf::entry_id)))
            .filter(ledger_leaf::seq.ge(from))
            .filter(ledger_leaf::seq.lt(to))
            .order(ledger_leaf::seq)
            .limit(limit)
            .select((
                ledger_leaf::seq,
                ledger_leaf::entry_id,
                ledger_leaf::leaf,
                (
                    ledger_entry::body,
                    ledger_entry::salt,
                    ledger_entry::writer,
                    ledger_entry::n,
                    ledger_entry::commitment,
                    ledger_entry::expired_by,
                )
                    .nullable(),
            ));
        all(self.run(|c| leaves.load::<RawLeaf>(c))?, leaf)
    }

    /// `None` before the first pass of a sequencer.
    pub fn tree(&mut self) -> Result<Option<TreeRow>, StoreError> {
        type Raw = (i64, Vec<u8>, Vec<u8>);
        let head = ledger_tree::table.select((ledger_tree::size, ledger_tree::root, ledger_tree::frontier));
        let raw = self.run(|c| head.first::<Raw>(c).optional())?;
        raw.map(|(size, root, frontier)| Ok(TreeRow { size, root: hash(&root)?, frontier })).transpose()
    }

    /// Entries committed and not yet in the tree.
    pub fn queued(&mut self) -> Result<i64, StoreError> {
        self.run(|c| ledger_queue::table.select(count_star()).first::<i64>(c))
    }

    /// Cheaper than counting.
    pub fn queue_is_empty(&mut self) -> Result<bool, StoreError> {
        self.run(|c| ledger_queue::table.select(ledger_queue::id).first::<i64>(c).optional()).map(|id| id.is_none())
    }

    /// Leaf hashes of `from..to` in the tree's order, at most `limit`.
    pub fn leaf_hashes(&mut self, from: i64, to: i64, limit: i64) -> Result<Vec<[u8; 32]>, StoreError> {
        let hashes = ledger_leaf::table
            .select(ledger_leaf::leaf)
            .filter(ledger_leaf::seq.ge(from))
            .filter(ledger_leaf::seq.lt(to))
            .order(ledger_leaf::seq)
            .limit(limit);
        all(self.run(|c| hashes.load::<Vec<u8>>(c))?, |bytes| hash(&bytes))
    }

    /// Roots of subtrees `from..to` of a level above the leaves, in order.
    pub fn nodes(&mut self, level: i32, from: i64, to: i64) -> Result<Vec<[u8; 32]>, StoreError> {
        let hashes = ledger_node::table
            .select(ledger_node::hash)
            .filter(ledger_node::level.eq(level))
            .filter(ledger_node::idx.ge(from))
            .filter(ledger_node::idx.lt(to))
            .order(ledger_node::idx);
        all(self.run(|c| hashes.load::<Vec<u8>>(c))?, |bytes| hash(&bytes))
    }

    pub fn entry_count(&mut self) -> Result<i64, StoreError> {
        self.run(|c| ledger_entry::table.select(count_star()).first::<i64>(c))
    }

    pub fn latest_checkpoint(&mut self) -> Result<Option<CheckpointRow>, StoreError> {
        let latest = ledger_checkpoint::table.order(ledger_checkpoint::size.desc());
        self.run(|c| latest.first(c).optional())?.map(checkpoint).transpose()
    }

    pub fn checkpoint(&mut self, size: i64) -> Result<Option<CheckpointRow>, StoreError> {
        let exact = ledger_checkpoint::table.filter(ledger_checkpoint::size.eq(size));
        self.run(|c| exact.first(c).optional())?.map(checkpoint).transpose()
    }

    /// The newest that enough witnesses cosigned, with their signatures in its note.
    pub fn latest_cosigned(&mut self) -> Result<Option<CheckpointRow>, StoreError> {
        let latest = ledger_cosigned::table.order(ledger_cosigned::size.desc());
        let raw = self.run(|c| latest.first::<RawCosigned>(c).optional())?;
        self.with_cosignatures(raw)
    }

    /// As it was signed, and then cosigned.
    fn with_cosignatures(&mut self, raw: Option<RawCosigned>) -> Result<Option<CheckpointRow>, StoreError> {
        let Some((size, note, at)) = raw else { return Ok(None) };
        Ok(self.checkpoint(size)?.map(|signed| CheckpointRow { note, at: Moment(at), ..signed }))
    }

    /// The newest checkpoint that counts.
    pub fn latest_published(&mut self, by: Published) -> Result<Option<CheckpointRow>, StoreError> {
        match by {
            Published::Signed => self.latest_checkpoint(),
            Published::Cosigned => self.latest_cosigned(),
        }
    }

    /// The one of this size, if it counts.
    pub fn published(&mut self, by: Published, size: i64) -> Result<Option<CheckpointRow>, StoreError> {
        if by == Published::Signed {
            return self.checkpoint(size);
        }
        let exact = ledger_cosigned::table.filter(ledger_cosigned::size.eq(size));
        let raw = self.run(|c| exact.first::<RawCosigned>(c).optional())?;
        self.with_cosignatures(raw)
    }

    /// Every case's newest attested version, of one panel or all: a case row below its mark was put back.
    pub fn high_water(&mut self, panel: Option<PanelId>) -> Result<Vec<MarkRow>, StoreError> {
        type Raw = (String, i64, Vec<u8>);
        let newer = diesel::alias!(ledger_mark as newer);
        let raw = self.run(|c| {
            let best = newer
                .filter(newer.field(ledger_mark::case_lid).eq(ledger_mark::case_lid))
                .select(max(newer.field(ledger_mark::version)))
                .single_value();
            let marks = ledger_mark::table.filter(ledger_mark::version.nullable().eq(best)).select((
                ledger_mark::case_lid,
                ledger_mark::version,
                ledger_mark::header_hash,
            ));
            match panel {
                Some(panel) => marks.filter(ledger_mark::panel.eq(panel.to_string())).load::<Raw>(c),
                None => marks.load::<Raw>(c),
            }
        })?;
        all(raw, |(case, version, header)| {
            Ok(MarkRow { ledger_id: parsed(&case)?, version, header_hash: hash(&header)? })
        })
    }

    /// Every row that marks speak of, with the version it is at: cases by their name in the ledger, the registry by id.
    pub fn marked_rows(&mut self) -> Result<Vec<(Uuid, i64)>, StoreError> {
        let mut rows: Vec<(String, i64)> =
            self.run(|c| case_file::table.select((case_file::ledger_id, case_file::version)).load(c))?;
        rows.extend(self.run(|c| panel::table.select((panel::id, panel::version)).load::<(String, i64)>(c))?);
        rows.extend(self.run(|c| agency::table.select((agency::id, agency::version)).load::<(String, i64)>(c))?);
        rows.extend(self.run(|c| person::table.select((person::id, person::version)).load::<(String, i64)>(c))?);
        let issuers = issuer_state::table.select((issuer_state::id, issuer_state::version));
        rows.extend(self.run(|c| issuers.load::<(String, i64)>(c))?);
        let memberships = membership::table.select((membership::id, membership::version));
        rows.extend(self.run(|c| memberships.load::<(String, i64)>(c))?);
        let agreements = agreement::table.select((agreement::id, agreement::version));
        rows.extend(self.run(|c| agreements.load::<(String, i64)>(c))?);
        let meetings = meeting::table.select((meeting::id, meeting::version));
        rows.extend(self.run(|c| meetings.load::<(String, i64)>(c))?);
        let transfers = transfer::table.select((transfer::id, transfer::version));
        rows.extend(self.run(|c| transfers.load::<(String, i64)>(c))?);
        // What never changes is at its first version.
        let referrals = self.run(|c| referral::table.select(referral::id).load::<String>(c))?;
        let consultations = self.run(|c| consultation::table.select(consultation::id).load::<String>(c))?;
        rows.extend(referrals.into_iter().chain(consultations).map(|id| (id, 1)));
        all(rows, |(id, version)| Ok((parsed(&id)?, version)))
    }

    /// Every case by its name in the ledger, with its version and the text of its header.
    pub fn case_headers(&mut self) -> Result<Vec<(Uuid, i64, String)>, StoreError> {
        let cases = case_file::table.select((case_file::ledger_id, case_file::version, case_file::header));
        let raw = self.run(|c| cases.load::<(String, i64, String)>(c))?;
        all(raw, |(id, version, header)| Ok((parsed(&id)?, version, header)))
    }

    /// One case's newest attested version: checked when the case is opened.
    pub fn high_water_of(&mut self, case: LedgerId) -> Result<Option<MarkRow>, StoreError> {
        type Raw = (String, i64, Vec<u8>);
        let marks = ledger_mark::table
            .filter(ledger_mark::case_lid.eq(case.to_string()))
            .order(ledger_mark::version.desc())
            .select((ledger_mark::case_lid, ledger_mark::version, ledger_mark::header_hash));
        let raw = self.run(|c| marks.clone().first::<Raw>(c).optional())?;
        raw.map(|(case, version, header)| {
            Ok(MarkRow { ledger_id: parsed(&case)?, version, header_hash: hash(&header)? })
        })
        .transpose()
    }
}
