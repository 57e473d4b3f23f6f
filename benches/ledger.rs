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
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::{AgencyId, LedgerId, MembershipId, PanelId, PersonId, RequestId};
use channel_panel::casework::role::Role;
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
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const START: Moment = Moment(1_795_339_800_000_000);

/// Of a case before its first panel, opened by a coordinator.
fn manifest() -> Manifest {
    let shown = [
        (Category::Assessment, "occurredOn reason recordedAt recordedBy recordedByAgency grounds full agreed"),
        (Category::Concern, "attestation dates header referrer safeguarding whatHappened"),
        (
            Category::Consent,
            "askedBy how occurredOn recordedAt recordedBy recordedByAgency result capacity form givenBy",
        ),
        (Category::Contact, "addresses phones"),
        (Category::Identity, "dateOfBirth forenames surname"),
        (Category::Log, "occurredOn progress recordedAt recordedBy recordedByAgency toldOn"),
        (Category::Safety, "knownToBeViolent personAware"),
        (
            Category::Triage,
            "earlierCasesSearched occurredOn recordedAt recordedBy recordedByAgency findings mashInformed",
        ),
    ];
    Manifest {
        shown: shown
            .into_iter()
            .map(|(category, fields)| (category, fields.split(' ').map(str::to_owned).collect()))
            .collect(),
        withheld: vec![Category::SocialCare, Category::Health, Category::Education, Category::Police],
        records: vec![(Category::Triage, 3), (Category::Assessment, 6), (Category::Consent, 3), (Category::Log, 2)],
    }
}

/// A reading of one case, as most of a log is.
fn entry(writer: &str, n: i64) -> Entry {
    let mut salt = [0; 32];
    salt.iter_mut().zip(n.to_be_bytes()).for_each(|(to, from)| *to = from);
    let draft = Draft {
        panel: Some(PanelId::new()),
        actor: Actor {
            person: Some(PersonId::new()),
            membership: Some(MembershipId::new()),
            agency: Some(AgencyId::new()),
            role: Some(Role::Council),
            system: None,
        },
        operation: "openCase",
        outcome: Outcome::Shown,
        problem: None,
        cases: vec![CaseMark { ledger_id: LedgerId::new(), version: 1, header_hash: None }],
        policy: [7; 32],
        purpose: Some("case_work"),
        manifest: vec![manifest()],
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
    let [low, middle, high] =
        if smoke { verifying(&mut criterion, 200, 1) } else { verifying(&mut criterion, 50_000, TURNS) };
    placing(&mut criterion, if smoke { 20 } else { 4_096 });
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
    let of = |what| measured::median("verifying", what);
    println!("on two cores it takes 1/{:.2} of that time", of("one_core") / of("two_cores"));
    let times = measured::median("placing", "write") / measured::median("placing", "place");
    println!("entries get their places {times:.1} times as fast as they are written (wanted: 4)");
}
