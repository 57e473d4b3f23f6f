//! Bodies taken out of the log's database by its owner and passed off as expired: each way is found, and it is said by whom.

use super::sql::{LEDGER, Owner};
use super::work::sequenced;
use crate::api::town::Town;
use crate::endings::forgotten::{LONG_AFTER, both, expired_after};
use crate::endings::{closed, erased};
use crate::harness::{Backend, Running};
use channel_panel::app::compare_export::{Amiss, against_database};
use channel_panel::casework::ids::RequestId;
use channel_panel::clock::Clock;
use channel_panel::demo::seats::Seat;
use channel_panel::ledger::entry::{Draft, Outcome};
use channel_panel::ledger::expired::{Batch, EXPIRE, signed};
use channel_panel::ledger::note::{LogKey, VKey};
use channel_panel::ledger::report::{Status, What};
use uuid::Uuid;

struct Scene<'r> {
    running: &'r Running,
    owner: Owner<'r>,
}

impl Scene<'_> {
    fn bytes(&self, hex: &str) -> String {
        match self.running.database.backend() {
            Backend::Sqlite => format!("x'{hex}'"),
            Backend::Postgres => format!("decode('{hex}', 'hex')"),
        }
    }

    /// The row of this place as the service would leave it, under another's word.
    fn take(&self, seq: &str, by: &str) -> String {
        format!(
            "UPDATE ledger_entry SET at = NULL, panel = NULL, actor = NULL, agency = NULL, role = NULL, operation = NULL, \
             outcome = NULL, problem = NULL, purpose = NULL, case_lid = NULL, body = NULL, salt = NULL, commitment = {}, \
             expired_by = '{by}' WHERE id = (SELECT entry_id FROM ledger_leaf WHERE seq = {seq});",
            self.bytes(&"01".repeat(33))
        )
    }

    /// A place by what its entry is.
    fn place(&self, which: &str) -> String {
        let sql =
            "SELECT CAST(max(l.seq) AS TEXT) AS v FROM ledger_leaf l JOIN ledger_entry e ON e.id = l.entry_id WHERE";
        self.owner.text(&format!("{sql} {which}"))
    }

    /// Both verifiers name that entry, and the database that is held to an honest export names it too; all is well before and after.
    fn found(&self, name: &str, sql: &str, (at, what): (&str, &What), in_database: Option<&str>) {
        let honest = both(self.running);
        assert!(honest.ok(), "{name}: {honest}");
        self.owner.keep("kept", &LEDGER);
        self.owner.run(sql);
        sequenced(&self.owner);
        let report = both(self.running);
        let at: u64 = at.parse().unwrap();
        let said = report.findings.iter().any(|found| found.index == Some(at) && found.what == *what);
        assert!(report.status == Status::Bad && said && report.first_bad() == Some(at), "{name}: {report}");
        if let Some(seq) = in_database {
            let keys: Vec<VKey> = vec![self.running.vkey.parse().unwrap()];
            let amiss = against_database(&self.running.service.store, &honest, &keys).unwrap();
            assert!(amiss.contains(&Amiss::Entry(seq.parse().unwrap())), "{name}: {amiss:?}");
        }
        println!("{:?}: {name}: ledger verify and verify.py: entry {at}: {what}", self.running.database.backend());
    }

    fn undo(&self) {
        self.owner.put_back("kept", &LEDGER);
    }
}

#[test]
fn a_body_that_is_taken_out_is_not_passed_off_for_an_expired_one() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut running = Running::start(backend);
        {
            let town = Town::new(&running);
            let (case, living) = (closed(&town, "Cranberry"), town.open("Rowan", false));
            town.view(Seat::Coordinator, &living);
            erased(&town, &case);
            expired_after(&running, LONG_AFTER);
            // Something young, and somebody's: what an attacker would have gone.
            running.service.clock.move_calendar(0);
            let case = town.open("Blackthorn", false);
            town.view(Seat::Coordinator, &case);
        }
        let scene = Scene { running: &running, owner: Owner::of(&running.database) };
        sequenced(&scene.owner);
        let young = scene.place("e.operation = 'openCase'");
        let batch = "SELECT expired_by AS v FROM ledger_entry WHERE expired_by IS NOT NULL LIMIT 1";
        let batch = scene.owner.text(batch);
        let first = format!(
            "SELECT CAST(min(l.seq) AS TEXT) AS v FROM ledger_leaf l JOIN ledger_entry e ON e.id = l.entry_id WHERE e.expired_by = '{batch}'"
        );
        let first = scene.owner.text(&first);

        let nobody = Uuid::new_v4().to_string();
        scene.found(
            "expire without a leaf",
            &scene.take(&young, &nobody),
            (&young, &What::ExpiredUnsaid),
            Some(&young),
        );
        scene.undo();
        let older = scene.owner.text(
            "SELECT CAST(min(l.seq) AS TEXT) AS v FROM ledger_leaf l JOIN ledger_entry e ON e.id = l.entry_id \
             WHERE e.operation = 'openCase'",
        );
        assert_ne!(older, young);
        let begins = if older.parse::<u64>().unwrap() < first.parse().unwrap() { &older } else { &first };
        let one_more = scene.take(&older, &batch);
        scene.found("one more than the leaf covers", &one_more, (begins, &What::ExpiredOtherwise), Some(begins));
        scene.undo();
        let after = scene.take(&young, &batch);
        scene.found("one that came after the leaf", &after, (&young, &What::ExpiredUnsaid), None);
        scene.undo();
        let back = format!(
            "UPDATE ledger_entry SET at = 1, operation = 'x', outcome = 'shown', body = '{{}}', salt = {}, commitment = NULL, \
             expired_by = NULL WHERE id = (SELECT entry_id FROM ledger_leaf WHERE seq = {first});",
            scene.bytes(&"00".repeat(32))
        );
        scene.found("a body put in the place of an expired one", &back, (&first, &What::Commitment), Some(&first));
        scene.undo();
        let (forged, leaf) = forged(&scene, &young);
        scene.found("a forged leaf", &forged, (&young, &What::ExpiryForged), Some(&young));
        // Its place was given, and it stays in the log: only by its row and the tree's together is it gone again.
        assert!(scene.owner.rows("ledger_leaf").to_lowercase().contains(&leaf));
        let error = running.restart().expect_err("nothing is built on such a log");
        assert!(error.to_string().contains(&format!("entry {young} is missing or altered")), "{error}");
    }
}

/// An expiry under a key of the attacker's own, by a writer that goes on from where a killed one stopped; gives its leaf too.
fn forged(scene: &Scene<'_>, seq: &str) -> (String, String) {
    let key = LogKey::from_pkcs8(crate::harness::ORIGIN, &LogKey::generate_pkcs8().unwrap()).unwrap();
    let place: i64 = seq.parse().unwrap();
    let leaf = scene.running.service.store.reader().unwrap().leaves(place, place + 1, 1).unwrap().remove(0);
    let row = "FROM ledger_entry WHERE id = (SELECT entry_id FROM ledger_leaf WHERE seq =";
    let writer = scene.owner.text(&format!("SELECT writer AS v {row} {seq})"));
    let n: i64 = scene.owner.text(&format!("SELECT CAST(n AS TEXT) AS v {row} {seq})")).parse().unwrap();
    let mut together = Batch::default();
    together.add(place.try_into().unwrap(), &leaf.leaf, &writer, n);
    let request = RequestId::new();
    let detail = signed(&key, request.0, &together.claim()).unwrap();
    let draft = Draft { request, ..Draft::of_the_log("ledger.retention", EXPIRE, Outcome::Changed, detail) };
    let entry = draft.finish("killed/1.0", 1, Clock::default().instant(), [5; 32]).unwrap();
    let hex = channel_panel::ledger::body::hex;
    let sql = format!(
        "{} INSERT INTO ledger_entry (writer, n, at, operation, outcome, body, salt, leaf) VALUES ('killed/1.0', 1, {}, '{EXPIRE}', \
         'changed', '{}', {}, {}); INSERT INTO ledger_queue SELECT id FROM ledger_entry WHERE writer = 'killed/1.0';",
        scene.take(seq, &request.to_string()),
        entry.at.0,
        entry.body,
        scene.bytes(&hex(&entry.salt)),
        scene.bytes(&hex(&entry.leaf)),
    );
    (sql, hex(&entry.leaf))
}

/// Without the schema's rule, and without a word of whose it was.
#[test]
fn a_body_that_is_simply_nulled_is_missing() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let running = Running::start(backend);
        running.client(Seat::Coordinator).get("/api/v1/me").expect(200);
        let scene = Scene { running: &running, owner: Owner::of(&running.database) };
        sequenced(&scene.owner);
        let place = scene.place("e.operation = 'whoAmI'");
        let lift = match backend {
            Backend::Sqlite => "PRAGMA ignore_check_constraints = ON;",
            Backend::Postgres => "ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_whole_or_expired;",
        };
        let nulled = format!(
            "{lift} UPDATE ledger_entry SET body = NULL, salt = NULL WHERE id = (SELECT entry_id FROM ledger_leaf WHERE seq = {place})"
        );
        scene.found("a body nulled", &nulled, (&place, &What::BodyMissing), Some(&place));
    }
}
