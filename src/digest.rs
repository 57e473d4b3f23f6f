//! SHA-256 as every room wants it: 32 bytes, over parts or bit by bit.
//! It must never be given a secret to protect: whoever may guess the input can test the guess.

use ring::digest::{Context, Digest, SHA256, digest};
use std::fmt;

/// Over these parts as if they were one; nothing tells where one ends.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    // Short ones, as trees are made of and as stand before a text, are gathered first: that is half the work.
    let mut short = [0; 192];
    let mut length = 0_usize;
    let mut sum = None;
    for part in parts {
        let end = length.saturating_add(part.len());
        if let Some(to) = short.get_mut(length..end) {
            to.copy_from_slice(part);
            length = end;
        } else {
            let sum = sum.get_or_insert_with(Sha256::default);
            sum.update(short.get(..length).unwrap_or_default());
            sum.update(part);
            length = 0;
        }
    }
    let rest = short.get(..length).unwrap_or_default();
    match sum {
        None => bytes(&digest(&SHA256, rest)),
        Some(mut sum) => {
            sum.update(rest);
            sum.finish()
        }
    }
}

fn bytes(digest: &Digest) -> [u8; 32] {
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}

/// A digest in the making.
#[derive(Clone)]
pub struct Sha256(Context);

impl Default for Sha256 {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sha256")
    }
}

impl Sha256 {
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// A part after its length (big-endian u64), so that no boundary between two parts can be moved.
    pub fn put(&mut self, part: &[u8]) {
        self.0.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(part);
    }

    pub fn finish(self) -> [u8; 32] {
        bytes(&self.0.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-2, appendix B.1.
    const ABC: [u8; 32] = [
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03,
        0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
    ];

    #[test]
    fn parts_are_one_text_and_lengths_keep_them_apart() {
        assert_eq!(sha256(&[b"abc"]), ABC);
        assert_eq!(sha256(&[b"a", b"", b"bc"]), ABC);
        let long = [7; 300];
        for at in [0, 1, 64, 127, 128, 191, 192, 193, 200] {
            let (one, other) = long.split_at(at);
            assert_eq!(sha256(&[one, other]), bytes(&digest(&SHA256, &long)));
            assert_eq!(sha256(&[&[], one]), bytes(&digest(&SHA256, one)));
            // Short before long, long before short, and short between two long ones.
            let (three, whole) = ([one, &long, other, &long], [one, &long, other, &long].concat());
            assert_eq!(sha256(&three), bytes(&digest(&SHA256, &whole)));
        }
        let of = |parts: &[&[u8]]| {
            let mut sum = Sha256::default();
            parts.iter().for_each(|part| sum.put(part));
            sum.finish()
        };
        assert_ne!(of(&[b"a", b"bc"]), of(&[b"ab", b"c"]));
        assert_eq!(of(&[b"abc"]), sha256(&[&3_u64.to_be_bytes(), b"abc"]));
    }
}
