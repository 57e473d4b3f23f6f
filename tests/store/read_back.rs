//! What this process entered is looked for: taken out before it has its place, it comes back from memory; altered, the log says so.

use super::sequencer::sound;
use super::{SERVICE, as_owner, draft, log_key, open, somebody, wait};
use crate::harness::{Backend, Database, on_both};
use channel_panel::app::recorder::kept::Kept;
use channel_panel::app::recorder::{Limits, Recorder};
use channel_panel::app::sequencer::Sequencer;
use channel_panel::clock::Clock;
use channel_panel::ledger::attest::{ALTERED, RESTORED};
use channel_panel::store::Store;
use std::sync::Arc;
use std::time::Duration;

/// A process of the service: what it enters, and the sequencer that looks for it.
pub struct Process {
    pub recorder: Recorder,
    pub sequencer: Sequencer,
}

impl Process {
    pub fn new(store: &Store, name: &str) -> Self {
        let (clock, kept) = (Arc::new(Clock::default()), Arc::<Kept>::default());
        let recorder = Recorder::start(store, &clock, &log_key(), name, &Limits::default(), Some(&kept)).unwrap();
        let sequencer = Sequencer::new(store.clone(), clock, log_key(), name, None).reading_back(kept);
        Self { recorder, sequencer }
    }

    /// Ten reads, of which the fifth and the ninth are the owner's to touch.
    fn enter(&self) {
        for n in 0..10 {
            let operation = if n == 4 || n == 8 { "test.touched" } else { "case.open" };
            wait(self.recorder.record(somebody(), draft(operation))).unwrap();
        }
        // So that no beat comes between.
        self.recorder.close();
    }

    pub fn place(&mut self) {
        while self.sequencer.sequence_once().unwrap() > 0 {}
    }
}

pub fn said(store: &Store, operation: &str) -> usize {
    let leaves = store.reader().unwrap().leaves(0, i64::MAX, 1_000).unwrap();
    let named = format!("\"operation\":\"{operation}\"");
    leaves.iter().filter(|leaf| leaf.entry.as_ref().is_some_and(|(body, _)| body.contains(&named))).count()
}

const TOUCHED: &str = "(SELECT id FROM ledger_entry WHERE operation = 'test.touched')";

/// As whoever may drop a trigger.
fn owner(db: &Database, sql: &str) {
    let [off, on] = match db.backend() {
        Backend::Sqlite => {
            ["DROP TRIGGER IF EXISTS ledger_entry_no_delete; DROP TRIGGER IF EXISTS ledger_entry_no_update", ""]
        }
        Backend::Postgres => {
            ["ALTER TABLE ledger_entry DISABLE TRIGGER USER", "ALTER TABLE ledger_entry ENABLE TRIGGER USER"]
        }
    };
    as_owner(db, off).unwrap();
    as_owner(db, sql).unwrap();
    as_owner(db, on).unwrap();
}

/// With its place in the queue, so that the sequencer cannot miss it.
pub fn take_out(db: &Database) {
    take_out_those(db, TOUCHED);
}

fn take_out_those(db: &Database, ids: &str) {
    owner(db, &format!("DELETE FROM ledger_queue WHERE id IN {ids}; DELETE FROM ledger_entry WHERE id IN {ids}"));
}

#[test]
fn an_entry_taken_out_before_it_has_its_place_is_put_back() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let mut process = Process::new(&store, "taken");
        process.enter();
        take_out(db);
        process.place();
        assert_eq!(sound(&store), 8);
        assert_eq!(process.sequencer.read_back(Duration::ZERO).unwrap(), 2);
        process.place();
        assert_eq!((sound(&store), said(&store, RESTORED), said(&store, "test.touched")), (10, 2, 2));
        assert_eq!(process.sequencer.read_back(Duration::ZERO).unwrap(), 0, "once");
    });
}

#[test]
fn what_is_taken_out_again_is_put_back_again_with_what_the_log_said_of_it() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let mut process = Process::new(&store, "again");
        process.enter();
        take_out(db);
        assert_eq!(process.sequencer.read_back(Duration::ZERO).unwrap(), 2);
        let both = format!("(SELECT id FROM ledger_entry WHERE operation IN ('test.touched', '{RESTORED}'))");
        take_out_those(db, &both);
        assert_eq!(process.sequencer.read_back(Duration::ZERO).unwrap(), 4);
        process.place();
        assert_eq!((sound(&store), said(&store, RESTORED), said(&store, "test.touched")), (10, 6, 2));
        assert_eq!(process.sequencer.read_back(Duration::ZERO).unwrap(), 0);
    });
}

/// The beginning and the close of a writer are its word for all the rest.
#[test]
fn a_writers_own_word_is_put_back_too() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let mut process = Process::new(&store, "word");
        process.enter();
        let word = "(SELECT id FROM ledger_entry WHERE operation IN ('ledger.writer', 'ledger.close'))";
        take_out_those(db, word);
        assert_eq!(process.sequencer.read_back(Duration::ZERO).unwrap(), 2);
        process.place();
        assert_eq!((said(&store, "ledger.close"), said(&store, RESTORED)), (1, 2));
    });
}

#[test]
fn an_entry_that_stood_and_waited_when_it_was_looked_for_is_looked_for_again() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let mut process = Process::new(&store, "waiting");
        process.enter();
        assert_eq!(process.sequencer.read_back(Duration::ZERO).unwrap(), 0, "all of them wait");
        take_out(db);
        assert_eq!(process.sequencer.read_back(Duration::ZERO).unwrap(), 2);
        process.place();
        assert_eq!((sound(&store), said(&store, RESTORED), said(&store, "test.touched")), (10, 2, 2));
    });
}

#[test]
fn an_entry_whose_place_in_the_queue_was_taken_is_queued_again() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let mut process = Process::new(&store, "unqueued");
        process.enter();
        owner(db, &format!("DELETE FROM ledger_queue WHERE id IN {TOUCHED}"));
        assert_eq!(process.sequencer.read_back(Duration::ZERO).unwrap(), 2);
        process.place();
        assert_eq!((sound(&store), said(&store, RESTORED)), (10, 2));
    });
}

#[test]
fn an_entry_that_was_altered_or_taken_from_beside_its_leaf_is_told_by_the_log() {
    on_both(&SERVICE, |db| {
        for placed in [false, true] {
            let store = open(db.url());
            let mut process = Process::new(&store, if placed { "placed" } else { "altered" });
            process.enter();
            if placed {
                process.place();
                owner(db, &format!("DELETE FROM ledger_entry WHERE id IN {TOUCHED}"));
            } else {
                owner(db, &format!("UPDATE ledger_entry SET leaf = salt WHERE id IN {TOUCHED}"));
            }
            let before = said(&store, ALTERED);
            assert_eq!(process.sequencer.read_back(Duration::ZERO).unwrap(), 2);
            process.place();
            assert_eq!((said(&store, ALTERED) - before, said(&store, RESTORED)), (2, 0));
            if !placed {
                // Out of the way of the second round.
                owner(db, "UPDATE ledger_entry SET operation = 'test.was' WHERE operation = 'test.touched'");
            }
        }
    });
}

#[test]
fn what_stands_as_it_was_is_left_alone() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let mut process = Process::new(&store, "honest");
        process.enter();
        assert_eq!(process.sequencer.read_back(Duration::from_secs(60)).unwrap(), 0, "too young");
        assert_eq!(process.sequencer.read_back(Duration::ZERO).unwrap(), 0, "queued");
        process.place();
        assert_eq!((sound(&store), said(&store, RESTORED), said(&store, ALTERED)), (10, 0, 0));
    });
}
