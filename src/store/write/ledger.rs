//! Writing entries, and the tree over them. An entry must never be counted as written unless its row and its place in the
//! queue were both seen to be kept.

use super::{CommitError, Tx, Writer};
use crate::clock::Moment;
use crate::ledger::entry::{CaseMark, Entry};
use crate::store::connection::AnyConnection;
use crate::store::decode::{hash, text};
use crate::store::entries::{LeafBatch, append};
use crate::store::rows::{CheckpointRow, NodeRow, TreeRow};
use crate::store::schema::{
    ledger_checkpoint, ledger_cosigned, ledger_entry, ledger_leaf, ledger_mark, ledger_node, ledger_queue, ledger_tree,
};
use crate::store::{Engine, StoreError};
use diesel::prelude::*;
use std::collections::BTreeMap;

/// An entry on its way into the tree.
#[derive(Clone)]
pub struct Queued {
    pub id: i64,
    /// Its leaf, with salt and body where they are; `None` if somebody removed the entry.
    pub entry: Option<Kept>,
}

/// Salt and body.
type Opened = ([u8; 32], String);
/// Leaf, and what it commits to while that is kept.
type Kept = ([u8; 32], Option<Opened>);

type RawQueued = (i64, Vec<u8>, Option<Vec<u8>>, Option<String>);

fn opened((id, leaf, salt, body): RawQueued) -> Result<(i64, Kept), StoreError> {
    let opened = salt.zip(body).map(|(salt, body)| Ok::<_, StoreError>((hash(&salt)?, body))).transpose()?;
    Ok((id, (hash(&leaf)?, opened)))
}

impl std::fmt::Debug for Queued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queued").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Writer {
    /// Commits many entries at once; tells for each whether it was kept. PostgreSQL: one statement, one round trip.
    ///
    /// # Errors
    /// `RolledBack` if none was kept: then one of them may be at fault, and they are worth trying one by one.
    pub fn append_entries(&mut self, entries: &[Entry]) -> Result<Vec<bool>, CommitError<StoreError>> {
        let AnyConnection::Pg(connection) = &mut self.connection else {
            return self.transaction(|tx| {
                for entry in entries {
                    tx.append_entry(entry, &[])?;
                }
                Ok(vec![true; entries.len()])
            });
        };
        match append(connection, entries, &[]) {
            Ok(kept) => Ok(entries.iter().map(|entry| kept.iter().any(|(n, _)| *n == entry.n)).collect()),
            Err(error) => match StoreError::from(error) {
                // The statement commits itself: if the answer was lost, so was the knowledge of its outcome.
                StoreError::Unavailable => {
                    self.spoilt = true;
                    Err(CommitError::Unknown)
                }
                refused => Err(CommitError::RolledBack(refused)),
            },
        }
    }

    /// Whether the writer's entry `n` is there: what resolves a commit of unknown outcome.
    ///
    /// # Errors
    /// `Unavailable`: still unknown.
    pub fn has_entry(&mut self, writer: &str, n: i64) -> Result<bool, StoreError> {
        let found = ledger_entry::table
            .select(ledger_entry::id)
            .filter(ledger_entry::writer.eq(writer))
            .filter(ledger_entry::n.eq(n));
        let id: Option<i64> = found.first(&mut self.connection).optional().map_err(|error| {
            self.spoilt = true;
            StoreError::from(error)
        })?;
        Ok(id.is_some())
    }
}

impl Tx<'_> {
    /// The entry, its place in the queue and, for a change, the versions it attests. The LAST statement of a transaction: its id
    /// must be given after every row lock was taken, or the ledger's order may contradict the data's.
    ///
    /// # Errors
    /// `Swallowed` if a row did not arrive; `Unique` if (writer, n) or a case's version is taken.
    pub fn append_entry(&mut self, entry: &Entry, marks: &[CaseMark]) -> Result<(), StoreError> {
        match self.engine() {
            Engine::Postgres => self.append_batched(entry, marks),
            Engine::Sqlite => self.append_plain(entry, marks),
        }
    }

    fn append_batched(&mut self, entry: &Entry, marks: &[CaseMark]) -> Result<(), StoreError> {
        let kept = self.run(|c| match c {
            AnyConnection::Pg(c) => append(c, std::slice::from_ref(entry), marks),
            AnyConnection::Sqlite(_) => Ok(Vec::new()),
        })?;
        let attested = i64::try_from(marks.iter().filter(|mark| mark.header_hash.is_some()).count());
        match (kept.as_slice(), attested) {
            ([(n, marked)], Ok(attested)) if *n == entry.n && *marked == attested => Ok(()),
            _ => Err(StoreError::Swallowed),
        }
    }

    fn append_plain(&mut self, entry: &Entry, marks: &[CaseMark]) -> Result<(), StoreError> {
        for mark in marks {
            let Some(header) = mark.header_hash else { continue };
            let values = (
                ledger_mark::case_lid.eq(mark.ledger_id.to_string()),
                ledger_mark::version.eq(mark.version),
                ledger_mark::header_hash.eq(header.to_vec()),
                ledger_mark::panel.eq(text(entry.panel)),
            );
            self.one(StoreError::Swallowed, |c| diesel::insert_into(ledger_mark::table).values(values).execute(c))?;
        }
        let values = (
            ledger_entry::writer.eq(&entry.writer),
            ledger_entry::n.eq(entry.n),
            ledger_entry::at.eq(entry.at.0),
            ledger_entry::panel.eq(text(entry.panel)),
            ledger_entry::actor.eq(text(entry.actor)),
            ledger_entry::agency.eq(text(entry.agency)),
            ledger_entry::role.eq(entry.role.map(|role| role.name())),
            ledger_entry::operation.eq(&entry.operation),
            ledger_entry::outcome.eq(entry.outcome.name()),
            ledger_entry::problem.eq(entry.problem),
            ledger_entry::purpose.eq(entry.purpose),
            ledger_entry::case_lid.eq(text(entry.case)),
            ledger_entry::several.eq(entry.several),
            ledger_entry::body.eq(&entry.body),
            ledger_entry::salt.eq(entry.salt.to_vec()),
            ledger_entry::leaf.eq(entry.leaf.to_vec()),
        );
        self.one(StoreError::Swallowed, |c| diesel::insert_into(ledger_entry::table).values(values).execute(c))?;
        self.queue_again(entry)
    }

    /// The entry's place in the queue.
    ///
    /// # Errors
    /// `Swallowed` if the row did not arrive, or the entry is not there.
    pub fn queue_again(&mut self, entry: &Entry) -> Result<(), StoreError> {
        // From the table, not from the last row's id: so this also sees that the entry is there.
        let arrived = ledger_entry::table
            .select(ledger_entry::id)
            .filter(ledger_entry::writer.eq(&entry.writer))
            .filter(ledger_entry::n.eq(entry.n));
        self.one(StoreError::Swallowed, |c| {
            diesel::insert_into(ledger_queue::table).values(arrived).into_columns(ledger_queue::id).execute(c)
        })
    }

    /// Takes the tree's row for this transaction and reads it: two sequencers take turns here. Begins a sequencer's pass.
    ///
    /// # Errors
    /// `Swallowed` if the row is gone.
    pub fn lock_tree(&mut self) -> Result<TreeRow, StoreError> {
        let (size, root, frontier): (i64, Vec<u8>, Vec<u8>) = self.run(|c| {
            diesel::update(ledger_tree::table)
                .set(ledger_tree::one.eq(1))
                .returning((ledger_tree::size, ledger_tree::root, ledger_tree::frontier))
                .get_result(c)
        })?;
        Ok(TreeRow { size, root: hash(&root)?, frontier })
    }

    /// The oldest of those waiting, by id.
    ///
    /// # Errors
    /// `Corrupt`.
    pub fn queued(&mut self, limit: i64) -> Result<Vec<Queued>, StoreError> {
        let waiting = ledger_queue::table.select(ledger_queue::id).order(ledger_queue::id).limit(limit);
        let ids: Vec<i64> = self.run(|c| waiting.load(c))?;
        // Asked for by their ids, and not joined: PostgreSQL would merge the queue with the whole log from its first entry on, and
        // each pass would cost as much as the log is long.
        let of_these = || (ledger_entry::id, ledger_entry::leaf, ledger_entry::salt, ledger_entry::body);
        let raw: Vec<RawQueued> = self.run(|c| match c {
            AnyConnection::Pg(c) => {
                ledger_entry::table.filter(ledger_entry::id.eq_any(&ids)).select(of_these()).load(c)
            }
            AnyConnection::Sqlite(c) => ledger_queue::table
                .inner_join(ledger_entry::table.on(ledger_entry::id.eq(ledger_queue::id)))
                .select(of_these())
                .order(ledger_queue::id)
                .limit(limit)
                .load(c),
        })?;
        let mut entries = raw.into_iter().map(opened).collect::<Result<BTreeMap<i64, _>, StoreError>>()?;
        Ok(ids.into_iter().map(|id| Queued { id, entry: entries.remove(&id) }).collect())
    }

    /// Gives the entries `ids` the places from `first` on and takes them from the queue.
    ///
    /// # Errors
    /// `Swallowed` if any row was not kept or not taken; `Unique` if a place or an entry is in the tree already.
    pub fn place_leaves(&mut self, first: i64, leaves: &[(i64, [u8; 32])]) -> Result<(), StoreError> {
        let ids: Vec<i64> = leaves.iter().map(|(id, _)| *id).collect();
        let batch = LeafBatch::of(first, leaves)?;
        let placed = self.run(|c| match c {
            AnyConnection::Pg(c) => batch.execute(c),
            AnyConnection::Sqlite(_) => {
                let mut placed = 0;
                for (seq, id, leaf) in batch.rows() {
                    let values = (ledger_leaf::seq.eq(seq), ledger_leaf::entry_id.eq(id), ledger_leaf::leaf.eq(leaf));
                    placed += diesel::insert_into(ledger_leaf::table).values(values).execute(c)?;
                }
                Ok(placed)
            }
        })?;
        if placed == ids.len() && self.leave_queue(&ids)? == ids.len() { Ok(()) } else { Err(StoreError::Swallowed) }
    }

    /// # Errors
    /// `Unavailable`.
    pub fn leave_queue(&mut self, ids: &[i64]) -> Result<usize, StoreError> {
        self.run(|c| match c {
            AnyConnection::Pg(c) => diesel::delete(ledger_queue::table.filter(ledger_queue::id.eq_any(ids))).execute(c),
            AnyConnection::Sqlite(_) => {
                let mut taken = 0;
                for id in ids {
                    taken += diesel::delete(ledger_queue::table.filter(ledger_queue::id.eq(id))).execute(c)?;
                }
                Ok(taken)
            }
        })
    }

    /// Keeps the root of a subtree that was completed.
    ///
    /// # Errors
    /// `Unique` if there is one in its place: no tree completes a subtree twice.
    pub fn insert_node(&mut self, node: &NodeRow) -> Result<(), StoreError> {
        let values = (
            ledger_node::level.eq(node.level),
            ledger_node::idx.eq(node.index),
            ledger_node::hash.eq(node.hash.to_vec()),
        );
        self.one(StoreError::Swallowed, |c| diesel::insert_into(ledger_node::table).values(values).execute(c))
    }

    /// The fence: only from the size that was read.
    ///
    /// # Errors
    /// `Stale` if another sequencer was faster.
    pub fn swap_tree(&mut self, from_size: i64, to: &TreeRow) -> Result<(), StoreError> {
        let head = (
            ledger_tree::size.eq(to.size),
            ledger_tree::root.eq(to.root.to_vec()),
            ledger_tree::frontier.eq(&to.frontier),
        );
        let read = ledger_tree::table.filter(ledger_tree::one.eq(1)).filter(ledger_tree::size.eq(from_size));
        self.one(StoreError::Stale, |c| diesel::update(read).set(head).execute(c))
    }

    /// # Errors
    /// `Unique` if there is one of this size.
    pub fn insert_checkpoint(&mut self, row: &CheckpointRow) -> Result<(), StoreError> {
        let values = (
            ledger_checkpoint::size.eq(row.size),
            ledger_checkpoint::root.eq(row.root.to_vec()),
            ledger_checkpoint::frontier.eq(&row.frontier),
            ledger_checkpoint::note.eq(&row.note),
            ledger_checkpoint::at.eq(row.at.0),
        );
        self.one(StoreError::Swallowed, |c| diesel::insert_into(ledger_checkpoint::table).values(values).execute(c))
    }

    /// The note of a checkpoint that is there, with its cosignatures.
    ///
    /// # Errors
    /// `Unique` if there is one of this size.
    pub fn insert_cosigned(&mut self, size: i64, note: &str, at: Moment) -> Result<(), StoreError> {
        let values = (ledger_cosigned::size.eq(size), ledger_cosigned::note.eq(note), ledger_cosigned::at.eq(at.0));
        self.one(StoreError::Swallowed, |c| diesel::insert_into(ledger_cosigned::table).values(values).execute(c))
    }
}
