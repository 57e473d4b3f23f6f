//! What the log says of how far each row has come, taken up when a service starts: an old row put back while it was down
//! carries a good tag, and only the log knows better.
//! It must never take the log itself on trust: what the database holds of it is compared with what was signed.

use super::expiries::{Gathered, signed as signed_expiries};
use super::watermark::Watermark;
use crate::casework::ids::LedgerId;
use crate::ledger::body::{Body, BodyValue, Skimmer};
use crate::ledger::entry::{Outcome, leaf_hash};
use crate::ledger::expired::erases;
use crate::ledger::note::{self, VKey};
use crate::ledger::signer::Signer;
use crate::ledger::tree::{Frontier, Hash, empty_root};
use crate::store::rows::TreeLeaf;
use crate::store::{Reader, Store, StoreError};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

const BATCH: i64 = 4096;

/// How often the log is read again because entries expired meanwhile.
const AGAIN: usize = 5;

/// Why nothing may be built on the log that the database holds. A person must look: export it, verify it, and put the
/// right one back.
#[derive(Debug, thiserror::Error)]
pub enum RecallError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("entry {0} is missing or altered: export the log and verify it")]
    Entry(i64),
    #[error("the log is not the one that was signed: an older database was put back, or entries were exchanged")]
    NotAsSigned,
}

/// What the log must have grown out of.
#[derive(Debug, Clone, Copy)]
pub struct Signed {
    pub size: u64,
    pub root: Hash,
}

impl Signed {
    /// What the signer remembers: no database can take that back.
    pub fn by(signer: &Signer) -> Self {
        Self { size: signer.size(), root: signer.root() }
    }

    /// The newest checkpoint in the database, for an instance that has no signer. An older database put back whole is found
    /// by the one that has.
    ///
    /// # Errors
    /// `NotAsSigned` if the log's key did not sign it; `Store`.
    pub fn newest(store: &Store, key: &VKey) -> Result<Self, RecallError> {
        let Some(row) = store.reader()?.latest_checkpoint()? else {
            return Ok(Self { size: 0, root: empty_root() });
        };
        let signed =
            note::open(row.note.as_bytes(), std::slice::from_ref(key)).map_err(|_| RecallError::NotAsSigned)?;
        Ok(Self { size: signed.size, root: signed.root })
    }
}

/// Reads the whole log once (some seconds for a million entries) and gives how far every row had come. `keys` are the log's.
///
/// # Errors
/// `Entry`, `NotAsSigned`; `Store`.
pub fn recall(store: &Store, signed: &Signed, keys: &[VKey]) -> Result<Recalled, RecallError> {
    let mut reader = store.reader()?;
    let (mut heads, erased) = from_log(&mut reader, signed, keys)?;
    // Committed and not yet placed: their marks are all there is.
    for mark in reader.high_water(None)? {
        raise(&mut heads, mark.ledger_id.0, mark.version);
    }
    for lag in lagging(&mut reader, &heads, &erased)? {
        match lag.found {
            None => tracing::error!(row = %lag.row, version = lag.attested, "a row that the log attests is gone"),
            Some(_) => {
                tracing::error!(row = %lag.row, version = lag.attested, "a row is older than the log attests");
            }
        }
    }
    let watermark = Watermark::default();
    for (row, version) in heads {
        watermark.note(row, version);
    }
    Ok(Recalled { watermark, erased: erased.cases.into_iter().map(LedgerId).collect() })
}

/// What the log says of how things stand.
#[derive(Debug, Default)]
pub struct Recalled {
    pub watermark: Watermark,
    /// Names of cases that were erased: no row has them any more.
    pub erased: Vec<LedgerId>,
}

/// Rows that are rightly gone.
#[derive(Debug, Default)]
pub(super) struct Erased {
    cases: HashSet<Uuid>,
    referrals: HashSet<Uuid>,
}

impl Erased {
    fn note(&mut self, body: &Body) {
        if !erases(body) {
            return;
        }
        self.cases.extend(body.cases.iter().map(|case| case.id));
        self.referrals.extend(ids(body, &["referral"]));
    }
}

/// Takes note of what other processes wrote since: a register taken in beside a running service.
///
/// # Errors
/// `Unavailable`.
pub fn refresh(store: &Store, watermark: &Watermark) -> Result<(), StoreError> {
    for mark in store.reader()?.high_water(None)? {
        watermark.note(mark.ledger_id.0, mark.version);
    }
    Ok(())
}

fn raise(heads: &mut HashMap<Uuid, i64>, row: Uuid, version: i64) {
    let head = heads.entry(row).or_insert(version);
    *head = version.max(*head);
}

/// By row, the highest version that the log attests; and what it says was erased.
pub(super) fn from_log(
    reader: &mut Reader,
    signed: &Signed,
    keys: &[VKey],
) -> Result<(HashMap<Uuid, i64>, Erased), RecallError> {
    for _ in 0..AGAIN {
        // Before the entries are: what expires between the two readings is seen in part.
        let said = signed_expiries(reader, keys)?;
        let (heads, erased, gathered) = read(reader, signed)?;
        match gathered.first_unsaid(&said) {
            None => return Ok((heads, erased)),
            Some(unsaid) if said == signed_expiries(reader, keys)? => return Err(RecallError::Entry(unsaid)),
            Some(_) => {}
        }
    }
    Err(StoreError::Stale.into())
}

fn read(reader: &mut Reader, signed: &Signed) -> Result<(HashMap<Uuid, i64>, Erased, Gathered), RecallError> {
    let (mut heads, mut erased, mut gathered) = (HashMap::new(), Erased::default(), Gathered::default());
    let mut tree = Frontier::default();
    let mut as_signed = signed.size == 0;
    let head = reader.tree()?.ok_or(RecallError::NotAsSigned)?;
    let mut next = 0;
    while next < head.size {
        let leaves = reader.leaves(next, head.size, BATCH)?;
        if leaves.is_empty() {
            return Err(RecallError::Entry(next));
        }
        for leaf in leaves {
            let remnant = leaf.expired.as_ref().filter(|_| leaf.seq == next).map(|expired| &expired.remnant);
            let body = match remnant {
                Some(remnant) => {
                    gathered.add(next, &leaf.leaf, remnant);
                    (leaf.leaf, None)
                }
                None => body(leaf, next)?,
            };
            tree.push(body.0);
            as_signed |= tree.size() == signed.size && tree.root() == signed.root;
            body.1.iter().for_each(|body| erased.note(body));
            for taken_in in body.1.iter().flat_map(taken_in) {
                raise(&mut heads, taken_in, 1);
            }
            for case in body.1.iter().flat_map(|body| &body.cases).filter(|case| case.header.is_some()) {
                raise(&mut heads, case.id, case.version);
            }
            next = next.saturating_add(1);
        }
    }
    if as_signed && tree.root() == head.root { Ok((heads, erased, gathered)) } else { Err(RecallError::NotAsSigned) }
}

/// The leaf, if its entry is the one it commits to; the body read only where it attests a version.
fn body(leaf: TreeLeaf, seq: i64) -> Result<([u8; 32], Option<Body<'static>>), RecallError> {
    let damaged = RecallError::Entry(seq);
    let Some((body, salt)) = leaf.entry.filter(|_| leaf.seq == seq) else { return Err(damaged) };
    if leaf_hash(&salt, body.as_bytes()) != leaf.leaf {
        return Err(damaged);
    }
    if !body.contains("\"header\":\"") && !body.contains("\"consultation\"") {
        return Ok((leaf.leaf, None));
    }
    match Skimmer::default().skim(&body) {
        Ok(body) => Ok((leaf.leaf, Some(body.into_owned()))),
        Err(_) => Err(damaged),
    }
}

/// What came in with an entry and has one version only: a referral, a consultation.
pub(super) fn taken_in(body: &Body) -> Vec<Uuid> {
    if body.outcome != Outcome::Changed || !["submitReferral", "keyConsultation"].contains(&body.operation.as_ref()) {
        return Vec::new();
    }
    ids(body, &["referral", "consultation"])
}

fn ids(body: &Body, codes: &[&str]) -> Vec<Uuid> {
    let id = |(code, value): &(_, BodyValue)| match value {
        BodyValue::Text(text) if codes.contains(&AsRef::<str>::as_ref(code)) => text.parse().ok(),
        _ => None,
    };
    body.detail.iter().filter_map(id).collect()
}

/// A row that is not as far as the log attests. It is not opened to anyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lag {
    pub row: Uuid,
    pub attested: i64,
    /// `None` where it is gone, and was not erased.
    pub found: Option<i64>,
}

/// In order of rows.
pub(super) fn lagging(
    reader: &mut Reader,
    heads: &HashMap<Uuid, i64>,
    erased: &Erased,
) -> Result<Vec<Lag>, StoreError> {
    let held: HashMap<Uuid, i64> = reader.marked_rows()?.into_iter().collect();
    let lag = |(row, attested): (&Uuid, &i64)| {
        let (row, attested, found) = (*row, *attested, held.get(row).copied());
        let rightly_gone = found.is_none() && (erased.cases.contains(&row) || erased.referrals.contains(&row));
        (!rightly_gone && found.is_none_or(|found| found < attested)).then_some(Lag { row, attested, found })
    };
    let mut lags: Vec<Lag> = heads.iter().filter_map(lag).collect();
    lags.sort_by_key(|lag| lag.row);
    Ok(lags)
}
