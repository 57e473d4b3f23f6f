//! The domain: what a case is, what may happen to it and when. Pure: no I/O, no clock, no policy.

pub mod category;
pub mod form;
pub mod ids;
pub mod role;
pub mod state;
