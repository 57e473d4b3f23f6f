//! What writers attest: whoever owns the database before an entry has its place can take it away, alter it or make one up, and
//! both verifiers find it; nobody can give a writer's word for it.

use super::second_verifier::{said, second_given};
use super::signer::{key_of, new_signer};
use super::verify::{Exported, exported_by};
use super::{START, draft};
use channel_panel::casework::ids::LedgerId;
use channel_panel::clock::Moment;
use channel_panel::ledger::attest::{Attester, BEAT};
use channel_panel::ledger::body::Body;
use channel_panel::ledger::entry::{DetailValue, Draft, Entry};
use channel_panel::ledger::note::LogKey;
use channel_panel::ledger::report::{Report, Status, What};
use channel_panel::ledger::verify::verify;

/// A writer as the service has them.
struct Writer {
    name: &'static str,
    word: Attester,
    entries: Vec<Entry>,
}

impl Writer {
    fn new(key: &LogKey, name: &'static str) -> Self {
        let (word, draft) = Attester::begin(key, name).unwrap();
        let mut writer = Self { name, word, entries: Vec::new() };
        let entry = writer.put(&draft);
        writer.word.committed(1, &entry.leaf);
        writer
    }

    fn put(&mut self, draft: &Draft) -> Entry {
        let n = i64::try_from(self.entries.len()).unwrap() + 1;
        let entry = finished(draft, self.name, n);
        self.entries.push(entry.clone());
        entry
    }

    fn reads(&mut self, count: usize) {
        for _ in 0..count {
            let entry = self.put(&draft(LedgerId::new(), 1, false));
            self.word.committed(entry.n, &entry.leaf);
        }
    }

    fn beats(&mut self, last: bool) {
        let draft = self.word.beat(last).unwrap();
        let entry = self.put(&draft);
        self.word.beaten(entry.n, &entry.leaf);
    }

    /// Beginning 1, reads 2-4, beat 5, reads 6-8, beat 9, read 10, close 11: entry k of the log has number k + 1.
    fn at_work(key: &LogKey, name: &'static str) -> Self {
        let mut writer = Self::new(key, name);
        for _ in 0..2 {
            writer.reads(3);
            writer.beats(false);
        }
        writer.reads(1);
        writer.beats(true);
        writer
    }
}

fn finished(draft: &Draft, writer: &str, n: i64) -> Entry {
    draft.finish(writer, n, Moment(START + n * 1_000_000), [u8::try_from(n & 0xff).unwrap(); 32]).unwrap()
}

/// What both verifiers say of this log as a whole.
fn both(name: &str, entries: &[Entry]) -> Report {
    let signer =
        channel_panel::ledger::signer::Signer::init(&super::folder(&format!("{name}-state")), key_of("writers"));
    let made: Exported = exported_by(signer.unwrap(), name, entries, 0, |_| false);
    let report = verify(&made.dir, &made.keys, None, None).must_be_whole();
    let verdicts = second_given(&[made.dir], &made.keys, None, &["--whole".to_owned()]);
    assert_eq!(verdicts, [said(&report)], "{name}: {report}");
    report
}

fn found(name: &str, entries: &[Entry], index: u64, what: impl Fn(&What) -> bool) {
    let report = both(name, entries);
    let holds = report.findings.iter().any(|finding| finding.index == Some(index) && what(&finding.what));
    assert!(report.status == Status::Bad && holds, "{name}: {report}");
}

/// A later writer, so that nothing of the first may still be in flight.
fn later() -> Entry {
    let draft = draft(LedgerId::new(), 1, false);
    draft.finish("later", 1, Moment(START + 900_000_000), [3; 32]).unwrap()
}

#[test]
fn both_verifiers_find_what_was_altered_forged_or_taken_before_it_had_its_place() {
    drop(new_signer("writers"));
    let key = key_of("writers");
    let honest = Writer::at_work(&key, "w1").entries;
    let good = both("writers-honest", &honest);
    assert_eq!((good.status, good.attested.writers, good.attested.closed), (Status::Good, 1, 1), "{good}");
    assert_eq!(good.attested.unattested, 0);
    // Killed within its second: counted, and no fault.
    let killed = both("writers-killed", &honest[..8]);
    assert_eq!((killed.status, killed.attested.closed, killed.attested.unattested), (Status::Good, 0, 3), "{killed}");

    let with = |at: usize, entry: Entry| {
        let mut entries = honest.clone();
        entries[at] = entry;
        entries
    };
    let stranger = draft(LedgerId::new(), 1, false);
    // Under the honest number and with every hash made anew: only the chain knows.
    let rewritten = with(6, finished(&stranger, "w1", 7));
    found("writers-rewritten", &rewritten, 8, |what| matches!(what, What::NotAttested { first: 6, last: 8, .. }));
    // Numbers closed up over one that was taken out, and the beats with them: their word no longer fits.
    let mut closed_up: Vec<Entry> = honest[..6].to_vec();
    closed_up.extend(honest[7..].iter().map(|entry| renumbered(entry, entry.n - 1)));
    found("writers-closed-up", &closed_up, 7, |what| matches!(what, What::BeatForged { n: 8, .. }));
    // The tail with its beats, and a forger's own in their place.
    let mut forger = Writer::at_work(&key_of_a_forger(), "w1");
    let forged = with(4, forger.entries.swap_remove(4));
    found("writers-forged-beat", &forged, 4, |what| matches!(what, What::BeatForged { n: 5, .. }));
    let begun = with(0, Writer::new(&key_of_a_forger(), "w1").entries.remove(0));
    found("writers-forged-beginning", &begun, 0, |what| matches!(what, What::WriterForged { .. }));
    let after = [&honest[..], &[finished(&stranger, "w1", 12)]].concat();
    found("writers-after-close", &after, 11, |what| matches!(what, What::AfterClose { n: 12, .. }));
    let twice = with(2, finished(&Writer::new(&key, "w1").word_draft(), "w1", 3));
    found("writers-begun-twice", &twice, 2, |what| matches!(what, What::WriterForged { .. }));
    // Another writer that nobody vouched for.
    let unknown = [&honest[..], &[later()]].concat();
    found("writers-unknown", &unknown, 11, |what| matches!(what, What::WriterUnknown { .. }));
    // Replayed: the beginning and beats of one writer under another's name.
    let replayed: Vec<Entry> = honest.iter().map(|entry| renamed(entry, "w2")).collect();
    found("writers-replayed", &replayed, 0, |what| matches!(what, What::WriterForged { .. }));
    found("writers-replayed", &replayed, 4, |what| matches!(what, What::BeatForged { .. }));
}

#[test]
fn an_entry_that_comes_late_waits_for_its_turn() {
    drop(new_signer("writers-late"));
    let key = key_of("writers-late");
    let honest = Writer::at_work(&key, "w1").entries;
    let signer =
        |name: &str| channel_panel::ledger::signer::Signer::init(&super::folder(name), key_of("writers-late")).unwrap();
    // As `restored` puts it back: after the beat that speaks of it.
    let mut late = honest.clone();
    let entry = late.remove(6);
    late.push(entry);
    let made = exported_by(signer("writers-late-1"), "writers-late-good", &late, 0, |_| false);
    let report = verify(&made.dir, &made.keys, None, None).must_be_whole();
    assert!(report.ok() && report.attested.unattested == 0, "{report}");
    assert_eq!(second_given(&[made.dir], &made.keys, None, &["--whole".to_owned()]), [said(&report)]);
    // And another one in its place is found all the same.
    let last = late.len() - 1;
    late[last] = finished(&draft(LedgerId::new(), 1, false), "w1", 7);
    let made = exported_by(signer("writers-late-2"), "writers-late-bad", &late, 0, |_| false);
    let report = verify(&made.dir, &made.keys, None, None).must_be_whole();
    assert!(report.findings.iter().any(|f| matches!(f.what, What::NotAttested { .. })), "{report}");
    assert_eq!(second_given(&[made.dir], &made.keys, None, &["--whole".to_owned()]), [said(&report)]);
}

#[test]
fn a_number_that_comes_after_too_many_others_is_told_where_they_became_too_many() {
    drop(new_signer("writers-many"));
    let key = key_of("writers-many");
    // The second of the writer comes last of all; what waits for it is every later one, and the close.
    for (reads, bad) in [(10_000, None), (10_001, Some(10_001))] {
        let name = format!("writers-many-{reads}");
        let mut writer = Writer::new(&key, "w1");
        writer.reads(reads);
        writer.beats(true);
        let late = writer.entries.remove(1);
        writer.entries.push(late);
        let state = super::folder(&format!("{name}-state"));
        let signer = channel_panel::ledger::signer::Signer::init(&state, key_of("writers-many")).unwrap();
        let made = exported_by(signer, &name, &writer.entries, 0, |_| false);
        let report = verify(&made.dir, &made.keys, None, None).must_be_whole();
        assert_eq!(second_given(&[made.dir], &made.keys, None, &["--whole".to_owned()]), [said(&report)], "{report}");
        assert_eq!((report.first_bad(), report.findings.len()), (bad, bad.iter().count()), "{report}");
        let told = |what: &What| matches!(what, What::NotAttested { first: 2, last: 10_003, .. });
        assert!(report.findings.iter().all(|finding| told(&finding.what)), "{report}");
        assert_eq!(report.attested.unattested, if bad.is_some() { 10_002 } else { 0 }, "{report}");
    }
}

impl Writer {
    fn word_draft(&self) -> Draft {
        self.word.beat(false).map(|beat| Draft { operation: "ledger.writer", ..beat }).unwrap()
    }
}

fn key_of_a_forger() -> LogKey {
    LogKey::from_pkcs8(super::ORIGIN, &LogKey::generate_pkcs8().unwrap()).unwrap()
}

/// The body again, under another number or name: the owner of the database can write any line and hash it.
fn rewritten(entry: &Entry, body: String) -> Entry {
    Body::parse(&body).unwrap();
    let leaf = channel_panel::ledger::entry::leaf_hash(&entry.salt, body.as_bytes());
    Entry { body, leaf, ..entry.clone() }
}

fn renumbered(entry: &Entry, n: i64) -> Entry {
    let (was, is) = (format!("\"n\":{},", entry.n), format!("\"n\":{n},"));
    let body = entry.body.replacen(&was, &is, 1);
    // A clever forger moves `upto` too; the signature is over it.
    let body = if entry.operation == BEAT || entry.operation == "ledger.close" {
        body.replacen(&format!("[\"upto\",{}]", entry.n - 1), &format!("[\"upto\",{}]", n - 1), 1)
    } else {
        body
    };
    Entry { n, ..rewritten(entry, body) }
}

fn renamed(entry: &Entry, writer: &str) -> Entry {
    rewritten(entry, entry.body.replacen("\"writer\":\"w1\"", &format!("\"writer\":\"{writer}\""), 1))
}

#[test]
fn a_signature_fits_into_a_name_and_says_nothing_else() {
    let made =
        Draft { detail: vec![("signature", DetailValue::Signature([0xab; 64]))], ..draft(LedgerId::new(), 1, false) };
    let entry = finished(&made, "w1", 1);
    assert!(entry.body.contains(&"ab".repeat(64)) && Body::parse(&entry.body).is_ok());
}
