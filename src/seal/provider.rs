//! Who holds the key-encryption keys: a folder of files today, an agency's HSM tomorrow, behind one trait.
//! A provider must never give out a KEK, and an id must never serve two domains: the domain is part of the id.

use super::{Bucket, SecretKey};
use crate::casework::category::KeyDomain;
use crate::casework::ids::RequestId;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A key-encryption key's name: `<domain>.<bucket>`, as `health.2033-Q1`; of those that came after the first of its bucket
/// with a number, as `health.2033-Q1.2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KekId {
    pub domain: KeyDomain,
    pub bucket: Bucket,
    /// From 1.
    pub generation: u32,
}

impl KekId {
    pub fn first(domain: KeyDomain, bucket: Bucket) -> Self {
        Self { domain, bucket, generation: 1 }
    }

    /// Of the same domain and bucket.
    pub fn is_older_than(&self, other: &KekId) -> bool {
        (self.domain, self.bucket) == (other.domain, other.bucket) && self.generation < other.generation
    }
}

impl fmt::Display for KekId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.domain.name(), self.bucket)?;
        if self.generation > 1 { write!(f, ".{}", self.generation) } else { Ok(()) }
    }
}

impl FromStr for KekId {
    type Err = KekError;
    fn from_str(text: &str) -> Result<Self, KekError> {
        let (domain, rest) = text.split_once('.').ok_or(KekError::UnknownKek)?;
        let domain = KeyDomain::ALL.into_iter().find(|d| d.name() == domain).ok_or(KekError::UnknownKek)?;
        let (bucket, generation) = match rest.split_once('.') {
            Some((bucket, number)) => (bucket, number.parse().map_err(|_| KekError::UnknownKek)?),
            None => (rest, 1),
        };
        let kek = Self { domain, bucket: bucket.parse().map_err(|_| KekError::UnknownKek)?, generation };
        // One spelling only: a second name of the same key would be a second key.
        if kek.to_string() == text { Ok(kek) } else { Err(KekError::UnknownKek) }
    }
}

/// What a provider may answer instead of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KekError {
    /// The wrapped bytes, or what they are bound to, were changed.
    #[error("wrapped key fails authentication")]
    Integrity,
    /// Cannot be reached, or the key file is not fit to be used; a retry may help after somebody looked.
    #[error("unavailable")]
    Unavailable,
    /// No such KEK was ever here: a folder was forgotten, or an id invented.
    #[error("unknown key-encryption key")]
    UnknownKek,
    /// Shredded on purpose at the end of its bucket: what it wrapped is erased.
    #[error("key-encryption key destroyed")]
    Destroyed,
    /// The holder looked at the request's context and declined.
    #[error("refused by the key holder")]
    Refused,
}

/// Why a key is asked for, so that an agency holding its own key can log it and refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnwrapContext {
    pub request: RequestId,
    /// SHA-256 that stands for the whole permit; the same value is in the ledger entry.
    pub permit: [u8; 32],
    /// A purpose code.
    pub purpose: &'static str,
}

/// Wraps and unwraps data keys. A wrapped blob is `nonce 12 | ciphertext 32 | tag 16` of AES-256-GCM,
/// the same bytes from a file and from PKCS#11 `CKM_AES_GCM`; the provider chooses the nonce (FIPS modules insist).
pub trait KekProvider: Send + Sync + fmt::Debug {
    /// The KEK that new keys of this domain and expiry bucket are wrapped with: the newest of the bucket.
    ///
    /// # Errors
    /// `UnknownKek` if the bucket has none yet (`keys init`), `Destroyed` if it is past.
    fn active(&self, domain: KeyDomain, bucket: Bucket) -> Result<KekId, KekError>;

    /// # Errors
    /// As [`KekError`] says.
    fn wrap(&self, kek: &KekId, key: &SecretKey, aad: &[u8]) -> Result<Vec<u8>, KekError>;

    /// # Errors
    /// `Integrity` if the blob was not wrapped by this KEK under this `aad`; else as [`KekError`] says.
    fn unwrap(&self, kek: &KekId, wrapped: &[u8], aad: &[u8], context: &UnwrapContext) -> Result<SecretKey, KekError>;

    /// Destroys the KEK for good; everything it wrapped is thereby erased, backups included. May be repeated.
    ///
    /// # Errors
    /// `UnknownKek`, or `Unavailable` if it could not be made durable.
    fn destroy(&self, kek: &KekId) -> Result<(), KekError>;

    /// Unwraps a canary under every KEK held.
    ///
    /// # Errors
    /// The first KEK's fault.
    fn health(&self) -> Result<(), KekError>;
}
