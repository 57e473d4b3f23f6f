//! Channel Panel: case management for Channel panels (CTSA 2015 ss.36-41), sealed, redacted and recorded.
//!
//! Each room imports only rooms declared before it here; `tests/house.rs` fails on an arrow the other way.

/// Requests are made of small pieces: glibc spent a seventh of an agenda's time on giving them out. It serves what is written in C
/// too: left to glibc alone, libpq's pieces went back to the kernel after every answer.
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
