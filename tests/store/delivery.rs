//! Checkpoints that leave the host: what was taken is remembered, what was not is tried again, and nothing goes out that was not
//! signed. Time is a clock that the test moves.

use super::{SERVICE, as_owner, draft, open};
use crate::harness::{Database, on_both};
use channel_panel::app::checkpoints::{Courier, Delivery, Roads, Undelivered};
use channel_panel::app::sequencer::Sequencer;
use channel_panel::clock::{Clock, Moment};
use channel_panel::config::Sends;
use channel_panel::ledger::delivered;
use channel_panel::ledger::dropped::{DropFolder, name_of};
use channel_panel::ledger::note::{self, VKey};
use channel_panel::ledger::signer::{Signer, create_key, create_witness_key, load_key};
use channel_panel::ledger::witness::Witness;
use channel_panel::store::Store;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

pub(super) const ORIGIN: &str = "channel-panel.example/log";
const EVERY: i64 = 600;
pub(super) const OVERDUE: i64 = 3_600;

/// A log that grows by hand, and its deliveries.
pub(super) struct Scene<'d> {
    db: &'d Database,
    pub store: Store,
    entries: i64,
    sequencer: Sequencer,
    pub clock: Arc<Clock>,
    pub key: VKey,
    _running: Sender<()>,
    pub stopped: Receiver<()>,
}

impl<'d> Scene<'d> {
    pub fn new(db: &'d Database) -> Self {
        let store = open(db.url());
        let key = create_key(&db.folder().join("key"), ORIGIN).unwrap();
        let vkey = key.vkey().clone();
        let signer = Signer::init(&db.folder().join("signer"), key).unwrap();
        let vouching = Arc::new(load_key(&db.folder().join("key"), ORIGIN).unwrap());
        let sequencer = Sequencer::new(store.clone(), Arc::new(Clock::default()), vouching, "delivery", Some(signer));
        let clock = Arc::new(Clock::default());
        clock.stop_at(Moment(1_795_339_800_000_000));
        fs::create_dir(db.folder().join("drop")).unwrap();
        let (running, stopped) = channel();
        Self { db, store, entries: 0, sequencer, clock, key: vkey, _running: running, stopped }
    }

    pub fn grow(&mut self, entries: usize) {
        for _ in 0..entries {
            self.entries += 1;
            let entry = draft("case.open").finish("scene", self.entries, self.clock.instant(), [4; 32]).unwrap();
            self.store.writer().unwrap().transaction(|tx| tx.append_entry(&entry, &[])).unwrap();
        }
        self.sequencer.sequence_once().unwrap();
        self.sequencer.publish().unwrap();
    }

    pub fn pass(&self, seconds: i64) {
        self.clock.stop_at(self.clock.instant().plus_seconds(seconds));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.db.folder().join(name)
    }

    pub fn by_folder(&self) -> Roads {
        let directory = Some(self.path("drop"));
        Roads {
            directory,
            courier: None,
            courier_takes: Sends::Checkpoint,
            every: EVERY,
            overdue: OVERDUE,
            quorum: None,
        }
    }

    fn by_script(&self, script: &str, takes: Sends) -> Roads {
        fs::write(self.path("script"), script).unwrap();
        let argv = vec!["/bin/sh".to_owned(), self.path("script").to_str().unwrap().to_owned()];
        let courier = Some(Courier { argv, limit: Duration::from_secs(60) });
        Roads { directory: None, courier, courier_takes: takes, ..self.by_folder() }
    }

    /// As at a start of the service: what is remembered is read.
    pub fn delivery(&self, roads: Roads) -> Delivery {
        let clock = Arc::clone(&self.clock);
        Delivery::open(self.store.clone(), clock, &self.path("signer"), self.key.clone(), roads).unwrap()
    }

    pub fn dropped(&self) -> DropFolder {
        DropFolder::of(&self.path("drop"), ORIGIN)
    }
}

#[test]
fn what_was_taken_is_remembered_and_the_next_is_proved_to_continue_it() {
    on_both(&SERVICE, |db| {
        let mut scene = Scene::new(db);
        let mut delivery = scene.delivery(scene.by_folder());
        assert!(matches!(delivery.turn(&scene.stopped), Ok(None)), "there is nothing to deliver");
        scene.grow(3);
        assert!(matches!(delivery.turn(&scene.stopped), Ok(Some(3))));
        scene.grow(4);
        assert!(matches!(delivery.turn(&scene.stopped), Ok(None)), "it is not time");
        let mut delivery = scene.delivery(scene.by_folder());
        assert!(matches!(delivery.turn(&scene.stopped), Ok(None)), "a restart does not forget");
        scene.pass(EVERY);
        assert!(matches!(delivery.turn(&scene.stopped), Ok(Some(7))));
        scene.pass(EVERY);
        assert!(matches!(delivery.turn(&scene.stopped), Ok(Some(7))), "the same is delivered again: somebody takes it");

        let folder = scene.dropped();
        assert_eq!(folder.sizes().unwrap().into_iter().collect::<Vec<_>>(), [3, 7]);
        for size in [3, 7] {
            let opened = note::open(&folder.checkpoint(size).unwrap(), std::slice::from_ref(&scene.key)).unwrap();
            assert_eq!((opened.size, opened.origin.as_str()), (size, ORIGIN));
        }
        // A witness takes them one after the other: nothing else has to be asked of the service.
        let key = create_witness_key(&scene.path("witness.key"), "sister.example/witness").unwrap();
        let witness = Witness::open(&scene.path("witness"), key, vec![scene.key.clone()]).unwrap();
        for (old, size) in [(0, 3), (3, 7)] {
            assert!(folder.sizes_from(old).unwrap().contains(&size));
            let request = folder.request(old, size).unwrap().unwrap();
            witness.add_checkpoint(request.print().as_bytes(), scene.clock.instant()).unwrap();
        }
        assert!(folder.sizes_from(7).unwrap().is_empty());
    });
}

#[test]
fn what_nobody_takes_is_overdue_after_a_restart_too_and_tried_again() {
    on_both(&SERVICE, |db| {
        let mut scene = Scene::new(db);
        let refusing = scene.by_script("cat > /dev/null; exit 7", Sends::Checkpoint);
        let mut delivery = scene.delivery(refusing.clone());
        let standing = delivery.standing();
        scene.grow(2);
        assert!(matches!(delivery.turn(&scene.stopped), Err(Undelivered::NotTaken)));
        assert!(matches!(delivery.turn(&scene.stopped), Ok(None)), "it is not tried without a pause");
        scene.pass(OVERDUE);
        assert!(!standing.is_overdue(scene.clock.instant()));
        scene.pass(1);
        assert!(standing.is_overdue(scene.clock.instant()));
        assert!(matches!(delivery.turn(&scene.stopped), Err(Undelivered::NotTaken)));
        assert!(scene.delivery(refusing).standing().is_overdue(scene.clock.instant()), "a restart does not forget");

        // A folder that is not there (a disk not mounted) is not made.
        fs::remove_dir(scene.path("drop")).unwrap();
        let mut delivery = scene.delivery(scene.by_folder());
        assert!(matches!(delivery.turn(&scene.stopped), Err(Undelivered::Folder(std::io::ErrorKind::NotFound))));
        assert!(!scene.path("drop").exists());

        let taken = scene.path("taken");
        let mut delivery = scene.delivery(scene.by_script(&format!("cat > {}", taken.display()), Sends::Checkpoint));
        assert!(matches!(delivery.turn(&scene.stopped), Ok(Some(2))));
        assert!(!delivery.standing().is_overdue(scene.clock.instant()));
        let opened = note::open(&fs::read(&taken).unwrap(), std::slice::from_ref(&scene.key)).unwrap();
        assert_eq!(opened.size, 2);

        // A memory that somebody edited is none.
        let memory = scene.path("signer").join(delivered::FILE);
        let text = fs::read_to_string(&memory).unwrap();
        fs::write(&memory, text.replacen("\n2\n", "\n9\n", 1)).unwrap();
        assert!(matches!(scene.delivery(scene.by_folder()).turn(&scene.stopped), Err(Undelivered::Folder(_))));
        assert!(fs::read_to_string(&memory).unwrap().contains("\n0\n"));
    });
}

#[test]
fn a_witness_that_is_elsewhere_says_where_and_is_asked_from_there() {
    on_both(&SERVICE, |db| {
        let mut scene = Scene::new(db);
        let (asked, taken) = (scene.path("asked"), scene.path("taken"));
        let script = format!(
            "read -r first; echo \"$first\" >> {}; if [ \"$first\" != 'old 2' ]; then echo 2; exit 22; fi; cat > {}",
            asked.display(),
            taken.display()
        );
        scene.grow(5);
        let mut delivery = scene.delivery(scene.by_script(&script, Sends::Request));
        assert!(matches!(delivery.turn(&scene.stopped), Ok(Some(5))));
        assert_eq!(fs::read_to_string(asked).unwrap(), "old 0\nold 2\n");
        assert!(fs::read_to_string(taken).unwrap().contains("\n\nchannel-panel.example/log\n5\n"));
    });
}

#[test]
fn nothing_goes_out_that_was_not_signed_nor_a_log_that_went_back() {
    on_both(&SERVICE, |db| {
        let mut scene = Scene::new(db);
        scene.grow(3);
        let mut delivery = scene.delivery(scene.by_folder());
        assert!(matches!(delivery.turn(&scene.stopped), Ok(Some(3))));
        scene.grow(2);
        let owner = |sql: &str| {
            let freed = match db.backend() {
                crate::harness::Backend::Sqlite => format!(
                    "DROP TRIGGER IF EXISTS ledger_checkpoint_no_update; DROP TRIGGER IF EXISTS ledger_checkpoint_no_delete; {sql}"
                ),
                crate::harness::Backend::Postgres => format!("SET session_replication_role = replica; {sql}"),
            };
            as_owner(db, &freed).unwrap();
        };
        owner("UPDATE ledger_checkpoint SET note = replace(note, 'log', 'gol') WHERE size = 5");
        scene.pass(EVERY);
        assert!(matches!(delivery.turn(&scene.stopped), Err(Undelivered::NotOurs)));
        owner("UPDATE ledger_checkpoint SET note = replace(note, 'gol', 'log') WHERE size = 5");
        scene.pass(EVERY);
        assert!(matches!(delivery.turn(&scene.stopped), Ok(Some(5))), "as it was, it goes out");
        owner("DELETE FROM ledger_checkpoint WHERE size = 5");
        scene.pass(EVERY);
        assert!(matches!(delivery.turn(&scene.stopped), Err(Undelivered::Smaller)));
        // Another memory does not help: the folder knows too.
        fs::remove_file(scene.path("signer").join(delivered::FILE)).unwrap();
        assert!(matches!(scene.delivery(scene.by_folder()).turn(&scene.stopped), Err(Undelivered::Smaller)));
        let names: Vec<_> = fs::read_dir(scene.path("drop")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(names.iter().all(|name| name.to_str().unwrap().starts_with(&name_of(ORIGIN))), "{names:?}");
    });
}
