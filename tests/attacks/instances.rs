//! Several instances on one database: one signs, the others place and serve; and checkpoints leave the host, which readiness knows.

use super::deployed::Deployed;
use super::sql::Owner;
use super::work::sequenced;
use crate::harness::{Backend, Client};
use channel_panel::clock::Moment;
use channel_panel::demo::seats::Seat;
use channel_panel::ledger::delivered::Delivered;
use channel_panel::ledger::dropped::DropFolder;
use channel_panel::ledger::note;
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, Instant};

fn ready(base: &str) -> Value {
    Client::new(base).get("/health/ready").expect(200).json()
}

/// A further instance's configuration: gives its path.
fn further(deployed: &Deployed) -> String {
    let toml =
        deployed.toml("127.0.0.1:0", "").replace("sequence_every_ms = 50", "sequence_every_ms = 50\nsigns = false");
    deployed.write("further.toml", &toml);
    deployed.path("further.toml")
}

fn number(owner: &Owner<'_>, of: &str) -> i64 {
    owner.text(&format!("SELECT CAST({of} AS TEXT) AS v")).parse().unwrap()
}

/// Until no entry waits for its place.
fn placed(owner: &Owner<'_>) {
    let began = Instant::now();
    while owner.count("ledger_queue") > 0 {
        assert!(began.elapsed() < Duration::from_secs(30), "nobody places");
        std::thread::sleep(Duration::from_millis(30));
    }
}

#[test]
fn one_signs_and_the_other_serves_and_places_with_it_and_without() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let deployed = Deployed::new(backend);
        let signing = deployed.start();
        let owner = Owner::of(&deployed.database);
        let (code, said) = deployed.refused(&["serve", "--config", &deployed.config()]);
        assert!(
            code == 1 && said.contains("another process holds the signer's state") && said.contains("signs = false"),
            "{said}"
        );
        let other = deployed.serve(&further(&deployed));
        assert_eq!((&ready(signing.base())["signs"], &ready(other.base())["signs"]), (&json!(true), &json!(false)));

        let work = |base: &str, times: usize| {
            let client = deployed.client(base, Seat::Coordinator).with("Ledger-Receipt", "wanted".to_owned());
            let answers: Vec<_> = (0..times).map(|_| client.get("/api/v1/me").expect(200)).collect();
            answers.last().unwrap().header("ledger-receipt").unwrap().to_owned()
        };
        std::thread::scope(|scope| {
            for base in [signing.base(), other.base(), signing.base(), other.base()] {
                scope.spawn(|| work(base, 15));
            }
        });
        let promised = work(other.base(), 1);
        sequenced(&owner);

        assert!(signing.stop().success());
        let signed = number(&owner, "(SELECT max(size) FROM ledger_checkpoint)");
        let later = work(other.base(), 10);
        placed(&owner);
        assert_eq!(number(&owner, "(SELECT max(size) FROM ledger_checkpoint)"), signed, "nobody signs");
        assert!(number(&owner, "(SELECT size FROM ledger_tree)") >= signed + 10, "and all is placed");

        let signing = deployed.start();
        sequenced(&owner);
        assert!(number(&owner, "(SELECT max(size) FROM ledger_checkpoint)") >= signed + 10);
        for service in [signing, other] {
            assert!(service.stop().success());
        }
        let signing = deployed.start();
        sequenced(&owner);
        assert!(signing.stop().success());
        assert_eq!(owner.count("ledger_entry"), owner.count("ledger_leaf"), "{backend:?}: each has one place");
        let export = deployed.export();
        for (at, receipt) in [promised, later].iter().enumerate() {
            let name = format!("receipt-{at}");
            deployed.write(&name, receipt);
            let (code, said) = deployed.verify(&export, &deployed.vkey(), &["--receipt", &deployed.path(&name)]);
            assert_eq!(code, 0, "{backend:?}: {said}");
        }
    }
}

#[test]
fn a_further_instance_makes_no_signer_and_starts_on_no_other_log() {
    let deployed = Deployed::new(Backend::Sqlite);
    let elsewhere = further(&deployed);
    let toml = fs::read_to_string(&elsewhere).unwrap().replace(&deployed.path("signer"), &deployed.path("its-own"));
    deployed.write("further.toml", &toml);
    let init = ["keys", "init", "--config", &elsewhere];
    let (code, said) = deployed.refused(&init);
    assert!(code == 1 && said.contains("log.key"), "{said}");
    assert!(!deployed.folder.join("its-own/state").exists());
    fs::create_dir(deployed.path("its-own")).unwrap();
    let copied = deployed.folder.join("its-own/log.key");
    fs::copy(deployed.folder.join("signer/log.key"), &copied).unwrap();
    deployed.run(&init);
    assert!(!deployed.folder.join("its-own/state").exists());
    let signing = deployed.start();
    deployed.client(signing.base(), Seat::Coordinator).get("/api/v1/me").expect(200);
    sequenced(&Owner::of(&deployed.database));
    assert!(signing.stop().success());
    assert!(deployed.serve(&elsewhere).stop().success(), "with the log's key alone");
    // Another log's key: what is in the database was not signed by it.
    fs::remove_file(&copied).unwrap();
    channel_panel::ledger::signer::create_key(&copied, super::deployed::ORIGIN).unwrap();
    let (code, said) = deployed.refused(&["serve", "--config", &elsewhere]);
    assert!(code == 1 && said.contains("not the one that was signed"), "{said}");
}

#[test]
fn readiness_says_when_nobody_takes_checkpoints_and_keeps_nobody_out() {
    let deployed = Deployed::new(Backend::Sqlite);
    let drop = deployed.path("drop");
    let table = format!("[ledger.delivery]\ndirectory = \"{drop}\"\nevery_minutes = 1\noverdue_minutes = 2\n");
    assert_eq!(ready(deployed.start().base()).get("checkpoints"), None, "none are sent out");
    deployed.write("config.toml", &deployed.toml("127.0.0.1:0", &table));
    // Since long ago nothing was taken, and now the folder is not there.
    Delivered::nothing(Moment(0)).keep(&deployed.folder.join("signer")).unwrap();
    let service = deployed.start();
    assert_eq!(ready(service.base())["checkpoints"], "overdue");
    deployed.client(service.base(), Seat::Coordinator).get("/api/v1/me").expect(200);
    Client::new(service.base()).get("/health/live").expect(200);
    assert!(service.stop().success());

    fs::create_dir(&drop).unwrap();
    let service = deployed.start();
    let began = Instant::now();
    while ready(service.base())["checkpoints"] != "delivered" {
        assert!(began.elapsed() < Duration::from_secs(30), "nothing is delivered: {}", service.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    let folder = DropFolder::of(drop.as_ref(), super::deployed::ORIGIN);
    let size = *folder.sizes().unwrap().last().unwrap();
    let key = deployed.vkey().parse().unwrap();
    assert_eq!(note::open(&folder.checkpoint(size).unwrap(), &[key]).unwrap().size, size);
    let open = fs::metadata(deployed.folder.join("signer/delivered")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&open.permissions()) & 0o777, 0o600);
    assert!(service.stop().success());
}
