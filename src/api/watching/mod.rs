//! Watching those who read.

pub mod digest;
pub mod signals;
