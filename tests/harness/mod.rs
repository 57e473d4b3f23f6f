//! What the tests stand on: throw-away folders and databases of both kinds, the service as a child process, and a
//! client. It must never reach a database, an address or a folder that the tests did not make.

mod database;
mod folder;
mod http;
mod mail;
mod postgres;
mod running;
mod server;
mod service;

mod tests;

pub use database::{Backend, Database, Schema, on_both};
pub use folder::Folder;
pub use http::{Answer, Client, haltingly, haltingly_timed, raw};
pub use mail::{Conduct, MailServer, Opening};
pub use running::{ORIGIN, Running, posted, running_on_both, stopped_on_both, strict_on_both};
pub use service::Service;
