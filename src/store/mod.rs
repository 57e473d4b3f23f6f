//! The database, embedded (SQLite) or shared (PostgreSQL), behind one set of typed queries. The only room that knows diesel.
//! It must never know what a cell says or who may read it: it moves sealed text, authenticated facts and entries, and its
//! errors carry no text of the driver's, for a driver quotes values.

mod connection;
mod decode;
mod entries;
mod error;
mod migrate;
mod pool;
mod read;
pub mod rows;
mod schema;
mod standing;
mod write;

use connection::Target;
use pool::Pool;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub use error::StoreError;
pub use read::Reader;
pub use read::cases::CaseCursor;
pub use read::entries::{EntryFilter, EntryPage, EntryPlace};
pub use read::watching::{Reads, Series, Watched};
pub use standing::Standing;
pub use write::{CommitError, Tx, Writer};

/// Which of the two databases answers: they differ in how many may write at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Sizes and limits. Reads are short: there is a connection for each of the server's workers, and some for what runs beside
/// them. A reader that finds none free within `checkout_wait` is told that the database is unavailable.
#[derive(Debug, Clone)]
pub struct Settings {
    pub read_connections: usize,
    /// PostgreSQL only: how many changes may be in their transactions at once. SQLite has one writer.
    pub write_connections: usize,
    pub statement_timeout: Duration,
    pub lock_timeout: Duration,
    pub idle_in_transaction_timeout: Duration,
    pub connect_timeout: Duration,
    pub checkout_wait: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            read_connections: 6,
            write_connections: 4,
            statement_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(3),
            idle_in_transaction_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(5),
            checkout_wait: Duration::from_secs(5),
        }
    }
}

/// A handle on the database; clones share the pool.
#[derive(Clone)]
pub struct Store {
    target: Arc<Target>,
    readers: Arc<Pool>,
    settings: Arc<Settings>,
    /// Whose turn it is to write, on SQLite.
    turn: Arc<Mutex<()>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may carry a password.
        f.debug_struct("Store").field("engine", &self.engine()).finish_non_exhaustive()
    }
}

impl Store {
    /// `sqlite:PATH`, `postgres://…` or `postgresql://…`. Nothing is created but an empty SQLite file (mode 0600).
    ///
    /// # Errors
    /// `Scheme` for any other address; `Unavailable` if the database does not answer.
    pub fn open(url: &str, settings: &Settings) -> Result<Self, StoreError> {
        let target = Arc::new(Target::parse(url, settings)?);
        target.prepare()?;
        let readers = Arc::new(Pool::new(Arc::clone(&target), settings.clone()));
        let store = Self { target, readers, settings: Arc::new(settings.clone()), turn: Arc::default() };
        store.ping()?;
        Ok(store)
    }

    pub fn engine(&self) -> Engine {
        self.target.engine()
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Brings the schema up to this program's. Safe to run again, and from two processes at once.
    ///
    /// # Errors
    /// `Unavailable`, or `Schema` if a migration fails.
    pub fn migrate(&self) -> Result<(), StoreError> {
        migrate::run(&self.target, &self.settings)
    }

    /// Whether the database has exactly the migrations that this program was built with.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn schema_is_current(&self) -> Result<bool, StoreError> {
        migrate::is_current(&self.target, &self.settings)
    }

    /// Whether the database answers, on a connection of the readers.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn ping(&self) -> Result<(), StoreError> {
        self.reader()?.ping()
    }

    /// A connection that can only read, given back when dropped.
    ///
    /// # Errors
    /// `Unavailable` when none comes free in time or the database does not answer.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        Ok(Reader::new(Pool::take(&self.readers)?))
    }

    /// A connection of one's own that can write: the recorder, its lanes, the sequencer and the jobs each hold one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn writer(&self) -> Result<Writer, StoreError> {
        Ok(Writer::new(self.target.connect(&self.settings, connection::Use::Write)?, Arc::clone(&self.turn)))
    }
}
