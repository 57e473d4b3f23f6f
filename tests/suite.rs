//! Every integration test, in one binary: linking is the slow part, so it is done once.
//! A test may panic, index and wait; it must never skip itself because something is missing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::as_conversions,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "in a test a panic is the report"
)]

mod access;
mod api;
mod attacks;
mod casework;
mod casework_forms;
mod casework_matching;
mod dependencies;
mod endings;
mod harness;
mod house;
mod ledger;
mod noninterference;
mod papers;
#[cfg(feature = "prover")]
mod prover;
mod seal;
mod store;
