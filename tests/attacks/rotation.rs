//! The log changes its key, by the commands: both sign for a time, and then the new one alone. Both verifiers believe the key that
//! the auditor brings, and never one because the log names it.

use super::deployed::{Deployed, ORIGIN};
use super::sql::Owner;
use super::work::sequenced;
use crate::harness::Backend;
use crate::ledger::second_verifier::second_given;
use channel_panel::clock::Clock;
use channel_panel::demo::seats::Seat;
use channel_panel::ledger::attest::Attester;
use channel_panel::ledger::entry::{DetailValue, Draft, Outcome};
use channel_panel::ledger::note::{LogKey, VKey};
use channel_panel::ledger::signer::{create_key, load_key};
use channel_panel::store::{Settings, Store};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Some work, all of it signed.
fn worked(deployed: &Deployed) {
    let service = deployed.start();
    deployed.client(service.base(), Seat::Coordinator).get("/api/v1/me").expect(200);
    sequenced(&Owner::of(&deployed.database));
    assert!(service.stop().success());
}

/// The verdict of both verifiers, by whichever of the keys, which must be one.
fn verdict(deployed: &Deployed, export: &Path, keys: &[&str], known: Option<&Path>) -> i32 {
    let mut more: Vec<&str> = keys.iter().skip(1).flat_map(|key| ["--key", *key]).collect();
    more.extend(known.iter().flat_map(|known| ["--known", known.to_str().unwrap()]));
    let (code, said) = deployed.verify(export, keys[0], &more);
    let parsed: Vec<VKey> = keys.iter().map(|key| key.parse().unwrap()).collect();
    let now = ["--whole", "--now", "2999-01-01T00:00:00Z"].map(str::to_owned);
    let second = second_given(&[PathBuf::from(export)], &parsed, known, &now);
    assert_eq!(second[0].0, ["GOOD", "BAD", "NOTHING DECIDED"][usize::try_from(code).unwrap()], "{said}");
    code
}

/// The commands of a change of keys, in their order.
fn steps(config: &str) -> [Vec<&str>; 3] {
    [&[][..], &["--finish"], &["--retire"]].map(|step| [&["ledger", "rotate-key", "--config", config], step].concat())
}

#[test]
fn both_keys_sign_for_a_time_and_then_the_new_one_alone() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let deployed = Deployed::new(backend);
        let config = deployed.config();
        let [begin, finish, retire] = steps(&config);
        let signer = deployed.folder.join("signer");
        worked(&deployed);
        let (old, before) = (deployed.vkey(), deployed.export());
        assert!(deployed.refused(&finish).1.contains("no next key"));
        let service = deployed.start();
        assert!(deployed.refused(&begin).1.contains("another process holds"), "not under a service that signs");
        assert!(service.stop().success());

        let said = deployed.run(&begin);
        let new = said.lines().find(|line| line.starts_with(ORIGIN)).unwrap().to_owned();
        assert_ne!(new, old);
        assert!(deployed.run(&begin).contains(&new), "what broke off goes on with the same key");
        assert!(deployed.refused(&finish).1.contains("not signed by the next key"), "nobody has seen it sign");
        worked(&deployed);
        let during = deployed.export();
        for keys in [vec![&*old], vec![&*new], vec![&*old, &*new], vec![&*new, &*old]] {
            assert_eq!(verdict(&deployed, &during, &keys, None), 0, "{backend:?}");
        }
        let known = before.join("checkpoint");
        assert_eq!(verdict(&deployed, &during, &[&old], Some(&known)), 0);
        assert_eq!(verdict(&deployed, &during, &[&old, &new], Some(&known)), 0);
        assert_eq!(fs::read_to_string(during.join("keys")).unwrap(), format!("{old}\n{new}\n"));

        assert!(deployed.run(&finish).contains(&new));
        assert_eq!(deployed.vkey(), new);
        let id = old.split('+').nth(1).unwrap();
        let mode = |name: &str| fs::metadata(signer.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("log.key"), mode(&format!("log.key.retired-{id}"))), (0o600, 0o600));
        assert!(!signer.join("log.key.next").exists());
        worked(&deployed);
        let after = deployed.export();
        assert_eq!(verdict(&deployed, &after, &[&new], None), 0);
        assert_eq!(verdict(&deployed, &after, &[&old], None), 1, "{backend:?}: the old one speaks no more");
        assert_eq!(verdict(&deployed, &after, &[&new], Some(&during.join("checkpoint"))), 0);
        assert_eq!(verdict(&deployed, &after, &[&old, &new], Some(&known)), 0, "what it said before still counts");
        // With the new key everywhere the log gives the old one up.
        let said = deployed.run(&retire);
        assert!(said.contains("1 former key retired"), "{said}");
        assert!(deployed.run(&retire).contains("no former key"), "twice is no harm");
        worked(&deployed);
        let given_up = deployed.export();
        for keys in [vec![&*new], vec![&*old, &*new]] {
            assert_eq!(verdict(&deployed, &given_up, &keys, None), 0, "{backend:?}");
        }
        // Whoever has it begins a writer with it, and the service logs that too.
        let stolen = load_key(&signer.join(format!("log.key.retired-{id}")), ORIGIN).unwrap();
        forge_writer(&deployed, &stolen);
        worked(&deployed);
        assert_eq!(
            verdict(&deployed, &deployed.export(), &[&new], None),
            1,
            "{backend:?}: a retired key began a writer"
        );
    }
}

/// Entered by whoever owns the database, with a key of the log's.
fn forge_writer(deployed: &Deployed, key: &LogKey) {
    let (mut word, begin) = Attester::begin(key, "forger/1").unwrap();
    let store = Store::open(deployed.database.url(), &Settings::default()).unwrap();
    let enter = |n: i64, draft: &Draft| {
        let entry = draft.finish("forger/1", n, Clock::default().instant(), [6; 32]).unwrap();
        store.writer().unwrap().transaction(|tx| tx.append_entry(&entry, &[])).unwrap();
        entry.leaf
    };
    word.committed(1, &enter(1, &begin));
    enter(2, &word.beat(true).unwrap());
}

#[test]
fn a_former_key_is_destroyed_where_that_is_asked_for() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let deployed = Deployed::new(backend);
        let config = deployed.config();
        let [begin, finish, _] = steps(&config);
        let signer = deployed.folder.join("signer");
        worked(&deployed);
        deployed.run(&begin);
        worked(&deployed);
        deployed.run(&[&finish[..], &["--destroy"]].concat());
        let files: Vec<_> =
            fs::read_dir(&signer).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        assert!(!files.iter().any(|name| name.contains("retired")), "{files:?}");
    }
}

#[test]
fn a_key_is_not_believed_because_the_log_names_it() {
    let deployed = Deployed::new(Backend::Sqlite);
    worked(&deployed);
    let old = deployed.vkey();
    let forged = create_key(&deployed.folder.join("forged.key"), ORIGIN).unwrap().vkey().clone();
    // Whoever may write to the database can have the log say so; and the service signs it, for that is what the log says.
    let draft = Draft {
        operation: "ledger.key",
        outcome: Outcome::Changed,
        detail: vec![
            ("key", DetailValue::Digest(forged.public_key())),
            ("id", DetailValue::Number(i64::from(forged.id()))),
        ],
        ..crate::store::draft("ledger.key")
    };
    let entry = draft.finish("forger", 1, Clock::default().instant(), [6; 32]).unwrap();
    let store = Store::open(deployed.database.url(), &Settings::default()).unwrap();
    store.writer().unwrap().transaction(|tx| tx.append_entry(&entry, &[])).unwrap();
    worked(&deployed);
    let export = deployed.export();
    assert_eq!(verdict(&deployed, &export, &[&old], None), 1, "nobody vouched for whoever wrote it");
    assert_eq!(verdict(&deployed, &export, &[&forged.to_string()], None), 1, "the log names it, and it signs nothing");
    // Nor does the service take it for an announcement of its own next key.
    let config = deployed.config();
    deployed.run(&["ledger", "rotate-key", "--config", &config]);
    let (_, said) = deployed.refused(&["ledger", "rotate-key", "--config", &config, "--finish"]);
    assert!(said.contains("not signed by the next key"), "{said}");
}
