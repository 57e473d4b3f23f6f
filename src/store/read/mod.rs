//! Reading. Every query on the road of a request is one cached statement; lists are bounded by the caller.
//! It must never decide who may read: what comes out is sealed, or has a tag to be checked.

pub mod cases;
pub mod entries;
mod erasure;
mod expiry;
mod jobs;
mod keys;
pub mod ledger;
mod meetings;
mod notices;
mod referrals;
mod registry;
pub mod transfers;
pub mod watching;

use super::StoreError;
use super::connection::AnyConnection;
use super::pool::Lent;
use diesel::RunQueryDsl;
use diesel::result::Error;
use std::fmt;
use std::time::{Duration, Instant};

/// A borrowed reading connection.
pub struct Reader(Lent);

/// `Reader::run` with a query in each database's own terms. One that is made for both spells its statement anew each time it
/// is asked, to find it among those that are prepared, and looks at each value for whose it is: too dear on a request's road.
macro_rules! asked {
    ($reader:expr, |$c:ident| $query:expr) => {
        $reader.run(|any| match any {
            $crate::store::connection::AnyConnection::Pg($c) => $query,
            $crate::store::connection::AnyConnection::Sqlite($c) => $query,
        })
    };
}
use asked;

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}

/// A connection that was cut while idle fails at once; a query that ran into a limit must not be given another.
const FAILED_AT_ONCE: Duration = Duration::from_millis(250);

impl Reader {
    pub(super) fn new(lent: Lent) -> Self {
        Self(lent)
    }

    /// Runs a query; after a failure of the connection once more on a new one.
    pub(super) fn run<T>(
        &mut self,
        mut query: impl FnMut(&mut AnyConnection) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let begun = Instant::now();
        let first = query(self.0.get()?).map_err(StoreError::from);
        let Err(error) = first else { return first };
        if !error.spoils_connection() {
            return Err(error);
        }
        self.0.discard();
        if begun.elapsed() > FAILED_AT_ONCE {
            return Err(error);
        }
        let second = query(self.0.get()?).map_err(StoreError::from);
        if second.as_ref().is_err_and(|e| e.spoils_connection()) {
            self.0.discard();
        }
        second
    }

    pub(super) fn ping(&mut self) -> Result<(), StoreError> {
        let one = diesel::dsl::sql::<diesel::sql_types::Integer>("SELECT 1");
        self.run(|c| one.clone().get_result::<i32>(c)).map(|_| ())
    }
}

fn all<R, T>(rows: Vec<R>, convert: impl FnMut(R) -> Result<T, StoreError>) -> Result<Vec<T>, StoreError> {
    rows.into_iter().map(convert).collect()
}
