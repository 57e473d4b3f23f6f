//! HKDF-SHA256 (RFC 5869), the only way one key is made from another here.
//! Two uses must never share an `info`: each derivation names itself, with lengths.

use super::SealError;
use super::aad::push;
use super::secret::SecretKey;
use crate::casework::category::Category;
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// Extract and expand: fills `out`, at most 255 x 32 bytes.
///
/// # Errors
/// `Malformed` if `out` is longer than RFC 5869 allows.
pub fn hkdf_sha256(salt: &[u8], key: &[u8], info: &[u8], out: &mut [u8]) -> Result<(), SealError> {
    Salt::new(HKDF_SHA256, salt)
        .extract(key)
        .expand(&[info], Length(out.len()))
        .and_then(|okm| okm.fill(out))
        .map_err(|_| SealError::Malformed)
}

/// The key of one category of one case: HKDF(domain key, "cp-category-v1", category).
pub(super) fn category_key(domain_key: &SecretKey, category: Category) -> Result<SecretKey, SealError> {
    let mut info = Vec::with_capacity(48);
    push(&mut info, b"cp-category-v1");
    push(&mut info, category.name().as_bytes());
    SecretKey::fill_with(|out| hkdf_sha256(&[], domain_key.bytes(), &info, out))
}

/// A key of the service's own for one labelled use.
pub(super) fn service_key(root: &[u8; 32], salt: &[u8], label: &str) -> Result<SecretKey, SealError> {
    let mut info = Vec::with_capacity(48);
    push(&mut info, b"cp-service-v1");
    push(&mut info, label.as_bytes());
    SecretKey::fill_with(|out| hkdf_sha256(salt, root, &info, out))
}
