//! Sealed tokens (cursors), ETags and idempotency marks: what a client holds for us and may neither read nor change.
//! A token of one use must never open as another's: the label is bound.

use super::aad::push;
use super::aead::{Aead, NONCE, TAG};
use super::{SealError, Sealer, mac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const VERSION: u8 = 0x01;
const SALT: usize = 16;
const ETAG: usize = 16;

fn bound_to(label: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(48);
    push(&mut out, b"cp-token-v1");
    push(&mut out, label.as_bytes());
    out
}

impl Sealer {
    /// URL-safe text of `0x01 | salt 16 | nonce 12 | ciphertext | tag 16`. The same bytes under the same label give the
    /// same token: a cursor that differed each time could not be compared, and who proves that two worlds look alike
    /// (`tests/noninterference`) would have to leave it out.
    ///
    /// Salt and nonce are synthetic: 28 bytes of an HMAC, under a key of its own, over label and bytes (as in RFC 5297,
    /// the nonce is a pseudo-random function of the plaintext). GCM breaks where one nonce serves two plaintexts under
    /// one key; here another plaintext has another salt, so another key. All that is given away is that two tokens hold
    /// the same, to whoever holds both; and a label names the reader where tokens are a reader's own.
    ///
    /// # Errors
    /// `TooLarge`.
    pub fn seal_token(&self, label: &str, bytes: &[u8]) -> Result<String, SealError> {
        let synthetic = mac::sign(&self.service.synthetic, label, bytes);
        let (salt, rest) = synthetic.split_first_chunk::<SALT>().ok_or(SealError::Integrity)?;
        let nonce = *rest.first_chunk::<NONCE>().ok_or(SealError::Integrity)?;
        let mut text = bytes.to_vec();
        let tag = Aead::new(self.service.token_key(salt)?.bytes())?.seal(nonce, &bound_to(label), &mut text)?;
        let mut out = vec![VERSION];
        out.extend_from_slice(salt);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&text);
        out.extend_from_slice(&tag);
        Ok(URL_SAFE_NO_PAD.encode(out))
    }

    /// # Errors
    /// `Integrity` for anything that this service did not seal under this label: treat it as bad input, not as an alarm.
    pub fn open_token(&self, label: &str, token: &str) -> Result<Vec<u8>, SealError> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| SealError::Integrity)?;
        let (version, rest) = bytes.split_first().ok_or(SealError::Integrity)?;
        let (salt, rest) = rest.split_first_chunk::<SALT>().ok_or(SealError::Integrity)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or(SealError::Integrity)?;
        if *version != VERSION || text.len() < TAG {
            return Err(SealError::Integrity);
        }
        let mut text = text.to_vec();
        let aead = Aead::new(self.service.token_key(salt)?.bytes())?;
        aead.open(*nonce, &bound_to(label), &mut text).map(|plain| plain.to_vec())
    }

    /// A strong ETag's opaque text (without quotes) for what one reader sees. A bare hash would let a reader who is
    /// shown two versions guess at what was withheld; put the reader's membership among the bytes.
    pub fn etag(&self, label: &str, bytes: &[u8]) -> String {
        let tag = mac::sign(&self.service.etag, label, bytes);
        URL_SAFE_NO_PAD.encode(tag.get(..ETAG).unwrap_or_default())
    }

    /// What an idempotency row keeps of a body. `scope`: agency, person, operation; lengths are bound.
    pub fn idempotency(&self, scope: &[&[u8]], body: &[u8]) -> [u8; 32] {
        let mut bytes = Vec::with_capacity(body.len().saturating_add(64));
        for part in scope {
            push(&mut bytes, part);
        }
        push(&mut bytes, body);
        mac::sign(&self.service.idempotency, "idempotency-v1", &bytes)
    }
}
