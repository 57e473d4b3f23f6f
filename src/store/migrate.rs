//! The schema's own history, carried in the binary for both databases under the same names. It must never change a schema
//! that is newer than the program.

use super::connection::{AnyConnection, Target, Use};
use super::{Settings, StoreError};
use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::collections::BTreeSet;
use std::time::Duration;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Held while migrating PostgreSQL ("cpmigrat" as a number), so that two starting instances take turns.
const LOCK: &str = "SELECT pg_advisory_lock(7165637484270345588)";
const UNLOCK: &str = "SELECT pg_advisory_unlock(7165637484270345588)";

pub(super) fn run(target: &Target, settings: &Settings) -> Result<(), StoreError> {
    // An index over years of entries takes longer than any request may.
    let patient =
        Settings { statement_timeout: Duration::ZERO, lock_timeout: Duration::from_secs(60), ..settings.clone() };
    match target.connect(&patient, Use::Write)? {
        AnyConnection::Sqlite(mut c) => c.run_pending_migrations(SQLITE).map(|_| ()).map_err(|_| StoreError::Schema),
        AnyConnection::Pg(mut c) => {
            c.batch_execute(LOCK)?;
            let done = c.run_pending_migrations(POSTGRES).map(|_| ()).map_err(|_| StoreError::Schema);
            c.batch_execute(UNLOCK)?;
            done
        }
    }
}

pub(super) fn is_current(target: &Target, settings: &Settings) -> Result<bool, StoreError> {
    match target.connect(settings, Use::Write)? {
        AnyConnection::Sqlite(mut c) => same::<diesel::sqlite::Sqlite>(&SQLITE, c.applied_migrations()),
        AnyConnection::Pg(mut c) => same::<diesel::pg::Pg>(&POSTGRES, c.applied_migrations()),
    }
}

fn same<DB: Backend>(
    embedded: &EmbeddedMigrations,
    applied: diesel::migration::Result<Vec<MigrationVersion<'static>>>,
) -> Result<bool, StoreError> {
    let embedded: Vec<Box<dyn Migration<DB>>> = embedded.migrations().map_err(|_| StoreError::Schema)?;
    let ours: BTreeSet<_> = embedded.iter().map(|m| m.name().version().as_owned()).collect();
    let theirs: BTreeSet<_> = applied.map_err(|_| StoreError::Unavailable)?.into_iter().collect();
    Ok(ours == theirs)
}
