//! Writers and sequencers as processes that are killed at any moment: each committed entry has exactly one place, none of an
//! aborted transaction has any, and what conflicted stands in the log as it stands in the data.

use crate::harness::{Backend, Database, on_both};
use crate::store::sequencer::{place_all, sound};
use crate::store::{SERVICE, as_owner, draft, log_key, of_the_log, open};
use channel_panel::app::sequencer::{Sequencer, SequencerError};
use channel_panel::clock::Clock;
use channel_panel::ledger::entry::Entry;
use channel_panel::store::{Store, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const WRITERS: u64 = 8;
const SEQUENCERS: usize = 3;
/// Transactions of each writer.
const TURNS: i64 = 80;
/// What they fight over.
const ROWS: u64 = 3;

/// Says to this binary, started anew, that it is one process of the race, and which.
const ROLE: &str = "CHANNEL_PANEL_TEST_RACE";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    /// As the service does it: the id is given after every row lock was taken.
    Last,
    /// The negative control.
    First,
}

impl Position {
    fn name(self) -> &'static str {
        if self == Position::Last { "last" } else { "first" }
    }
}

fn process(role: &str, url: &str, name: &str, position: Position) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ledger::race::one_process_of_the_race", "--nocapture", "--test-threads=1"])
        .env(ROLE, format!("{role}\n{url}\n{name}\n{}", position.name()))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Nothing, unless the race starts it.
#[test]
fn one_process_of_the_race() {
    let Ok(said) = std::env::var(ROLE) else { return };
    let parts: Vec<&str> = said.split('\n').collect();
    match parts[..] {
        ["write", url, name, position] => {
            let first = position == Position::First.name();
            let done = if url.starts_with("postgres") {
                on_postgres::write(url, name, first)
            } else {
                on_sqlite::write(url.trim_start_matches("sqlite://"), name, first)
            };
            done.unwrap();
        }
        ["sequence", url, name, _] => sequence(url, name),
        _ => panic!("no such part in the race"),
    }
}

fn sequence(url: &str, name: &str) {
    let mut sequencer = Sequencer::new(open(url), Arc::new(Clock::default()), log_key(), name, None);
    let mut chance = Chance::of(name);
    loop {
        match sequencer.sequence_once() {
            // Long enough, by chance, for several commits to wait for one pass: one that is always prompt takes each as it
            // is committed, and what order they have among themselves is never asked.
            Ok(0) => chance.pause(60_000),
            Ok(_) | Err(SequencerError::Store(StoreError::Stale | StoreError::Unavailable)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// The same in every run for one name: what differs is how they meet.
struct Chance(u64);

impl Chance {
    fn of(name: &str) -> Self {
        Self(name.bytes().fold(7, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(byte.into())))
    }

    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn pause(&mut self, most: u64) {
        std::thread::sleep(Duration::from_micros(self.below(most)));
    }
}

fn entry(name: &str, n: i64) -> Entry {
    draft("race.step").finish(name, n, Clock::default().instant(), [5; 32]).unwrap()
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = BigInt)]
    v: i64,
}

/// One writer by its own connection, with the statements of the service's write path: on PostgreSQL entry and queue row by one
/// statement, on SQLite by two under the one write lock.
macro_rules! writer {
    ($module:ident, $connection:ty, $begin:literal, $append:expr, $bind:expr) => {
        mod $module {
            use super::*;
            use diesel::connection::SimpleConnection as _;

            fn append(c: &mut $connection, e: &Entry) -> QueryResult<()> {
                let outcome = e.outcome.name();
                for (sql, rows) in $append {
                    let query = diesel::sql_query(&sql).bind::<Text, _>(&e.writer).bind::<BigInt, _>(e.n);
                    let kept = if sql.contains("body") {
                        let query = query.bind::<BigInt, _>(e.at.0).bind::<Text, _>(&e.operation);
                        let query = query.bind::<Text, _>(outcome).bind::<Text, _>(&e.body);
                        query.bind::<Binary, _>(e.salt.to_vec()).bind::<Binary, _>(e.leaf.to_vec()).execute(c)?
                    } else {
                        query.execute(c)?
                    };
                    assert_eq!(kept, rows);
                }
                Ok(())
            }

            fn turn(c: &mut $connection, e: &Entry, first: bool, chance: &mut Chance) -> QueryResult<bool> {
                c.batch_execute($begin)?;
                if first {
                    append(c, e)?;
                    chance.pause(3_000);
                }
                let bind: fn(usize) -> String = $bind;
                let k = i64::try_from(chance.below(ROWS)).unwrap();
                let update = format!("UPDATE race SET v = v + 1 WHERE k = {} RETURNING v", bind(1));
                let version: Version = diesel::sql_query(update).bind::<BigInt, _>(k).get_result(c)?;
                chance.pause(2_000);
                let done = format!("INSERT INTO race_done VALUES ({}, {}, {}, {})", bind(1), bind(2), bind(3), bind(4));
                diesel::sql_query(done)
                    .bind::<Text, _>(&e.writer)
                    .bind::<BigInt, _>(e.n)
                    .bind::<BigInt, _>(k)
                    .bind::<BigInt, _>(version.v)
                    .execute(c)?;
                if !first {
                    append(c, e)?;
                }
                // Now and then a commit comes late.
                let late = chance.below(20) == 0;
                chance.pause(if late { 60_000 } else { 1_000 });
                let keeps = chance.below(8) > 0;
                c.batch_execute(if keeps { "COMMIT" } else { "ROLLBACK" })?;
                Ok(keeps)
            }

            pub fn write(url: &str, name: &str, first: bool) -> QueryResult<()> {
                let mut c = <$connection>::establish(url).unwrap();
                if url.starts_with('/') {
                    c.batch_execute("PRAGMA busy_timeout = 30000; PRAGMA synchronous = FULL;")?;
                }
                let mut chance = Chance::of(name);
                for n in 1..=TURNS {
                    let kept = turn(&mut c, &entry(name, n), first, &mut chance)?;
                    eprintln!("{} {n}", if kept { "kept" } else { "void" });
                }
                Ok(())
            }
        }
    };
}

const COLUMNS: &str = "writer, n, at, operation, outcome, body, salt, leaf";

writer!(
    on_postgres,
    PgConnection,
    "BEGIN",
    [(
        format!(
            "WITH e AS (INSERT INTO ledger_entry ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id) \
             INSERT INTO ledger_queue SELECT id FROM e"
        ),
        1
    )],
    |n| format!("${n}")
);
writer!(
    on_sqlite,
    SqliteConnection,
    "BEGIN IMMEDIATE",
    [
        (format!("INSERT INTO ledger_entry ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"), 1),
        ("INSERT INTO ledger_queue SELECT id FROM ledger_entry WHERE writer = ? AND n = ?".to_owned(), 1)
    ],
    |_| "?".to_owned()
);

/// Of a writer what it was told, as far as it lived: numbers that were committed, and that were rolled back.
fn told(mut child: Child, killed: bool) -> (BTreeSet<i64>, BTreeSet<i64>) {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    let status = child.wait().unwrap();
    assert!(killed || status.success(), "{text}");
    let of = |word: &str| text.lines().filter_map(|line| line.strip_prefix(word)?.trim().parse().ok()).collect();
    (of("kept "), of("void "))
}

#[derive(QueryableByName, PartialEq, Eq, PartialOrd, Ord, Clone)]
struct Done {
    #[diesel(sql_type = Text)]
    writer: String,
    #[diesel(sql_type = BigInt)]
    n: i64,
    #[diesel(sql_type = BigInt)]
    k: i64,
    #[diesel(sql_type = BigInt)]
    v: i64,
}

fn done(db: &Database) -> Vec<Done> {
    let query = diesel::sql_query("SELECT writer, n, k, v FROM race_done");
    match db.backend() {
        Backend::Sqlite => {
            query.load(&mut SqliteConnection::establish(db.url().trim_start_matches("sqlite://")).unwrap())
        }
        Backend::Postgres => query.load(&mut PgConnection::establish(db.url()).unwrap()),
    }
    .unwrap()
}

/// The entries in the log's order, each as (writer, n).
fn placed(store: &Store) -> Vec<(String, i64)> {
    let leaves = store.reader().unwrap().leaves(0, i64::MAX, 1_000_000).unwrap();
    let of = |body: &str| {
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        (body["writer"].as_str().unwrap().to_owned(), body["n"].as_i64().unwrap())
    };
    let bodies = leaves.iter().map(|leaf| &leaf.entry.as_ref().unwrap().0);
    bodies.filter(|body| !of_the_log(body)).map(|body| of(body)).collect()
}

/// The race to its end; gives how often two that conflicted stand in the log the other way round than in the data.
fn race(db: &Database, position: Position) -> usize {
    let store = open(db.url());
    let rows: String = (0..ROWS).map(|k| format!("INSERT INTO race VALUES ({k}, 0);")).collect();
    as_owner(
        db,
        &format!(
            "CREATE TABLE race (k BIGINT PRIMARY KEY, v BIGINT NOT NULL); {rows} \
             CREATE TABLE race_done (writer TEXT NOT NULL, n BIGINT NOT NULL, k BIGINT NOT NULL, v BIGINT NOT NULL, PRIMARY KEY (writer, n));"
        ),
    )
    .unwrap();
    let names: Vec<String> = (0..WRITERS).map(|n| format!("race-{n}")).collect();
    let mut writers: Vec<Child> = names.iter().map(|name| process("write", db.url(), name, position)).collect();
    let sequencer = || process("sequence", db.url(), &Uuid::new_v4().to_string(), position);
    let mut sequencers: Vec<Child> = (0..SEQUENCERS).map(|_| sequencer()).collect();
    let mut kills = 0;
    let running = |writers: &mut Vec<Child>| writers.iter_mut().any(|writer| writer.try_wait().unwrap().is_none());
    while running(&mut writers) {
        std::thread::sleep(Duration::from_millis(120));
        let mut victim = std::mem::replace(&mut sequencers[kills % SEQUENCERS], sequencer());
        victim.kill().unwrap();
        victim.wait().unwrap();
        kills += 1;
        // Two of the writers, at the middle of whatever they do.
        if kills == 4 || kills == 6 {
            writers[usize::from(kills == 6)].kill().unwrap();
        }
    }
    for mut left in sequencers {
        assert!(left.try_wait().unwrap().is_none(), "a sequencer gave up");
        left.kill().unwrap();
        left.wait().unwrap();
    }
    let told: Vec<_> = writers.into_iter().enumerate().map(|(n, writer)| told(writer, n < 2)).collect();
    place_all(&store);
    let (done, placed) = (done(db), placed(&store));
    let place: BTreeMap<&(String, i64), usize> = placed.iter().enumerate().map(|(seq, entry)| (entry, seq)).collect();
    // Exactly once, and exactly those whose transaction is in the data.
    assert_eq!(place.len(), placed.len(), "placed twice");
    assert_eq!(sound(&store), placed.len());
    let committed: BTreeSet<(String, i64)> = done.iter().map(|one| (one.writer.clone(), one.n)).collect();
    assert_eq!(placed.iter().cloned().collect::<BTreeSet<_>>(), committed);
    for (name, (kept, void)) in names.iter().zip(&told) {
        assert!(kept.iter().all(|n| committed.contains(&(name.clone(), *n))), "{name} lost what was acknowledged");
        assert!(!void.iter().any(|n| committed.contains(&(name.clone(), *n))), "{name} has what was rolled back");
    }
    assert!(kills >= SEQUENCERS && told.iter().any(|(_, void)| !void.is_empty()));
    let mut in_data = done;
    in_data.sort_by_key(|one| (one.k, one.v));
    let seq = |one: &Done| place[&(one.writer.clone(), one.n)];
    let turned = in_data.windows(2).filter(|pair| pair[0].k == pair[1].k && seq(&pair[0]) > seq(&pair[1])).count();
    eprintln!(
        "{:?}, entry {}: {} placed, {kills} sequencers killed, {turned} out of order",
        db.backend(),
        position.name(),
        placed.len()
    );
    turned
}

#[test]
fn processes_race_and_die_and_the_log_stands_as_the_data_does() {
    on_both(&SERVICE, |db| assert_eq!(race(db, Position::Last), 0));
}

/// What it is good for that an entry comes last. On SQLite there is one writer at a time, and no order but one.
#[test]
fn an_entry_that_is_inserted_first_stands_in_another_order_than_the_data() {
    on_both(&SERVICE, |db| {
        if db.backend() == Backend::Postgres {
            assert!(race(db, Position::First) > 0);
        }
    });
}
