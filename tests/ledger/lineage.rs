//! A former key of the log counts until the log retires it, and not beyond: both verifiers, on logs whose keys changed.

use super::second_verifier::{said, second_given};
use super::signer::{key_of, new_signer};
use super::{START, folder};
use channel_panel::clock::Moment;
use channel_panel::ledger::attest::{Attester, KEY, RETIRED, announced, retirement};
use channel_panel::ledger::entry::{Draft, Entry, Outcome};
use channel_panel::ledger::export::{self, Bundle};
use channel_panel::ledger::line::Line;
use channel_panel::ledger::note::{LogKey, VKey};
use channel_panel::ledger::report::{Report, What};
use channel_panel::ledger::signer::Signer;
use channel_panel::ledger::tree::Frontier;
use channel_panel::ledger::verify::verify;
use std::convert::Infallible;

/// Of one writer after the other: each begins by a key of the log, says something of keys perhaps, and closes.
#[derive(Clone, Default)]
pub struct Log(pub Vec<Entry>);

impl Log {
    /// Gives the entry of the beginning.
    pub fn writer(&mut self, key: &LogKey, says: &[Draft]) -> u64 {
        let name = format!("w{}", self.0.len());
        let (mut word, begin) = Attester::begin(key, &name).unwrap();
        let begun = u64::try_from(self.0.len()).unwrap();
        for (n, draft) in (1..).zip(std::iter::once(&begin).chain(says)) {
            word.committed(n, &self.put(&name, n, draft));
        }
        let last = word.beat(true).unwrap();
        self.put(&name, i64::try_from(says.len()).unwrap() + 2, &last);
        begun
    }

    pub fn put(&mut self, writer: &str, n: i64, draft: &Draft) -> [u8; 32] {
        let at = Moment(START + i64::try_from(self.0.len()).unwrap() * 1_000_000);
        let entry = draft.finish(writer, n, at, [u8::try_from(self.0.len()).unwrap(); 32]).unwrap();
        let leaf = entry.leaf;
        self.0.push(entry);
        leaf
    }

    /// What both verifiers say, by the keys of these names; the last of them signed it.
    pub fn judged(&self, name: &str, keys: &[&str]) -> Report {
        let mut signer = Signer::init(&folder(&format!("{name}-state")), key_of(keys.last().unwrap())).unwrap();
        let mut whole = Frontier::default();
        self.0.iter().for_each(|entry| whole.push(entry.leaf));
        let note = signer.sign(whole.size(), whole.root(), self.0.iter().map(|entry| entry.leaf)).unwrap();
        let keys: Vec<VKey> = keys.iter().map(|key| key_of(key).vkey().clone()).collect();
        let dir = folder(name);
        let bundle = Bundle { from: Frontier::default(), old: None, checkpoint: &note, keys: &keys };
        let lines = self.0.iter().map(|entry| Line {
            leaf: entry.leaf,
            opened: Some((entry.salt, entry.body.clone())),
            expired: None,
        });
        export::write(&dir, &bundle, lines.map(Ok::<_, Infallible>)).unwrap();
        let report = verify(&dir, &keys, None, None).must_be_whole();
        assert_eq!(second_given(&[dir], &keys, None, &["--whole".to_owned()]), [said(&report)], "{name}: {report}");
        report
    }

    pub fn is_good(&self, name: &str, keys: &[&str]) {
        let report = self.judged(name, keys);
        assert!(report.ok(), "{name}: {report}");
    }

    fn is_forged_at(&self, name: &str, keys: &[&str], index: u64) {
        let report = self.judged(name, keys);
        let forged: Vec<_> = report.findings.iter().filter(|f| matches!(f.what, What::WriterForged { .. })).collect();
        assert!(forged.len() == 1 && forged[0].index == Some(index), "{name}: {report}");
        assert_eq!(report.findings.len(), 1, "{name}: {report}");
    }
}

fn said_of(next: &LogKey, former: &LogKey) -> Draft {
    Draft::of_the_log("ledger.signer", KEY, Outcome::Changed, announced(next, former.vkey()).unwrap())
}

fn retires(key: &LogKey, former: &LogKey) -> Draft {
    let detail = retirement(key, &former.vkey().public_key()).unwrap();
    Draft::of_the_log("ledger.signer", RETIRED, Outcome::Changed, detail)
}

/// Fresh keys of these names.
pub fn keys<const N: usize>(names: [&str; N]) -> [LogKey; N] {
    names.map(|name| {
        drop(new_signer(name));
        key_of(name)
    })
}

#[test]
fn a_retired_key_counts_for_what_it_said_before_and_for_nothing_after() {
    let [a, b] = keys(["lineage-a", "lineage-b"]);
    let mut log = Log::default();
    log.writer(&a, &[said_of(&b, &a)]);
    log.writer(&a, &[]);
    log.writer(&b, &[retires(&b, &a)]);
    log.writer(&b, &[]);
    log.is_good("lineage-honest", &["lineage-b"]);
    log.is_good("lineage-honest-both", &["lineage-a", "lineage-b"]);
    let begun = log.writer(&a, &[]);
    log.is_forged_at("lineage-after", &["lineage-b"], begun);
    log.is_forged_at("lineage-after-both", &["lineage-a", "lineage-b"], begun);
}

/// The negative control: it is the retirement that makes the difference, and it must be the word of another key of the log.
#[test]
fn no_key_is_retired_by_itself_or_by_a_stranger() {
    let [a, b, stranger] = keys(["lineage-c", "lineage-d", "lineage-e"]);
    let mut log = Log::default();
    log.writer(&a, &[said_of(&b, &a)]);
    log.writer(&b, &[retires(&a, &a), retires(&b, &b), retires(&stranger, &a), retires(&stranger, &b)]);
    for key in [&a, &b] {
        log.writer(key, &[]);
    }
    log.is_good("lineage-own-word", &["lineage-d"]);
}

#[test]
fn a_retired_key_neither_brings_another_nor_retires_its_successor() {
    let [a, b, its] = keys(["lineage-f", "lineage-g", "lineage-h"]);
    let mut log = Log::default();
    log.writer(&a, &[said_of(&b, &a)]);
    log.writer(&b, &[retires(&b, &a)]);
    log.writer(&b, &[said_of(&a, &its), retires(&a, &b), retires(&its, &b)]);
    log.writer(&b, &[]);
    log.is_good("lineage-revenge", &["lineage-g"]);
    let begun = log.writer(&its, &[]);
    log.is_forged_at("lineage-brought", &["lineage-g"], begun);
}

/// Two changes, the first of which was never ended by itself.
#[test]
fn a_key_two_changes_back_is_retired_like_the_one_before() {
    let [a, b, c] = keys(["lineage-i", "lineage-j", "lineage-k"]);
    let mut log = Log::default();
    log.writer(&a, &[said_of(&b, &a)]);
    log.writer(&b, &[said_of(&c, &b)]);
    log.writer(&c, &[retires(&c, &b)]);
    let begun = log.clone().writer(&a, &[]);
    let mut still = log.clone();
    still.writer(&a, &[]);
    still.is_good("lineage-forgotten", &["lineage-k"]);
    log.writer(&c, &[retires(&c, &a)]);
    let later = log.writer(&a, &[]);
    assert!(later > begun);
    log.is_forged_at("lineage-two-back", &["lineage-k"], later);
}
