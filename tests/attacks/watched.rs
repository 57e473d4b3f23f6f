//! `ledger watch` by the command: a log is followed from one run to the next, and what it believed it never lets go.

use super::deployed::{Deployed, ORIGIN};
use super::sql::Owner;
use super::work::sequenced;
use crate::harness::Backend;
use channel_panel::demo::seats::Seat;
use channel_panel::ledger::dropped::name_of;
use std::fs::{self, File};
use std::time::{Duration, SystemTime};

struct Watcher<'d> {
    deployed: &'d Deployed,
    vkey: String,
}

impl Watcher<'_> {
    fn look(&self, more: &[&str]) -> (i32, String) {
        let (state, drop) = (self.deployed.path("watched"), self.deployed.path("drop"));
        let source: &[&str] = if more.contains(&"--export") { &[] } else { &["--drop", &drop] };
        let arguments = [&["ledger", "watch", "--key", &self.vkey, "--state", &state], source, more].concat();
        let done = self.deployed.try_run(&arguments);
        (done.status.code().unwrap(), String::from_utf8_lossy(&done.stdout).into_owned())
    }

    fn state(&self) -> String {
        fs::read_to_string(self.deployed.path("watched")).unwrap()
    }
}

/// Some more work, and the newest checkpoint as the service delivers it. Gives its size.
fn grown(deployed: &Deployed, old: u64) -> u64 {
    let service = deployed.start();
    deployed.client(service.base(), Seat::Coordinator).get("/api/v1/me").expect(200);
    sequenced(&Owner::of(&deployed.database));
    assert!(service.stop().success());
    let request = deployed.run(&["ledger", "ask-witness", "--config", &deployed.config(), "--old", &old.to_string()]);
    let note = request.split_once("\n\n").unwrap().1;
    let size: u64 = note.lines().nth(1).unwrap().parse().unwrap();
    let log = name_of(ORIGIN);
    deployed.write(&format!("drop/{log}.{old}-{size}.request"), &request);
    deployed.write(&format!("drop/{log}.{size}.checkpoint"), note);
    size
}

#[test]
fn a_log_is_followed_and_a_fork_a_rollback_and_a_standstill_are_said() {
    let deployed = Deployed::new(Backend::Sqlite);
    fs::create_dir(deployed.path("drop")).unwrap();
    let watcher = Watcher { deployed: &deployed, vkey: deployed.vkey() };
    assert_eq!(watcher.look(&[]).0, 2, "there is nothing yet");
    let first = grown(&deployed, 0);
    let (code, said) = watcher.look(&["--stale", "60"]);
    assert!(code == 0 && said.starts_with(&format!("BEGUN: {first} entries")), "{said}");
    let second = grown(&deployed, first);
    let (code, said) = watcher.look(&[]);
    assert!(code == 0 && said.contains(&format!("{second} entries, which continue the {first} known")), "{said}");
    let (code, said) = watcher.look(&["--stale", "60"]);
    assert!(code == 0 && said.contains("as known"), "{said}");

    // An hour later.
    let hour_ago = SystemTime::now() - Duration::from_secs(3_700);
    File::options().write(true).open(deployed.path("watched")).unwrap().set_modified(hour_ago).unwrap();
    let (code, said) = watcher.look(&["--stale", "60"]);
    assert!(code == 1 && said.starts_with("STALE"), "{said}");
    assert_eq!(watcher.look(&["--stale", "120"]).0, 0);

    let newest = format!("drop/{}.{second}.checkpoint", name_of(ORIGIN));
    let note = fs::read_to_string(deployed.path(&newest)).unwrap();
    fs::remove_file(deployed.path(&newest)).unwrap();
    let (code, said) = watcher.look(&[]);
    assert!(code == 1 && said.starts_with("ROLLBACK"), "{said}");
    deployed.write(&newest, &note.replacen(&format!("\n{second}\n"), &format!("\n{}\n", second + 1), 1));
    let (code, said) = watcher.look(&[]);
    assert!(code == 1 && said.starts_with("NOT SIGNED"), "{said}");
    assert_eq!(watcher.state(), note, "what was believed stays");
    deployed.write(&newest, &note);

    // By exports as well, which hold their own proof.
    let export = deployed.export();
    let by_export = ["--export", export.to_str().unwrap()];
    assert_eq!(watcher.look(&by_export).0, 0);
    let third = grown(&deployed, second);
    let (code, said) = watcher.look(&[]);
    assert!(code == 0 && said.contains(&third.to_string()), "{said}");
    let (code, said) = watcher.look(&by_export);
    assert!(code == 1 && said.contains("rolled back"), "{said}");
    assert_eq!(watcher.look(&["--key", "nonsense"]).0, 2);
}
