//! The API over HTTP, on both databases, each seat with its own token.

mod cells;
mod entered;
mod forged;
mod samples;
mod town;

mod bad_input;
mod bad_requests;
mod credentials;
mod entries;
mod manifest;
mod matrix;
mod openapi;
mod oracle;
mod running;
mod stories;
