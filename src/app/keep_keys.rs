//! Keeping the key-encryption keys: what lives under each, wrapping it anew under the newest, and destroying the old ones when
//! the last backup that needs them is gone. Only then is an erasure complete.
//! It must never destroy a key under which something lives, nor open what a data key seals.

use super::recorder::{ApplyError, Change, Share};
use super::service::Service;
use crate::casework::ids::RequestId;
use crate::error::Problem;
use crate::ledger::entry::{Actor, DetailValue, Draft, Outcome};
use crate::seal::key_folder::{self, FolderError, KekStatus};
use crate::seal::secret_file::Fault;
use crate::seal::{Bucket, KekError, KekId, KekProvider, SealError, UnwrapContext, WrappedKeys};
use crate::store::StoreError;
use crate::store::rows::{KeyHolder, KeysRow};
use chrono::{Days, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use uuid::Uuid;

/// Rows a transaction.
const BATCH: i64 = 50;

/// Why it was not done. Nothing here names a case.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Folder(#[from] FolderError),
    #[error("keys: {0}")]
    Seal(#[from] SealError),
    #[error("keys: {0}")]
    Kek(#[from] KekError),
    #[error("the log could not take it; run it again")]
    Log,
    #[error("{0} rows live under {1}: run `keys rotate` and `keys rewrap`")]
    InUse(usize, KekId),
    #[error("nobody has looked yet whether anything lives under {0}: run `keys rewrap`")]
    NotRetired(KekId),
    #[error("backups may still need {0}: it can be destroyed from {1} on")]
    Horizon(KekId, NaiveDate),
}

impl From<Problem> for KeysError {
    fn from(_: Problem) -> Self {
        KeysError::Log
    }
}

/// How many rows have a key under each KEK.
pub type Census = BTreeMap<KekId, usize>;

fn each(service: &Service, mut look: impl FnMut(KeysRow) -> Result<(), KeysError>) -> Result<(), KeysError> {
    for holder in KeyHolder::ALL {
        let mut after: Option<Uuid> = None;
        loop {
            let rows = service.store.reader()?.wrapped_keys(holder, after, BATCH)?;
            let full = i64::try_from(rows.len()).unwrap_or(0) == BATCH;
            after = rows.last().map(|row| row.id);
            rows.into_iter().try_for_each(&mut look)?;
            if !full {
                break;
            }
        }
    }
    Ok(())
}

/// # Errors
/// `Seal` for a row whose keys have not their form: nothing can be said of what it needs.
pub fn census(service: &Service) -> Result<Census, KeysError> {
    let mut census = Census::new();
    each(service, |row| {
        for kek in WrappedKeys::from_stored(row.wrapped_keys).keks()? {
            let count = census.entry(kek).or_default();
            *count = count.saturating_add(1);
        }
        Ok(())
    })?;
    Ok(census)
}

/// Wraps everything that lives under an older KEK with the newest of its bucket, a few rows a transaction and each
/// transaction an entry. It can be broken off and run again. Then notes under which KEKs nothing lives any more.
/// Gives how many rows it wrapped.
///
/// # Errors
/// `KeysError`; what was wrapped until then stays so.
pub async fn rewrap(service: &Service, folder: &Path) -> Result<usize, KeysError> {
    let mut done = 0_usize;
    for holder in KeyHolder::ALL {
        let mut after: Option<Uuid> = None;
        loop {
            let rows = service.store.reader()?.wrapped_keys(holder, after, BATCH)?;
            let full = i64::try_from(rows.len()).unwrap_or(0) == BATCH;
            let last = rows.last().map(|row| row.id);
            match batch(service, rows).await? {
                Some(count) => (done, after) = (done.saturating_add(count), last),
                // Somebody erased one of them meanwhile: look again.
                None => continue,
            }
            if !full {
                break;
            }
        }
    }
    retire_the_empty(service, folder)?;
    Ok(done)
}

/// None where a row had changed.
async fn batch(service: &Service, rows: Vec<KeysRow>) -> Result<Option<usize>, KeysError> {
    let request = RequestId::new();
    let context = UnwrapContext { request, permit: [0; 32], purpose: "administration" };
    let mut moved = Vec::new();
    for row in rows {
        let keys = WrappedKeys::from_stored(row.wrapped_keys.clone());
        if let Some(new) = service.sealer.rewrap(&keys, row.panel, row.id, &context)? {
            moved.push((row, new));
        }
    }
    let count = moved.len();
    if count == 0 {
        return Ok(Some(0));
    }
    let detail = vec![("rows", DetailValue::count(count))];
    let draft = draft(service, "rewrapKeys", request, detail);
    let change = Change::new(draft, move |tx, _| {
        for (row, new) in &moved {
            tx.rewrap(row, new.as_str())?;
        }
        Ok(())
    });
    match service.recorder.change(Share::Principal(Uuid::nil()), change).await {
        Ok(()) => Ok(Some(count)),
        Err(ApplyError::Stale) => Ok(None),
        Err(_) => Err(KeysError::Log),
    }
}

/// What is not the newest of its bucket, or whose quarter is over, and has nothing living under it.
fn retire_the_empty(service: &Service, folder: &Path) -> Result<(), KeysError> {
    let (census, today) = (census(service)?, service.clock.today());
    let all: Vec<KekId> = living(folder)?.into_iter().collect();
    for kek in &all {
        let superseded = all.iter().any(|other| kek.is_older_than(other)) || kek.bucket < Bucket::of(today);
        let empty = !census.contains_key(kek);
        key_folder::retire(folder, kek, (superseded && empty).then_some(today))?;
    }
    Ok(())
}

fn living(folder: &Path) -> Result<BTreeSet<KekId>, FolderError> {
    let fit = |status: &KekStatus| status.fault != Some(Fault::Destroyed);
    Ok(key_folder::status(folder)?.iter().filter(|status| fit(status)).map(|status| status.kek).collect())
}

/// Destroys a KEK for good, with an entry.
///
/// # Errors
/// `InUse`, `NotRetired`, `Horizon`: then nothing was done. `Kek`.
pub async fn destroy(
    service: &Service,
    provider: &dyn KekProvider,
    folder: &Path,
    kek: KekId,
    horizon_days: u16,
) -> Result<(), KeysError> {
    if !living(folder)?.contains(&kek) {
        return Err(KekError::UnknownKek.into());
    }
    if let Some(rows) = census(service)?.get(&kek) {
        return Err(KeysError::InUse(*rows, kek));
    }
    let retired = key_folder::retired(folder, &kek)?.ok_or(KeysError::NotRetired(kek))?;
    let from = retired.checked_add_days(Days::new(horizon_days.into())).unwrap_or(NaiveDate::MAX);
    if service.clock.today() < from {
        return Err(KeysError::Horizon(kek, from));
    }
    let detail = vec![
        ("domain", DetailValue::Code(kek.domain.name())),
        ("year", DetailValue::Number(kek.bucket.year().into())),
        ("quarter", DetailValue::Number(kek.bucket.quarter().into())),
        ("generation", DetailValue::Number(kek.generation.into())),
    ];
    // The entry first: a key destroyed without one would look like one that was lost.
    let draft = draft(service, "destroyKey", RequestId::new(), detail);
    service.recorder.record(Share::Principal(Uuid::nil()), draft).await.map_err(|_| KeysError::Log)?;
    provider.destroy(&kek)?;
    Ok(())
}

/// For what an erasure waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// So many rows live under the key.
    InUse(usize),
    NotRetired,
    /// It can be destroyed from this day on.
    Until(NaiveDate),
}

/// Each KEK for which erasures wait, how many of them, and why it is still there. An erased case's backups open with the KEK it
/// had last, and with those before it.
///
/// # Errors
/// `KeysError`.
pub fn unfinished(
    service: &Service,
    folder: &Path,
    horizon_days: u16,
) -> Result<BTreeMap<KekId, (usize, Waiting)>, KeysError> {
    let (census, living) = (census(service)?, living(folder)?);
    let mut waits: BTreeMap<KekId, usize> = BTreeMap::new();
    for erasure in service.store.reader()?.erasures()? {
        let named: Vec<KekId> = erasure.keks.split(' ').filter_map(|name| name.parse().ok()).collect();
        for kek in living.iter().filter(|kek| named.iter().any(|n| n == *kek || kek.is_older_than(n))) {
            let count = waits.entry(*kek).or_default();
            *count = count.saturating_add(1);
        }
    }
    let mut all = BTreeMap::new();
    for (kek, count) in waits {
        let why = match (census.get(&kek), key_folder::retired(folder, &kek)?) {
            (Some(rows), _) => Waiting::InUse(*rows),
            (None, None) => Waiting::NotRetired,
            (None, Some(on)) => {
                Waiting::Until(on.checked_add_days(Days::new(horizon_days.into())).unwrap_or(NaiveDate::MAX))
            }
        };
        all.insert(kek, (count, why));
    }
    Ok(all)
}

fn draft(
    service: &Service,
    operation: &'static str,
    request: RequestId,
    detail: Vec<(&'static str, DetailValue)>,
) -> Draft {
    Draft {
        panel: None,
        actor: Actor { system: Some("key_keeper"), ..Actor::default() },
        operation,
        outcome: Outcome::Changed,
        problem: None,
        cases: Vec::new(),
        policy: service.policies.hash(),
        purpose: Some("administration"),
        manifest: Vec::new(),
        request,
        detail,
    }
}
