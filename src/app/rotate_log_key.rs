//! The log changes its key: for a time both sign, and the log itself says which comes; then the old one is retired.
//! No verifier may believe a key because the log names it: whoever writes to the log could name theirs.

use super::expiries::believed;
use super::recorder::{Share, Unavailable};
use super::service::Service;
use crate::ledger::attest::{KEY, RETIRED, announced, retirement};
use crate::ledger::body::{Body, hex};
use crate::ledger::entry::{Draft, Outcome};
use crate::ledger::note::{self, LogKey, VKey};
use crate::store::{EntryFilter, EntryPage, StoreError};
use uuid::Uuid;

/// Why the old key is not retired yet, or the new one not announced.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    #[error("the announcement could not be entered")]
    Unavailable(#[from] Unavailable),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "no signed checkpoint covers the announcement of the next key: start the service, wait for one, and try again"
    )]
    NotAnnounced,
    #[error(
        "the newest checkpoint is not signed by the next key: start the service, wait for one that is, and try again"
    )]
    NotSigned,
}

/// Enters which key comes, with its word for the one before it. Twice is no harm.
///
/// # Errors
/// `Unavailable`: nothing was announced.
pub async fn announce(service: &Service, next: &LogKey) -> Result<(), RotateError> {
    let detail = announced(next, service.log_key()).map_err(|_| Unavailable)?;
    let draft = Draft::of_the_log("ledger.signer", KEY, Outcome::Changed, detail);
    let draft = Draft { policy: service.policies.hash(), ..draft };
    Ok(service.recorder.record(Share::Principal(Uuid::nil()), draft).await?)
}

/// Whether everybody who follows the log has seen the next key sign, and the log say so.
///
/// # Errors
/// `NotAnnounced`, `NotSigned`; `Store`.
pub fn may_retire(service: &Service, next: &VKey) -> Result<(), RotateError> {
    let mut reader = service.store.reader()?;
    let newest = reader.latest_checkpoint()?.ok_or(RotateError::NotSigned)?;
    note::open(newest.note.as_bytes(), std::slice::from_ref(next)).map_err(|_| RotateError::NotSigned)?;
    let filter = EntryFilter { operation: Some(KEY.to_owned()), ..EntryFilter::default() };
    let key = hex(&next.public_key());
    let names = |body: &str| Body::parse(body).is_ok_and(|body| body.said("key") == Some(key.as_str()));
    let entries = reader.entries(&filter, EntryPage { before: None, limit: 100 })?;
    let covered = |seq: Option<i64>| seq.is_some_and(|seq| seq < newest.size);
    let announced = entries.iter().any(|entry| covered(entry.seq) && names(&entry.body));
    if announced { Ok(()) } else { Err(RotateError::NotAnnounced) }
}

/// Enters of every key that the log's key, or one before it, says was the log's: it is that no more. From there on no verifier
/// believes what it signs. Every instance must have the new key by then, or its writers begin with one that counts for nothing.
/// Twice is no harm. Gives how many keys were retired.
///
/// # Errors
/// `Unavailable`: some may have been retired; `Store`.
pub async fn retire(service: &Service, key: &LogKey) -> Result<usize, RotateError> {
    let own = key.vkey();
    let believed = believed(&mut service.store.reader()?, std::slice::from_ref(own))?;
    let formers: Vec<_> = believed.endless().filter(|former| *former != own).map(VKey::public_key).collect();
    for former in &formers {
        let detail = retirement(key, former).map_err(|_| Unavailable)?;
        let draft = Draft::of_the_log("ledger.signer", RETIRED, Outcome::Changed, detail);
        let draft = Draft { policy: service.policies.hash(), ..draft };
        service.recorder.record(Share::Principal(Uuid::nil()), draft).await?;
    }
    Ok(formers.len())
}
