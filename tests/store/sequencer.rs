//! The sequencer: each committed entry has exactly one place, whoever competes and however late the commit.

use super::{SERVICE, a_case, a_panel, as_owner, change_of, draft, log_key, of_the_log, open, somebody, start, wait};
use crate::harness::{Backend, Database, on_both};
use channel_panel::app::recorder::{Change, Limits};
use channel_panel::app::sequencer::{Sequencer, SequencerError};
use channel_panel::clock::Clock;
use channel_panel::ledger::entry::{Entry, leaf_hash};
use channel_panel::ledger::signer::{Signer, SignerError, create_key};
use channel_panel::ledger::tree::Frontier;
use channel_panel::store::{Store, StoreError};
use diesel::{Connection, PgConnection, RunQueryDsl};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use uuid::Uuid;

fn sequencer(store: &Store) -> Sequencer {
    Sequencer::new(store.clone(), Arc::new(Clock::default()), log_key(), &Uuid::new_v4().to_string(), None)
}

pub fn place_all(store: &Store) {
    let mut sequencer = sequencer(store);
    while !store.reader().unwrap().queue_is_empty().unwrap() {
        sequencer.sequence_once().unwrap();
    }
}

/// The stored tree is the tree of its leaves, and each leaf that of its entry; gives how many are not the log's own.
pub fn sound(store: &Store) -> usize {
    let mut reader = store.reader().unwrap();
    let leaves = reader.leaves(0, i64::MAX, 1_000_000).unwrap();
    let (mut frontier, mut others) = (Frontier::default(), 0);
    for (seq, leaf) in leaves.iter().enumerate() {
        assert_eq!(usize::try_from(leaf.seq), Ok(seq));
        let (body, salt) = leaf.entry.as_ref().unwrap();
        assert_eq!(leaf_hash(salt, body.as_bytes()), leaf.leaf);
        frontier.push(leaf.leaf);
        others += usize::from(!of_the_log(body));
    }
    let head = reader.tree().unwrap().unwrap();
    assert_eq!((usize::try_from(head.size).unwrap(), head.root), (leaves.len(), frontier.root()));
    others
}

#[test]
fn competing_sequencers_place_each_entry_once() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let recorder = start(&store, "compete", &Limits::default());
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let mut mine = sequencer(&store);
                    while !done.load(Ordering::Relaxed) {
                        match mine.sequence_once() {
                            Ok(_) | Err(SequencerError::Store(StoreError::Stale | StoreError::Unavailable)) => {}
                            Err(other) => panic!("{other:?}"),
                        }
                    }
                });
            }
            for _ in 0..50 {
                let answers: Vec<_> = (0..10).map(|_| recorder.record(somebody(), draft("case.open"))).collect();
                answers.into_iter().for_each(|answer| wait(answer).unwrap());
            }
            done.store(true, Ordering::Relaxed);
        });
        place_all(&store);
        assert_eq!(sound(&store), 500);
    });
}

#[test]
fn a_late_commit_is_placed_after_those_that_overtook_it() {
    on_both(&SERVICE, |db| {
        if db.backend() == Backend::Sqlite {
            // One writer: nothing can overtake.
            return;
        }
        let store = open(db.url());
        let recorder = start(&store, "late", &Limits::default());
        let case = a_case(a_panel(&store));
        let (go, gate) = channel::<()>();
        let (begun, beginning) = channel::<()>();
        let late = std::thread::spawn({
            let (store, case) = (store.clone(), case.clone());
            move || {
                let entry = change_of(&case).finish("late", 1, Clock::default().instant(), [3; 32]).unwrap();
                let done = store.writer().unwrap().transaction(|tx| {
                    tx.insert_case(&case)?;
                    tx.append_entry(&entry, &[])?;
                    begun.send(()).unwrap();
                    gate.recv().unwrap();
                    Ok::<_, StoreError>(())
                });
                done.unwrap();
            }
        });
        beginning.recv().unwrap();
        wait(recorder.record(somebody(), draft("case.open"))).unwrap();
        place_all(&store);
        assert_eq!(sound(&store), 1);
        go.send(()).unwrap();
        late.join().unwrap();
        place_all(&store);
        assert_eq!(sound(&store), 2);
        let leaves = store.reader().unwrap().leaves(0, 100, 100).unwrap();
        let ids = leaves.iter().filter(|leaf| !of_the_log(&leaf.entry.as_ref().unwrap().0)).map(|leaf| leaf.entry_id);
        let ids: Vec<i64> = ids.collect();
        assert!(ids.len() == 2 && ids[0] > ids[1], "the late one has the lower id");
    });
}

#[test]
fn an_entry_removed_before_its_place_is_reported_by_the_log_itself() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        as_owner(db, "INSERT INTO ledger_queue (id) VALUES (4711)").unwrap();
        place_all(&store);
        sound(&store);
        let leaves = store.reader().unwrap().leaves(0, 10, 10).unwrap();
        let said: Vec<&str> = leaves.iter().map(|leaf| leaf.entry.as_ref().unwrap().0.as_str()).collect();
        // Under the sequencer's own word.
        let operations = ["ledger.writer", "ledger.missing", "ledger.beat"];
        assert!(said.len() == 3 && said.iter().zip(operations).all(|(body, operation)| body.contains(operation)));
        assert!(said[1].contains("4711"));
    });
}

#[test]
fn nothing_is_placed_on_an_altered_tree() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let recorder = start(&store, "altered", &Limits::default());
        wait(recorder.record(somebody(), draft("case.open"))).unwrap();
        as_owner(db, "UPDATE ledger_tree SET size = 1").unwrap();
        assert!(matches!(sequencer(&store).sequence_once(), Err(SequencerError::TreeAltered)));
        assert!(store.reader().unwrap().queued().unwrap() > 0);
        let case = a_case(a_panel(&store));
        let row = case.clone();
        assert_eq!(
            wait(recorder.change(somebody(), Change::new(change_of(&case), move |tx, _| Ok(tx.insert_case(&row)?)))),
            Ok(())
        );
    });
}

#[test]
fn checkpoints_follow_the_log_and_none_is_signed_for_one_that_was_cut() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let recorder = start(&store, "publish", &Limits::default());
        let key = create_key(&db.folder().join("key"), "channel-panel.example/log").unwrap();
        let signer = Signer::init(&db.folder().join("signer"), key).unwrap();
        let mut sequencer =
            Sequencer::new(store.clone(), Arc::new(Clock::default()), log_key(), "publish", Some(signer));
        let mut size = 0;
        for _ in 1..=3 {
            wait(recorder.record(somebody(), draft("case.open"))).unwrap();
            size += i64::try_from(sequencer.sequence_once().unwrap()).unwrap();
            let published = sequencer.publish().unwrap().unwrap();
            assert_eq!(published.size, size);
            assert!(sequencer.publish().unwrap().is_none());
            assert_eq!(store.reader().unwrap().latest_checkpoint(), Ok(Some(published)));
        }
        let empty = match db.backend() {
            Backend::Sqlite => "X''",
            Backend::Postgres => "''::bytea",
        };
        as_owner(db, &format!("UPDATE ledger_tree SET size = 0, frontier = {empty}")).unwrap();
        assert!(matches!(sequencer.publish(), Err(SequencerError::Signer(SignerError::Smaller))));
        assert!(matches!(sequencer.publish(), Err(SequencerError::Signer(SignerError::Alarmed))));
    });
}

#[test]
fn the_thread_places_by_itself_and_once_more_when_it_stops() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let recorder = start(&store, "thread", &Limits::default());
        let thread = sequencer(&store).start(Duration::from_millis(5)).unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        wait(recorder.record(somebody(), draft("case.open"))).unwrap();
        while store.reader().unwrap().tree().unwrap().unwrap().size < 2 {
            assert!(Instant::now() < until, "it never placed");
        }
        wait(recorder.record(somebody(), draft("case.open"))).unwrap();
        drop(thread);
        assert_eq!(sound(&store), 2);
    });
}

#[derive(diesel::QueryableByName)]
struct Read {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    rows: i64,
}

/// How many rows of entries PostgreSQL has read so far. A connection tells when it ends.
fn rows_read(db: &Database) -> i64 {
    let sql = "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows FROM pg_stat_user_tables WHERE relname = 'ledger_entry'";
    let mut owner = PgConnection::establish(db.url()).unwrap();
    diesel::sql_query(sql).get_result::<Read>(&mut owner).unwrap().rows
}

/// A log of six years is long: whoever gave places must not read it through for each few entries that wait.
#[test]
fn a_pass_reads_what_waits_and_not_the_log() {
    const PLACED: i64 = 4_096;
    const WAITING: i64 = 16;
    let db = Database::new(Backend::Postgres, &SERVICE);
    let pass = |writer: &str, count: i64| {
        let store = open(db.url());
        let entries: Vec<Entry> = (1..=count)
            .map(|n| draft("case.open").finish(writer, n, Clock::default().instant(), [5; 32]).unwrap())
            .collect();
        assert!(store.writer().unwrap().append_entries(&entries).unwrap().into_iter().all(|kept| kept));
        place_all(&store);
    };
    let told = |least: i64| {
        let begun = Instant::now();
        while rows_read(&db) < least {
            assert!(begun.elapsed() < Duration::from_secs(30), "the server counts what is read");
        }
        rows_read(&db)
    };
    for round in 0..4 {
        pass(&format!("before/{round}"), PLACED / 4);
    }
    let before = told(PLACED);
    pass("after", WAITING);
    let read = told(before + WAITING) - before;
    assert!(read < PLACED / 4, "{read} rows were read for {WAITING} entries");
}
