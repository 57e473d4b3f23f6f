//! The domain: what a case is, what may happen to it and when. Pure: no I/O, no clock, no policy.

pub mod agenda;
pub mod by_name;
pub mod calendar;
pub mod categories;
pub mod category;
pub mod codes;
pub mod content;
pub mod deadlines;
pub mod effects;
pub mod engine;
pub mod fields;
pub mod form;
pub mod guards;
pub mod ids;
pub mod intake;
pub mod matching;
pub mod meeting;
pub mod opening;
pub mod records;
pub mod retention;
pub mod role;
pub mod rules;
pub mod state;
pub mod strict_json;
pub mod transitions;
pub mod view;
