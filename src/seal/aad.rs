//! What sealed bytes are bound to. Every part is length-prefixed, so that no two places share one spelling.
//! It must never leave a part out: an unbound part is a road to move a cell along.

use super::{KekId, Place};
use crate::casework::category::KeyDomain;
use crate::casework::ids::PanelId;
use uuid::Uuid;

/// Appends `u32 BE length | part`.
pub(super) fn push(out: &mut Vec<u8>, part: &[u8]) {
    // A part of 4 GiB cannot be reached from bounded bodies; saturating keeps this total, and the part itself still counts.
    out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(part);
}

/// Binds a wrapped domain key to its KEK, panel, case, domain and version.
pub(super) fn wrap(kek: &KekId, panel: PanelId, case: Uuid, domain: KeyDomain, key_version: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    push(&mut out, b"cp-dek-v1");
    push(&mut out, kek.to_string().as_bytes());
    push(&mut out, panel.as_bytes());
    push(&mut out, case.as_bytes());
    push(&mut out, domain.name().as_bytes());
    push(&mut out, &key_version.to_be_bytes());
    out
}

/// Binds a cell to its place, field, record version and key version.
pub(super) fn cell(out: &mut Vec<u8>, place: &Place, field: &str, key_version: u32) {
    out.clear();
    push(out, b"cp-cell-v1");
    push(out, place.panel.as_bytes());
    push(out, place.case.as_bytes());
    push(out, place.record.as_bytes());
    push(out, place.category.name().as_bytes());
    push(out, field.as_bytes());
    push(out, &place.version.to_be_bytes());
    push(out, &key_version.to_be_bytes());
}
