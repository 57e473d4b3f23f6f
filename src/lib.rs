//! Channel Panel: case management for Channel panels (CTSA 2015 ss.36-41), sealed, redacted and recorded.
//!
//! Each room imports only rooms declared before it here; `tests/house.rs` fails on an arrow the other way.

/// Requests are made of small pieces: glibc spent a seventh of an agenda's time on giving them out. It is for what is written in
/// Rust alone: SQLite, libpq and zstd keep glibc's own, which finds more of what code in C can do wrong.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod clock;
pub mod digest;
pub mod error;

pub mod config;

pub mod telemetry;

pub mod casework;

pub mod access;

#[cfg(feature = "prover")]
pub mod prover;

pub mod seal;

pub mod ledger;

pub mod store;

pub mod app;

pub mod api;

pub mod demo;

pub mod cli;
