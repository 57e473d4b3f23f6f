//! The sealer of a process: provider, service keys, nonces and the cache of opened keys.
//! It must never hand out a key: keys leave only as work done by a keyring under a permit.

use super::aead::Aead;
use super::cache::{Cache, CacheKey};
use super::keyring::{Grant, Keyring};
use super::random::Nonces;
use super::root::ServiceKeys;
use super::wrapped::WrappedKey;
use super::{Bucket, KekProvider, RootKey, SealError, SecretKey, UnwrapContext, WrappedKeys, aad};
use crate::casework::category::{Category, KeyDomain};
use crate::casework::ids::PanelId;
use crate::clock::Moment;
use crate::digest::sha256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// Bounds of the cache of opened keys.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Domain keys held at once, over all cases.
    pub keys: usize,
    pub seconds: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { keys: 4096, seconds: 60 }
    }
}

pub struct Sealer {
    provider: Arc<dyn KekProvider>,
    pub(super) service: ServiceKeys,
    pub(super) nonces: Nonces,
    cache: Cache,
}

/// Whose key it is: what the wrapping is bound to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) panel: PanelId,
    pub(super) case: Uuid,
}

impl Sealer {
    /// # Errors
    /// Never with a sound `ring`; `Malformed` otherwise.
    pub fn new(provider: Arc<dyn KekProvider>, root: RootKey, limits: Limits) -> Result<Self, SealError> {
        let cache = Cache::new(limits.keys, limits.seconds);
        Ok(Self { provider, service: ServiceKeys::new(root)?, nonces: Nonces::new(), cache })
    }

    /// Fresh keys of a new case (or referral), one for each domain, wrapped for its expiry bucket.
    ///
    /// # Errors
    /// `Kek` if a domain has no KEK of that bucket or it cannot be used; `NoRandom`.
    pub fn new_keys(&self, panel: PanelId, case: Uuid, bucket: Bucket) -> Result<WrappedKeys, SealError> {
        let owner = Owner { panel, case };
        let keys: Result<Vec<_>, _> = KeyDomain::ALL.iter().map(|d| self.new_key(owner, *d, bucket)).collect();
        WrappedKeys::from_keys(&keys?)
    }

    fn new_key(&self, owner: Owner, domain: KeyDomain, bucket: Bucket) -> Result<WrappedKey, SealError> {
        let version = 1;
        let kek = self.provider.active(domain, bucket)?;
        if kek.domain != domain {
            return Err(SealError::Kek(super::KekError::UnknownKek));
        }
        let key = SecretKey::random()?;
        let wrapped = self.provider.wrap(&kek, &key, &aad::wrap(&kek, owner.panel, owner.case, domain, version))?;
        let commit = STANDARD.encode(hmac::sign(&commitment_key(&key), COMMITMENT));
        Ok(WrappedKey::new(domain, version, kek.to_string(), STANDARD.encode(wrapped), commit))
    }

    /// The keys of one case, for the categories that the grant names and no other. Nothing is unwrapped yet.
    ///
    /// # Errors
    /// `Malformed` if the stored keys have not their form.
    pub fn open<'a>(
        &'a self,
        keys: &'a WrappedKeys,
        panel: PanelId,
        case: Uuid,
        grant: &'a dyn Grant,
        now: Moment,
    ) -> Result<Keyring<'a>, SealError> {
        Ok(Keyring::new(self, keys.keys()?, Owner { panel, case }, grant, now))
    }

    /// Gives the category's AEAD: from the cache, else by asking the provider.
    pub(super) fn category(
        &self,
        owner: Owner,
        key: &WrappedKey,
        category: Category,
        context: impl FnOnce() -> UnwrapContext,
        now: Moment,
    ) -> Result<Aead, SealError> {
        let bound = |kek: &super::KekId| aad::wrap(kek, owner.panel, owner.case, key.domain, key.version);
        let cache_key = key.found_by(owner, || Ok(cache_key(&bound(&key.kek_id()?), key)))?;
        let make = |k: &SecretKey| Aead::new(k.bytes());
        if let Some(found) = self.cache.get(&cache_key, category, now, make) {
            return found?;
        }
        let blob = STANDARD.decode(&key.wrapped).map_err(|_| SealError::Integrity)?;
        let commit = STANDARD.decode(&key.commit).map_err(|_| SealError::Integrity)?;
        let kek = key.kek_id()?;
        let domain_key = self.provider.unwrap(&kek, &blob, &bound(&kek), &context())?;
        hmac::verify(&commitment_key(&domain_key), COMMITMENT, &commit).map_err(|_| SealError::Integrity)?;
        self.cache.put(cache_key, domain_key, category, now, make)?
    }

    /// The same keys, each wrapped by the newest KEK of its bucket; none where they are already. The keys themselves do not
    /// change, so that whoever has one open goes on with it.
    ///
    /// # Errors
    /// `Integrity` where a key is not its owner's; `Kek`.
    pub fn rewrap(
        &self,
        keys: &WrappedKeys,
        panel: PanelId,
        case: Uuid,
        context: &UnwrapContext,
    ) -> Result<Option<WrappedKeys>, SealError> {
        let mut all = keys.keys()?.to_vec();
        let mut moved = false;
        for key in &mut all {
            let old = key.kek_id()?;
            let new = self.provider.active(old.domain, old.bucket)?;
            if new == old {
                continue;
            }
            let bound = |kek: &super::KekId| aad::wrap(kek, panel, case, key.domain, key.version);
            let blob = STANDARD.decode(&key.wrapped).map_err(|_| SealError::Integrity)?;
            let commit = STANDARD.decode(&key.commit).map_err(|_| SealError::Integrity)?;
            let opened = self.provider.unwrap(&old, &blob, &bound(&old), context)?;
            hmac::verify(&commitment_key(&opened), COMMITMENT, &commit).map_err(|_| SealError::Integrity)?;
            let wrapped = self.provider.wrap(&new, &opened, &bound(&new))?;
            let (kek, wrapped) = (new.to_string(), STANDARD.encode(wrapped));
            *key = WrappedKey::new(key.domain, key.version, kek, wrapped, std::mem::take(&mut key.commit));
            moved = true;
        }
        if moved { WrappedKeys::from_keys(&all).map(Some) } else { Ok(None) }
    }

    /// Wipes every opened key, as after an erasure or the destruction of a KEK.
    pub fn forget(&self) {
        self.cache.clear();
    }

    /// How many domain keys are open now; a gauge.
    pub fn open_keys(&self) -> usize {
        self.cache.len()
    }

    /// # Errors
    /// `Kek` if a KEK cannot unwrap its canary.
    pub fn health(&self) -> Result<(), SealError> {
        Ok(self.provider.health()?)
    }
}

const COMMITMENT: &[u8] = b"cp-dek-commit-v1";

fn commitment_key(key: &SecretKey) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key.bytes())
}

fn cache_key(bound: &[u8], key: &WrappedKey) -> CacheKey {
    let mut bytes = Vec::with_capacity(bound.len().saturating_add(160));
    aad::push(&mut bytes, bound);
    aad::push(&mut bytes, key.wrapped.as_bytes());
    aad::push(&mut bytes, key.commit.as_bytes());
    sha256(&[&bytes])
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}
