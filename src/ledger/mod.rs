//! The transparency ledger: what an entry is, the tree over entries, the signed checkpoint, the offline proof.
//! Formats and arithmetic only. It must never touch SQL, and never let client text or case content into an entry.

pub mod archive;
pub mod attest;
pub mod body;
pub mod continuity;
pub mod cosigned;
pub mod delivered;
pub mod dropped;
pub mod entry;
pub mod expired;
pub mod export;
pub(crate) mod files;
pub mod key_files;
pub mod line;
pub mod lineage;
pub mod note;
pub mod receipt;
pub mod report;
pub mod signer;
pub mod tile;
pub mod tree;
mod unbundle;
pub mod verify;
pub mod watch;
mod way;
pub mod witness;
pub mod writers;
