//! The domain, tried from outside.

mod alone;
mod calendar;
pub mod canned;
mod documents;
mod due;
mod explore;
mod guarded;
mod openings;
mod retention;
mod roads;
mod sessions;
mod support;
mod table;
mod without_consent;
