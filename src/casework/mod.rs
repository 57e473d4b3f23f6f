//! The domain: what a case is, what may happen to it and when. Pure: no I/O, no clock, no policy.

pub mod calendar;
pub mod category;
pub mod content;
pub mod deadlines;
pub mod effects;
pub mod engine;
pub mod form;
pub mod guards;
pub mod ids;
pub mod opening;
pub mod role;
pub mod rules;
pub mod state;
pub mod transitions;
pub mod view;
