//! The owner of the database at their own door: no service, no triggers, no foreign keys.

use crate::harness::{Backend, Database};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

/// Every table whose rows an attack may touch, parents before children.
pub const DATA: [&str; 22] = [
    "panel",
    "agency",
    "person",
    "issuer_state",
    "membership",
    "agreement",
    "idempotency",
    "case_file",
    "case_version",
    "case_header_version",
    "case_record",
    "event",
    "referral",
    "referral_case",
    "consultation",
    "transfer",
    "match_candidate",
    "case_link",
    "meeting",
    "meeting_item",
    "ledger_mark",
    "erasure",
];

pub const LEDGER: [&str; 6] =
    ["ledger_entry", "ledger_queue", "ledger_leaf", "ledger_node", "ledger_tree", "ledger_checkpoint"];

const GUARDED: [&str; 10] = [
    "case_version",
    "case_header_version",
    "case_record",
    "event",
    "ledger_entry",
    "ledger_leaf",
    "ledger_node",
    "ledger_mark",
    "ledger_checkpoint",
    "erasure",
];

#[derive(QueryableByName)]
struct One {
    #[diesel(sql_type = Text)]
    v: String,
}

pub struct Owner<'d>(&'d Database);

impl<'d> Owner<'d> {
    /// Takes the append-only triggers away first, as an owner may.
    pub fn of(database: &'d Database) -> Self {
        let owner = Self(database);
        if database.backend() == Backend::Sqlite {
            for table in GUARDED {
                owner.run(&format!(
                    "DROP TRIGGER IF EXISTS {table}_no_update; DROP TRIGGER IF EXISTS {table}_no_delete"
                ));
            }
        }
        owner
    }

    pub fn run(&self, sql: &str) {
        let done = match self.0.backend() {
            Backend::Sqlite => {
                let mut c = SqliteConnection::establish(self.0.url()).unwrap();
                c.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF;")
                    .unwrap();
                c.batch_execute(sql)
            }
            Backend::Postgres => {
                let mut c = PgConnection::establish(self.0.url()).unwrap();
                // No trigger and no foreign key fires, as after ALTER TABLE … DISABLE TRIGGER ALL.
                c.batch_execute("SET session_replication_role = replica").unwrap();
                c.batch_execute(sql)
            }
        };
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The values of a query of one text column named `v`.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let rows: Vec<One> = match self.0.backend() {
            Backend::Sqlite => {
                let mut c = SqliteConnection::establish(self.0.url()).unwrap();
                c.batch_execute("PRAGMA busy_timeout = 10000;").unwrap();
                diesel::sql_query(sql).load(&mut c).unwrap_or_else(|error| panic!("{sql}: {error}"))
            }
            Backend::Postgres => {
                let mut c = PgConnection::establish(self.0.url()).unwrap();
                diesel::sql_query(sql).load(&mut c).unwrap_or_else(|error| panic!("{sql}: {error}"))
            }
        };
        rows.into_iter().map(|row| row.v).collect()
    }

    /// A whole table as text, a row a line.
    pub fn rows(&self, table: &str) -> String {
        let sql = match self.0.backend() {
            Backend::Postgres => format!("SELECT CAST(t AS TEXT) AS v FROM {table} t"),
            Backend::Sqlite => {
                let columns = self.texts(&format!("SELECT name AS v FROM pragma_table_info('{table}')"));
                let quoted: Vec<String> = columns.iter().map(|name| format!("quote(\"{name}\")")).collect();
                format!("SELECT {} AS v FROM {table}", quoted.join(" || ' ' || "))
            }
        };
        self.texts(&sql).join("\n")
    }

    pub fn text(&self, sql: &str) -> String {
        self.texts(sql).into_iter().next().unwrap_or_else(|| panic!("nothing from {sql}"))
    }

    pub fn count(&self, table: &str) -> i64 {
        self.text(&format!("SELECT CAST(count(*) AS TEXT) AS v FROM {table}")).parse().unwrap()
    }

    /// Writes over a text column of one row, which must then differ.
    pub fn edit(&self, table: &str, column: &str, which: &str, change: impl FnOnce(&str) -> String) {
        let before = self.text(&format!("SELECT {column} AS v FROM {table} WHERE {which}"));
        let after = change(&before);
        assert_ne!(before, after, "{table}.{column} is as it was");
        self.run(&format!("UPDATE {table} SET {column} = '{}' WHERE {which}", after.replace('\'', "''")));
    }

    /// A copy of these tables, to put back; `name` tells copies apart.
    pub fn keep(&self, name: &str, tables: &[&str]) {
        let copy = |table: &&str| {
            format!("DROP TABLE IF EXISTS {name}_{table}; CREATE TABLE {name}_{table} AS SELECT * FROM {table};")
        };
        self.run(&tables.iter().map(copy).collect::<String>());
    }

    pub fn put_back(&self, name: &str, tables: &[&str]) {
        let ids = if self.0.backend() == Backend::Postgres { "OVERRIDING SYSTEM VALUE" } else { "" };
        let back =
            |table: &&str| format!("DELETE FROM {table}; INSERT INTO {table} {ids} SELECT * FROM {name}_{table};");
        self.run(&format!("BEGIN; {} COMMIT;", tables.iter().map(back).collect::<String>()));
    }
}

/// `column = (its value in a copy)`, for the columns of a case.
pub fn columns_from(columns: &[&str], copy: &str, which: &str) -> String {
    let list = columns.join(", ");
    format!("({list}) = (SELECT {list} FROM {copy} WHERE {which})")
}
