//! AES-256-GCM by ring. ring cannot wipe its key schedules, so one lives only as long as the keyring at hand;
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
    pub(super) fn open<'t>(
        &self,
        nonce: [u8; NONCE],
        aad: &[u8],
        text: &'t mut [u8],
    ) -> Result<&'t mut [u8], SealError> {
        self.0
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad), text)
            .map_err(|_| SealError::Integrity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16 (NIST's validation set for AES-256).
    #[test]
    fn gives_the_published_ciphertext_and_tag() {
        let unhex = |text: &str| -> Vec<u8> {
            (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2).unwrap(), 16).unwrap()).collect()
        };
        let key = unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        let nonce: [u8; NONCE] = unhex("cafebabefacedbaddecaf888").try_into().unwrap();
        let aad = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let plain = unhex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
             1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let sealed = unhex(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
             8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        );
        let aead = Aead::new(&key.try_into().unwrap()).unwrap();
        let mut text = plain.clone();
        let tag = aead.seal(nonce, &aad, &mut text).unwrap();
        assert_eq!((&text, tag.to_vec()), (&sealed, unhex("76fc6ece0f4e1768cddf8853bb2d551b")));
        text.extend_from_slice(&tag);
        assert_eq!(aead.open(nonce, &aad, &mut text).unwrap(), plain.as_slice());
    }
}
