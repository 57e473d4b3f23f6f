//! The recorder: every entry once, none shown before its commit, none lost to another's fault.

use super::{SERVICE, a_case, a_panel, as_owner, bad_draft, change_of, draft, of_the_log, open, somebody, start, wait};
use crate::harness::{Backend, on_both};
use channel_panel::app::recorder::{ApplyError, Change, Limits, Share, Unavailable};
use channel_panel::store::{EntryFilter, EntryPage, Store};
use std::collections::BTreeMap;
use std::sync::mpsc::channel;

/// Every writer's numbers are 1, 2, 3…, and its first entry is its beginning; gives how many entries there are beside the log's own.
pub fn contiguous(store: &Store) -> usize {
    let page = EntryPage { before: None, limit: 100_000 };
    let entries = store.reader().unwrap().entries(&EntryFilter::default(), page).unwrap();
    let mut writers: BTreeMap<_, Vec<i64>> = BTreeMap::new();
    for entry in &entries {
        writers.entry(entry.writer.clone()).or_default().push(entry.n);
        assert!(entry.n != 1 || entry.operation == "ledger.writer", "{} began with {}", entry.writer, entry.operation);
    }
    for (writer, mut numbers) in writers {
        numbers.sort_unstable();
        assert!(numbers.iter().copied().eq(1..=i64::try_from(numbers.len()).unwrap()), "{writer}: {numbers:?}");
    }
    entries.iter().filter(|entry| !of_the_log(&entry.body)).count()
}

#[test]
fn concurrent_reads_commit_together_and_a_bad_one_costs_only_itself() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let recorder = start(&store, "group", &Limits::default());
        let answers: Vec<_> = (0..200)
            .map(|i| recorder.record(somebody(), if i % 50 == 7 { bad_draft() } else { draft("case.open") }))
            .collect();
        let answers: Vec<_> = answers.into_iter().map(wait).collect();
        for (i, answer) in answers.iter().enumerate() {
            assert_eq!(*answer, if i % 50 == 7 { Err(Unavailable) } else { Ok(()) }, "{i}");
        }
        assert_eq!(contiguous(&store), 196);
        let (queued, all) = (store.reader().unwrap().queued(), store.reader().unwrap().entry_count());
        assert_eq!(queued, all);
        assert_eq!(recorder.in_flight(), 0);
    });
}

#[test]
fn an_entry_refused_by_the_database_costs_only_itself() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let trigger = match db.backend() {
            Backend::Sqlite => {
                "CREATE TRIGGER fault BEFORE INSERT ON ledger_entry WHEN NEW.operation = 'bad' \
                 BEGIN SELECT RAISE(ABORT, 'fault is append-only'); END"
            }
            Backend::Postgres => {
                "CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN IF NEW.operation = 'bad' THEN RAISE EXCEPTION 'fault is append-only'; END IF; RETURN NEW; END $$; \
                 CREATE TRIGGER fault BEFORE INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION fault()"
            }
        };
        as_owner(db, trigger).unwrap();
        let recorder = start(&store, "fault", &Limits::default());
        let answers: Vec<_> =
            (0..40).map(|i| recorder.record(somebody(), draft(if i == 20 { "bad" } else { "good" }))).collect();
        let good = answers.into_iter().map(wait).filter(Result::is_ok).count();
        assert_eq!((good, contiguous(&store)), (39, 39));
    });
}

#[test]
fn a_swallowed_entry_is_noticed_and_nothing_is_shown() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        for table in ["ledger_entry", "ledger_queue"] {
            let (trigger, remove) = match db.backend() {
                Backend::Sqlite => (
                    format!("CREATE TRIGGER swallow BEFORE INSERT ON {table} BEGIN SELECT RAISE(IGNORE); END"),
                    "DROP TRIGGER swallow".to_owned(),
                ),
                Backend::Postgres => (
                    format!(
                        "CREATE OR REPLACE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; \
                         CREATE TRIGGER swallow BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION swallow()"
                    ),
                    format!("DROP TRIGGER swallow ON {table}"),
                ),
            };
            as_owner(db, &trigger).unwrap();
            let recorder = start(&store, table, &Limits::default());
            assert_eq!(wait(recorder.record(somebody(), draft("case.open"))), Err(Unavailable));
            let case = a_case(a_panel(&store));
            let (row, id) = (case.clone(), case.id);
            let change = Change::new(change_of(&case), move |tx, _| Ok(tx.insert_case(&row)?));
            assert_eq!(wait(recorder.change(somebody(), change)), Err(ApplyError::Unavailable));
            assert_eq!(store.reader().unwrap().case_by_id(id), Ok(None));
            as_owner(db, &remove).unwrap();
            assert_eq!(wait(recorder.record(somebody(), draft("case.open"))), Ok(()));
        }
    });
}

#[test]
fn a_change_and_its_entry_are_both_there_or_neither() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let recorder = start(&store, "change", &Limits::default());
        let mut case = a_case(a_panel(&store));
        let row = case.clone();
        let made = recorder.change(
            somebody(),
            Change::new(change_of(&case), move |tx, _| {
                tx.insert_case(&row)?;
                Ok(row.version)
            }),
        );
        assert_eq!(wait(made), Ok(1));
        assert_eq!(store.reader().unwrap().high_water_of(case.ledger_id).unwrap().unwrap().version, 1);

        let row = case.clone();
        let stale = Change::new(change_of(&case), move |tx, _| Ok(tx.update_case(&row, 5)?));
        assert_eq!(wait(recorder.change(somebody(), stale)), Err(ApplyError::Stale));
        let row = case.clone();
        let twice = Change::new(change_of(&case), move |tx, _| Ok(tx.insert_case(&row)?));
        assert_eq!(wait(recorder.change(somebody(), twice)), Err(ApplyError::Unique));

        case.version = 2;
        case.stage = "triage".to_owned();
        let row = case.clone();
        let unrecordable = Change::new(bad_draft(), move |tx, _| Ok(tx.update_case(&row, 1)?));
        assert_eq!(wait(recorder.change(somebody(), unrecordable)), Err(ApplyError::Unavailable));
        assert_eq!(store.reader().unwrap().case_by_id(case.id).unwrap().unwrap().version, 1);
        assert_eq!(contiguous(&store), 1);
    });
}

#[test]
fn a_panic_in_a_change_is_its_own_affair() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let recorder = start(&store, "panic", &Limits::default());
        let case = a_case(a_panel(&store));
        let row = case.clone();
        let panics = Change::<()>::new(change_of(&case), move |tx, _| {
            tx.insert_case(&row)?;
            panic!("on purpose");
        });
        let beside = recorder.record(somebody(), draft("case.open"));
        assert_eq!(wait(recorder.change(somebody(), panics)), Err(ApplyError::Unavailable));
        assert_eq!(wait(beside), Ok(()));
        assert_eq!(store.reader().unwrap().case_by_id(case.id), Ok(None));
        let row = case.clone();
        let again = Change::new(change_of(&case), move |tx, _| Ok(tx.insert_case(&row)?));
        assert_eq!(wait(recorder.change(somebody(), again)), Ok(()));
        assert_eq!(contiguous(&store), 2);
    });
}

#[test]
fn a_flood_finds_the_door_shut_and_people_do_not() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let limits = Limits { places: 40, places_of_a_principal: 5, places_of_the_unauthenticated: 10, batch: 64 };
        let recorder = start(&store, "flood", &limits);
        // A change that waits, so that on one connection everything behind it queues up.
        let (go, gate) = channel::<()>();
        let (begun, beginning) = channel::<()>();
        let case = a_case(a_panel(&store));
        let slow = recorder.change(
            somebody(),
            Change::new(change_of(&case), move |tx, _| {
                tx.insert_case(&case)?;
                let _ = begun.send(());
                let _ = gate.recv();
                Ok(())
            }),
        );
        beginning.recv().unwrap();
        let flood: Vec<_> = (0..100).map(|_| recorder.record(Share::Unauthenticated, draft("token.refuse"))).collect();
        let greedy = somebody();
        let many: Vec<_> = (0..20).map(|_| recorder.record(greedy, draft("case.open"))).collect();
        let chair = recorder.record(somebody(), draft("case.open"));
        go.send(()).unwrap();
        assert_eq!(wait(slow), Ok(()));
        assert_eq!(wait(chair), Ok(()));
        let kept = |answers: Vec<_>| answers.into_iter().map(wait).filter(Result::is_ok).count();
        let (flood, many) = (kept(flood), kept(many));
        if db.backend() == Backend::Sqlite {
            assert_eq!((flood, many), (10, 5));
        }
        assert_eq!(contiguous(&store), 2 + flood + many);
        // Places come back.
        assert_eq!(wait(recorder.record(greedy, draft("case.open"))), Ok(()));
    });
}
