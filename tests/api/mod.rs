//! The API over HTTP, on both databases, each seat with its own token.

mod entered;
mod forged;
mod samples;
mod town;

mod agreements;
mod bad_input;
mod bad_requests;
mod credentials;
mod entries;
mod manifest;
mod matrix;
mod openapi;
mod oracle;
mod repeats;
mod running;
mod stories;
