//! Watching those who read.

pub mod digest;
pub mod entries;
pub mod signals;
