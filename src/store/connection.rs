//! How a connection is made and what it is told first. It must never fall back to weaker durability: an entry that the disk
//! does not hold is an access that was not recorded.

use super::{Engine, Settings, StoreError};
use diesel::connection::SimpleConnection;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use std::fs::{OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    Pg(PgConnection),
    Sqlite(SqliteConnection),
}

/// What a connection is for. A reader cannot write even if a query were wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Read,
    Write,
}

/// Where the database is.
pub(super) enum Target {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Target {
    pub(super) fn parse(url: &str, settings: &Settings) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Target::Postgres(with_timeouts(url, settings)));
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).ok_or(StoreError::Scheme)?;
        // `?` would begin a parameter to SQLite (`?mode=memory`, `?nolock=1`), and a database without a file has no durability.
        if path.is_empty() || path.starts_with(':') || path.contains('?') {
            return Err(StoreError::Scheme);
        }
        Ok(Target::Sqlite(PathBuf::from(path)))
    }

    pub(super) fn engine(&self) -> Engine {
        match self {
            Target::Sqlite(_) => Engine::Sqlite,
            Target::Postgres(_) => Engine::Postgres,
        }
    }

    /// SQLite gives the WAL and shared-memory files the mode of the database's own: so this one is made before SQLite is asked.
    pub(super) fn prepare(&self) -> Result<(), StoreError> {
        match self {
            Target::Sqlite(path) => private_file(path),
            Target::Postgres(_) => Ok(()),
        }
    }

    pub(super) fn connect(&self, settings: &Settings, intent: Use) -> Result<AnyConnection, StoreError> {
        match self {
            Target::Sqlite(path) => {
                let path = path.to_str().ok_or(StoreError::File)?;
                // An absolute or ./ path, so that no name is taken for a URI.
                let path = if path.starts_with('/') { path.to_owned() } else { format!("./{path}") };
                let mut connection = SqliteConnection::establish(&path).map_err(|_| StoreError::Unavailable)?;
                connection.batch_execute(&sqlite_pragmas(settings, intent))?;
                Ok(AnyConnection::Sqlite(connection))
            }
            Target::Postgres(url) => {
                let mut connection = PgConnection::establish(url).map_err(|_| StoreError::Unavailable)?;
                connection.batch_execute(&postgres_session(settings, intent))?;
                Ok(AnyConnection::Pg(connection))
            }
        }
    }
}

fn private_file(path: &Path) -> Result<(), StoreError> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    let file = file.map_err(|_| StoreError::File)?;
    file.set_permissions(Permissions::from_mode(0o600)).map_err(|_| StoreError::File)
}

/// `secure_delete`: what is erased is overwritten; `recursive_triggers`: REPLACE must not slip past the append-only triggers.
fn sqlite_pragmas(settings: &Settings, intent: Use) -> String {
    let mut pragmas = format!("PRAGMA busy_timeout = {};", settings.lock_timeout.as_millis());
    pragmas.push_str(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON; \
         PRAGMA recursive_triggers = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;",
    );
    if intent == Use::Read {
        pragmas.push_str("PRAGMA query_only = ON;");
    }
    pragmas
}

fn postgres_session(settings: &Settings, intent: Use) -> String {
    let read_only = if intent == Use::Read { "on" } else { "off" };
    format!(
        "SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}; \
         SET synchronous_commit = on; SET client_min_messages = warning; SET timezone = 'UTC'; \
         SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = {read_only};",
        settings.statement_timeout.as_millis(),
        settings.lock_timeout.as_millis(),
        settings.idle_in_transaction_timeout.as_millis(),
    )
}

/// A server whose machine has died sends nothing: without these libpq waits for the kernel, which is many minutes.
fn with_timeouts(url: &str, settings: &Settings) -> String {
    let mut url = url.to_owned();
    let wait = settings.statement_timeout + Duration::from_secs(5);
    let wanted = [
        ("connect_timeout", settings.connect_timeout.as_secs().max(1).to_string()),
        ("tcp_user_timeout", wait.as_millis().to_string()),
        ("keepalives_idle", "10".to_owned()),
        ("application_name", "channel-panel".to_owned()),
    ];
    for (name, value) in wanted {
        if !url.contains(&format!("{name}=")) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&format!("{name}={value}"));
        }
    }
    url
}
