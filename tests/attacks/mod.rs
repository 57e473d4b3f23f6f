//! What an attacker does, and what becomes of it: whoever administers the panel, owns the database, floods the door, reads the disk, pulls the
//! plug, edits the log. An attack here must always stand beside the same request working without it.

mod administration;
pub mod alarms;
mod by_whom;
mod canary;
mod commands;
mod compared;
mod crash;
mod demo_clock;
pub mod deployed;
mod expiry;
mod flood;
mod instances;
mod ledger;
mod owner;
mod rotation;
mod runs;
pub mod sql;
mod suspension;
mod transfers;
mod watched;
mod witness;
pub mod work;
