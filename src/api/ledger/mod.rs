//! Operations on the access log, one verb a file.
//! Each only reads its request and names a use case.

pub mod checkpoint;
pub mod entries;
pub mod export;
pub mod proof;
pub mod tile;
