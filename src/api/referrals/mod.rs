//! Operations on referrals, one verb a file.
//! Each only reads its request and names a use case.

pub mod list;
pub mod read;
pub mod submit;
