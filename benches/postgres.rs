//! The service on PostgreSQL beside `pgbench`: 32 clients who open a case, and who read an agenda of forty, through session,
//! policies, cells and recorder; and 32 connections that send the same statements and one entry each. Side by side, in turns,
//! on one server that is as durable as in earnest. It reports ratios; it must never leave out of the service what it does at work.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement panics to fail and prints what it found"
)]

mod borough;
#[path = "../tests/harness/folder.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod folder;
#[allow(dead_code, reason = "what Criterion measured is asked for by others")]
mod measured;
mod pgbench;
#[path = "../tests/harness/server.rs"]
#[allow(clippy::disallowed_methods, reason = "it waits for a server to start, as the tests do")]
mod server;

use borough::{Bench, Caller};
use channel_panel::access::PersonKind;
use channel_panel::api::server::WORKERS;
use channel_panel::casework::category::Category;
use channel_panel::demo::seats::Seat;
use channel_panel::demo::tokens::Issuers;
use channel_panel::store::{EntryFilter, EntryPage};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use pgbench::{AGENDA, Length, OPEN_CASE, Pgbench, Script};
use serde_json::Value;
use server::{Server, binaries, search_path};
use std::time::{Duration, Instant};
use tokio::task::LocalSet;

const CLIENTS: usize = 32;
/// How often the sides take turns, and how long a turn is.
const TURNS: usize = 5;
const TURN: Duration = Duration::from_secs(8);

/// Durable, as in earnest; with room for what is read here.
const SETTINGS: &str = "-c shared_buffers=256MB -c max_wal_size=2GB -c shared_preload_libraries=pg_stat_statements";

/// One kind of request, and its statements.
struct Work {
    what: &'static str,
    operation: &'static str,
    seat: Seat,
    path: String,
    script: Script,
    wanted: f64,
}

struct Sides {
    bench: Bench,
    pgbench: Pgbench,
    case: String,
    meeting: String,
    turn: usize,
}

impl Sides {
    fn values(&mut self, work: &Work) -> Vec<(&'static str, String)> {
        self.turn += 1;
        let borough = &self.bench.borough;
        let body = self.newest_body(work);
        let entry: Value = serde_json::from_str(&body).unwrap();
        let of_entry = |name: &str| entry[name].as_str().unwrap().to_owned();
        vec![
            ("issuer", Issuers::name_for(PersonKind::Person).to_owned()),
            ("subject", work.seat.name().to_owned()),
            ("person", borough.person(work.seat).to_string()),
            ("agency", entry["actor"]["agency"].as_str().unwrap().to_owned()),
            ("role", entry["actor"]["role"].as_str().unwrap().to_owned()),
            ("panel", borough.panel.to_string()),
            ("case", self.case.clone()),
            ("meeting", self.meeting.clone()),
            ("panel_record", Category::Panel.name().to_owned()),
            ("work", Category::Work.name().to_owned()),
            ("assessment", Category::Assessment.name().to_owned()),
            ("one", "1".to_owned()),
            ("many", "100".to_owned()),
            ("from", "2000-01-01".to_owned()),
            ("to", "2999-12-31".to_owned()),
            ("writer", format!("pgbench-{}", self.turn)),
            ("n", "0".to_owned()),
            ("operation", of_entry("operation")),
            ("outcome", of_entry("outcome")),
            ("purpose", of_entry("purpose")),
            ("lid", entry["cases"][0]["id"].as_str().unwrap_or_default().to_owned()),
            ("at", self.bench.composed.service.clock.instant().0.to_string()),
            ("hash", format!("\\x{}", "5a".repeat(32))),
            ("body", body),
        ]
    }

    /// As long as what the service enters for such a request.
    fn newest_body(&self, work: &Work) -> String {
        let mut reader = self.bench.composed.service.store.reader().unwrap();
        let of_such = EntryFilter { operation: Some(work.operation.to_owned()), ..EntryFilter::default() };
        let newest = reader.entries(&of_such, EntryPage { before: None, limit: 1 }).unwrap();
        newest.into_iter().next().unwrap().body
    }
}

async fn client(caller: Caller, path: String, until: Instant) -> usize {
    let mut done = 0;
    while Instant::now() < until {
        let (status, _) = caller.send("GET", &path, Vec::new()).await;
        assert_eq!(status, 200);
        done += 1;
    }
    done
}

/// Answers a second, to clients who wait for each.
fn served(caller: &Caller, path: &str, clients: usize, time: Duration) -> f64 {
    let begun = Instant::now();
    let until = begun + time;
    let thread = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let tasks = LocalSet::new();
        let clients: Vec<_> =
            (0..clients / WORKERS).map(|_| tasks.spawn_local(client(caller.clone(), path.to_owned(), until))).collect();
        runtime.block_on(tasks);
        clients.into_iter().map(|client| runtime.block_on(client).unwrap()).sum::<usize>()
    };
    let done: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..WORKERS).map(|_| scope.spawn(thread)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    done as f64 / begun.elapsed().as_secs_f64()
}

fn side_by_side(sides: &mut Sides, work: &Work, smoke: bool) {
    let (clients, turns) = if smoke { (WORKERS, 1) } else { (CLIENTS, TURNS) };
    let caller = sides.bench.caller(work.seat);
    let mut pairs = Vec::new();
    for _ in 0..turns {
        let ours = served(&caller, &work.path, clients, if smoke { Duration::from_millis(50) } else { TURN });
        let values = sides.values(work);
        let length = if smoke { Length::Times(1) } else { Length::For(TURN) };
        let theirs = sides.pgbench.run(&work.script, clients, length, &values);
        pairs.push((ours / theirs, ours, theirs));
    }
    if smoke {
        return;
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, ours, theirs) = pairs[pairs.len() / 2];
    println!(
        "{} at {CLIENTS} clients: {ratio:.2} times pgbench with the same statements and one entry (wanted: {}); \
         of {TURNS} turns the middle, {ours:.0} and {theirs:.0} a second; from {:.2} to {:.2}",
        work.what,
        work.wanted,
        pairs[0].0,
        pairs[pairs.len() - 1].0
    );
}

fn main() {
    let smoke = measured::is_smoke();
    let server = Server::start(SETTINGS);
    let url = server.url("postgres");
    PgConnection::establish(&url).unwrap().batch_execute("CREATE EXTENSION pg_stat_statements").unwrap();
    let bench = Bench::new("postgres", |_| url.clone(), Duration::from_millis(200));
    let meeting = bench.meeting();
    bench.must_be_whole(meeting);
    let agenda: Value = serde_json::from_slice(&bench.agenda(meeting)).unwrap();
    let case = agenda["items"][0]["case"].as_str().unwrap().to_owned();
    let (case_path, agenda_path) = (format!("/cases/{case}"), format!("/meetings/{meeting}/agenda"));
    let works = [
        Work {
            what: "opening a case",
            operation: "openCase",
            seat: Seat::Coordinator,
            path: case_path,
            script: OPEN_CASE,
            wanted: 1.2,
        },
        Work {
            what: "an agenda of 40",
            operation: "readAgenda",
            seat: Seat::Chair,
            path: agenda_path,
            script: AGENDA,
            wanted: 0.5,
        },
    ];
    PgConnection::establish(&url).unwrap().batch_execute("VACUUM ANALYZE").unwrap();
    let pgbench = Pgbench::new(binaries(&search_path()).join("pgbench"), &url);
    let mut sides = Sides { bench, pgbench, case, meeting: meeting.to_string(), turn: 0 };
    for work in &works {
        let request = |sides: &Sides| assert_eq!(sides.bench.send(work.seat, "GET", &work.path, None).0, 200);
        request(&sides);
        let values = sides.values(work);
        sides.pgbench.must_send_the_same(&work.script, &values, || request(&sides));
    }
    sides.pgbench.note_no_more();
    works.iter().for_each(|work| side_by_side(&mut sides, work, smoke));
    // Before the server: whoever still writes must find it.
    drop(sides);
    drop(server);
}
