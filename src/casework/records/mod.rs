//! What a case gathers besides its transitions: notes, actions, requests for information, releases, links.
//! A record is appended and never edited; a mistake is mended by another record that says so.

pub mod action;
pub mod information;
pub mod link;
pub mod log;
pub mod release;
pub mod retention;
