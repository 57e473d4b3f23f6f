//! Forgets idempotency keys that nobody repeats any more: each row says who sent something, and when.
//! It must never forget a key within the time that clients are promised, nor hold the database for long.

use crate::app::service::Service;
use crate::store::{CommitError, StoreError};

/// Rows a turn.
const MOST: i64 = 500;

/// Gives how many were forgotten; what is left comes at the next turn.
///
/// # Errors
/// `Unavailable`.
pub fn run(service: &Service) -> Result<usize, StoreError> {
    let age = i64::from(service.limits.idempotency_days).saturating_mul(24 * 60 * 60);
    let before = service.clock.instant().plus_seconds(age.saturating_neg());
    let Some(last) = service.store.reader()?.idempotency_before(before, MOST)? else { return Ok(0) };
    service.store.writer()?.transaction(|tx| tx.forget_idempotency(last)).map_err(|error| match error {
        CommitError::RolledBack(error) => error,
        CommitError::Unknown => StoreError::Unavailable,
    })
}
