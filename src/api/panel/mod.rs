//! Operations on the panel as a whole, one verb a file.
//! Each only reads its request and names a use case.

pub mod agencies;
pub mod codes;
pub mod consultations;
pub mod key_consultation;
pub mod me;
