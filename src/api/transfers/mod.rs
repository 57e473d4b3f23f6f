//! Operations on cases that other panels offer, one verb a file.
//! Each only reads its request and names a use case.

pub mod answer;
pub mod list;
pub mod read;
