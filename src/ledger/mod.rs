//! The transparency ledger: what an entry is, the tree over entries, the signed checkpoint, the offline proof.
//! Formats and arithmetic only. It must never touch SQL, and never let client text or case content into an entry.

pub mod archive;
pub mod body;
pub mod continuity;
pub mod entry;
pub mod export;
pub mod note;
pub mod receipt;
pub mod report;
pub mod signer;
pub mod tile;
pub mod tree;
pub mod verify;
pub mod witness;
