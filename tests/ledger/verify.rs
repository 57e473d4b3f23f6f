//! Exports: honest ones are good; after any damage or forgery the first bad entry is named.

use super::signer::new_signer;
use super::{START, draft, entry, folder};
use channel_panel::casework::ids::LedgerId;
use channel_panel::clock::Moment;
use channel_panel::ledger::entry::{DetailValue, Entry};
use channel_panel::ledger::export::{self, Bundle, parse_frontier};
use channel_panel::ledger::line::Line;
use channel_panel::ledger::note::{self, VKey};
use channel_panel::ledger::report::{Report, Status, What};
use channel_panel::ledger::signer::Signer;
use channel_panel::ledger::tree::Frontier;
use channel_panel::ledger::verify::verify;
use proptest::prelude::*;
use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};

fn line(entry: &Entry, withheld: bool) -> Line {
    Line { leaf: entry.leaf, opened: (!withheld).then(|| (entry.salt, entry.body.clone())) }
}

pub fn log(count: i64) -> Vec<Entry> {
    let case = LedgerId::new();
    (1..=count).map(|n| entry(n, case, (n + 1) / 2, n % 2 == 1)).collect()
}

pub struct Exported {
    pub dir: PathBuf,
    pub keys: Vec<VKey>,
    pub note: String,
}

/// Signs `entries` and exports them from `from` on.
pub fn exported(name: &str, entries: &[Entry], from: usize, withheld: fn(usize) -> bool) -> Exported {
    exported_by(new_signer(&format!("{name}-signer")), name, entries, from, withheld)
}

/// The same by a signer whose key vouched for the writers.
pub fn exported_by(
    mut signer: Signer,
    name: &str,
    entries: &[Entry],
    from: usize,
    withheld: fn(usize) -> bool,
) -> Exported {
    let (mut frontier, mut old) = (Frontier::default(), None);
    for entry in &entries[..from] {
        frontier.push(entry.leaf);
    }
    if from > 0 {
        old = Some(signer.sign(frontier.size(), frontier.root(), entries[..from].iter().map(|e| e.leaf)).unwrap());
    }
    let mut whole = frontier.clone();
    entries[from..].iter().for_each(|entry| whole.push(entry.leaf));
    let note = signer.sign(whole.size(), whole.root(), entries[from..].iter().map(|e| e.leaf)).unwrap();
    let keys = vec![signer.key().vkey().clone()];
    let dir = folder(name);
    let bundle = Bundle { from: frontier, old: old.as_deref(), checkpoint: &note, keys: &keys };
    let lines = entries.iter().enumerate().skip(from).map(|(i, e)| Ok::<_, Infallible>(line(e, withheld(i))));
    assert_eq!(export::write(&dir, &bundle, lines).unwrap(), u64::try_from(entries.len() - from).unwrap());
    Exported { dir, keys, note }
}

fn check(made: &Exported) -> Report {
    verify(&made.dir, &made.keys, None, None)
}

pub fn lines_of(dir: &Path) -> Vec<String> {
    fs::read_to_string(dir.join("entries.ndjson")).unwrap().split_inclusive('\n').map(str::to_owned).collect()
}

#[test]
fn honest_exports_are_good() {
    let entries = log(9);
    let made = exported("honest", &entries, 0, |_| false);
    let report = check(&made);
    assert_eq!(
        (report.status, report.findings.len(), report.size, report.bodies_seen),
        (Status::Good, 0, Some(9), 9),
        "{report}"
    );
    assert_eq!(report.period, Some((entries[0].at, entries[8].at)));
    let head = report.heads.values().next().unwrap();
    assert_eq!((head.version, head.header, head.index), (5, [7; 32], 8));
    assert!(report.to_string().starts_with("GOOD"));
    let known = note::open(made.note.as_bytes(), &made.keys).unwrap();
    assert!(verify(&made.dir, &made.keys, Some(&known), Some(entries[8].at)).ok());

    let some_withheld = check(&exported("honest-withheld", &entries, 0, |i| i % 3 == 0));
    assert!(some_withheld.ok() && some_withheld.bodies_withheld == 3, "{some_withheld}");
    let tail = check(&exported("honest-tail", &entries, 5, |_| false));
    assert!(tail.ok() && tail.from == 5, "{tail}");
    assert!(check(&exported("honest-empty", &[], 0, |_| false)).ok());
}

/// Which entry of the file a byte belongs to, if it is one of the files that have entries.
fn entry_of(name: &str, bytes: &[u8], at: usize, from: u64) -> Option<u64> {
    match name {
        "entries.ndjson" => Some(from + u64::try_from(bytes[..at].iter().filter(|b| **b == b'\n').count()).unwrap()),
        "leaves" => Some(from + u64::try_from(at / 32).unwrap()),
        _ => None,
    }
}

#[test]
fn every_changed_byte_and_every_cut_is_found_and_placed() {
    for (name, from) in [("flip-whole", 0), ("flip-tail", 2)] {
        let made = exported(name, &log(4), from, |i| i == 2);
        let from = u64::try_from(from).unwrap();
        let mut files: Vec<_> =
            fs::read_dir(&made.dir).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        assert_eq!(files.len(), if from == 0 { 6 } else { 8 });
        for file in &files {
            let path = made.dir.join(file);
            let honest = fs::read(&path).unwrap();
            for at in 0..honest.len() {
                for mask in [0x01, 0x20, 0x80] {
                    let mut bytes = honest.clone();
                    bytes[at] ^= mask;
                    fs::write(&path, &bytes).unwrap();
                    let report = check(&made);
                    assert_eq!(report.status, Status::Bad, "{file} byte {at}");
                    assert_eq!(
                        report.first_bad(),
                        entry_of(file, &honest, at, from),
                        "{file} byte {at} ^ {mask}: {report}"
                    );
                    assert!(!report.findings.is_empty());
                }
            }
            for cut in (0..honest.len()).step_by(7) {
                fs::write(&path, &honest[..cut]).unwrap();
                let report = check(&made);
                assert!(report.status == Status::Bad, "{file} cut at {cut}: {report}");
                if file == "entries.ndjson" || file == "leaves" {
                    assert_eq!(report.first_bad(), entry_of(file, &honest, cut, from), "{file} cut at {cut}: {report}");
                }
            }
            fs::remove_file(&path).unwrap();
            assert!(!check(&made).ok(), "{file} removed");
            fs::write(&path, &honest).unwrap();
            assert!(check(&made).ok());
        }
    }
}

#[test]
fn swapped_doubled_and_dropped_lines_are_placed() {
    let made = exported("lines", &log(6), 0, |_| false);
    let honest = lines_of(&made.dir);
    let (mut swapped, mut doubled, mut dropped) = (honest.clone(), honest.clone(), honest.clone());
    swapped.swap(2, 4);
    doubled.insert(3, honest[3].clone());
    dropped.remove(1);
    for (lines, first) in
        [(swapped, 2), (doubled, 4), (dropped, 1), (honest[..5].to_vec(), 5), ([&honest[..], &honest[5..]].concat(), 6)]
    {
        fs::write(made.dir.join("entries.ndjson"), lines.concat()).unwrap();
        let report = check(&made);
        assert_eq!((report.status, report.first_bad()), (Status::Bad, Some(first)), "{report}");
    }
}

#[test]
fn a_forger_who_rewrites_the_bundle_meets_the_signature() {
    let mut entries = log(6);
    let honest = exported("forged-honest", &entries, 0, |_| false);
    entries[3] = draft(LedgerId::new(), 1, false).finish("w1", 4, entries[3].at, [5; 32]).unwrap();
    let forged = exported("forged", &entries, 0, |_| false);
    // Signed by the forger's own key.
    let report = verify(&forged.dir, &honest.keys, None, None);
    assert!(report.findings.iter().any(|f| matches!(f.what, What::Note("checkpoint", _))), "{report}");
    // The honest checkpoint over forged entries, with every hash and sum made anew.
    let dir = folder("forged-sums");
    let bundle = Bundle { from: Frontier::default(), old: None, checkpoint: &honest.note, keys: &honest.keys };
    export::write(&dir, &bundle, entries.iter().map(|e| Ok::<_, Infallible>(line(e, false)))).unwrap();
    let report = verify(&dir, &honest.keys, None, None);
    assert!(report.findings.iter().any(|f| f.what == What::Root), "{report}");
}

#[test]
fn a_known_checkpoint_finds_rollback_and_fork() {
    let entries = log(8);
    let whole = exported("known-whole", &entries, 0, |_| false);
    let short = exported("known-short", &entries[..5], 0, |_| false);
    let known = note::open(whole.note.as_bytes(), &whole.keys).unwrap();
    let older = note::open(short.note.as_bytes(), &short.keys).unwrap();
    let report = verify(&short.dir, &short.keys, Some(&known), None);
    assert!(report.findings.iter().any(|f| f.what == What::RolledBack), "{report}");
    assert!(verify(&whole.dir, &whole.keys, Some(&older), None).ok());
    let other = exported("known-fork", &log(8), 0, |_| false);
    let report = verify(&other.dir, &other.keys, Some(&older), None);
    assert!(report.findings.iter().any(|f| f.what == What::Forked), "{report}");
    let tail = exported("known-tail", &entries, 6, |_| false);
    assert_eq!(verify(&tail.dir, &tail.keys, Some(&older), None).status.exit_code(), 2);
}

fn found(name: &str, entries: &[Entry]) -> Report {
    check(&exported(name, entries, 0, |_| false))
}

#[test]
fn counters_show_what_never_reached_the_log() {
    let case = LedgerId::new();
    let at = |n: i64, seconds: i64| {
        draft(case, 1, n == 1).finish("w1", n, Moment(START + seconds * 1_000_000), [1; 32]).unwrap()
    };
    let report = found("gap", &[at(1, 0), at(2, 1), at(5, 2), at(6, 500)]);
    assert_eq!(report.first_bad(), Some(2), "{report}");
    assert!(matches!(&report.findings[0].what, What::CounterGap { first: 3, last: 4, .. }), "{report}");
    assert_eq!(found("gap-first", &[at(2, 0), at(3, 500)]).first_bad(), Some(0));
    assert!(found("overtaken", &[at(1, 0), at(3, 1), at(2, 2), at(4, 500)]).ok(), "commits may overtake");
    let in_flight = found("in-flight", &[at(1, 0), at(3, 1)]);
    assert!(in_flight.ok() && in_flight.notes.len() == 1, "{in_flight}");
    let report = found("twice", &[at(1, 0), at(2, 1), at(2, 2)]);
    assert!(matches!(report.findings[0].what, What::CounterTwice { n: 2, .. }), "{report}");
    let mut void = draft(case, 1, false);
    (void.operation, void.cases, void.manifest) = ("ledger.void", vec![], vec![]);
    void.detail = vec![("void", DetailValue::Number(2)), ("void", DetailValue::Number(3))];
    let void = void.finish("w1", 5, Moment(START + 500_000_000), [1; 32]).unwrap();
    assert!(found("voided", &[at(1, 0), at(4, 1), void]).ok());
}

#[test]
fn cases_that_go_back_are_found() {
    let case = LedgerId::new();
    let at = |n: i64, version: i64, changed: bool, seconds: i64| {
        draft(case, version, changed).finish("w1", n, Moment(START + seconds * 1_000_000), [1; 32]).unwrap()
    };
    let report = found("back", &[at(1, 1, true, 0), at(2, 2, true, 1), at(3, 2, true, 2)]);
    assert!(matches!(report.findings[0].what, What::CaseWentBack { .. }), "{report}");
    let report = found("skipped", &[at(1, 1, true, 0), at(2, 3, true, 1)]);
    assert!(matches!(report.findings[0].what, What::CaseSkipped { .. }), "{report}");
    let report = found("unlogged", &[at(1, 1, true, 0), at(2, 2, false, 1)]);
    assert!(matches!(report.findings[0].what, What::CaseSkipped { .. }), "{report}");
    let report = found("stale", &[at(1, 1, true, 0), at(2, 2, true, 1), at(3, 1, false, 600)]);
    assert!(matches!(report.findings[0].what, What::StaleFacts { .. }), "{report}");
    assert!(found("raced", &[at(1, 1, true, 0), at(2, 2, true, 1), at(3, 1, false, 2)]).ok());
}

#[test]
fn entries_from_the_future_and_folders_that_are_none() {
    let entries = log(3);
    let made = exported("future", &entries, 0, |_| false);
    let report = verify(&made.dir, &made.keys, None, Some(entries[1].at));
    assert_eq!(report.first_bad(), Some(2));
    assert_eq!(verify(&made.dir, &[], None, None).status.exit_code(), 2);
    assert_eq!(verify(&made.dir.join("nowhere"), &made.keys, None, None).status.exit_code(), 2);
    let bundle = Bundle { from: Frontier::default(), old: None, checkpoint: &made.note, keys: &made.keys };
    assert!(export::write(&made.dir, &bundle, std::iter::empty::<Result<Line, Infallible>>()).is_err());
}

proptest! {
    #[test]
    fn bytes_never_panic_the_readers(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Line::parse(&bytes);
        let _ = parse_frontier(&bytes);
    }

    #[test]
    fn a_folder_of_noise_is_never_good(files in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 8)) {
        let dir = folder("noise");
        fs::create_dir_all(&dir).unwrap();
        for (name, bytes) in ["entries.ndjson", "leaves", "checkpoint", "checkpoint.old", "frontier", "keys", "README", "SHA256SUMS"].iter().zip(&files) {
            fs::write(dir.join(name), bytes).unwrap();
        }
        let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
        prop_assert_eq!(verify(&dir, &[key], None, None).status, Status::Bad);
    }
}
