//! One field, sealed: `0x01 | key_version u32 BE | nonce 12 | ciphertext | tag 16`, base64 in its map.
//! Plaintext is padded to whole blocks, because the length of a code says which code it is.
//! It must never look at a value beyond its bytes, nor give plaintext out before the tag was checked.

use super::SealError;
use super::aead::{Aead, NONCE, TAG};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::Value;
use zeroize::Zeroizing;

const VERSION: u8 = 0x01;
/// Every code in the vocabularies, quoted, fits one block with its length prefix.
const BLOCK: usize = 64;
const PREFIX: usize = 4;

/// A cell taken apart, before anything of it is believed.
pub(super) struct Framed {
    pub(super) key_version: u32,
    nonce: [u8; NONCE],
    text: Zeroizing<Vec<u8>>,
}

/// `length u32 BE | JSON | zeros` up to a multiple of the block.
fn padded(value: &Value) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let json = Zeroizing::new(serde_json::to_vec(value).map_err(|_| SealError::Malformed)?);
    let length = u32::try_from(json.len()).map_err(|_| SealError::TooLarge)?;
    let total = json.len().saturating_add(PREFIX).next_multiple_of(BLOCK);
    let mut text = Zeroizing::new(Vec::with_capacity(total));
    text.extend_from_slice(&length.to_be_bytes());
    text.extend_from_slice(&json);
    text.resize(total, 0);
    Ok(text)
}

fn unpadded(text: &[u8]) -> Result<&[u8], SealError> {
    let (prefix, rest) = text.split_first_chunk::<PREFIX>().ok_or(SealError::Malformed)?;
    let length = usize::try_from(u32::from_be_bytes(*prefix)).map_err(|_| SealError::Malformed)?;
    rest.get(..length).ok_or(SealError::Malformed)
}

pub(super) fn seal(
    aead: &Aead,
    key_version: u32,
    nonce: [u8; NONCE],
    aad: &[u8],
    value: &Value,
) -> Result<String, SealError> {
    let mut text = padded(value)?;
    let tag = aead.seal(nonce, aad, &mut text)?;
    let mut cell = Vec::with_capacity(text.len().saturating_add(1 + 4 + NONCE + TAG));
    cell.push(VERSION);
    cell.extend_from_slice(&key_version.to_be_bytes());
    cell.extend_from_slice(&nonce);
    cell.extend_from_slice(&text);
    cell.extend_from_slice(&tag);
    Ok(STANDARD.encode(cell))
}

pub(super) fn frame(cell: &str) -> Result<Framed, SealError> {
    let mut bytes = STANDARD.decode(cell).map_err(|_| SealError::Integrity)?;
    let (version, rest) = bytes.split_first().ok_or(SealError::Integrity)?;
    let (key_version, rest) = rest.split_first_chunk::<4>().ok_or(SealError::Integrity)?;
    let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or(SealError::Integrity)?;
    if *version != VERSION || text.len() < TAG {
        return Err(SealError::Integrity);
    }
    let (key_version, nonce) = (u32::from_be_bytes(*key_version), *nonce);
    bytes.drain(..1 + 4 + NONCE);
    Ok(Framed { key_version, nonce, text: Zeroizing::new(bytes) })
}

impl Framed {
    pub(super) fn open<T: DeserializeOwned>(mut self, aead: &Aead, aad: &[u8]) -> Result<T, SealError> {
        let text = aead.open(self.nonce, aad, &mut self.text)?;
        serde_json::from_slice(unpadded(text)?).map_err(|_| SealError::Malformed)
    }
}
