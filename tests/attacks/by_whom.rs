//! The log in the hands of whoever owns the database: each attack, on both databases, and by whom it is found: the two verifiers,
//! who must agree, the service at its start or at work, the signer. It must never say more than was seen: who does not find an
//! attack is named by not being named.

use super::deployed::Deployed;
use super::sql::{DATA, LEDGER, Owner};
use super::work::{amend, cases_of, matched, path, referral, sequenced, submit};
use crate::harness::{Backend, Client, Service};
use crate::ledger::second_verifier::{said, second_given};
use crate::store::draft;
use channel_panel::clock::Clock;
use channel_panel::demo::seats::Seat;
use channel_panel::ledger::body::hex;
use channel_panel::ledger::entry::leaf_hash;
use channel_panel::ledger::note::{self, VKey};
use channel_panel::ledger::report::Status;
use channel_panel::ledger::tree::{Frontier, Hash};
use channel_panel::ledger::verify::verify;
use channel_panel::store::rows::TreeLeaf;
use channel_panel::store::{Settings, Store};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use uuid::Uuid;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    /// Both, from the export and the log's public key alone.
    Verifiers,
    /// Both, who know a checkpoint from before.
    VerifiersWhoKnow,
    /// There is nothing that could be exported.
    Export,
    /// The service does not start.
    Start,
    /// The signer signs no more.
    Signer,
    /// The service says so, or refuses, at its work.
    Service,
}
use By::{Export, Service as Work, Signer, Start, Verifiers, VerifiersWhoKnow};

/// A log with a past: `young` is how everything was after the first half of the work, `today` how it is.
struct Scene {
    deployed: Deployed,
    keys: Vec<VKey>,
    case: String,
    /// A checkpoint of today that an auditor holds.
    known: PathBuf,
    /// The signer's memory.
    young: Vec<u8>,
    today: Vec<u8>,
    lines: Vec<(&'static str, BTreeSet<By>)>,
}

fn everything() -> Vec<&'static str> {
    DATA.iter().chain(&LEDGER).copied().collect()
}

impl Scene {
    fn set(backend: Backend) -> Self {
        let deployed = Deployed::new(backend);
        let keys = vec![deployed.vkey().parse().unwrap()];
        let service = deployed.start();
        let owner = Owner::of(&deployed.database);
        let sent = submit(&deployed.client(service.base(), Seat::School), &referral("Philomena", "Gatsby"));
        let case = cases_of(&owner, &sent)[0].clone();
        matched(&owner);
        let state = deployed.folder.join("signer").join("state");
        let kept = |name: &str, service: Service| {
            let officer = deployed.client(service.base(), Seat::Coordinator);
            amend(&officer, &case, "contact", &json!({ "howToReach": format!("By {name} letter") }));
            (0..3).for_each(|_| drop(officer.get(&path(&case)).expect(200)));
            sequenced(&owner);
            assert!(service.stop().success());
            owner.keep(name, &everything());
            fs::read(&state).unwrap()
        };
        let young = kept("young", service);
        let today = kept("today", deployed.start());
        let known = deployed.export().join("checkpoint");
        Self { keys, case, known, young, today, lines: Vec::new(), deployed }
    }

    fn backend(&self) -> Backend {
        self.deployed.database.backend()
    }

    fn owner(&self) -> Owner<'_> {
        Owner::of(&self.deployed.database)
    }

    fn officer(&self, service: &Service) -> Client {
        self.deployed.client(service.base(), Seat::Coordinator)
    }

    fn store(&self) -> Store {
        Store::open(self.deployed.database.url(), &Settings::default()).unwrap()
    }

    fn signer(&self, file: &str) -> PathBuf {
        self.deployed.folder.join("signer").join(file)
    }

    /// With a sequencer that does not come by itself.
    fn start_slow(&self) -> Service {
        let toml =
            self.deployed.toml("127.0.0.1:0", "").replace("sequence_every_ms = 50", "sequence_every_ms = 600000");
        self.deployed.write("slow.toml", &toml);
        self.deployed.serve(&self.deployed.path("slow.toml"))
    }

    /// Mounts an attack while nobody is at work, asks everybody, and undoes it. `mount` gives who found it meanwhile, and
    /// whether the log is still one that vouches for each of its entries.
    fn attack(&mut self, name: &'static str, expected: &[By], mount: impl FnOnce(&Self) -> (Vec<By>, bool)) {
        let (found, whole) = mount(self);
        let found: BTreeSet<By> = found.into_iter().chain(self.asked(whole)).collect();
        assert_eq!(found, expected.iter().copied().collect(), "{name} on {:?}", self.backend());
        self.lines.push((name, found));
        self.owner().put_back("today", &everything());
        fs::write(self.signer("state"), &self.today).unwrap();
        let _ = fs::remove_file(self.signer("alarm"));
    }

    /// By rows alone, while the service is down.
    fn rows(&mut self, name: &'static str, expected: &[By], sql: &str) {
        self.attack(name, expected, |scene| {
            scene.owner().run(sql);
            (Vec::new(), true)
        });
    }

    fn asked(&self, whole: bool) -> Vec<By> {
        let mut found = Vec::new();
        match catch_unwind(AssertUnwindSafe(|| self.deployed.start())) {
            Ok(service) => {
                self.officer(&service).get("/api/v1/me").expect(200);
                sequenced(&self.owner());
                assert!(service.stop().success());
            }
            Err(_) => {
                let log = fs::read_to_string(self.deployed.folder.join("service.log")).unwrap();
                let last = log.lines().rfind(|line| !line.is_empty()).unwrap();
                assert!(last.contains("ledger: ") || last.contains("signer: "), "{last}");
                found.push(Start);
            }
        }
        let export = self.deployed.folder.join(&format!("export-{}", Uuid::new_v4()));
        let made =
            self.deployed.try_run(&["ledger", "export", export.to_str().unwrap(), "--config", &self.deployed.config()]);
        if made.status.success() {
            found.extend(self.is_bad(&export, None, whole).then_some(Verifiers));
            found.extend(self.is_bad(&export, Some(&self.known), whole).then_some(VerifiersWhoKnow));
        } else {
            found.push(Export);
        }
        found
    }

    /// What both verifiers say.
    fn is_bad(&self, export: &Path, known: Option<&Path>, whole: bool) -> bool {
        let opened = known.map(|known| note::open(&fs::read(known).unwrap(), &self.keys).unwrap());
        let report = verify(export, &self.keys, opened.as_ref(), None);
        let report = if whole { report.must_be_whole() } else { report };
        let more: Vec<String> = ["--now", "2999-01-01T00:00:00Z"]
            .into_iter()
            .chain(whole.then_some("--whole"))
            .map(str::to_owned)
            .collect();
        let second = second_given(&[export.to_owned()], &self.keys, known, &more);
        assert_eq!(second, [said(&report)], "{report}");
        assert_ne!(report.status, Status::Unusable, "{report}");
        report.status == Status::Bad
    }

    fn literal(&self, bytes: &[u8]) -> String {
        match self.backend() {
            Backend::Sqlite => format!("X'{}'", hex(bytes)),
            Backend::Postgres => format!("'\\x{}'", hex(bytes)),
        }
    }

    fn leaves(&self) -> Vec<TreeLeaf> {
        let leaves = self.store().reader().unwrap().leaves(0, i64::MAX, 10_000).unwrap();
        assert!(leaves.len() < 256, "no tile above the leaves, or its hash would have to be made as well");
        leaves
    }

    /// The tree over these leaves in place of the true one, with every hash made anew but what the signer's key must sign.
    fn rebuild(&self, leaves: &[Hash]) {
        let mut tree = Frontier::default();
        let mut sql = "BEGIN;".to_owned();
        for (seq, leaf) in leaves.iter().enumerate() {
            tree.push(*leaf);
            sql += &format!("UPDATE ledger_leaf SET leaf = {} WHERE seq = {seq};", self.literal(leaf));
        }
        let head = format!("root = {}, frontier = {}", self.literal(&tree.root()), self.literal(&tree.to_bytes()));
        sql += &format!(
            "UPDATE ledger_tree SET {head}; UPDATE ledger_checkpoint SET {head} WHERE size = {}; COMMIT",
            leaves.len()
        );
        self.owner().run(&sql);
    }

    /// An entry that says something else, and a tree that bears it out.
    fn rebuild_over_an_edit(&self) {
        let leaves = self.leaves();
        let mut hashes: Vec<Hash> = leaves.iter().map(|leaf| leaf.leaf).collect();
        let entries = leaves.iter().zip(&mut hashes).map(|(leaf, hash)| (leaf, hash, leaf.entry.as_ref().unwrap()));
        let (leaf, hash, (body, salt)) =
            entries.into_iter().find(|(_, _, (body, _))| body.contains("\"openCase\"")).unwrap();
        let edited = body.replace("\"openCase\"", "\"readCodes\"");
        *hash = leaf_hash(salt, edited.as_bytes());
        let (id, new) = (leaf.entry_id, self.literal(hash));
        self.owner().run(&format!("UPDATE ledger_entry SET body = '{edited}', leaf = {new} WHERE id = {id}"));
        self.rebuild(&hashes);
    }

    fn set_back(&self, tables: &[&str]) {
        self.owner().put_back("young", tables);
    }
}

fn at_rest(scene: &mut Scene, others: &[Hash]) {
    scene.rows("nothing (the control)", &[], "SELECT 1");
    let entry = "(SELECT max(id) FROM ledger_entry WHERE operation = 'openCase')";
    let everybody = [Verifiers, VerifiersWhoKnow, Start];
    let edit = format!("UPDATE ledger_entry SET body = replace(body, 'openCase', 'readCodes') WHERE id = {entry}");
    scene.rows("edit an entry", &everybody, &edit);
    scene.rows("delete an entry", &everybody, &format!("DELETE FROM ledger_entry WHERE id = {entry}"));
    let expired = format!(
        "UPDATE ledger_entry SET at = NULL, panel = NULL, actor = NULL, agency = NULL, role = NULL, operation = NULL, outcome = NULL, \
         problem = NULL, purpose = NULL, case_lid = NULL, body = NULL, salt = NULL, commitment = leaf, expired_by = '{}' \
         WHERE id = {entry}",
        Uuid::new_v4()
    );
    scene.rows("expire without a leaf", &everybody, &expired);
    let no_bytes = if scene.backend() == Backend::Sqlite { "X''" } else { "''" };
    let empty: String = LEDGER.iter().filter(|t| **t != "ledger_tree").map(|t| format!("DELETE FROM {t};")).collect();
    let empty = format!("{empty} UPDATE ledger_tree SET size = 0, frontier = {no_bytes}");
    scene.rows("truncate the log's tables", &[Export, Start], &empty);
    let now_and_then = |scene: &mut Scene, name, tables: &[&str]| {
        scene.attack(name, &[VerifiersWhoKnow, Start], |scene| {
            scene.set_back(tables);
            (Vec::new(), true)
        });
    };
    now_and_then(scene, "truncate the log's end, up to an older checkpoint", &LEDGER);
    now_and_then(scene, "restore an old backup", &everything());
    scene.attack("rebuild the tree over an edited entry", &everybody, |scene| {
        scene.rebuild_over_an_edit();
        (Vec::new(), true)
    });
    scene.attack("replay another log's tiles", &everybody, |scene| {
        let ours = scene.leaves();
        let mixed: Vec<Hash> =
            ours.iter().enumerate().map(|(at, leaf)| others.get(at).copied().unwrap_or(leaf.leaf)).collect();
        scene.rebuild(&mixed);
        (Vec::new(), true)
    });
    scene.attack("roll back the signer alone", &[], |scene| {
        fs::write(scene.signer("state"), &scene.young).unwrap();
        (Vec::new(), true)
    });
    scene.attack("roll back the signer with the database", &[VerifiersWhoKnow], |scene| {
        scene.set_back(&everything());
        fs::write(scene.signer("state"), &scene.young).unwrap();
        (Vec::new(), true)
    });
}

fn at_work(scene: &mut Scene) {
    scene.attack("rebuild the tree under a running service", &[Verifiers, VerifiersWhoKnow, Start, Signer], |scene| {
        let service = scene.deployed.start();
        sequenced(&scene.owner());
        scene.rebuild_over_an_edit();
        scene.officer(&service).get("/api/v1/me").expect(200);
        let began = Instant::now();
        while !scene.signer("alarm").exists() {
            assert!(began.elapsed() < Duration::from_secs(20), "the signer says nothing");
            std::thread::sleep(Duration::from_millis(20));
        }
        service.kill();
        (vec![Signer], true)
    });
    scene.attack("swallow entries by a trigger", &[Work], swallowed);
    scene.attack("forge an entry", &[Verifiers, VerifiersWhoKnow], |scene| {
        let service = scene.deployed.start();
        let forged = draft("openCase").finish("forger", 1, Clock::default().instant(), [5; 32]).unwrap();
        scene.store().writer().unwrap().transaction(|tx| tx.append_entry(&forged, &[])).unwrap();
        sequenced(&scene.owner());
        assert!(service.stop().success());
        (Vec::new(), true)
    });
    scene.attack("delete before sequencing, while the process lives", &[Work], |scene| {
        let service = scene.start_slow();
        read(scene, &service);
        delete_unplaced(scene);
        assert!(service.stop().success());
        let restored = "SELECT CAST(count(*) AS TEXT) AS v FROM ledger_entry WHERE operation = 'ledger.restored'";
        assert_eq!(scene.owner().text(restored), "1");
        (vec![Work], true)
    });
    for (name, deletes, expected) in [
        ("a process is killed (the control)", false, &[][..]),
        ("delete before sequencing, of a process that was killed", true, &[Verifiers, VerifiersWhoKnow]),
    ] {
        scene.attack(name, expected, |scene| {
            let service = scene.start_slow();
            read(scene, &service);
            service.kill();
            if deletes {
                delete_unplaced(scene);
            }
            // Nothing of that time may still be in flight.
            let later = Clock::default().instant().plus_seconds(600);
            let later = draft("openCase").finish("later", 1, later, [5; 32]).unwrap();
            scene.store().writer().unwrap().transaction(|tx| tx.append_entry(&later, &[])).unwrap();
            (Vec::new(), false)
        });
    }
}

/// Three entries, of which the middle one has an operation of its own.
fn read(scene: &Scene, service: &Service) {
    let (officer, case) = (scene.officer(service), path(&scene.case));
    for path in [case.clone(), format!("{case}/history"), case] {
        officer.get(&path).expect(200);
    }
}

/// With its place in the queue, so that the sequencer cannot miss it.
fn delete_unplaced(scene: &Scene) {
    let owner = scene.owner();
    let id = owner.text("SELECT CAST(max(id) AS TEXT) AS v FROM ledger_entry WHERE operation = 'readHistory'");
    let queued = owner.text(&format!("SELECT CAST(count(*) AS TEXT) AS v FROM ledger_queue WHERE id = {id}"));
    assert_eq!(queued, "1", "it has its place already");
    owner.run(&format!("DELETE FROM ledger_queue WHERE id = {id}; DELETE FROM ledger_entry WHERE id = {id}"));
}

/// The service notices that its rows are not kept: nothing is shown and nothing is done, until the trigger is gone.
fn swallowed(scene: &Scene) -> (Vec<By>, bool) {
    let service = scene.deployed.start();
    let (officer, owner) = (scene.officer(&service), scene.owner());
    let note = json!({ "on": Clock::default().today(), "kind": "call", "note": "Rang" });
    let try_both = || {
        let shown = officer.get(&path(&scene.case));
        let noted = officer.post(&format!("{}/log", path(&scene.case)), &note);
        (shown.status, noted.status, owner.count("case_record"))
    };
    let (read, written, notes) = try_both();
    assert_eq!((read, written), (200, 201));
    for table in ["ledger_entry", "ledger_queue"] {
        let (on, off) = match scene.backend() {
            Backend::Sqlite => (
                format!("CREATE TRIGGER swallow BEFORE INSERT ON {table} BEGIN SELECT RAISE(IGNORE); END"),
                "DROP TRIGGER swallow".to_owned(),
            ),
            Backend::Postgres => (
                format!(
                    "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
                     CREATE TRIGGER swallow BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION swallow()"
                ),
                format!("DROP TRIGGER swallow ON {table}; DROP FUNCTION swallow"),
            ),
        };
        owner.run(&on);
        assert_eq!(try_both(), (503, 503, notes), "{table}");
        owner.run(&off);
    }
    assert_eq!(try_both(), (200, 201, notes + 1));
    assert!(service.stop().success());
    (vec![Work], true)
}

fn leaves_of(scene: &Scene) -> Vec<Hash> {
    scene.leaves().iter().map(|leaf| leaf.leaf).collect()
}

/// As SECURITY.md has it. Who finds it without knowing anything finds it the better for knowing something.
fn row(name: &str, by: &BTreeSet<By>) -> String {
    let words = by.iter().filter_map(|one| match one {
        Verifiers => Some("both verifiers"),
        VerifiersWhoKnow if by.contains(&Verifiers) => None,
        VerifiersWhoKnow => Some("both verifiers, if they know a checkpoint from before"),
        Export => Some("there is nothing to export"),
        Start => Some("the service does not start"),
        Signer => Some("the signer stops, with an alarm"),
        Work => Some("the service, at its work"),
    });
    let words: Vec<&str> = words.collect();
    format!("| {name} | {} |", if words.is_empty() { "nobody".to_owned() } else { words.join("; ") })
}

#[test]
fn each_attack_on_the_log_is_found_and_by_whom() {
    let mut scenes = [Backend::Sqlite, Backend::Postgres].map(Scene::set);
    let others = [leaves_of(&scenes[1]), leaves_of(&scenes[0])];
    std::thread::scope(|scope| {
        for (scene, others) in scenes.iter_mut().zip(&others) {
            scope.spawn(|| {
                at_rest(scene, others);
                at_work(scene);
            });
        }
    });
    let [sqlite, postgres] = scenes;
    assert_eq!(sqlite.lines, postgres.lines, "the same on both databases");
    let attacks = sqlite.lines.iter().filter(|(name, _)| !name.ends_with("(the control)"));
    let table: Vec<String> = attacks.map(|(name, by)| row(name, by)).collect();
    println!("{}", table.join("\n"));
    let paper = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/SECURITY.md")).unwrap();
    let missing: Vec<&String> = table.iter().filter(|row| !paper.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "SECURITY.md says otherwise: {missing:#?}");
}
