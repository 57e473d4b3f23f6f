//! The log's own retention: what entries say goes six years after they were made, of cases six years after their erasure; and
//! nothing else does, and everything that was proved of the log can be proved as before.

use super::{closed, erased, row};
use crate::api::entered;
use crate::api::ledger_export::{judged, lines, unpacked};
use crate::api::town::Town;
use crate::attacks::sql::Owner;
use crate::attacks::work::sequenced;
use crate::harness::{Backend, Folder, Running, running_on_both};
use crate::ledger::second_verifier::python;
use crate::store::{draft, somebody, wait};
use channel_panel::app::compare_export::against_database;
use channel_panel::app::jobs::expire_log;
use channel_panel::app::ledger_export;
use channel_panel::app::service::Service;
use channel_panel::demo::seats::Seat;
use channel_panel::ledger::body::hex;
use channel_panel::ledger::note::VKey;
use channel_panel::ledger::report::Report;
use channel_panel::ledger::tile::parse_bundle;
use channel_panel::ledger::tree::hash_leaf;
use channel_panel::ledger::verify::verify;
use channel_panel::store::rows::Published;
use channel_panel::store::{Settings, Store};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Seven years, and some days.
pub const LONG_AFTER: i64 = 7 * 366;

pub fn gone(owner: &Owner<'_>) -> i64 {
    owner.text("SELECT CAST(count(*) AS TEXT) AS v FROM ledger_entry WHERE body IS NULL").parse().unwrap()
}

/// So many days after the service was started, and what the job does then; more of it may be the service's own doing.
pub fn expired_after(running: &Running, days: i64) {
    sequenced(&Owner::of(&running.database));
    running.service.clock.move_calendar(days);
    // Until there is nothing more, whoever does it: the service's own turn may be at it, and then this one leaves it to that.
    let mut quiet = 0;
    while quiet < 3 {
        quiet = if wait(expire_log::run(&running.service)).unwrap() == 0 { quiet + 1 } else { 0 };
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    sequenced(&Owner::of(&running.database));
}

/// What both verifiers say of the whole log, as the command exports it.
pub fn both(running: &Running) -> Report {
    let folder = Folder::new();
    running.export(&folder.join("export"));
    both_of(&folder.join("export"), &running.vkey)
}

pub fn both_of(folder: &Path, vkey: &str) -> Report {
    let report = verify(folder, &[vkey.parse().unwrap()], None, None).must_be_whole();
    let mut second = Command::new(python());
    second.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/verifier/verify.py"));
    let second = second.args(["--whole", "--json", "--key", vkey]).arg(folder).output().unwrap();
    let said: Value = serde_json::from_slice(&second.stdout).unwrap();
    let counted = [report.bodies_seen, report.bodies_withheld, report.bodies_expired];
    assert_eq!(json!(counted), json!([said["bodiesSeen"], said["bodiesWithheld"], said["bodiesExpired"]]), "{said}");
    assert_eq!(said["firstBad"].as_u64(), report.first_bad(), "{report}\n{said:#}");
    assert_eq!(second.status.code(), Some(i32::from(report.status.exit_code())), "{report}\n{said:#}");
    report
}

/// Of those that name this case.
fn naming<'e>(entries: &'e [Value], ledger_id: &str) -> Vec<&'e Value> {
    let names = |entry: &&Value| entry["cases"].as_array().unwrap().iter().any(|case| case["id"] == ledger_id);
    entries.iter().filter(names).collect()
}

fn operations(entries: &[&Value]) -> Vec<String> {
    entries.iter().map(|entry| entry["operation"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_the_log_says_of_a_case_goes_six_years_after_its_erasure_and_what_is_needed_stays() {
    running_on_both(|running| {
        let (town, owner) = (Town::new(running), Owner::of(&running.database));
        let (case, living) = (closed(&town, "Loganberry"), town.open("Tayberry", false));
        town.view(Seat::Coordinator, &living);
        town.nobody().get("/api/v1/cases").expect(401);
        let [name, other] = [&case, &living].map(|case| row(running, case).ledger_id.to_string());
        erased(&town, &case);
        let before = entered::all(running);
        assert!(operations(&naming(&before, &name)).contains(&"openCase".to_owned()));
        expired_after(running, 5 * 365);
        assert_eq!((gone(&owner), both(running).bodies_expired), (0, 0), "nothing is old enough");

        expired_after(running, LONG_AFTER);
        let after = entered::all(running);
        // Of the erased case: that and when it was erased, and what speaks of something living too.
        let left = naming(&after, &name);
        for entry in &left {
            let ids: Vec<&Value> = entry["cases"].as_array().unwrap().iter().map(|case| &case["id"]).collect();
            assert!(entry["operation"] == "eraseCase" || ids.iter().any(|id| **id != json!(name)), "{entry}");
        }
        assert_eq!(operations(&left).iter().filter(|name| *name == "eraseCase").count(), 1);
        assert!(!operations(&left).contains(&"openCase".to_owned()));
        let count = |entries: &[Value], of: &str| naming(entries, of).len();
        assert_eq!(count(&after, &other), count(&before, &other), "a living case's stay");
        // Of no case: refusals, lists of codes; but of itself the log says everything still, and so does the registry.
        assert!(!after.iter().any(|entry| entry["actor"] == "-" && entry["cases"] == json!([])));
        let of_the_log = |entries: &[Value]| {
            let own = |entry: &&Value| {
                entry["operation"].as_str().unwrap().starts_with("ledger.") && entry["operation"] != "ledger.expire"
            };
            entries.iter().filter(own).count()
        };
        assert!(of_the_log(&after) >= of_the_log(&before));
        let registered = |entries: &[Value]| entries.iter().filter(|entry| entry["operation"] == "register").count();
        assert_eq!((registered(&before), registered(&after)), (1, 1));

        let report = both(running);
        assert!(report.ok(), "{report}");
        assert_eq!(i64::try_from(report.bodies_expired).unwrap(), gone(&owner));
        assert!(report.bodies_expired > 10, "{report}");
        let keys: Vec<VKey> = vec![running.vkey.parse().unwrap()];
        assert_eq!(against_database(&running.service.store, &report, &keys).unwrap(), []);
        // Neither entry nor column says any more what it was.
        let columns = "coalesce(CAST(at AS TEXT), panel, actor, agency, role, operation, outcome, problem, purpose, case_lid, body)";
        assert_eq!(
            owner.texts(&format!(
                "SELECT {columns} AS v FROM ledger_entry WHERE expired_by IS NOT NULL AND {columns} IS NOT NULL"
            )),
            [""; 0]
        );
        assert_eq!(wait(expire_log::run(&running.service)).unwrap(), 0, "there is nothing more to do");
        running.service.clock.move_calendar(0);
        served(&town, &owner);
    });
}

/// The tree, over HTTP and of entries that are gone.
fn served(town: &Town<'_>, owner: &Owner<'_>) {
    let auditor = town.seat(Seat::Auditor);
    let index = "SELECT CAST(min(seq) AS TEXT) AS v FROM ledger_leaf l JOIN ledger_entry e ON e.id = l.entry_id WHERE e.body IS NULL";
    let index: usize = owner.text(index).parse().unwrap();
    let width = (index + 1).min(256);
    let bundle = auditor.get(&format!("/api/v1/ledger/tile/entries/000.p/{width}"));
    let leaves = parse_bundle(&bundle.expect(200).body).unwrap();
    let tile = auditor.get(&format!("/api/v1/ledger/tile/0/000.p/{width}")).expect(200).body;
    assert_eq!(leaves.iter().flat_map(|leaf| hash_leaf(leaf)).collect::<Vec<_>>(), tile);
    let proof = auditor.get(&format!("/api/v1/ledger/proof?index={index}")).expect(200).json();
    assert_eq!(proof["leaf"], hex(&hash_leaf(&leaves[index])));

    // The auditor's own part: expired lines are everybody's, and so is what the log says of them.
    let folder = unpacked(&town.signed_in(Seat::Auditor, 0).get("/api/v1/ledger/export").expect(200));
    let report = judged(&folder.join("log"), &town.running.vkey, None);
    assert!(report.ok() && report.bodies_withheld > 0, "{report}");
    assert_eq!(i64::try_from(report.bodies_expired).unwrap(), gone(owner));
    let lines = lines(&folder.join("log"));
    let said: Vec<Value> = lines
        .iter()
        .filter_map(|line| line.get("body").cloned())
        .filter(|body| body["operation"] == "ledger.expire")
        .collect();
    let by = |line: &&Value| line.get("expired").is_some_and(|by| said.iter().any(|body| body["request"] == *by));
    assert_eq!(lines.iter().filter(by).count(), usize::try_from(gone(owner)).unwrap());
}

/// Of all cases, and of a service that starts on what is left.
#[test]
fn a_service_starts_on_a_log_of_which_much_has_expired() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut running = Running::start(backend);
        let case = {
            let town = Town::new(&running);
            let case = closed(&town, "Boysenberry");
            erased(&town, &case);
            expired_after(&running, LONG_AFTER);
            case
        };
        let count = gone(&Owner::of(&running.database));
        assert!(count > 0);
        running.restart().unwrap();
        assert_eq!(row(&running, &case).stage, "erased");
        assert!(both(&running).ok());
    }
}

/// Enough for a batch and more.
fn filled(running: &Running, entries: usize) {
    for _ in 0..entries / 50 {
        let answers: Vec<_> =
            (0..50).map(|_| running.service.recorder.record(somebody(), draft("test.fill"))).collect();
        answers.into_iter().for_each(|answer| wait(answer).unwrap());
    }
    sequenced(&Owner::of(&running.database));
}

/// By the entries that say so: how many of each, by its word and by the rows.
fn batches(running: &Running) -> Vec<(i64, i64)> {
    let owner = Owner::of(&running.database);
    let entries = entered::all(running);
    let said = entries.iter().filter(|entry| entry["operation"] == "ledger.expire");
    let rows = |request: &str| {
        owner
            .text(&format!("SELECT CAST(count(*) AS TEXT) AS v FROM ledger_entry WHERE expired_by = '{request}'"))
            .parse()
            .unwrap()
    };
    said.map(|entry| (entered::detail(entry, "count").as_i64().unwrap(), rows(entry["request"].as_str().unwrap())))
        .collect()
}

#[test]
fn two_instances_at_once_let_each_entry_go_once() {
    running_on_both(|running| {
        filled(running, 1200);
        let (owner, beside) = (Owner::of(&running.database), [running.beside(), running.beside()]);
        beside.iter().for_each(|one| one.service.clock.move_calendar(LONG_AFTER));
        let run = |service: &Service| wait(expire_log::run(service)).unwrap();
        let done: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = beside.iter().map(|one| scope.spawn(|| run(&one.service))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        // Whoever was not first left it to the other: what both left is done the next time.
        let more: usize = beside.iter().map(|one| run(&one.service)).sum();
        sequenced(&owner);
        let batches = batches(running);
        assert!(batches.iter().all(|(said, rows)| said == rows), "{batches:?}");
        assert_eq!(batches.iter().map(|(said, _)| said).sum::<i64>(), gone(&owner));
        assert_eq!(i64::try_from(done + more).unwrap(), gone(&owner));
        assert!(gone(&owner) >= 1200);
        assert!(both(running).ok());
    });
}

#[test]
fn an_export_waits_until_a_checkpoint_covers_what_expired() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut running = Running::start(backend);
        filled(&running, 100);
        running.stop();
        let store = Store::open(running.url(), &Settings::default()).unwrap();
        let keys: [VKey; 1] = [running.vkey.parse().unwrap()];
        let export = || ledger_export::write(&store, &Folder::new().join("export"), &keys, Published::Signed);
        assert!(export().is_ok());
        // Nobody places anything here: as if the process had died before the entry had its place.
        let beside = running.beside();
        beside.service.clock.move_calendar(LONG_AFTER);
        assert!(wait(expire_log::run(&beside.service)).unwrap() >= 100);
        drop(beside);
        assert!(matches!(export(), Err(ledger_export::Refused::Expiring(_))));
        running.start_again().unwrap();
        sequenced(&Owner::of(&running.database));
        assert!(export().is_ok());
        let report = both(&running);
        assert!(report.ok() && report.bodies_expired >= 100, "{report}");
    }
}

#[test]
fn no_export_beside_an_expiry_is_a_false_alarm() {
    running_on_both(|running| {
        filled(running, 1600);
        let (owner, beside) = (Owner::of(&running.database), running.beside());
        beside.service.clock.move_calendar(LONG_AFTER);
        let keys: [VKey; 1] = [running.vkey.parse().unwrap()];
        let (mut good, mut refused) = (0, 0);
        std::thread::scope(|scope| {
            let expiring = scope.spawn(|| wait(expire_log::run(&beside.service)).unwrap());
            while !expiring.is_finished() {
                let folder = Folder::new();
                let to = folder.join("export");
                match ledger_export::write(&running.service.store, &to, &keys, Published::Signed) {
                    Ok(_) => {
                        let report = verify(&to, &keys, None, None);
                        assert!(report.ok(), "{report}");
                        good += 1;
                    }
                    Err(ledger_export::Refused::Expiring(_)) => refused += 1,
                    Err(error) => panic!("{error}"),
                }
            }
            assert!(expiring.join().unwrap() >= 1600);
        });
        println!("{:?}: {good} exports were good and {refused} refused", running.database.backend());
        sequenced(&owner);
        assert!(both(running).ok());
    });
}

#[test]
fn what_is_cut_off_between_two_batches_is_whole_batches() {
    running_on_both(|running| {
        filled(running, 1600);
        let (owner, beside) = (Owner::of(&running.database), running.beside());
        beside.service.clock.move_calendar(LONG_AFTER);
        std::thread::scope(|scope| {
            scope.spawn(|| wait(expire_log::run(&beside.service)).unwrap());
            while gone(&owner) == 0 {
                std::thread::yield_now();
            }
            beside.service.stop();
        });
        drop(beside);
        sequenced(&owner);
        let cut = batches(running);
        assert!(!cut.is_empty() && cut.iter().all(|(said, rows)| said == rows), "{cut:?}");
        assert!(both(running).ok());
        // The rest comes the next time.
        expired_after(running, LONG_AFTER);
        assert!(gone(&owner) >= 1600);
        assert!(both(running).ok());
    });
}
