//! The API over HTTP, on both databases, each seat with its own token.

mod cells;
pub mod entered;
mod forged;
mod samples;
pub mod town;

mod agendas;
mod agreements;
mod bad_input;
mod bad_requests;
mod break_glass;
mod coming_of_age;
mod credentials;
mod entries;
mod heard_together;
mod lateness;
mod mail;
mod manifest;
mod matrix;
mod meetings;
mod minutes;
mod misdirected;
mod moved_calendar;
mod notices;
mod openapi;
mod oracle;
mod receipts;
pub mod registry;
mod repeats;
mod running;
mod step_up;
mod stories;
mod support;
mod tiles;
pub mod transfers;
mod watching;
mod year;
