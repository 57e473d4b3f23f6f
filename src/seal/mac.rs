//! Authentication of facts kept in the clear: headers, memberships, agreements.
//! A tag must never serve two purposes: its label is part of what is authenticated, with its length.

use super::Sealer;
use super::aad::push;
use crate::access::Mac;
use ring::hmac;

pub(super) fn message(label: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().saturating_add(label.len()).saturating_add(16));
    push(&mut out, label.as_bytes());
    push(&mut out, bytes);
    out
}

pub(super) fn sign(key: &hmac::Key, label: &str, bytes: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(key, &message(label, bytes));
    // ring's SHA-256 tag is always 32 bytes; an all-zero tag could not pass `verify`.
    tag.as_ref().try_into().unwrap_or([0; 32])
}

impl Mac for Sealer {
    fn tag(&self, label: &str, bytes: &[u8]) -> [u8; 32] {
        sign(&self.service.mac, label, bytes)
    }

    fn verify(&self, label: &str, bytes: &[u8], tag: &[u8]) -> bool {
        tracing::trace!(target: "work", "a tag");
        hmac::verify(&self.service.mac, &message(label, bytes), tag).is_ok()
    }
}
