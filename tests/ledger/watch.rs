//! Following a log through a folder of checkpoints: what continues is believed, and every way in which it does not has its word.

use super::witness::{Log, leaves};
use super::{ORIGIN, folder};
use channel_panel::ledger::dropped::{DropFolder, name_of};
use channel_panel::ledger::note::{self, Checkpoint, VKey};
use channel_panel::ledger::watch::{Alarm, Followed, follow};
use std::fs;
use std::path::PathBuf;

struct Scene {
    dir: PathBuf,
    drop: DropFolder,
    log: Log,
    keys: Vec<VKey>,
}

impl Scene {
    /// A log that was dropped at 3, 5 and 9 entries.
    fn new(name: &str) -> Self {
        let dir = folder(name).join("drop");
        fs::create_dir_all(&dir).unwrap();
        let log = Log::new(&format!("{name}-log"));
        let mut scene = Self { drop: DropFolder::of(&dir, ORIGIN), dir, keys: vec![log.vkey()], log };
        for (old, size) in [(0, 3), (3, 5), (5, 9)] {
            let note = scene.log.grow(&leaves(old, size));
            scene.deliver(u64::from(old), u64::from(size), &note);
        }
        scene
    }

    fn deliver(&self, old: u64, size: u64, note: &str) {
        self.drop.put_request(size, &self.log.request(old, note)).unwrap();
        self.drop.put(size, note).unwrap();
    }

    fn follow(&self, known: Option<&Checkpoint>) -> Result<Followed, Alarm> {
        follow(&self.drop, &self.keys, known)
    }

    fn known(&self, size: u64) -> Checkpoint {
        note::open(&self.drop.checkpoint(size).unwrap(), &self.keys).unwrap()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{}.{name}", name_of(ORIGIN)))
    }
}

#[test]
fn a_log_that_grows_is_followed_step_by_step() {
    let mut scene = Scene::new("watch-grow");
    for known in [3, 5, 9] {
        let followed = scene.follow(Some(&scene.known(known))).unwrap();
        assert_eq!((followed.checkpoint.size, followed.note.as_bytes()), (9, &*scene.drop.checkpoint(9).unwrap()));
    }
    assert_eq!(scene.follow(None).unwrap().checkpoint.size, 9, "from nowhere it begins with the newest");
    let note = scene.log.grow(&leaves(9, 20));
    scene.deliver(3, 20, &note);
    assert_eq!(scene.follow(Some(&scene.known(3))).unwrap().checkpoint.size, 20, "by the longest proof");
    // Other logs in the same folder, and files that are none of ours.
    for name in ["0123456789abcdef.99.checkpoint", "notes.txt"] {
        fs::write(scene.dir.join(name), "nothing").unwrap();
    }
    for name in ["099.checkpoint", "x.checkpoint", "3-.request"] {
        fs::write(scene.file(name), "nothing").unwrap();
    }
    assert_eq!(scene.follow(Some(&scene.known(20))).unwrap().checkpoint.size, 20);
}

#[test]
fn a_fork_a_rollback_and_what_nobody_signed_have_their_word() {
    let scene = Scene::new("watch-alarms");
    let mut fork = Log::new("watch-alarms-fork");
    let keys = vec![scene.log.vkey(), fork.vkey()];
    let scene = Scene { keys, ..scene };
    let (known, newest) = (scene.known(5), scene.known(9));
    let honest = |name: &str| fs::read(scene.file(name)).unwrap();
    let kept = [
        ("5.checkpoint", honest("5.checkpoint")),
        ("9.checkpoint", honest("9.checkpoint")),
        ("5-9.request", honest("5-9.request")),
    ];
    let forked = [fork.grow(&leaves(50, 55)), fork.grow(&leaves(55, 59))];
    let fork_request = fork.request(5, &forked[1]).print();
    let text = |name: &str| String::from_utf8(honest(name)).unwrap();
    let unsigned = text("9.checkpoint").replacen("\n9\n", "\n8\n", 1);
    let damaged = text("5-9.request").replacen("old 5\n", "old 5\nAAAA\n", 1);
    let other_proof = {
        let mut request = scene.drop.request(5, 9).unwrap().unwrap();
        request.proof[0][0] ^= 1;
        request.print()
    };
    type Case<'c> = (&'c str, &'c [(&'c str, &'c str)], fn(&Alarm) -> bool, u8);
    let cases: [Case<'_>; 8] = [
        ("another of the known size", &[("5.checkpoint", &forked[0])], |a| matches!(a, Alarm::Forked { size: 5 }), 1),
        ("another newest", &[("9.checkpoint", &forked[1])], |a| matches!(a, Alarm::Forked { size: 9 }), 1),
        (
            "another log, in itself whole",
            &[("9.checkpoint", &forked[1]), ("5-9.request", &fork_request)],
            |a| matches!(a, Alarm::Forked { size: 9 }),
            1,
        ),
        (
            "a proof that proves nothing",
            &[("5-9.request", &other_proof)],
            |a| matches!(a, Alarm::Forked { size: 9 }),
            1,
        ),
        ("an altered note", &[("9.checkpoint", &unsigned)], |a| matches!(a, Alarm::NotSigned { size: 9, .. }), 1),
        ("an altered request", &[("5-9.request", &damaged)], |a| matches!(a, Alarm::NotSigned { size: 9, .. }), 1),
        (
            "an older one under a new name",
            &[("9.checkpoint", &text("5.checkpoint"))],
            |a| matches!(a, Alarm::Misnamed { name: 9, size: 5 }),
            1,
        ),
        ("nothing that proves it", &[("5-9.request", "")], |a| matches!(a, Alarm::NotSigned { .. }), 1),
    ];
    for (what, files, expected, code) in &cases {
        for (name, text) in *files {
            fs::write(scene.file(name), text).unwrap();
        }
        let alarm = scene.follow(Some(&known)).unwrap_err();
        assert!(expected(&alarm) && alarm.exit_code() == *code, "{what}: {alarm}");
        for (name, bytes) in &kept {
            fs::write(scene.file(name), bytes).unwrap();
        }
        assert_eq!(scene.follow(Some(&known)).unwrap().checkpoint, newest, "{what}: mended again");
    }

    fs::remove_file(scene.file("5-9.request")).unwrap();
    let alarm = scene.follow(Some(&known)).unwrap_err();
    assert!(matches!(alarm, Alarm::Unlinked { known: 5, newest: 9 }) && alarm.exit_code() == 2, "{alarm}");
    fs::remove_file(scene.file("9.checkpoint")).unwrap();
    let alarm = scene.follow(Some(&newest)).unwrap_err();
    assert!(matches!(alarm, Alarm::RolledBack { known: 9, newest: 5 }) && alarm.exit_code() == 1, "{alarm}");
    fs::remove_dir_all(&scene.dir).unwrap();
    assert_eq!(scene.follow(Some(&newest)).unwrap_err().exit_code(), 2);
    fs::create_dir(&scene.dir).unwrap();
    assert!(matches!(scene.follow(None), Err(Alarm::Nothing)));
    assert!(matches!(scene.follow(Some(&newest)), Err(Alarm::RolledBack { known: 9, newest: 0 })));
}
