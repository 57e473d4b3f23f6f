//! The log's own tables, while the service runs: what the API will not show, what the sequencer will not build on, what
//! an export does not hide.

use super::Scene;
use crate::api::entered::entries_path;
use crate::attacks::alarms;
use crate::attacks::sql::LEDGER;
use crate::attacks::work::sequenced;
use crate::harness::Folder;
use channel_panel::app::ledger_export;
use channel_panel::demo::seats::Seat;
use channel_panel::ledger::report::Status;
use channel_panel::ledger::verify::verify;
use channel_panel::store::rows::Published;
use channel_panel::store::{Settings, Store};

pub fn attacks(scene: &mut Scene<'_>) {
    shown(scene);
    exported(scene);
    altered_tree(scene);
}

/// An entry of `amendCategory` that has its place, and the seq of that place.
fn an_entry(scene: &Scene<'_>) -> (String, String) {
    let id = scene.owner.text("SELECT CAST(max(id) AS TEXT) AS v FROM ledger_entry WHERE operation = 'amendCategory'");
    let seq = scene.owner.text(&format!("SELECT CAST(seq AS TEXT) AS v FROM ledger_leaf WHERE entry_id = {id}"));
    (id, seq)
}

fn shown(scene: &mut Scene<'_>) {
    sequenced(&scene.owner);
    let (id, _) = an_entry(scene);
    let auditor = scene.running.client(Seat::Auditor).purpose("audit");
    let path = &entries_path("operation=amendCategory");
    let neighbour = scene.running.borough.neighbour;
    scene.running.client(Seat::NeighbourCoordinator).get("/api/v1/me").expect(200);
    let attacks = [
        (
            "rewrite an entry's body",
            format!("UPDATE ledger_entry SET body = replace(body, 'amendCategory', 'openCase') WHERE id = {id}"),
        ),
        (
            "give an entry to another panel's auditor",
            format!(
                "UPDATE ledger_entry SET operation = 'amendCategory', panel = '{}' WHERE panel = '{neighbour}'",
                scene.running.borough.panel
            ),
        ),
    ];
    for (name, sql) in attacks {
        auditor.get(path).expect(200);
        scene.owner.keep("kept", &LEDGER);
        scene.owner.run(&sql);
        let mark = alarms::mark();
        let answer = auditor.get(path);
        assert_eq!(answer.problem(), "integrity", "{name}: {}", answer.text());
        assert!(alarms::since(mark).contains("an entry is not the one that was committed"));
        // Entries were added meanwhile: only the one row is put back.
        scene.owner.run(
            "UPDATE ledger_entry SET body = (SELECT o.body FROM kept_ledger_entry o WHERE o.id = ledger_entry.id), \
             panel = (SELECT o.panel FROM kept_ledger_entry o WHERE o.id = ledger_entry.id), \
             operation = (SELECT o.operation FROM kept_ledger_entry o WHERE o.id = ledger_entry.id) \
             WHERE id IN (SELECT id FROM kept_ledger_entry)",
        );
        auditor.get(path).expect(200);
        scene.found(name, "integrity: leaf and body compared");
    }
}

/// What `ledger verify` says of the database's log as it is now.
pub fn verified(scene_url: &str, vkey: &str) -> (Status, Option<u64>, Vec<String>) {
    let folder = Folder::new();
    let store = Store::open(scene_url, &Settings::default()).unwrap();
    let keys = [vkey.parse().unwrap()];
    ledger_export::write(&store, &folder.join("export"), &keys, Published::Signed).unwrap();
    let report = verify(&folder.join("export"), &keys, None, None).must_be_whole();
    (report.status, report.first_bad(), report.findings.iter().map(|f| f.what.to_string()).collect())
}

fn exported(scene: &mut Scene<'_>) {
    sequenced(&scene.owner);
    let (id, seq) = an_entry(scene);
    let running = scene.running;
    let now = || verified(running.url(), &running.vkey);
    assert_eq!(now().0, Status::Good, "{:?}", now().2);
    let leaf = if running.database.backend() == crate::harness::Backend::Sqlite {
        "zeroblob(32)"
    } else {
        "decode(repeat('00', 32), 'hex')"
    };
    let attacks = [
        (
            "rewrite an entry's body, exported",
            format!("UPDATE ledger_entry SET body = replace(body, 'contact', 'health') WHERE id = {id}"),
        ),
        ("delete an entry", format!("DELETE FROM ledger_entry WHERE id = {id}")),
        ("replace an entry's salt", format!("UPDATE ledger_entry SET salt = {leaf} WHERE id = {id}")),
        ("replace a leaf", format!("UPDATE ledger_leaf SET leaf = {leaf} WHERE seq = {seq}")),
        ("delete a leaf", format!("DELETE FROM ledger_leaf WHERE seq = {seq}")),
        (
            "exchange two entries' places",
            format!(
                "UPDATE ledger_leaf SET entry_id = -entry_id WHERE seq IN ({seq}, {seq} - 1); UPDATE ledger_leaf SET entry_id = (SELECT -o.entry_id FROM ledger_leaf o WHERE o.seq = {seq} - 1) WHERE seq = {seq}; UPDATE ledger_leaf SET entry_id = {id} WHERE seq = {seq} - 1"
            ),
        ),
    ];
    for (name, sql) in attacks {
        scene.owner.keep("kept", &LEDGER);
        scene.owner.run(&sql);
        let (status, first, said) = now();
        assert_eq!(status, Status::Bad, "{name}");
        let near = seq.parse::<u64>().unwrap();
        // Without its leaf an entry is not in the export at all: what is named is the first that contradicts it.
        let latest = if name == "delete a leaf" { near + 4 } else { near };
        let placed = first.is_some_and(|first| (near - 1..=latest).contains(&first));
        assert!(placed, "{name}: entry {first:?}, not {near}: {said:?}");
        scene.owner.put_back("kept", &LEDGER);
        assert_eq!(now().0, Status::Good, "{name}, undone");
        scene.found(name, format!("verify: {}", said[0]));
    }
}

/// The head that the sequencer builds on, and its checkpoints.
fn altered_tree(scene: &mut Scene<'_>) {
    sequenced(&scene.owner);
    let published = |scene: &Scene<'_>| scene.owner.text("SELECT CAST(max(size) AS TEXT) AS v FROM ledger_checkpoint");
    let before = published(scene);
    scene.owner.keep("kept", &["ledger_tree"]);
    let mark = alarms::mark();
    scene.owner.run("UPDATE ledger_tree SET root = (SELECT leaf FROM ledger_leaf WHERE seq = 0)");
    scene.running.client(Seat::Coordinator).get("/api/v1/me").expect(200);
    std::thread::sleep(std::time::Duration::from_millis(400));
    assert!(alarms::since(mark).contains("the tree in the database has been altered"));
    assert_eq!(published(scene), before);
    scene.owner.put_back("kept", &["ledger_tree"]);
    sequenced(&scene.owner);
    assert_ne!(published(scene), before);
    scene.found("alter the tree's head", "sequencer: head and frontier compared; nothing is placed or signed");
    let (running, newest) = (scene.running, published(scene));
    scene.owner.keep("kept", &["ledger_checkpoint"]);
    scene.owner.run(&format!("UPDATE ledger_checkpoint SET note = (SELECT o.note FROM kept_ledger_checkpoint o WHERE o.size = {before}) WHERE size = {newest}"));
    let (status, _, said) = verified(running.url(), &running.vkey);
    assert_eq!(status, Status::Bad, "{said:?}");
    scene.owner.put_back("kept", &["ledger_checkpoint"]);
    scene.found("put an older checkpoint in the newest one's place", format!("verify: {}", said[0]));
}
