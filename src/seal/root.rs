//! The service's own keys: tags of facts, cursors, ETags and idempotency, all derived from one root by label.
//! The root must never be used itself; losing it makes every header unreadable, so it is backed up with the KEKs.

use super::{SealError, SecretKey, kdf};
use ring::hmac;
use std::fmt;

/// The root of the service's own keys (`root-mac.key`).
#[derive(Debug)]
pub struct RootKey(SecretKey);

/// What is derived once, at start. ring's HMAC keys cannot be wiped; they live as long as the process does.
pub(super) struct ServiceKeys {
    pub(super) mac: hmac::Key,
    pub(super) etag: hmac::Key,
    pub(super) idempotency: hmac::Key,
    /// Makes the salt and nonce of a token from what it holds.
    pub(super) synthetic: hmac::Key,
    root: RootKey,
}

impl RootKey {
    pub fn new(key: SecretKey) -> Self {
        Self(key)
    }

    fn hmac(&self, label: &str) -> Result<hmac::Key, SealError> {
        let key = kdf::service_key(self.0.bytes(), &[], label)?;
        Ok(hmac::Key::new(hmac::HMAC_SHA256, key.bytes()))
    }
}

impl ServiceKeys {
    pub(super) fn new(root: RootKey) -> Result<Self, SealError> {
        Ok(Self {
            mac: root.hmac("mac")?,
            etag: root.hmac("etag")?,
            idempotency: root.hmac("idempotency")?,
            synthetic: root.hmac("token-iv")?,
            root,
        })
    }

    /// One key for each token: with its own salt, no number of tokens comes near GCM's limit of random nonces.
    pub(super) fn token_key(&self, salt: &[u8; 16]) -> Result<SecretKey, SealError> {
        kdf::service_key(self.root.0.bytes(), salt, "token")
    }
}

impl fmt::Debug for ServiceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceKeys(..)")
    }
}
