//! A case's data keys as its row holds them: one a domain, each wrapped by that domain's KEK.
//! It must never let one domain's KEK stand for another's, nor two keys for one domain and version.

use super::cache::CacheKey;
use super::sealer::Owner;
use super::{KekId, SealError};
use crate::casework::category::KeyDomain;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::OnceLock;

/// Canonical JSON `[{"domain":"common","version":1,"kek":"common.2033-Q1","wrapped":"…","commit":"…"},…]`,
/// in order of domain, then version.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKeys {
    json: String,
    /// Read once, when first asked for.
    read: OnceLock<Vec<WrappedKey>>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrappedKey {
    pub(super) domain: KeyDomain,
    pub(super) version: u32,
    pub(super) kek: String,
    /// base64 of `nonce | ciphertext | tag`.
    pub(super) wrapped: String,
    /// base64 of the commitment: GCM does not bind a ciphertext to one key, this does.
    pub(super) commit: String,
    /// By what it is found among the opened keys, and whose it was taken for then.
    #[serde(skip)]
    found_by: OnceLock<(Owner, CacheKey)>,
}

impl WrappedKey {
    pub(super) fn new(domain: KeyDomain, version: u32, kek: String, wrapped: String, commit: String) -> Self {
        Self { domain, version, kek, wrapped, commit, found_by: OnceLock::new() }
    }

    /// `make`, done once for one owner: for another it is done anew.
    pub(super) fn found_by(
        &self,
        owner: Owner,
        make: impl FnOnce() -> Result<CacheKey, SealError>,
    ) -> Result<CacheKey, SealError> {
        if let Some((_, key)) = self.found_by.get().filter(|(whose, _)| *whose == owner) {
            return Ok(*key);
        }
        let key = make()?;
        self.found_by.get_or_init(|| (owner, key));
        Ok(key)
    }

    pub(super) fn kek_id(&self) -> Result<KekId, SealError> {
        let kek: KekId = self.kek.parse()?;
        if kek.domain == self.domain { Ok(kek) } else { Err(SealError::Integrity) }
    }
}

impl WrappedKeys {
    /// Takes what a row holds. Nothing is believed until a key is unwrapped.
    pub fn from_stored(json: String) -> Self {
        Self { json, read: OnceLock::new() }
    }

    pub(super) fn from_keys(keys: &[WrappedKey]) -> Result<Self, SealError> {
        serde_json::to_string(keys).map(Self::from_stored).map_err(|_| SealError::Malformed)
    }

    pub(super) fn keys(&self) -> Result<&[WrappedKey], SealError> {
        if let Some(keys) = self.read.get() {
            return Ok(keys);
        }
        let keys: Vec<WrappedKey> = serde_json::from_str(&self.json).map_err(|_| SealError::Malformed)?;
        let ordered = keys.is_sorted_by(|a, b| (a.domain, a.version) < (b.domain, b.version));
        if ordered { Ok(self.read.get_or_init(|| keys)) } else { Err(SealError::Malformed) }
    }

    /// Under which key-encryption keys these lie.
    ///
    /// # Errors
    /// `Malformed`, `Integrity`, for what is no list of keys.
    pub fn keks(&self) -> Result<BTreeSet<KekId>, SealError> {
        self.keys()?.iter().map(WrappedKey::kek_id).collect()
    }

    pub fn as_str(&self) -> &str {
        &self.json
    }

    pub fn into_string(self) -> String {
        self.json
    }
}

impl fmt::Debug for WrappedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WrappedKeys(..)")
    }
}
