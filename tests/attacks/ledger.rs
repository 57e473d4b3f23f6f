//! The log in an auditor's hands: exported and verified by the command, damaged byte by byte, rolled back.

use super::deployed::{Deployed, ORIGIN};
use super::sql::{LEDGER, Owner};
use super::work::{amend, cases_of, referral, sequenced, submit};
use super::alarms;
use crate::harness::{Backend, Folder, Running, Service};
use channel_panel::demo::seats::Seat;
use serde_json::json;
use std::fs;
use std::path::Path;

/// A deployment with a little of everything in its log, stopped.
fn worked(backend: Backend) -> Deployed {
    let deployed = Deployed::new(backend);
    let service = deployed.start();
    let owner = Owner::of(&deployed.database);
    let school = deployed.client(service.base(), Seat::School);
    let case = cases_of(&owner, &submit(&school, &referral("Philomena", "Gatsby")))[0].clone();
    let officer = deployed.client(service.base(), Seat::Coordinator);
    super::work::matched(&owner);
    amend(&officer, &case, "contact", &json!({ "howToReach": "By letter" }));
    for _ in 0..3 {
        officer.get(&super::work::path(&case)).expect(200);
        school.get("/api/v1/cases/none").expect(404);
    }
    sequenced(&owner);
    assert!(service.stop().success());
    deployed
}

#[test]
fn an_honest_export_is_good_and_a_damaged_one_names_its_first_bad_entry() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let deployed = worked(backend);
        let vkey = deployed.vkey();
        let export = deployed.export();
        let (code, said) = deployed.verify(&export, &vkey, &[]);
        assert_eq!(code, 0, "{said}");
        assert!(said.starts_with("GOOD"), "{said}");
        if backend == Backend::Sqlite {
            every_file_damaged(&deployed, &export, &vkey);
        }
        strangers(&deployed, &export, &vkey);
    }
}

/// First, last and some bytes between, of every file.
fn every_file_damaged(deployed: &Deployed, export: &Path, vkey: &str) {
    let mut tried = 0;
    for file in fs::read_dir(export).unwrap().map(|entry| entry.unwrap().path()) {
        let honest = fs::read(&file).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let last = honest.len() - 1;
        let between = (1..8).map(|n| n * last / 8);
        for at in [0, last].into_iter().chain(between) {
            let mut damaged = honest.clone();
            damaged[at] ^= 0x01;
            fs::write(&file, &damaged).unwrap();
            let (code, said) = deployed.verify(export, vkey, &[]);
            tried += 1;
            assert!(code == 1 || code == 2, "{name} at {at} is not noticed: {said}");
            let lines = honest[..at].iter().filter(|byte| **byte == b'\n').count();
            if name == "entries.ndjson" || name == "leaves" {
                assert_eq!(code, 1, "{name} at {at}: {said}");
                // A damaged end of line makes one of two.
                let near = [format!("entry {lines}:"), format!("entry {}:", lines + 1)];
                let first = said.lines().find(|line| line.starts_with("entry ")).unwrap_or_else(|| panic!("{name} at {at}: {said}"));
                assert!(near.iter().any(|wanted| first.starts_with(wanted)), "{name} at {at}: {first}");
            }
        }
        fs::write(&file, &honest).unwrap();
    }
    assert_eq!(deployed.verify(export, vkey, &[]).0, 0, "mended again");
    println!("{tried} damaged bytes, all noticed");
}

fn strangers(deployed: &Deployed, export: &Path, vkey: &str) {
    // Elsewhere, with the deployment gone: folder, keys, database.
    let auditor = Folder::new();
    let copy = auditor.join("export");
    fs::create_dir(&copy).unwrap();
    for file in fs::read_dir(export).unwrap().map(|entry| entry.unwrap()) {
        fs::copy(file.path(), copy.join(file.file_name())).unwrap();
    }
    let away = deployed.path("keys-away");
    fs::rename(deployed.path("keys"), &away).unwrap();
    let verify = |more: &[&str], key: &str| {
        let mut command = Service::binary();
        command.env_clear().current_dir(auditor.path()).args(["ledger", "verify", "export", "--key", key]).args(more);
        let done = command.output().unwrap();
        (done.status.code().unwrap(), String::from_utf8_lossy(&done.stdout).into_owned())
    };
    assert_eq!(verify(&[], vkey).0, 0, "without database, keys or environment");
    fs::rename(&away, deployed.path("keys")).unwrap();

    let other = Folder::new();
    let wrong = channel_panel::ledger::signer::create_key(&other.join("key"), ORIGIN).unwrap().vkey().to_string();
    assert_eq!(verify(&[], &wrong).0, 1, "a log that another key signed");
    assert_eq!(verify(&[], "nonsense").0, 2);

    let known = copy.join("checkpoint");
    let known = known.to_str().unwrap();
    assert_eq!(verify(&["--known", known], vkey).0, 0);
    // Later: the log has grown, and continues what is known; what was known then does not continue it.
    let service = deployed.start();
    deployed.client(service.base(), Seat::Coordinator).get("/api/v1/me").expect(200);
    sequenced(&Owner::of(&deployed.database));
    assert!(service.stop().success());
    let later = deployed.export();
    let (code, said) = deployed.verify(&later, vkey, &["--known", known]);
    assert_eq!(code, 0, "{said}");
    let newer = later.join("checkpoint");
    let (code, said) = verify(&["--known", newer.to_str().unwrap()], vkey);
    assert!(code == 1 && said.contains("rolled back"), "{code}: {said}");
}

#[test]
fn a_log_that_was_rolled_back_is_signed_no_more() {
    alarms::listen();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut running = Running::start(backend);
        let owner = Owner::of(&running.database);
        let coordinator = running.client(Seat::Coordinator);
        let work = || coordinator.get("/api/v1/me").expect(200);
        work();
        sequenced(&owner);
        owner.keep("old", &LEDGER);
        for _ in 0..5 {
            work();
        }
        sequenced(&owner);
        let signed = owner.text("SELECT CAST(max(size) AS TEXT) AS v FROM ledger_checkpoint");
        let mark = alarms::mark();
        owner.put_back("old", &LEDGER);
        let old = owner.text("SELECT CAST(max(size) AS TEXT) AS v FROM ledger_checkpoint");
        assert_ne!(old, signed);
        // The signer speaks at the next turn; a log that grows past what it signed does not deceive it either.
        std::thread::sleep(std::time::Duration::from_millis(500));
        let now = owner.text("SELECT CAST(max(size) AS TEXT) AS v FROM ledger_checkpoint");
        assert_eq!(now, old, "{backend:?}: a checkpoint was published on an older log");
        assert!(running.signer_folder().join("alarm").exists());
        assert!(alarms::since(mark).contains("refused: the log is smaller than what was signed"));
        let error = running.restart().expect_err("a stopped signer stays stopped");
        assert!(error.to_string().contains("alarm"), "{error}");
    }
}
