//! The domain: what a case is, what may happen to it and when. Pure: no I/O, no clock, no policy.

pub mod categories;
pub mod category;
pub mod codes;
pub mod fields;
pub mod form;
pub mod ids;
pub mod intake;
pub mod records;
pub mod role;
pub mod state;
pub mod strict_json;
