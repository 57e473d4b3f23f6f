//! A test's own database, of either kind, and the rule that a database test runs on both.
//! It must never leave a backend out: what holds on one only does not hold.

use super::{Folder, postgres};
use std::panic::{AssertUnwindSafe, catch_unwind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// How an empty database is brought to a schema. `name` is a PostgreSQL identifier, one for each `migrate`:
/// the template made under it is used by every later test that names it.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    pub name: &'static str,
    pub migrate: fn(url: &str),
}

impl Schema {
    /// No tables at all.
    pub const EMPTY: Schema = Schema { name: "empty", migrate: |_| () };
}

/// A database at a schema, gone when dropped. Close connections first, or on PostgreSQL they are cut.
#[derive(Debug)]
pub struct Database {
    backend: Backend,
    url: String,
    /// A SQLite file's home; on PostgreSQL a scratch folder of the test.
    folder: Folder,
}

impl Database {
    pub fn new(backend: Backend, schema: &Schema) -> Self {
        let folder = Folder::new();
        let url = match backend {
            Backend::Postgres => postgres::create(schema),
            Backend::Sqlite => {
                let url = format!("sqlite://{}", folder.join("test.sqlite").display());
                (schema.migrate)(&url);
                url
            }
        };
        Self { backend, url, folder }
    }

    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// `sqlite:///path/to/file` or `postgresql://…`.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn folder(&self) -> &Folder {
        &self.folder
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.backend == Backend::Postgres {
            postgres::remove(&self.url);
        }
    }
}

/// Runs a test on a fresh database of each kind, and on the second even if the first failed.
///
/// # Panics
/// Naming the backends on which the test panicked.
pub fn on_both(schema: &Schema, test: impl Fn(&Database)) {
    let failed: Vec<Backend> = [Backend::Sqlite, Backend::Postgres]
        .into_iter()
        .filter(|backend| catch_unwind(AssertUnwindSafe(|| test(&Database::new(*backend, schema)))).is_err())
        .collect();
    assert!(failed.is_empty(), "failed on {failed:?}");
}
