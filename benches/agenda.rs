//! What the chair's agenda of forty cases costs, opened, redacted, decrypted and recorded, beside the bare SQL for the same
//! rows and one insert, on the same database in the same run; and whether it costs more where the panel has more cases.
//! It reports ratios. It must never leave out of the one side what it asks of the other.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement panics to fail and prints what it found"
)]

mod borough;
mod measured;

use borough::{Bench, CASES};
use channel_panel::casework::agenda::RECORDS;
use channel_panel::casework::ids::{CaseId, LedgerId, MeetingId, SubjectId};
use channel_panel::ledger::entry::{Actor, Draft, Outcome};
use channel_panel::store::rows::CaseRow;
use channel_panel::store::{StoreError, Writer};
use criterion::Criterion;
use measured::Measured;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The panel's other cases, in the two databases that are compared.
const FEW: usize = 1_000;
const MANY: usize = 100_000;

/// Rows of the panel that nobody opens.
fn fill(bench: &Bench, rows: usize) {
    let store = &bench.composed.service.store;
    let like = store.reader().unwrap().cases_of_panel(bench.borough.panel, None, None, 1).unwrap().remove(0);
    let mut writer = store.writer().unwrap();
    for batch in 0..rows.div_ceil(1_000) {
        let count = 1_000.min(rows - batch * 1_000);
        let done = writer.transaction(|tx| {
            (0..count).try_for_each(|_| {
                let (id, subject, ledger_id) = (CaseId::new(), SubjectId::new(), LedgerId::new());
                tx.insert_case(&CaseRow { id, subject, ledger_id, ..like.clone() })
            })
        });
        done.map_err(|_: channel_panel::store::CommitError<StoreError>| "filling").unwrap();
    }
}

/// What filling left for the disk to do later is no cost of an agenda's.
fn put_on_disk(database: &Path) {
    let wal = database.with_extension("db-wal");
    [database, &wal].into_iter().for_each(|file| File::open(file).unwrap().sync_all().unwrap());
}

/// The same rows and one entry, and nothing else.
fn bare(bench: &Bench, meeting: MeetingId, writer: &mut Writer, n: &mut i64) {
    let mut reader = bench.composed.service.store.reader().unwrap();
    assert_eq!(reader.cases_of_meeting(meeting).unwrap().len(), CASES);
    assert!(!reader.records_of_meeting(meeting, RECORDS).unwrap().is_empty());
    assert!(!reader.events_of_meeting(meeting).unwrap().is_empty());
    drop(reader);
    let draft = Draft {
        panel: Some(bench.borough.panel),
        actor: Actor::default(),
        operation: "readAgenda",
        outcome: Outcome::Shown,
        problem: None,
        cases: Vec::new(),
        policy: [0; 32],
        purpose: None,
        manifest: Vec::new(),
        request: channel_panel::casework::ids::RequestId::new(),
        detail: Vec::new(),
    };
    *n += 1;
    let entry = draft.finish("bench/0.0", *n, bench.composed.service.clock.instant(), [0; 32]).unwrap();
    assert_eq!(writer.append_entries(&[entry]).map_err(|_| "append").unwrap(), [true]);
}

fn main() {
    let mut criterion = Criterion::default().sample_size(20).configure_from_args().without_plots();
    // A hundred thousand rows are for a measurement.
    let (smoke, measured) = (measured::is_smoke(), Measured::begin());
    let mut database = PathBuf::new();
    let url = |folder: &Path| {
        database = folder.join("panel.db");
        format!("sqlite:{}", database.display())
    };
    let bench = Bench::new("agenda", url, Duration::from_secs(3600));
    let meeting = bench.meeting();
    fill(&bench, if smoke { 10 } else { FEW });
    put_on_disk(&database);
    let mut writer = bench.composed.service.store.writer().unwrap();
    bench.must_be_whole(meeting);
    let mut n = 0;
    let mut group = criterion.benchmark_group("agenda");
    group.bench_function("chair", |b| b.iter(|| bench.agenda(meeting).len()));
    group.bench_function("bare", |b| b.iter(|| bare(&bench, meeting, &mut writer, &mut n)));
    if !smoke {
        fill(&bench, MANY - FEW);
        put_on_disk(&database);
        group.bench_function("chair, many cases", |b| b.iter(|| bench.agenda(meeting).len()));
    }
    group.finish();
    if !smoke {
        if let Some(times) = measured.ratio("agenda", "chair", "bare") {
            println!("an agenda of {CASES} costs {times:.2} times its bare SQL and one insert");
        }
        if let Some(times) = measured.ratio("agenda", "chair, many cases", "chair") {
            println!("with {MANY} cases in the panel instead of {FEW} it costs {times:.2} times as much");
        }
    }
}
