//! Whether entries that were committed still stand as they were: in their row, and in the queue or the tree.
//! It must never take one of the three for the others: each can be deleted alone.

use super::connection::AnyConnection;
use super::decode::hash;
use super::{Reader, StoreError, Tx};
use crate::ledger::entry::Entry;
use crate::store::schema::{ledger_entry, ledger_leaf, ledger_queue, ledger_tree};
use diesel::prelude::*;
use std::collections::BTreeMap;

/// What became of a committed entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As it was, in the tree.
    Sound,
    /// As it was, on its way there: until it is, it can still be taken out.
    Waiting,
    /// Its row is not there, nor its leaf in the tree.
    Gone,
    /// Its row is there, but neither its place in the queue nor one in the tree.
    Unqueued,
    /// Another leaf stands in its place, or its row was taken from beside its leaf: an export shows which.
    Altered,
}

type Raw = (i64, Vec<u8>, Option<Vec<u8>>, Option<i64>);

/// Of one writer's numbers `first..=last`: number, leaf, leaf in the tree, place in the queue.
fn rows(c: &mut AnyConnection, writer: &str, first: i64, last: i64) -> QueryResult<Vec<Raw>> {
    ledger_entry::table
        .left_join(ledger_leaf::table.on(ledger_leaf::entry_id.eq(ledger_entry::id)))
        .left_join(ledger_queue::table.on(ledger_queue::id.eq(ledger_entry::id)))
        .filter(ledger_entry::writer.eq(writer))
        .filter(ledger_entry::n.ge(first))
        .filter(ledger_entry::n.le(last))
        .select((ledger_entry::n, ledger_entry::leaf, ledger_leaf::leaf.nullable(), ledger_queue::id.nullable()))
        .load(c)
}

fn standing(entry: &Entry, row: Option<&Raw>) -> Result<Standing, StoreError> {
    let Some((_, leaf, placed, queued)) = row else { return Ok(Standing::Gone) };
    let placed = placed.as_deref().map(hash).transpose()?;
    Ok(match (hash(leaf)? == entry.leaf, placed, queued) {
        (true, Some(placed), _) if placed == entry.leaf => Standing::Sound,
        (true, None, Some(_)) => Standing::Waiting,
        (true, None, None) => Standing::Unqueued,
        _ => Standing::Altered,
    })
}

/// Each with what became of it; one query a writer.
fn all(
    entries: &[Entry],
    mut rows: impl FnMut(&str, i64, i64) -> Result<Vec<Raw>, StoreError>,
) -> Result<Vec<(&Entry, Standing)>, StoreError> {
    let mut by_writer: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    entries.iter().for_each(|entry| by_writer.entry(&entry.writer).or_default().push(entry));
    let mut found = Vec::with_capacity(entries.len());
    for (writer, entries) in by_writer {
        let numbers = || entries.iter().map(|entry| entry.n);
        let (first, last) = (numbers().min().unwrap_or(0), numbers().max().unwrap_or(0));
        let rows: BTreeMap<i64, Raw> = rows(writer, first, last)?.into_iter().map(|row| (row.0, row)).collect();
        for entry in entries {
            found.push((entry, standing(entry, rows.get(&entry.n))?));
        }
    }
    Ok(found)
}

impl Reader {
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    pub fn standing<'e>(&mut self, entries: &'e [Entry]) -> Result<Vec<(&'e Entry, Standing)>, StoreError> {
        all(entries, |writer, first, last| self.run(|c| rows(c, writer, first, last)))
    }
}

impl Tx<'_> {
    /// The same, for whoever is about to mend it: after the tree was locked, so that no sequencer is at it.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    pub fn standing<'e>(&mut self, entries: &'e [Entry]) -> Result<Vec<(&'e Entry, Standing)>, StoreError> {
        let mut found = all(entries, |writer, first, last| self.run(|c| rows(c, writer, first, last)))?;
        for (entry, standing) in &mut found {
            // What has its place must not be given another.
            if *standing == Standing::Gone && self.run(|c| is_placed(c, &entry.leaf))? {
                *standing = Standing::Altered;
            }
        }
        Ok(found)
    }
}

/// Among the newest leaves, of some hours of work: there is no index for what is asked only after an attack.
const NEWEST: i64 = 1_000_000;

fn is_placed(c: &mut AnyConnection, leaf: &[u8]) -> QueryResult<bool> {
    let size: i64 = ledger_tree::table.select(ledger_tree::size).first(c)?;
    let placed = ledger_leaf::table
        .select(ledger_leaf::seq)
        .filter(ledger_leaf::seq.ge(size.saturating_sub(NEWEST)))
        .filter(ledger_leaf::leaf.eq(leaf));
    Ok(placed.first::<i64>(c).optional()?.is_some())
}
