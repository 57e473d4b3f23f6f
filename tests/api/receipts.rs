//! Receipts over HTTP: whoever asks gets the service's signed word for the entry of this very request, and can prove with it
//! that the entry was dropped, whoever owns the database.

use super::entered;
use super::town::Town;
use crate::attacks::sql::Owner;
use crate::harness::{Answer, Backend, Folder, Running, running_on_both};
use crate::ledger::second_verifier::{said, second_given};
use crate::store::{draft, wait};
use channel_panel::app::ledger_export;
use channel_panel::app::sequencer::Sequencer;
use channel_panel::clock::Clock;
use channel_panel::demo::seats::Seat;
use channel_panel::ledger::note::VKey;
use channel_panel::ledger::receipt::Receipt;
use channel_panel::ledger::signer::{Signer, load_key};
use channel_panel::ledger::verify::{Given, verify_given};
use channel_panel::store::rows::Published;
use channel_panel::store::{Settings, Store};
use serde_json::json;
use std::sync::Arc;

fn keys(running: &Running) -> Vec<VKey> {
    vec![running.vkey.parse().unwrap()]
}

fn asked(town: &Town<'_>, seat: Seat, path: &str) -> Answer {
    town.seat(seat).with("Ledger-Receipt", "wanted".to_owned()).get(path)
}

#[track_caller]
fn receipt(running: &Running, answer: &Answer) -> Receipt {
    let line = answer.header("ledger-receipt").expect("a receipt was wanted");
    Receipt::open(line, &keys(running)).unwrap()
}

#[test]
fn whoever_asks_gets_the_word_for_the_entry_of_this_request_and_of_refusals_too() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Hindmarsh", false);
        let shown = asked(&town, Seat::Coordinator, &format!("/api/v1/cases/{case}")).expect(200);
        let missing = asked(&town, Seat::Guest, &format!("/api/v1/cases/{case}")).expect(404);
        let refused = asked(&town, Seat::Coordinator, "/api/v1/ledger/entries").expect(403);
        let unknown = asked(&town, Seat::Coordinator, "/api/v1/nowhere").expect(404);
        let noted = town
            .seat(Seat::Coordinator)
            .request("POST", &format!("/api/v1/cases/{case}/log"))
            .header("Ledger-Receipt", "wanted")
            .json(&json!({"on": town.today(), "kind": "note", "note": "The school rang."}))
            .send()
            .expect(201);
        for answer in [&shown, &missing, &refused, &unknown, &noted] {
            let receipt = receipt(running, answer);
            let entry = entered::one(running, answer);
            assert_eq!(
                (entry["writer"].as_str().unwrap(), entry["n"].as_i64().unwrap()),
                (&*receipt.writer, receipt.n)
            );
            assert_eq!(entry["at"], receipt.at.rfc3339());
            let stored = running.service.store.reader().unwrap().entry_of_writer(&receipt.writer, receipt.n).unwrap();
            assert_eq!(stored.unwrap().leaf, receipt.leaf);
        }
        // Many at once are entered together, and each is given its own.
        let numbers: std::collections::BTreeSet<(String, i64)> = std::thread::scope(|scope| {
            let ask = || receipt(running, &asked(&town, Seat::Coordinator, "/api/v1/me").expect(200));
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(ask)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .map(|receipt| (receipt.writer, receipt.n))
                .collect()
        });
        assert_eq!(numbers.len(), 16);
    });
}

#[test]
fn nobody_gets_a_receipt_who_did_not_ask_or_is_not_known() {
    running_on_both(|running| {
        let town = Town::new(running);
        assert_eq!(town.seat(Seat::Coordinator).get("/api/v1/me").expect(200).header("ledger-receipt"), None);
        let stranger = town.nobody().with("Ledger-Receipt", "wanted".to_owned()).get("/api/v1/me").expect(401);
        assert_eq!(stranger.header("ledger-receipt"), None);
        let odd = town.seat(Seat::Coordinator).with("Ledger-Receipt", "yes".to_owned()).get("/api/v1/me");
        assert_eq!((odd.problem(), odd.header("ledger-receipt")), ("invalid".to_owned(), None));
        assert_eq!(odd.json()["errors"][0]["field"], "Ledger-Receipt");
    });
}

/// What both verifiers say of the log as the database has it, held to a receipt.
fn verdict(running: &Running, line: &str) -> String {
    let folder = Folder::new();
    let (export, file) = (folder.join("export"), folder.join("receipt"));
    std::fs::write(&file, line).unwrap();
    let store = Store::open(running.url(), &Settings::default()).unwrap();
    let keys = keys(running);
    ledger_export::write(&store, &export, &keys, Published::Signed).unwrap();
    let receipts = [Receipt::open(line, &keys).unwrap()];
    let report = verify_given(&export, &Given { keys: &keys, receipts: &receipts, ..Given::default() });
    // The fixed time of that test's exports is long before the clock's.
    let more = ["--receipt", file.to_str().unwrap(), "--now", "2999-01-01T00:00:00Z"].map(str::to_owned);
    let (first, second) = (said(&report), second_given(&[export], &keys, None, &more));
    assert_eq!(second.first(), Some(&first), "{report}");
    first.0
}

#[test]
fn what_the_owner_drops_before_it_has_its_place_is_proved_by_its_receipt() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut running = Running::start(backend);
        let key = load_key(&running.signer_folder().join("log.key"), crate::harness::ORIGIN).unwrap();
        Town::new(&running).seat(Seat::Coordinator).get("/api/v1/me").expect(200);
        running.stop();
        // The service without its sequencer, as if that were stopped: what is entered waits for its place.
        let beside = running.beside();
        let recorder = &beside.service.recorder;
        let promised =
            |seat: &'static str| wait(recorder.enter(crate::store::somebody(), draft(seat))).unwrap().sign(&key);
        let (kept, dropped) = (promised("test.kept"), promised("test.dropped"));
        let owner = Owner::of(&running.database);
        drop(beside);
        // With its place in the queue, and all that its writer wrote later, beats too: neither queue nor counter shows it.
        let which = "writer = (SELECT writer FROM ledger_entry WHERE operation = 'test.dropped') \
                     AND n >= (SELECT n FROM ledger_entry WHERE operation = 'test.dropped')";
        owner.run(&format!("DELETE FROM ledger_queue WHERE id IN (SELECT id FROM ledger_entry WHERE {which})"));
        let ids = owner.texts(&format!("SELECT CAST(id AS TEXT) AS v FROM ledger_entry WHERE {which}"));
        owner.run(&format!("DELETE FROM ledger_entry WHERE id IN ({})", ids.join(", ")));
        let later = draft("test.later").finish("later", 1, in_ten_minutes(), [5; 32]).unwrap();
        let store = Store::open(running.url(), &Settings::default()).unwrap();
        store.writer().unwrap().transaction(|tx| tx.append_entry(&later, &[])).unwrap();
        let signer = Signer::open(&running.signer_folder(), load(&running)).unwrap();
        let mut sequencer =
            Sequencer::new(store, Arc::new(Clock::default()), Arc::new(load(&running)), "after", Some(signer));
        while sequencer.sequence_once().unwrap() > 0 {}
        sequencer.publish().unwrap().unwrap();
        assert_eq!(verdict(&running, &kept), "GOOD", "{backend:?}");
        assert_eq!(verdict(&running, &dropped), "BAD", "{backend:?}");
    }
}

fn load(running: &Running) -> channel_panel::ledger::note::LogKey {
    load_key(&running.signer_folder().join("log.key"), crate::harness::ORIGIN).unwrap()
}

fn in_ten_minutes() -> channel_panel::clock::Moment {
    Clock::default().instant().plus_seconds(600)
}
