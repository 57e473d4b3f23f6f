//! The database goes away: everyone is told, nobody waits, and when it is back so are we.

use super::recorder::contiguous;
use super::{SERVICE, as_owner, draft, open, somebody, start, wait};
use crate::harness::{Backend, Database, on_both};
use channel_panel::app::recorder::{Limits, Unavailable};
use channel_panel::store::Store;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::time::{Duration, Instant};

/// Makes writing impossible until the value is dropped.
struct Outage<'d> {
    db: &'d Database,
    lock: Option<SqliteConnection>,
}

impl<'d> Outage<'d> {
    fn of(db: &'d Database) -> Self {
        let lock = match db.backend() {
            Backend::Sqlite => {
                let mut lock = SqliteConnection::establish(db.url()).unwrap();
                lock.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE").unwrap();
                Some(lock)
            }
            Backend::Postgres => {
                server(db, "ALTER DATABASE {} WITH ALLOW_CONNECTIONS false");
                server(db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'");
                None
            }
        };
        Self { db, lock }
    }
}

impl Drop for Outage<'_> {
    fn drop(&mut self) {
        match self.lock.take() {
            Some(mut lock) => lock.batch_execute("ROLLBACK").unwrap(),
            None => server(self.db, "ALTER DATABASE {} WITH ALLOW_CONNECTIONS true"),
        }
    }
}

/// From the server's own database.
fn server(db: &Database, sql: &str) {
    let name = db.url().split(['/', '?']).nth(3).unwrap();
    let url = db.url().replacen(&format!("/{name}"), "/postgres", 1);
    PgConnection::establish(&url).unwrap().batch_execute(&sql.replace("{}", name)).unwrap();
}

#[test]
fn an_outage_is_told_at_once_and_survived() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let recorder = start(&store, "outage", &Limits::default());
        wait(recorder.record(somebody(), draft("case.open"))).unwrap();
        let outage = Outage::of(db);
        let begun = Instant::now();
        for _ in 0..3 {
            assert_eq!(wait(recorder.record(somebody(), draft("case.open"))), Err(Unavailable));
        }
        assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
        if db.backend() == Backend::Postgres {
            assert!(store.ping().is_err());
        }
        drop(outage);
        let until = Instant::now() + Duration::from_secs(5);
        while wait(recorder.record(somebody(), draft("case.open"))).is_err() {
            assert!(Instant::now() < until, "it never came back");
        }
        store.ping().unwrap();
        assert_eq!(contiguous(&store), 2);
    });
}

#[test]
fn a_cut_connection_costs_a_reader_nothing() {
    on_both(&SERVICE, |db| {
        if db.backend() == Backend::Sqlite {
            return;
        }
        let store: Store = open(db.url());
        store.reader().unwrap().panels().unwrap();
        as_owner(
            db,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .unwrap();
        store.reader().unwrap().panels().unwrap();
    });
}
