//! The Merkle tree of RFC 6962 and RFC 9162 section 2.1 on SHA-256. It must never know what a leaf means.

use ring::digest::{Context, SHA256};

/// SHA-256.
pub type Hash = [u8; 32];

fn sha256(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// Leaf hash of RFC 9162 2.1.1.
pub fn hash_leaf(leaf: &[u8]) -> Hash {
    sha256(&[&[0x00], leaf])
}
