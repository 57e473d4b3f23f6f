//! Operations on people across cases, one verb a file.
//! Each only reads its request and names a use case.

pub mod search;
