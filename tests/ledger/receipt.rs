//! Receipts: strictly read, believed only from the log's key, and never a checkpoint; both verifiers hold a log to them.

use super::second_verifier::{said, second_given, second_holding};
use super::signer::{key_of, new_signer};
use super::verify::exported;
use super::{START, draft, folder};
use channel_panel::casework::ids::LedgerId;
use channel_panel::clock::Moment;
use channel_panel::ledger::entry::Entry;
use channel_panel::ledger::note::{self, VKey};
use channel_panel::ledger::receipt::{Receipt, ReceiptError};
use channel_panel::ledger::verify::{Given, verify_given};
use proptest::prelude::*;
use std::fs;
use std::path::Path;

fn entry(writer: &str, n: i64, seconds: i64) -> Entry {
    draft(LedgerId::new(), 1, false).finish(writer, n, Moment(START + seconds * 1_000_000), [3; 32]).unwrap()
}

fn signed(name: &str, entry: &Entry) -> (String, Vec<VKey>) {
    drop(new_signer(name));
    let key = key_of(name);
    (Receipt::of(entry).sign(&key), vec![key.vkey().clone()])
}

/// A good receipt, and whose key it is believed by.
pub fn promised(name: &str) -> (String, Vec<VKey>) {
    signed(name, &entry("e/0.0", 7, 0))
}

#[test]
fn a_receipt_reads_back_and_no_other_byte_does() {
    let made = entry("e/0.0", 7, 0);
    let (line, keys) = signed("receipt-strict", &made);
    assert_eq!(Receipt::open(&line, &keys), Ok(Receipt::of(&made)));
    assert!(line.starts_with("writer=\"e/0.0\", n=7, at=\"2025-"), "{line}");
    for at in 0..line.len() {
        for mask in [0x01, 0x02, 0x20] {
            let mut bytes = line.clone().into_bytes();
            bytes[at] ^= mask;
            if let Ok(text) = String::from_utf8(bytes) {
                assert!(Receipt::open(&text, &keys).is_err(), "byte {at}: {text}");
            }
        }
        assert!(Receipt::open(&line[..at], &keys).is_err(), "cut at {at}");
    }
    for more in [" ", "\n", ", ", ", x=1"] {
        assert_eq!(Receipt::open(&format!("{line}{more}"), &keys), Err(ReceiptError::Malformed));
    }
    let none = Receipt { at: Moment(-62_135_596_800_000_001), ..Receipt::of(&made) }.sign(&key_of("receipt-strict"));
    assert_eq!(Receipt::open(&none, &keys), Err(ReceiptError::Malformed), "of the year before the first");
    assert_eq!(Receipt::open(&line, &[]), Err(ReceiptError::NotSigned));
    let (_, others) = signed("receipt-other", &made);
    assert_eq!(Receipt::open(&line, &others), Err(ReceiptError::NotSigned));
}

#[test]
fn a_receipt_is_no_checkpoint_and_a_checkpoint_no_receipt() {
    let made = entry("e/0.0", 7, 0);
    let (line, keys) = signed("receipt-apart", &made);
    let signature = line.rsplit("signature=:").next().unwrap().trim_end_matches(':');
    let at = made.at.rfc3339();
    let leaf = line.split("leaf=:").nth(1).unwrap().split(':').next().unwrap();
    // The very bytes that were signed, as a note: the signature holds, and it is no checkpoint.
    let note = format!("cp-receipt-v1\n{0}\ne/0.0\n7\n{at}\n{leaf}\n\n\u{2014} {0} {signature}\n", super::ORIGIN);
    assert_eq!(note::open(note.as_bytes(), &keys), Err(note::NoteError::Checkpoint));
    let mut signer = new_signer("receipt-apart-2");
    let checkpoint = signer.sign(1, made.leaf, [made.leaf]).unwrap();
    let stolen = checkpoint.trim_end().rsplit(' ').next().unwrap();
    assert_eq!(
        Receipt::open(&line.replace(signature, stolen), &[signer.key().vkey().clone()]),
        Err(ReceiptError::NotSigned)
    );
}

/// What both verifiers say of a log and a receipt.
fn both(dir: &Path, keys: &[VKey], line: &str) -> (String, Option<u64>) {
    let file = dir.with_extension("receipt");
    fs::write(&file, format!("{line}\n")).unwrap();
    let receipts = [Receipt::open(line, keys).unwrap()];
    let report = verify_given(dir, &Given { keys, receipts: &receipts, ..Given::default() });
    let second = second_holding(&[dir.to_path_buf()], keys, None, &[file]);
    assert_eq!(second, [said(&report)], "{report}");
    said(&report)
}

#[test]
fn an_entry_dropped_before_it_had_its_place_is_proved_by_its_receipt_to_both_verifiers() {
    // The writer's last entry, and nothing after it: its counter shows no gap.
    let (first, last) = (entry("a/0.0", 1, 0), entry("a/0.0", 2, 10));
    let others: Vec<Entry> = (1..4).map(|n| entry("b/0.0", n, n * 100)).collect();
    let log = |dropped: bool, until: usize| {
        let mut entries = vec![first.clone()];
        entries.extend((!dropped).then(|| last.clone()));
        entries.extend(others[..until].iter().cloned());
        entries
    };
    for (name, dropped, until, from, verdict) in [
        ("kept", false, 3, 0, "GOOD"),
        ("dropped", true, 3, 0, "BAD"),
        // The log has not gone on for long enough: it may still come.
        ("young", true, 1, 0, "NOTHING DECIDED"),
        ("later-part", true, 3, 2, "NOTHING DECIDED"),
    ] {
        let name = format!("receipt-{name}");
        let made = exported(&name, &log(dropped, until), from, |_| false);
        let key = key_of(&format!("{name}-signer"));
        let without = verify_given(&made.dir, &Given { keys: &made.keys, ..Given::default() });
        assert!(without.ok(), "{name}: nothing else tells: {without}");
        let (said, first_bad) = both(&made.dir, &made.keys, &Receipt::of(&last).sign(&key));
        assert_eq!((said.as_str(), first_bad), (verdict, None), "{name}");
    }
    let dir = folder("receipt-nowhere");
    assert_eq!(verify_given(&dir, &Given::default()).status.exit_code(), 2);
}

#[test]
fn a_body_that_is_missing_is_bad_whatever_can_be_said_of_a_receipt() {
    let (kept, young) = (entry("a/0.0", 1, 0), entry("b/0.0", 1, 10));
    let made = exported("receipt-and-body", &[kept, entry("c/0.0", 1, 100)], 0, |i| i == 1);
    let line = Receipt::of(&young).sign(&key_of("receipt-and-body-signer"));
    let last = Receipt { at: Moment(253_402_300_799_999_999), ..Receipt::of(&young) };
    let last = last.sign(&key_of("receipt-and-body-signer"));
    assert_eq!(both(&made.dir, &made.keys, &last).0, "NOTHING DECIDED", "of the last moment there is");
    assert_eq!(both(&made.dir, &made.keys, &line).0, "NOTHING DECIDED");
    let (receipts, keys) = ([Receipt::open(&line, &made.keys).unwrap()], &made.keys[..]);
    let report = verify_given(&made.dir, &Given { keys, receipts: &receipts, ..Given::default() }).must_be_whole();
    assert_eq!((report.status.exit_code(), report.size), (1, Some(2)), "{report}");
    let file = made.dir.with_extension("receipt").to_str().unwrap().to_owned();
    let more = ["--receipt".to_owned(), file, "--whole".to_owned()];
    assert_eq!(second_given(&[made.dir], keys, None, &more), [said(&report)], "{report}");
}

proptest! {
    #[test]
    fn any_line_is_taken_without_panic(text in "\\PC{0,120}", n in any::<i64>(), a in "[A-Za-z0-9+/=]{0,90}") {
        let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
        let keys = [key];
        prop_assert!(Receipt::open(&text, &keys).is_err());
        let made = format!("writer=\"{text}\", n={n}, at=\"2026-11-22T09:30:00.000000Z\", leaf=:{a}:, signature=:{a}:");
        prop_assert!(Receipt::open(&made, &keys).is_err());
    }
}
