//! Verifying an export beside bare SHA-256 over what must be hashed, and giving entries their places beside writing them, each
//! pair in one run. It reports ratios, for absolute times belong to the machine; it must never leave out a step of either side.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement panics to fail and prints what it found"
)]

mod entries;
#[path = "../tests/harness/folder.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod folder;
mod measured;
#[path = "../tests/harness/server.rs"]
#[allow(clippy::disallowed_methods, dead_code, reason = "it waits for a server to start, as the tests do")]
mod server;

use channel_panel::app::sequencer::Sequencer;
use channel_panel::clock::Clock;
use channel_panel::digest::Sha256;
use channel_panel::ledger::entry::Entry;
use channel_panel::ledger::export::{self, Bundle};
use channel_panel::ledger::line::Line;
use channel_panel::ledger::note::VKey;
use channel_panel::ledger::signer::{Signer, create_key};
use channel_panel::ledger::tree::Frontier;
use channel_panel::ledger::verify::verify;
use channel_panel::store::{Settings, Store};
use criterion::Criterion;
use entries::entry;
use measured::Measured;
use server::Server;
use std::convert::Infallible;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// In the target folder: what a measurement leaves is swept with it.
fn fresh(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("channel-panel-bench-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Bytes that go through SHA-256 for so many: whole blocks, of which the last has a bit and the length (FIPS 180-4, 5.1.1).
fn blocks(length: usize) -> usize {
    (length + 9).next_multiple_of(64)
}

/// The folder of an export of so many entries, and how many bytes have to go through SHA-256 to verify it: of each entry the
/// commitment, the leaf, one node of the tree and one link of its writer's chain, and each file once for its sum.
fn exported(folder: &Path, count: i64) -> (PathBuf, VKey, usize) {
    let entries: Vec<Entry> = (1..=count).map(|n| entry("bench", n)).collect();
    let key = create_key(&folder.join("key"), "channel-panel.example/log").unwrap();
    let vkey = key.vkey().clone();
    let mut signer = Signer::init(&folder.join("signer"), key).unwrap();
    let mut tree = Frontier::default();
    entries.iter().for_each(|entry| tree.push(entry.leaf));
    let note = signer.sign(tree.size(), tree.root(), entries.iter().map(|entry| entry.leaf)).unwrap();
    let out = folder.join("export");
    let bundle = Bundle { from: Frontier::default(), old: None, checkpoint: &note, keys: std::slice::from_ref(&vkey) };
    let lines = entries.iter().map(|entry| {
        Ok::<_, Infallible>(Line { leaf: entry.leaf, opened: Some((entry.salt, entry.body.clone())), expired: None })
    });
    export::write(&out, &bundle, lines).unwrap();
    // The commitment (lengths, label, salt, body), the leaf, a node of the tree, and the writer's chain.
    let of_entry = |entry: &Entry| [12 + 11 + 32 + entry.body.len(), 34, 65, 64].map(blocks).iter().sum::<usize>();
    let of_entries: usize = entries.iter().map(of_entry).sum();
    let size = |name: &str| usize::try_from(std::fs::metadata(out.join(name)).unwrap().len()).unwrap();
    let of_files = size(export::ENTRIES) + size(export::LEAVES);
    (out, vkey, of_entries + of_files)
}

/// Keeps this process to these cores of the machine, those it begins later too. Where it cannot be kept to them (another
/// system, a machine with one core), it runs where it may, and that is said.
fn on_cores(cores: &str) {
    let process = std::process::id().to_string();
    let kept = Command::new("taskset").args(["-a", "-c", "-p", cores, &process]).stdout(Stdio::null()).status();
    if !kept.is_ok_and(|status| status.success()) {
        println!("this process cannot be kept to the cores {cores}");
    }
}

fn hashed(total: usize) -> [u8; 32] {
    let piece = [0x5a; 64 * 1024];
    let mut sum = Sha256::default();
    let mut left = total;
    while left > 0 {
        let some = left.min(piece.len());
        sum.update(piece.get(..some).unwrap());
        left -= some;
    }
    sum.finish()
}

/// How often the two take turns.
const TURNS: usize = 25;

/// What bare hashing takes of the time that `verify` takes, in turns: a machine that is slower for a while is so for both. The
/// middle of all turns, with the lowest and the highest quarter's.
fn share(bytes: usize, turns: usize, mut verify: impl FnMut()) -> [f64; 3] {
    let mut shares: Vec<f64> = (0..turns)
        .map(|_| {
            let floor = timed(|| {
                black_box(hashed(bytes));
            });
            floor.as_secs_f64() / timed(&mut verify).as_secs_f64()
        })
        .collect();
    shares.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| shares[turns * quarter / 4])
}

/// Gives the share of bare hashing on one core.
fn verifying(criterion: &mut Criterion, count: i64, turns: usize) -> [f64; 3] {
    let folder = fresh("verify");
    let (export, key, bytes) = exported(&folder, count);
    let keys = [key];
    let mut group = criterion.benchmark_group("verifying");
    let whole = || {
        let report = verify(&export, &keys, None, None);
        assert!(report.ok(), "{report}");
    };
    on_cores("0");
    let share = share(bytes, turns, whole);
    group.bench_function("floor", |b| b.iter(|| black_box(hashed(bytes))));
    for (what, cores) in [("one_core", "0"), ("two_cores", "0,1")] {
        on_cores(cores);
        group.bench_function(what, |b| b.iter(whole));
    }
    group.finish();
    std::fs::remove_dir_all(folder).unwrap();
    share
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

/// How entries come: each in a transaction of its own, as a change has it, or as many at once as the recorder takes.
const WAYS: [(&str, usize); 2] = [("singly", 1), ("together", 64)];

/// The name of what is measured of one database.
fn placing_on(database: &str) -> String {
    format!("placing_on_{database}")
}

/// Entries are written, and then given their places in passes of the sequencer, which finds the queue as work leaves it: with
/// the dead rows of the rounds before.
fn placing(criterion: &mut Criterion, database: &str, url: &str, count: i64) {
    let folder = fresh(database);
    let store = Store::open(url, &Settings::default()).unwrap();
    store.migrate().unwrap();
    let mut run = 0;
    let mut write = |at_once: usize| {
        run += 1;
        let entries: Vec<Entry> = (1..=count).map(|n| entry(&format!("bench-{run}"), n)).collect();
        let mut writer = store.writer().unwrap();
        timed(|| {
            for some in entries.chunks(at_once) {
                assert!(writer.append_entries(some).unwrap().into_iter().all(|kept| kept));
            }
        })
    };
    let key = Arc::new(create_key(&folder.join("key"), "channel-panel.example/log").unwrap());
    let mut sequencer = Sequencer::new(store.clone(), Arc::new(Clock::default()), key, "bench", None);
    let mut place = || {
        timed(|| {
            let mut placed = 0;
            while placed < usize::try_from(count).unwrap() {
                placed += sequencer.sequence_once().unwrap();
            }
        })
    };
    let mut group = criterion.benchmark_group(placing_on(database));
    group.sample_size(10);
    for (how, at_once) in WAYS {
        group.bench_function(how, |b| {
            b.iter_custom(|times| {
                let round = |_| {
                    let taken = write(at_once);
                    place();
                    taken
                };
                (0..times).map(round).sum()
            });
        });
    }
    group.bench_function("place", |b| {
        b.iter_custom(|times| {
            let round = |_| {
                write(WAYS[1].1);
                place()
            };
            (0..times).map(round).sum()
        });
    });
    group.finish();
    drop(sequencer);
    std::fs::remove_dir_all(folder).unwrap();
}

fn main() {
    let (smoke, measured) = (measured::is_smoke(), Measured::begin());
    let mut criterion = Criterion::default().configure_from_args();
    let [low, middle, high] =
        if smoke { verifying(&mut criterion, 200, 1) } else { verifying(&mut criterion, 50_000, TURNS) };
    let folder = fresh("sqlite-file");
    let server = Server::start("");
    let databases = [
        ("SQLite", format!("sqlite://{}", folder.join("log.sqlite").display())),
        ("PostgreSQL", server.url("postgres")),
    ];
    for (database, url) in &databases {
        placing(&mut criterion, database, url, if smoke { 20 } else { 4_096 });
    }
    std::fs::remove_dir_all(folder).unwrap();
    if smoke {
        return;
    }
    println!(
        "verifying an export runs at {:.1} % of bare SHA-256 over what must be hashed, on one core (wanted: 60); of {TURNS} turns \
         the middle, half of them from {:.1} to {:.1}",
        middle * 100.0,
        low * 100.0,
        high * 100.0
    );
    if let Some(times) = measured.ratio("verifying", "one_core", "two_cores") {
        println!("on two cores it takes 1/{times:.2} of that time");
    }
    for (database, _) in &databases {
        for (how, at_once) in WAYS {
            if let Some(times) = measured.ratio(&placing_on(database), how, "place") {
                println!(
                    "{database}: entries get their places {times:.1} times as fast as they are written, {at_once} at once (wanted: 4)"
                );
            }
        }
    }
}
