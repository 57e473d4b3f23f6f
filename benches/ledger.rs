//! Verifying an export beside bare SHA-256 over what must be hashed, and giving entries their places beside writing them, each
//! pair in one run. It reports ratios, for absolute times belong to the machine; it must never leave out a step of either side.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::print_stdout,
    reason = "a measurement panics to fail and prints what it found"
)]

mod measured;

use channel_panel::app::sequencer::Sequencer;
use channel_panel::casework::ids::{LedgerId, PanelId, PersonId, RequestId};
use channel_panel::clock::{Clock, Moment};
use channel_panel::digest::Sha256;
use channel_panel::ledger::entry::{Actor, CaseMark, DetailValue, Draft, Entry, Manifest, Outcome};
use channel_panel::ledger::export::{self, Bundle};
use channel_panel::ledger::line::Line;
use channel_panel::ledger::note::VKey;
use channel_panel::ledger::signer::{Signer, create_key};
use channel_panel::ledger::tree::Frontier;
use channel_panel::ledger::verify::verify;
use channel_panel::store::{Settings, Store};
use criterion::Criterion;
use std::convert::Infallible;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const START: Moment = Moment(1_795_339_800_000_000);

/// A reading of one case, as most of a log is.
fn entry(writer: &str, n: i64) -> Entry {
    let mut salt = [0; 32];
    salt.iter_mut().zip(n.to_be_bytes()).for_each(|(to, from)| *to = from);
    let draft = Draft {
        panel: Some(PanelId::new()),
        actor: Actor { person: Some(PersonId::new()), ..Actor::default() },
        operation: "openCase",
        outcome: Outcome::Shown,
        problem: None,
        cases: vec![CaseMark { ledger_id: LedgerId::new(), version: 1, header_hash: None }],
        policy: [7; 32],
        purpose: Some("case_work"),
        manifest: vec![Manifest::default()],
        request: RequestId::new(),
        detail: vec![("count", DetailValue::Number(1))],
    };
    draft.finish(writer, n, START.plus_seconds(n), salt).unwrap()
}

/// In the target folder: what a measurement leaves is swept with it.
fn fresh(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("channel-panel-bench-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The folder of an export of so many entries, and how many bytes have to go through SHA-256 to verify it: of each entry the
/// commitment, the leaf and one node of the tree, and each file once for its sum.
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
    let lines = entries
        .iter()
        .map(|entry| Ok::<_, Infallible>(Line { leaf: entry.leaf, opened: Some((entry.salt, entry.body.clone())) }));
    export::write(&out, &bundle, lines).unwrap();
    // Lengths before each part, label, salt; then 34 bytes of the leaf and 65 of a node.
    let of_entries: usize = entries.iter().map(|entry| 12 + 11 + 32 + entry.body.len() + 34 + 65).sum();
    let size = |name: &str| usize::try_from(std::fs::metadata(out.join(name)).unwrap().len()).unwrap();
    let of_files = size(export::ENTRIES) + size(export::LEAVES);
    (out, vkey, of_entries + of_files)
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

fn verifying(criterion: &mut Criterion, count: i64) {
    let folder = fresh("verify");
    let (export, key, bytes) = exported(&folder, count);
    let keys = [key];
    let mut group = criterion.benchmark_group("verifying");
    group.bench_function("floor", |b| b.iter(|| black_box(hashed(bytes))));
    group.bench_function("verify", |b| {
        b.iter(|| {
            let report = verify(&export, &keys, None, None);
            assert!(report.ok(), "{report}");
        });
    });
    group.finish();
    std::fs::remove_dir_all(folder).unwrap();
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

/// On SQLite: each entry in a transaction of its own, as a change has it; then their places, in passes of the sequencer.
fn placing(criterion: &mut Criterion, count: i64) {
    let folder = fresh("place");
    let store =
        Store::open(&format!("sqlite://{}", folder.join("log.sqlite").display()), &Settings::default()).unwrap();
    store.migrate().unwrap();
    let mut run = 0;
    let mut write = || {
        run += 1;
        let entries: Vec<Entry> = (1..=count).map(|n| entry(&format!("bench-{run}"), n)).collect();
        let mut writer = store.writer().unwrap();
        timed(|| {
            for entry in &entries {
                writer.transaction(|tx| tx.append_entry(entry, &[])).unwrap();
            }
        })
    };
    let key = Arc::new(create_key(&folder.join("key"), "channel-panel.example/log").unwrap());
    let mut sequencer = Sequencer::new(store.clone(), Arc::new(Clock::default()), key, "bench", None);
    let mut place = || timed(|| while sequencer.sequence_once().unwrap() > 0 {});
    let mut group = criterion.benchmark_group("placing");
    group.sample_size(10);
    group.bench_function("write", |b| {
        b.iter_custom(|times| {
            let taken = (0..times).map(|_| write()).sum();
            place();
            taken
        });
    });
    group.bench_function("place", |b| {
        b.iter_custom(|times| {
            (0..times)
                .map(|_| {
                    write();
                    place()
                })
                .sum()
        });
    });
    group.finish();
    std::fs::remove_dir_all(folder).unwrap();
}

fn main() {
    let smoke = measured::is_smoke();
    let mut criterion = Criterion::default().configure_from_args();
    verifying(&mut criterion, if smoke { 200 } else { 50_000 });
    placing(&mut criterion, if smoke { 20 } else { 4_096 });
    if smoke {
        return;
    }
    let share = measured::median("verifying", "floor") / measured::median("verifying", "verify");
    println!(
        "verifying an export runs at {:.0} % of bare SHA-256 over what must be hashed (wanted: 60)",
        share * 100.0
    );
    let times = measured::median("placing", "write") / measured::median("placing", "place");
    println!("entries get their places {times:.1} times as fast as they are written (wanted: 4)");
}
