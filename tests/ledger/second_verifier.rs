//! `verifier/verify.py`, which was written from docs/ledger-format.md alone, must come to the same verdict as the service's own
//! verifier and name the same first bad entry: on honest exports, on damaged ones and on forged ones.

use super::verify::{Exported, exported, lines_of, log};
use super::{START, draft, folder};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use channel_panel::casework::ids::LedgerId;
use channel_panel::clock::Moment;
use channel_panel::digest::sha256;
use channel_panel::ledger::body::hex;
use channel_panel::ledger::entry::{DetailValue, Entry, leaf_hash};
use channel_panel::ledger::export::{self, Bundle, print_sum};
use channel_panel::ledger::line::Line;
use channel_panel::ledger::note::{self, VKey};
use channel_panel::ledger::report::{Report, Status};
use channel_panel::ledger::tree::Frontier;
use channel_panel::ledger::verify::verify;
use serde_json::Value;
use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Long after every entry of these tests.
const NOW: (&str, Moment) = ("2026-11-22T09:30:00.000000Z", Moment(1_795_339_800_000_000));

/// The first python3 that has `cryptography`: Debian's own, where another comes first on the path and lacks it.
pub fn python() -> &'static str {
    let able = |python: &&&str| {
        let tried = Command::new(python).args(["-c", "import cryptography"]).output();
        tried.is_ok_and(|done| done.status.success())
    };
    let found = ["python3", "/usr/bin/python3"].iter().find(able);
    found.expect("python3 with `cryptography`: deploy/install-deps.sh installs both")
}

/// Status and first bad entry of each folder, in order.
fn second(folders: &[PathBuf], keys: &[VKey], known: Option<&Path>) -> Vec<(String, Option<u64>)> {
    second_holding(folders, keys, known, &[])
}

/// The same with receipts, in files.
pub fn second_holding(
    folders: &[PathBuf],
    keys: &[VKey],
    known: Option<&Path>,
    receipts: &[PathBuf],
) -> Vec<(String, Option<u64>)> {
    let said = receipts.iter().flat_map(|file| ["--receipt".to_owned(), file.to_str().unwrap().to_owned()]);
    second_given(folders, keys, known, &said.collect::<Vec<_>>())
}

/// The same with more to its command line.
pub fn second_given(
    folders: &[PathBuf],
    keys: &[VKey],
    known: Option<&Path>,
    more: &[String],
) -> Vec<(String, Option<u64>)> {
    let mut command = Command::new(python());
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/verifier/verify.py")).args(["--json", "--now", NOW.0]);
    keys.iter().for_each(|key| {
        command.arg("--key").arg(key.to_string());
    });
    known.iter().for_each(|known| {
        command.arg("--known").arg(known);
    });
    let done = command.args(more).arg("--").args(folders).output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    let verdicts: Vec<_> = said
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| (line["status"].as_str().unwrap().to_owned(), line["firstBad"].as_u64()))
        .collect();
    assert_eq!(verdicts.len(), folders.len(), "{}", String::from_utf8_lossy(&done.stderr));
    let any_bad = verdicts.iter().any(|(status, _)| status == "BAD");
    assert_eq!(done.status.code() == Some(1), any_bad, "the exit code says the worst");
    verdicts
}

fn first(folder: &Path, keys: &[VKey], known: Option<&note::Checkpoint>) -> (String, Option<u64>) {
    said(&verify(folder, keys, known, Some(NOW.1)))
}

/// As the second one says it.
pub fn said(report: &Report) -> (String, Option<u64>) {
    let status = match report.status {
        Status::Good => "GOOD",
        Status::Bad => "BAD",
        Status::Unusable => "NOTHING DECIDED",
    };
    (status.to_owned(), report.first_bad())
}

/// How many of the folders are good, both verifiers having said the same of each.
fn agreed(folders: &[PathBuf], keys: &[VKey]) -> usize {
    let verdicts = second(folders, keys, None);
    for (folder, said) in folders.iter().zip(&verdicts) {
        assert_eq!(*said, first(folder, keys, None), "{}", folder.display());
    }
    verdicts.iter().filter(|(status, _)| status == "GOOD").count()
}

fn copy(of: &Exported, name: &str) -> PathBuf {
    let to = folder(&format!("second-{name}"));
    fs::create_dir_all(&to).unwrap();
    for file in fs::read_dir(&of.dir).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
    to
}

#[test]
fn both_find_honest_exports_good_and_the_same_fault_in_damaged_ones() {
    let entries = log(7);
    let (mut good, mut bad) = (0, 0);
    for (name, from) in [("whole", 0), ("tail", 3)] {
        let made = exported(&format!("second-{name}"), &entries, from, |i| i == 4);
        let mut damaged = Vec::new();
        let mut files: Vec<_> = fs::read_dir(&made.dir).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        for path in &files {
            let (honest, file) = (fs::read(path).unwrap(), path.file_name().unwrap().to_str().unwrap());
            for at in (0..honest.len()).step_by(honest.len().div_ceil(60)) {
                let mut bytes = honest.clone();
                bytes[at] ^= [0x01, 0x20, 0x80][at % 3];
                let to = copy(&made, &format!("{name}-{file}-{at}"));
                fs::write(to.join(file), bytes).unwrap();
                damaged.push(to);
            }
            for cut in [0, honest.len() / 2, honest.len() - 1] {
                let to = copy(&made, &format!("{name}-{file}-cut-{cut}"));
                fs::write(to.join(file), &honest[..cut]).unwrap();
                damaged.push(to);
            }
        }
        assert_eq!(agreed(&damaged, &made.keys), 0);
        bad += damaged.len();
        good += agreed(&[made.dir], &made.keys);
    }
    let empty = exported("second-empty", &[], 0, |_| false);
    good += agreed(&[empty.dir], &empty.keys);
    println!("{good} honest and {bad} damaged exports: the same verdict and the same first bad entry from both");
    assert!(good == 3 && bad > 500);
}

#[test]
fn both_place_lines_that_were_moved_and_entries_that_contradict_each_other() {
    let made = exported("second-lines", &log(6), 0, |_| false);
    let honest = lines_of(&made.dir);
    let (mut swapped, mut doubled, mut dropped) = (honest.clone(), honest.clone(), honest.clone());
    swapped.swap(2, 4);
    doubled.insert(3, honest[3].clone());
    dropped.remove(1);
    let moved = [swapped, doubled, dropped, honest[..5].to_vec(), [&honest[..], &honest[5..]].concat()];
    let folders: Vec<_> = (0..)
        .zip(&moved)
        .map(|(n, lines): (u8, _)| {
            let to = copy(&made, &format!("moved-{n}"));
            fs::write(to.join("entries.ndjson"), lines.concat()).unwrap();
            to
        })
        .collect();
    assert_eq!(agreed(&folders, &made.keys), 0);

    let case = LedgerId::new();
    let at = |n: i64, version: i64, changed: bool, seconds: i64| {
        draft(case, version, changed).finish("w1", n, Moment(START + seconds * 1_000_000), [1; 32]).unwrap()
    };
    let mut void = draft(case, 1, false);
    (void.operation, void.cases, void.manifest) = ("ledger.void", vec![], vec![]);
    void.detail = vec![("void", DetailValue::Number(2)), ("void", DetailValue::Number(3))];
    let void = void.finish("w1", 5, Moment(START + 500_000_000), [1; 32]).unwrap();
    let logs: [(&str, Vec<Entry>, bool); 11] = [
        ("gap", vec![at(1, 1, true, 0), at(2, 1, false, 1), at(5, 1, false, 2), at(6, 1, false, 500)], false),
        ("gap-first", vec![at(2, 1, true, 0), at(3, 1, false, 500)], false),
        ("overtaken", vec![at(1, 1, true, 0), at(3, 1, false, 1), at(2, 1, false, 2), at(4, 1, false, 500)], true),
        ("in-flight", vec![at(1, 1, true, 0), at(3, 1, false, 1)], true),
        ("twice", vec![at(1, 1, true, 0), at(2, 1, false, 1), at(2, 1, false, 2)], false),
        ("voided", vec![at(1, 1, true, 0), at(4, 1, false, 1), void], true),
        ("back", vec![at(1, 1, true, 0), at(2, 2, true, 1), at(3, 2, true, 2)], false),
        ("skipped", vec![at(1, 1, true, 0), at(2, 3, true, 1)], false),
        ("unlogged", vec![at(1, 1, true, 0), at(2, 2, false, 1)], false),
        ("stale", vec![at(1, 1, true, 0), at(2, 2, true, 1), at(3, 1, false, 600)], false),
        ("raced", vec![at(1, 1, true, 0), at(2, 2, true, 1), at(3, 1, false, 2)], true),
    ];
    for (name, entries, good) in &logs {
        let made = exported(&format!("second-{name}"), entries, 0, |_| false);
        assert_eq!(agreed(&[made.dir], &made.keys) == 1, *good, "{name}");
    }
}

#[test]
fn both_find_no_gap_in_a_part_however_long() {
    let case = LedgerId::new();
    let at = |n: i64, seconds: i64| {
        draft(case, 1, false).finish("w1", n, Moment(START + seconds * 1_000_000), [1; 32]).unwrap()
    };
    let entries = [at(1, 0), at(5, 1), at(6, 900)];
    let part = exported("second-part", &entries, 0, |i| i == 0);
    let later = exported("second-later", &entries, 1, |_| false);
    assert_eq!(agreed(&[part.dir], &part.keys) + agreed(&[later.dir], &later.keys), 2);
    let whole = exported("second-gap-whole", &entries, 0, |_| false);
    assert_eq!(agreed(&[whole.dir], &whole.keys), 0);
}

/// What one writer's numbers may leave open is bounded, to the same number in both; and where bodies are withheld nothing is open.
#[test]
fn both_follow_as_many_missing_numbers_and_none_where_bodies_are_withheld() {
    const FOLLOWED: i64 = 10_000;
    let case = LedgerId::new();
    let of = |numbers: Vec<i64>| -> Vec<Entry> {
        let entry = |n: i64| draft(case, 1, false).finish("w1", n, Moment(START), [1; 32]).unwrap();
        numbers.into_iter().map(entry).collect()
    };
    let odd = |stretches: i64| (0..=stretches).map(|k| 2 * k + 1);
    let far = 4 * FOLLOWED;
    let split = |stretches: i64| [1, far].into_iter().chain(odd(stretches - 1).skip(1)).collect();
    let first_bad = |name: &str, numbers: Vec<i64>, withheld: fn(usize) -> bool| {
        let made = exported(&format!("second-{name}"), &of(numbers), 0, withheld);
        agreed(std::slice::from_ref(&made.dir), &made.keys);
        first(&made.dir, &made.keys, None).1
    };
    let shown = |_| false;
    assert_eq!(first_bad("one-wide", vec![1, 1 << 40], shown), None);
    assert_eq!(first_bad("as-many", odd(FOLLOWED).collect(), shown), None);
    assert_eq!(first_bad("one-more", odd(FOLLOWED + 1).collect(), shown), Some(10_001));
    assert_eq!(first_bad("as-many-of-one", split(FOLLOWED), shown), None);
    assert_eq!(first_bad("one-more-of-one", split(FOLLOWED + 1), shown), Some(10_001));
    assert_eq!(first_bad("given-up", odd(FOLLOWED + 1).chain([2]).collect(), shown), Some(10_001));
    assert_eq!(first_bad("withheld", (1..=2 * FOLLOWED + 9).collect(), |i| i % 2 == 1), None);
}

#[test]
fn both_refuse_a_forgers_signature_and_a_log_that_is_not_the_known_one() {
    let mut entries = log(6);
    let honest = exported("second-honest", &entries, 0, |_| false);
    let short = exported("second-short", &entries[..4], 0, |_| false);
    let known = folder("second-known");
    fs::create_dir_all(&known).unwrap();
    let known = known.join("checkpoint");
    fs::write(&known, &honest.note).unwrap();
    let opened = note::open(honest.note.as_bytes(), &honest.keys).unwrap();
    entries[3] = draft(LedgerId::new(), 1, false).finish("w1", 4, entries[3].at, [5; 32]).unwrap();
    let forged = exported("second-forged", &entries, 0, |_| false);
    // The honest checkpoint over forged entries, with every hash and sum made anew.
    let rewritten = folder("second-rewritten");
    let bundle = Bundle { from: Frontier::default(), old: None, checkpoint: &honest.note, keys: &honest.keys };
    let lines = entries.iter().map(|entry| Line {
        leaf: entry.leaf,
        opened: Some((entry.salt, entry.body.clone())),
        expired: None,
    });
    export::write(&rewritten, &bundle, lines.map(Ok::<_, Infallible>)).unwrap();
    assert_eq!(agreed(&[forged.dir.clone(), rewritten, folder("second-nowhere")], &honest.keys), 0);

    for (folder, keys, good) in
        [(&honest.dir, &honest.keys, true), (&short.dir, &short.keys, false), (&forged.dir, &forged.keys, false)]
    {
        let believed = [&keys[..], &honest.keys].concat();
        let said = second(std::slice::from_ref(folder), &believed, Some(&known));
        assert_eq!(said, [first(folder, &believed, Some(&opened))]);
        assert_eq!(said[0].0 == "GOOD", good);
    }
}

/// Another file in a copy of the export, with its sum.
fn with_file(of: &Exported, name: &str, file: &str, bytes: &[u8]) -> PathBuf {
    let to = copy(of, name);
    fs::write(to.join(file), bytes).unwrap();
    let sums = fs::read_to_string(to.join("SHA256SUMS")).unwrap();
    let sum = |line: &str| {
        let its = line.ends_with(&format!("  {file}\n"));
        if its { print_sum(file, &sha256(&[bytes])) } else { line.to_owned() }
    };
    fs::write(to.join("SHA256SUMS"), sums.split_inclusive('\n').map(sum).collect::<String>()).unwrap();
    to
}

#[test]
fn both_pass_over_an_old_checkpoint_that_no_frontier_is_beside() {
    let entries = log(7);
    let (whole, tail) = (exported("second-0", &entries, 0, |_| false), exported("second-3", &entries, 3, |_| false));
    let old = fs::read(tail.dir.join("checkpoint.old")).unwrap();
    let stray = [("stray", &old[..]), ("noise", b"noise")];
    let stray = stray.map(|(name, bytes)| with_file(&whole, name, "checkpoint.old", bytes));
    assert_eq!(agreed(&stray, &whole.keys), 2);
    let bare = copy(&tail, "bare");
    fs::remove_file(bare.join("frontier")).unwrap();
    assert_eq!(agreed(&[bare], &tail.keys), 0);
}

#[test]
fn both_take_the_same_names_of_keys_in_a_note_and_in_the_list_of_keys() {
    let made = exported("second-names", &log(3), 0, |_| false);
    let (longest, wide) = ("x".repeat(255), "\u{e9}".repeat(127));
    let good = ["other.example/ledger", "\u{2014}", &longest, &wide];
    let (long, wider) = (longest.clone() + "x", wide.clone() + "\u{e9}");
    let bad = ["", "a+b", "a b", "a\tb", "a\u{7f}", "a\u{85}b", "a\u{a0}b", "\u{3000}", "a\u{2028}", &long, &wider];
    let folders = |names: &[&str], which: &str| {
        let both = names.iter().enumerate().flat_map(|(at, name)| {
            let note = format!("{}\u{2014} {name} {}\n", made.note, STANDARD.encode([0; 68]));
            let typed = [&[1][..], &made.keys[0].public_key()].concat();
            let id = hex(&sha256(&[name.as_bytes(), b"\n", &typed]));
            let key = format!("{name}+{}+{}\n", &id[..8], STANDARD.encode(typed));
            let note = with_file(&made, &format!("{which}-note-{at}"), "checkpoint", note.as_bytes());
            [note, with_file(&made, &format!("{which}-key-{at}"), "keys", key.as_bytes())]
        });
        agreed(&both.collect::<Vec<_>>(), &made.keys)
    };
    assert_eq!((folders(&good, "named"), folders(&bad, "misnamed")), (2 * good.len(), 0));
}

#[test]
fn both_read_the_years_from_1_to_9999_and_reckon_with_each() {
    let case = LedgerId::new();
    let at = |n: i64, text: &str, version: i64, changed: bool| {
        let made = draft(case, version, changed).finish("w1", n, Moment(START), [1; 32]).unwrap();
        let body = made.body.replacen(&made.at.rfc3339(), text, 1);
        Entry { leaf: leaf_hash(&made.salt, body.as_bytes()), body, ..made }
    };
    let (earliest, now) = ("0001-01-01T00:00:00.000000Z", "2025-11-22T09:30:00.000000Z");
    let last = "9999-12-31T23:59:59.999999Z";
    let logs = [
        ("first", vec![at(1, earliest, 1, true), at(2, now, 2, true)], "GOOD", None),
        ("none", vec![at(1, now, 1, true), at(2, "0000-12-31T23:59:59.999999Z", 2, true)], "BAD", Some(1)),
        ("stale", vec![at(1, earliest, 1, true), at(2, now, 2, true), at(3, now, 1, false)], "GOOD", None),
        ("last", vec![at(1, now, 1, true), at(2, last, 2, true), at(4, last, 1, false)], "BAD", Some(1)),
    ];
    for (name, entries, verdict, bad) in logs {
        let made = exported(&format!("second-year-{name}"), &entries, 0, |_| false);
        agreed(std::slice::from_ref(&made.dir), &made.keys);
        assert_eq!(first(&made.dir, &made.keys, None), (verdict.to_owned(), bad), "{name}");
    }
}
