//! AES-256-GCM by ring. ring cannot wipe its key schedules, so one lives only as long as the work at hand;
//! what is kept between requests is the raw key, which is wiped. It must never choose or repeat a nonce.

use super::SealError;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

pub(super) const NONCE: usize = 12;
pub(super) const TAG: usize = 16;

pub(super) struct Aead(LessSafeKey);

impl Aead {
    pub(super) fn new(key: &[u8; 32]) -> Result<Self, SealError> {
        UnboundKey::new(&AES_256_GCM, key).map(|k| Self(LessSafeKey::new(k))).map_err(|_| SealError::Malformed)
    }

    /// Encrypts `text` in place and returns the tag.
    pub(super) fn seal(&self, nonce: [u8; NONCE], aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG], SealError> {
        let tag = self
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), text)
            .map_err(|_| SealError::TooLarge)?;
        tag.as_ref().try_into().map_err(|_| SealError::Malformed)
    }

    /// Decrypts `ciphertext | tag` in place; the plaintext is the returned front part.
    pub(super) fn open<'t>(&self, nonce: [u8; NONCE], aad: &[u8], text: &'t mut [u8]) -> Result<&'t mut [u8], SealError> {
        self.0
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad), text)
            .map_err(|_| SealError::Integrity)
    }
}
