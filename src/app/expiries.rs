//! What the log in the database says of expired entries: the words that the log's own key signed, and no others.
//! It must never let a row pass for expired because the row says so.

use super::batches::in_batches;
use crate::ledger::attest::{KEY, RETIRED};
use crate::ledger::body::Body;
use crate::ledger::expired::{Batch, EXPIRE, Remnant, Word};
use crate::ledger::lineage::{Believed, Lineage};
use crate::ledger::note::VKey;
use crate::store::rows::{StoredEntry, TreeLeaf};
use crate::store::{EntryFilter, EntryPage, Reader, StoreError};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A word of the log's, and the place of its entry once it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expiry {
    pub word: Word,
    pub seq: Option<i64>,
}

/// By request. There is one for some hundred entries that expired.
pub(super) type Expiries = BTreeMap<Uuid, Expiry>;

/// Every word of these keys of the log, and of those that were its before them, while they were.
///
/// # Errors
/// `Unavailable`, `Corrupt`.
pub(super) fn signed(reader: &mut Reader, keys: &[VKey]) -> Result<Expiries, StoreError> {
    let said = of_operation(reader, EXPIRE)?;
    if said.is_empty() {
        return Ok(Expiries::new());
    }
    let keys = believed(reader, keys)?;
    let words = said.into_iter().filter_map(|(seq, body)| Some((seq, Word::of(&body)?)));
    let sound = words.filter(|(seq, word)| keys.any(place(*seq), |key| word.is_by(key)));
    Ok(sound.map(|(seq, word)| (word.request, Expiry { word, seq })).collect())
}

/// These keys of the log, those that were its before them, and until when each was.
///
/// # Errors
/// `Unavailable`, `Corrupt`.
pub(super) fn believed(reader: &mut Reader, keys: &[VKey]) -> Result<Believed, StoreError> {
    let mut lineage = Lineage::new(keys);
    let mut words = [of_operation(reader, KEY)?, of_operation(reader, RETIRED)?].concat();
    words.sort_by_key(|(seq, _)| place(*seq));
    words.iter().for_each(|(seq, body)| lineage.note(place(*seq), body));
    Ok(lineage.believed())
}

/// What has no place yet comes after all that has one.
fn place(seq: Option<i64>) -> u64 {
    seq.and_then(|seq| u64::try_from(seq).ok()).unwrap_or(u64::MAX)
}

/// Those that are what they commit to.
fn of_operation(reader: &mut Reader, operation: &str) -> Result<Vec<(Option<i64>, Body<'static>)>, StoreError> {
    let filter = EntryFilter { operation: Some(operation.to_owned()), ..EntryFilter::default() };
    let rows = in_batches(|before, limit| reader.entries(&filter, EntryPage { before, limit }));
    let said = rows.filter_map(|row| match row {
        Ok(row) => Some(Ok((row.seq, committed(&row)?.into_owned()))),
        Err(error) => Some(Err(error)),
    });
    said.collect()
}

/// The body, if the row is the entry that its leaf commits to.
pub(super) fn committed(row: &StoredEntry) -> Option<Body<'_>> {
    Body::committed(&row.body, &row.salt, &row.leaf)
}

/// For an export: which expiries had happened before it began, all of them covered by its checkpoint. What expires while it is
/// written would be half of a batch in it, and an honest log would look altered.
#[derive(Debug)]
pub(super) struct Covered {
    keys: Vec<VKey>,
    known: Expiries,
}

/// Why an export does not begin, or does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("entries have just expired, and no checkpoint covers that yet: try again in a moment")]
pub struct Expiring;

impl Covered {
    /// `size` is the checkpoint's.
    ///
    /// # Errors
    /// The database's.
    pub fn of(reader: &mut Reader, keys: &[VKey], size: i64) -> Result<Result<Self, Expiring>, StoreError> {
        let known = signed(reader, keys)?;
        let covered = known.values().all(|expiry| expiry.seq.is_some_and(|seq| seq < size));
        Ok(if covered { Ok(Self { keys: keys.to_vec(), known }) } else { Err(Expiring) })
    }

    /// Whether these leaves may go out: not if one expired since. One of which no word of the log speaks goes out as it is, for
    /// that must reach the auditor.
    ///
    /// # Errors
    /// `Stale` if one expired since; the database's.
    pub fn check(&self, reader: &mut Reader, leaves: &[TreeLeaf]) -> Result<(), StoreError> {
        let by = |leaf: &TreeLeaf| leaf.expired.as_ref().map(|expired| expired.remnant.by);
        let unknown: Vec<Uuid> = leaves.iter().filter_map(by).filter(|by| !self.known.contains_key(by)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let now = signed(reader, &self.keys)?;
        if unknown.iter().any(|by| now.contains_key(by)) { Err(StoreError::Stale) } else { Ok(()) }
    }
}

/// The expired entries of the whole log, as it is read from its first.
#[derive(Debug, Default)]
pub(super) struct Gathered(BTreeMap<Uuid, Batch>);

impl Gathered {
    pub fn add(&mut self, seq: i64, leaf: &[u8; 32], Remnant { writer, n, by }: &Remnant) {
        self.0.entry(*by).or_default().add(u64::try_from(seq).unwrap_or(0), leaf, writer, *n);
    }

    /// The first place of a batch that is not as a word of the log says.
    pub fn first_unsaid(&self, said: &Expiries) -> Option<i64> {
        let sound = |by: &Uuid, batch: &Batch| {
            let claim = batch.claim();
            // It comes after what it speaks of, if it has come at all.
            said.get(by)
                .is_some_and(|expiry| expiry.word.claim == claim && expiry.seq.is_none_or(|seq| seq > claim.last))
        };
        let unsaid = self.0.iter().filter(|(by, batch)| !sound(by, batch));
        unsaid.map(|(_, batch)| batch.claim().first).min()
    }
}
