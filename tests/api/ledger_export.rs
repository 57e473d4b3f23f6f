//! The log as one stream over HTTP: unpacked by other people's tools, good to both verifiers, and of no other panel a word.

use super::entered;
use super::town::Town;
use crate::attacks::sql::Owner;
use crate::attacks::work::sequenced;
use crate::harness::{Answer, Folder, running_on_both};
use crate::ledger::second_verifier::python;
use crate::store::{draft, somebody, wait};
use channel_panel::api::incoming::Incoming;
use channel_panel::api::operation::Operation;
use channel_panel::api::{OPERATIONS, endpoint, router};
use channel_panel::app::answer::{Answer as Made, Reply};
use channel_panel::app::pipe::Outlet;
use channel_panel::app::session::Identified;
use channel_panel::casework::ids::RequestId;
use channel_panel::demo::seats::Seat;
use channel_panel::ledger::note;
use channel_panel::ledger::report::Report;
use channel_panel::ledger::verify::verify;
use serde_json::{Value, json};
use std::future::poll_fn;
use std::path::Path;
use std::process::Command;

const PATH: &str = "/api/v1/ledger/export";

/// As whoever gets it would: the one, then the other, and nothing of ours.
pub fn unpacked(answer: &Answer) -> Folder {
    assert_eq!(answer.header("content-type"), Some("application/zstd"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let folder = Folder::new();
    let archive = folder.join("log.tar");
    std::fs::write(&archive, zstd::decode_all(answer.body.as_slice()).unwrap()).unwrap();
    let out = folder.join("log");
    std::fs::create_dir(&out).unwrap();
    let done = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&out).output().unwrap();
    assert!(done.status.success() && done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
    folder
}

pub fn judged(folder: &Path, key: &str, known: Option<&str>) -> Report {
    let keys = [key.parse().unwrap()];
    let known = known.map(|known| note::open(known.as_bytes(), &keys).unwrap());
    let report = verify(folder, &keys, known.as_ref(), None);
    let mut second = Command::new(python());
    second.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/verifier/verify.py")).arg(folder).args(["--key", key]);
    let second = second.output().unwrap();
    let said = String::from_utf8_lossy(&second.stdout).into_owned() + &String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(if report.ok() { 0 } else { 1 }), "{report}\n{said}");
    report
}

pub fn lines(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("entries.ndjson")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_auditor_takes_the_log_away_and_both_verifiers_find_it_good() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Exported", false);
        town.view(Seat::Coordinator, &case);
        town.seat(Seat::NeighbourCoordinator).get("/api/v1/cases").expect(200);
        town.nobody().get("/api/v1/cases").expect(401);
        sequenced(&Owner::of(&running.database));
        let answer = town.signed_in(Seat::Auditor, 0).get(PATH).expect(200);
        let entry = entered::one(running, &answer);
        assert_eq!(
            (&entry["operation"], &entry["outcome"], &entry["purpose"]),
            (&json!("exportLedger"), &json!("shown"), &json!("audit"))
        );
        let size = entered::detail(&entry, "size").as_u64().unwrap();
        assert_eq!(entered::detail(&entry, "from"), 0);
        let folder = unpacked(&answer);
        let report = judged(&folder.join("log"), &running.vkey, None);
        assert!(report.ok(), "{report}");
        let lines = lines(&folder.join("log"));
        assert_eq!(u64::try_from(lines.len()).unwrap(), size);
        // Bodies of the auditor's own panel, all of them, and of nobody else's: of those the leaf alone.
        let own = running.borough.panel.to_string();
        let bodies: Vec<Value> = lines.iter().filter_map(|line| line.get("body").cloned()).collect();
        assert!(bodies.iter().all(|body| body["panel"] == own));
        let stored: Vec<Value> = entered::all(running);
        let sealed_then = |body: &&Value| body["panel"] == own && body["request"] != entry["request"];
        let before: Vec<&Value> = stored.iter().filter(sealed_then).collect();
        assert!(
            bodies.len() <= before.len() && bodies.len() + 3 > before.len(),
            "{} of {}",
            bodies.len(),
            before.len()
        );
        let withheld = lines.iter().filter(|line| line.get("body").is_none()).count();
        assert!(withheld >= 2, "the neighbour's and nobody's");
        assert!(lines.iter().all(|line| line.get("body").is_some() == line.get("salt").is_some()));
        // A changed byte is found in what came over HTTP as well.
        let file = folder.join("log").join("entries.ndjson");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replacen("openCase", "openCasf", 1)).unwrap();
        assert!(!judged(&folder.join("log"), &running.vkey, None).ok());
    });
}

#[test]
fn an_export_goes_on_from_an_earlier_checkpoint_and_from_nowhere_else() {
    running_on_both(|running| {
        let town = Town::new(running);
        town.open("Earlier", false);
        sequenced(&Owner::of(&running.database));
        let signed = || running.service.store.reader().unwrap().latest_checkpoint().unwrap().unwrap();
        let earlier = signed();
        town.open("Later", false);
        sequenced(&Owner::of(&running.database));
        assert!(signed().size > earlier.size);
        let auditor = town.signed_in(Seat::Auditor, 0);
        let answer = auditor.get(&format!("{PATH}?from={}", earlier.size)).expect(200);
        let folder = unpacked(&answer);
        let report = judged(&folder.join("log"), &running.vkey, Some(&earlier.note));
        assert!(report.ok(), "{report}");
        let first = std::fs::read_to_string(folder.join("log").join("checkpoint.old")).unwrap();
        assert_eq!(first, earlier.note);
        let newest = std::fs::read(folder.join("log").join("checkpoint")).unwrap();
        let newest = note::open(&newest, &[running.vkey.parse().unwrap()]).unwrap();
        assert_eq!(
            u64::try_from(lines(&folder.join("log")).len()).unwrap() + u64::try_from(earlier.size).unwrap(),
            newest.size
        );
        for from in ["9007199254740991", "x", "-1"] {
            let refused = auditor.get(&format!("{PATH}?from={from}"));
            assert_eq!(
                (refused.problem().as_str(), &refused.json()["errors"][0]["field"]),
                ("invalid", &json!("from"))
            );
        }
        for seat in [Seat::Chair, Seat::Coordinator, Seat::Administrator, Seat::SchoolLead] {
            assert_eq!(town.signed_in(seat, 0).get(PATH).problem(), "not-allowed", "{}", seat.name());
        }
    });
}

/// On the service's own road, so far as its entry is committed; what is streamed has not begun.
fn recorded(town: &Town<'_>) -> Reply {
    let (service, held) = (&town.running.service, town.running.book.get(Seat::Auditor).unwrap());
    let headers =
        [("authorization", format!("Bearer {}", held.token)), ("acting-membership", held.membership.to_string())];
    let mut incoming = Incoming::in_process("GET", "/ledger/export", &headers, Vec::new());
    wait(async {
        let identified = Identified::from_request(service, incoming.credentials()).unwrap();
        let route = router::route(OPERATIONS, &incoming.method, &incoming.path);
        let (operation, call, access): (&'static Operation, _, _) =
            endpoint::prepare(service, &identified, route, &mut incoming).await.unwrap();
        let made = endpoint::decide(service, RequestId::new(), &identified, operation, &call, access).unwrap();
        let Made::Read(unrecorded) = made else { panic!("an export changes nothing") };
        unrecorded.recorded(&service.recorder).await.unwrap()
    })
}

fn taken(mut outlet: Outlet, pieces: usize) -> (usize, Option<Outlet>) {
    let mut length = 0;
    for _ in 0..pieces {
        match wait(poll_fn(|context| outlet.poll_next(context))) {
            Some(piece) => length += piece.unwrap().len(),
            None => return (length, None),
        }
    }
    (length, Some(outlet))
}

#[test]
fn readers_who_take_their_time_or_leave_hold_no_connection_and_give_their_place_back() {
    running_on_both(|running| {
        let town = Town::new(running);
        // Far more than lies in the pipe, of which half are hashes that do not grow smaller.
        for _ in 0..100 {
            let answers: Vec<_> =
                (0..50).map(|_| running.service.recorder.record(somebody(), draft("test.fill"))).collect();
            answers.into_iter().for_each(|answer| wait(answer).unwrap());
        }
        sequenced(&Owner::of(&running.database));
        // One leaves, one reads on to the end.
        for leaves in [true, false] {
            // Nobody reads it: it has made as much as fits in between, which is less than there is.
            let slow = recorded(&town).stream.unwrap().start();
            let slow = taken(slow, 2).1.expect("there is more");
            assert_eq!(town.signed_in(Seat::Auditor, 0).get(PATH).problem(), "too-many-requests", "one has one place");
            // More readings at once than there are connections: none of them waits for the slow.
            for _ in 0..40 {
                town.seat(Seat::Auditor).get("/api/v1/ledger/checkpoint").expect(200);
            }
            if leaves {
                drop(slow);
            } else {
                let (rest, left) = taken(slow, usize::MAX);
                assert!(rest > 64 * 1024 && left.is_none());
            }
            // Whoever read to the end has given its place back; whoever left, as soon as its next piece finds nobody.
            town.until("the place", || (running.service.exports.under_way() == 0).then_some(()));
        }
        town.signed_in(Seat::Auditor, 0).get(PATH).expect(200);
        // One that was recorded and never begun gives its place back too.
        (0..4).for_each(|_| drop(recorded(&town)));
    });
}
