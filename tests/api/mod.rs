//! The API over HTTP, on both databases, each seat with its own token.

mod running;
mod stories;
