//! Writing, inside a transaction. It must never read before it has written: a transaction that upgrades a read lock fails on
//! SQLite, and on PostgreSQL decides on facts that may have moved.

mod cases;
mod erasure;
mod expiry;
mod jobs;
mod keys;
mod ledger;
mod meetings;
mod notices;
mod referrals;
mod registry;
mod transfers;

use super::connection::AnyConnection;
use super::{Engine, StoreError};
use diesel::connection::SimpleConnection;
use diesel::result::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

/// A connection that can write, held by one thread.
pub struct Writer {
    connection: AnyConnection,
    spoilt: bool,
    /// SQLite has one writer at a time and makes the others poll: those of one process stand in a line instead, so that the
    /// sequencer cannot keep the recorder from its lock until the recorder gives up.
    turn: Arc<Mutex<()>>,
}

/// An open transaction. Leaving its closure with an error rolls all of it back.
pub struct Tx<'c> {
    connection: &'c mut AnyConnection,
    /// Whether a statement failed in a way that makes the connection useless.
    lost: bool,
    /// Whether a savepoint could not be undone: SQLite ends the whole transaction by itself when the disk is full.
    broken: bool,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("spoilt", &self.spoilt).finish_non_exhaustive()
    }
}

impl fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tx")
    }
}

/// Why a transaction did not end in a commit that we saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitError<E> {
    /// Nothing was kept.
    RolledBack(E),
    /// COMMIT was sent and its answer was lost: it may have been kept. Look up what the transaction wrote.
    Unknown,
}

impl Writer {
    pub(super) fn new(connection: AnyConnection, turn: Arc<Mutex<()>>) -> Self {
        Self { connection, spoilt: false, turn }
    }

    /// Whether the connection is to be replaced: after a lost answer or a panic.
    pub fn is_spoilt(&self) -> bool {
        self.spoilt
    }

    pub fn engine(&self) -> Engine {
        engine(&self.connection)
    }

    /// Runs `work` in a transaction that takes SQLite's write lock at once. A panic in `work` is a rollback and `Unavailable`.
    ///
    /// # Errors
    /// [`CommitError`].
    pub fn transaction<R, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<R, E>,
    ) -> Result<R, CommitError<E>> {
        let turn = Arc::clone(&self.turn);
        // The lock guards no data: whoever panicked has left nothing behind it.
        let _turn = (self.engine() == Engine::Sqlite).then(|| turn.lock().unwrap_or_else(PoisonError::into_inner));
        let begin = if self.engine() == Engine::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" };
        if let Err(error) = self.connection.batch_execute(begin).map_err(StoreError::from) {
            self.spoilt = true;
            return Err(CommitError::RolledBack(error.into()));
        }
        let mut tx = Tx { connection: &mut self.connection, lost: false, broken: false };
        let done = tx.guarded(work);
        let (lost, broken) = (tx.lost, tx.broken);
        match done.and_then(|result| if broken { Err(StoreError::Unavailable.into()) } else { Ok(result) }) {
            Err(error) => {
                self.spoilt |= lost | self.connection.batch_execute("ROLLBACK").is_err();
                Err(CommitError::RolledBack(error))
            }
            Ok(result) => self.commit(result),
        }
    }

    fn commit<R, E: From<StoreError>>(&mut self, result: R) -> Result<R, CommitError<E>> {
        let Err(error) = self.connection.batch_execute("COMMIT") else { return Ok(result) };
        self.spoilt = true;
        if self.engine() == Engine::Sqlite && self.connection.batch_execute("ROLLBACK").is_ok() {
            // The transaction was still open: nothing of it was kept.
            return Err(CommitError::RolledBack(StoreError::from(error).into()));
        }
        Err(CommitError::Unknown)
    }
}

fn engine(connection: &AnyConnection) -> Engine {
    match connection {
        AnyConnection::Pg(_) => Engine::Postgres,
        AnyConnection::Sqlite(_) => Engine::Sqlite,
    }
}

impl Tx<'_> {
    pub fn engine(&self) -> Engine {
        engine(self.connection)
    }

    /// Runs `work` so that its failure undoes only itself.
    ///
    /// # Errors
    /// What `work` gave, or `Unavailable` after a panic in it.
    pub fn savepoint<R, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        if self.broken {
            return Err(StoreError::Unavailable.into());
        }
        self.batch("SAVEPOINT step")?;
        let done = self.guarded(work);
        let end = if done.is_ok() { "RELEASE step" } else { "ROLLBACK TO step; RELEASE step" };
        if let Err(error) = self.batch(end) {
            self.broken = true;
            return Err(error.into());
        }
        done
    }

    /// A panic in a closure of a request must not take the thread that everyone's entries go through.
    fn guarded<R, E: From<StoreError>>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<R, E>) -> Result<R, E> {
        catch_unwind(AssertUnwindSafe(|| work(self))).unwrap_or_else(|_| {
            tracing::error!("a change panicked and was rolled back");
            Err(StoreError::Unavailable.into())
        })
    }

    fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        let done = self.connection.batch_execute(sql);
        self.kept(done)
    }

    pub(super) fn run<T>(
        &mut self,
        statement: impl FnOnce(&mut AnyConnection) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let done = statement(self.connection);
        self.kept(done)
    }

    fn kept<T>(&mut self, done: Result<T, Error>) -> Result<T, StoreError> {
        let done = done.map_err(StoreError::from);
        self.lost |= done.as_ref().is_err_and(|e| e.spoils_connection());
        done
    }

    /// A statement that must touch exactly one row.
    fn one(
        &mut self,
        otherwise: StoreError,
        statement: impl FnOnce(&mut AnyConnection) -> Result<usize, Error>,
    ) -> Result<(), StoreError> {
        match self.run(statement)? {
            1 => Ok(()),
            _ => Err(otherwise),
        }
    }
}
