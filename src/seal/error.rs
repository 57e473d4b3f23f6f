//! What can go wrong in sealing, in words that hold no content.
//! It must never carry a field's name, a value, a path or a key: only which rule was broken.

use super::provider::KekError;
use crate::error::{Kind, Problem};
use thiserror::Error;

/// Every refusal of this room. `Integrity` means that somebody changed or moved stored bytes: alarm, do not retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    #[error("the permit does not cover this category of this case")]
    NotPermitted,
    #[error("the place does not belong to the case whose keys were opened")]
    Misplaced,
    #[error("sealed content fails authentication")]
    Integrity,
    #[error("sealed content has not the stored form")]
    Malformed,
    #[error("the case holds no key of that domain and version")]
    NoKey,
    #[error("content is too large to seal")]
    TooLarge,
    #[error("the system gave no random bytes")]
    NoRandom,
    #[error("key provider: {0}")]
    Kek(#[from] KekError),
}

impl From<SealError> for Problem {
    /// Only a key provider that is away is worth a retry; everything else is ours to be alarmed about.
    fn from(error: SealError) -> Self {
        match error {
            SealError::NotPermitted => Problem::internal("seal: opened without a permit for the category"),
            SealError::Misplaced => Problem::internal("seal: place and keyring differ"),
            SealError::Integrity => tampered("seal: stored content fails authentication"),
            SealError::Malformed => tampered("seal: stored content is malformed"),
            SealError::NoKey => tampered("seal: no key of that domain and version"),
            SealError::TooLarge => Problem::internal("seal: content too large"),
            SealError::NoRandom => Problem::unavailable("seal: no random bytes"),
            SealError::Kek(KekError::Unavailable) => Problem::unavailable("seal: key provider unavailable"),
            SealError::Kek(KekError::Refused) => Problem::unavailable("seal: key provider refused"),
            SealError::Kek(KekError::UnknownKek) => Problem::internal("seal: key-encryption key unknown"),
            SealError::Kek(KekError::Destroyed) => Problem::internal("seal: key-encryption key destroyed"),
            SealError::Kek(KekError::Integrity) => tampered("seal: wrapped key fails authentication"),
        }
    }
}

/// Nothing of ours failed: somebody changed what is stored. The cause goes to the log.
fn tampered(cause: &'static str) -> Problem {
    Problem { internal: Some(cause), ..Problem::new(Kind::Integrity) }
}
