//! Entries without their bodies: an expiry that the log signed is no fault, and a body that is gone without one, or beside one, is
//! found by both verifiers.

use super::second_verifier::{said, second_given};
use super::signer::key_of;
use super::{START, draft, folder};
use channel_panel::app::erase_case::erased_mark;
use channel_panel::casework::ids::{LedgerId, RequestId};
use channel_panel::clock::Moment;
use channel_panel::ledger::attest::{Attester, KEY, RETIRED, announced, retirement};
use channel_panel::ledger::entry::{CaseMark, Draft, Entry, Outcome};
use channel_panel::ledger::expired::{Batch, Claim, EXPIRE, Remnant, signed};
use channel_panel::ledger::export::{self, Bundle};
use channel_panel::ledger::line::Line;
use channel_panel::ledger::note::{LogKey, VKey};
use channel_panel::ledger::report::{Report, Status, What};
use channel_panel::ledger::signer::Signer;
use channel_panel::ledger::tree::Frontier;
use channel_panel::ledger::verify::verify;
use std::collections::BTreeMap;
use std::convert::Infallible;
use uuid::Uuid;

/// One writer's log, and which of its bodies are gone under whose word.
#[derive(Clone)]
struct Log {
    word: Attester,
    entries: Vec<Entry>,
    gone: BTreeMap<usize, Remnant>,
}

impl Log {
    fn new(key: &LogKey) -> Self {
        let (word, draft) = Attester::begin(key, "w1").unwrap();
        let mut log = Self { word, entries: Vec::new(), gone: BTreeMap::new() };
        log.put(&draft);
        log
    }

    fn put(&mut self, draft: &Draft) -> usize {
        let n = i64::try_from(self.entries.len()).unwrap() + 1;
        let entry = draft.finish("w1", n, Moment(START + n * 400_000_000), [u8::try_from(n).unwrap(); 32]).unwrap();
        self.word.committed(n, &entry.leaf);
        self.entries.push(entry);
        self.entries.len() - 1
    }

    fn ends(mut self) -> Self {
        let last = self.word.beat(true).unwrap();
        self.put(&last);
        self
    }

    fn changes(&mut self, cases: &[(LedgerId, i64)]) -> usize {
        let hashed = |(id, version): &(LedgerId, i64)| CaseMark {
            ledger_id: *id,
            version: *version,
            header_hash: Some([7; 32]),
        };
        let cases = cases.iter().map(hashed).collect();
        self.put(&Draft { cases, manifest: Vec::new(), ..draft(LedgerId::new(), 1, true) })
    }

    fn erases(&mut self, case: LedgerId, version: i64) -> usize {
        let mark = CaseMark { ledger_id: case, version, header_hash: Some(erased_mark()) };
        self.put(&Draft {
            operation: "eraseCase",
            cases: vec![mark],
            manifest: Vec::new(),
            ..draft(case, version, true)
        })
    }

    fn claim(&self, which: &[usize]) -> Claim {
        let mut together = Batch::default();
        for at in which {
            let entry = &self.entries[*at];
            together.add(u64::try_from(*at).unwrap(), &entry.leaf, &entry.writer, entry.n);
        }
        together.claim()
    }

    fn goes(&mut self, at: usize, by: Uuid) {
        let (writer, n) = (self.entries[at].writer.clone(), self.entries[at].n);
        self.gone.insert(at, Remnant { writer, n, by });
    }

    /// As the service does it: these go, and the log says so.
    fn expires(&mut self, key: &LogKey, which: &[usize]) -> Uuid {
        let request = RequestId::new();
        let detail = signed(key, request.0, &self.claim(which)).unwrap();
        which.iter().for_each(|at| self.goes(*at, request.0));
        self.put(&Draft { request, ..Draft::of_the_log("ledger.retention", EXPIRE, Outcome::Changed, detail) });
        request.0
    }

    fn lines(&self, from: usize) -> Vec<Line> {
        let line = |(at, entry): (usize, &Entry)| {
            let expired = self.gone.get(&at).cloned();
            let opened = expired.is_none().then(|| (entry.salt, entry.body.clone()));
            Line { leaf: entry.leaf, opened, expired }
        };
        self.entries.iter().enumerate().skip(from).map(line).collect()
    }
}

/// What both verifiers say of it.
fn both(name: &str, key: &dyn Fn() -> LogKey, log: &Log, from: usize) -> Report {
    let mut signer = Signer::init(&folder(&format!("{name}-state")), key()).unwrap();
    let (mut frontier, mut old) = (Frontier::default(), None);
    log.entries[..from].iter().for_each(|entry| frontier.push(entry.leaf));
    if from > 0 {
        let leaves = log.entries[..from].iter().map(|entry| entry.leaf);
        old = Some(signer.sign(frontier.size(), frontier.root(), leaves).unwrap());
    }
    let mut whole = frontier.clone();
    log.entries[from..].iter().for_each(|entry| whole.push(entry.leaf));
    let leaves = log.entries[from..].iter().map(|entry| entry.leaf);
    let note = signer.sign(whole.size(), whole.root(), leaves).unwrap();
    let keys: Vec<VKey> = vec![signer.key().vkey().clone()];
    let dir = folder(name);
    let bundle = Bundle { from: frontier, old: old.as_deref(), checkpoint: &note, keys: &keys };
    export::write(&dir, &bundle, log.lines(from).into_iter().map(Ok::<_, Infallible>)).unwrap();
    let report = verify(&dir, &keys, None, None);
    let (report, more) =
        if from == 0 { (report.must_be_whole(), vec!["--whole".to_owned()]) } else { (report, vec![]) };
    assert_eq!(second_given(&[dir], &keys, None, &more), [said(&report)], "{name}: {report}");
    report
}

fn found(name: &str, key: &str, log: &Log, index: u64, what: impl Fn(&What) -> bool) {
    let report = both(name, &|| key_of(key), log, 0);
    let holds = report.findings.iter().any(|finding| finding.index == Some(index) && what(&finding.what));
    assert!(report.status == Status::Bad && holds && report.first_bad() == Some(index), "{name}: {report}");
}

/// Beginning, the erased case's first version, one together with a living case, one more, and its end: what is of the erased
/// case alone are 1 and 3.
fn worked(key: &LogKey) -> Log {
    let (case, living) = (LedgerId::new(), LedgerId::new());
    let mut log = Log::new(key);
    log.changes(&[(case, 1)]);
    log.changes(&[(case, 2), (living, 1)]);
    log.changes(&[(case, 3)]);
    log.erases(case, 4);
    log
}

#[test]
fn what_the_log_let_go_is_no_fault_and_its_tree_writers_and_counters_stand() {
    drop(super::signer::new_signer("expired"));
    let key = key_of("expired");
    let mut log = worked(&key);
    log.expires(&key, &[1, 3]);
    let log = log.ends();
    let report = both("expired-honest", &|| key_of("expired"), &log, 0);
    assert_eq!(
        (report.status, report.bodies_seen, report.bodies_expired, report.bodies_withheld),
        (Status::Good, 5, 2, 0),
        "{report}"
    );
    assert!(report.to_string().contains("5 seen, 0 withheld, 2 expired"), "{report}");
    assert_eq!((report.attested.closed, report.attested.unattested), (1, 0), "{report}");
    // Two expiries side by side, the later one in two parts of the earlier.
    let mut twice = worked(&key);
    twice.changes(&[(LedgerId::new(), 1)]);
    twice.expires(&key, &[3]);
    twice.expires(&key, &[1, 5]);
    assert!(both("expired-twice", &|| key_of("expired"), &twice.ends(), 0).ok());
    // Of an expiry that reaches back before an export nothing can be told in it.
    let tail = both("expired-tail", &|| key_of("expired"), &log, 2);
    assert!(tail.ok() && tail.notes.iter().any(|note| note.contains("reach back")), "{tail}");
    // And of one that lies in it all can.
    let mut later = worked(&key);
    let at = later.changes(&[(LedgerId::new(), 1)]);
    let by = later.expires(&key, &[at]);
    assert!(both("expired-later", &|| key_of("expired"), &later.clone().ends(), 2).ok());
    later.goes(4, by);
    assert_eq!(both("expired-later-more", &|| key_of("expired"), &later.ends(), 2).first_bad(), Some(4));
}

#[test]
fn a_body_that_is_gone_without_the_logs_word_or_beside_it_is_found_by_both() {
    drop(super::signer::new_signer("expired-gone"));
    let key = key_of("expired-gone");
    let mut honest = worked(&key);
    let by = honest.expires(&key, &[1, 3]);
    let honest = honest.ends();
    let unsaid = |what: &What| *what == What::ExpiredUnsaid;
    let otherwise = |what: &What| *what == What::ExpiredOtherwise;
    let with = |change: &dyn Fn(&mut Log)| {
        let mut log = honest.clone();
        change(&mut log);
        log
    };
    found("expired-more", "expired-gone", &with(&|log| log.goes(2, by)), 1, otherwise);
    found("expired-fewer", "expired-gone", &with(&|log| drop(log.gone.remove(&3))), 1, otherwise);
    found("expired-back", "expired-gone", &with(&|log| log.gone.clear()), 5, otherwise);
    found("expired-unsaid", "expired-gone", &with(&|log| log.goes(2, Uuid::new_v4())), 2, unsaid);
    let numbered = with(&|log| log.gone.get_mut(&3).unwrap().n = 40);
    found("expired-numbered", "expired-gone", &numbered, 1, otherwise);
    let renamed = with(&|log| log.gone.get_mut(&3).unwrap().writer = "w2".to_owned());
    found("expired-renamed", "expired-gone", &renamed, 1, otherwise);

    // No entry at all; one by another key; one whose words are not in their form; one that came before.
    let mut without = worked(&key);
    without.goes(1, Uuid::new_v4());
    found("expired-without", "expired-gone", &without.ends(), 1, unsaid);
    let forger = LogKey::from_pkcs8(super::ORIGIN, &LogKey::generate_pkcs8().unwrap()).unwrap();
    let mut forged = worked(&key);
    forged.expires(&forger, &[1, 3]);
    found("expired-forged", "expired-gone", &forged.ends(), 1, |what| *what == What::ExpiryForged);
    let mut formless = worked(&key);
    let request = RequestId::new();
    formless.goes(3, request.0);
    formless.put(&Draft { request, ..Draft::of_the_log("ledger.retention", EXPIRE, Outcome::Changed, Vec::new()) });
    found("expired-formless", "expired-gone", &formless.ends(), 3, unsaid);
    let mut before = worked(&key);
    let by = before.expires(&key, &[1]);
    let late = before.changes(&[(LedgerId::new(), 1)]);
    before.goes(late, by);
    found("expired-before", "expired-gone", &before.ends(), u64::try_from(late).unwrap(), unsaid);
    // Another log's word for entries of the same places.
    let elsewhere = LogKey::from_pkcs8("panel.example/other", &LogKey::generate_pkcs8().unwrap()).unwrap();
    let mut replayed = worked(&key);
    replayed.expires(&elsewhere, &[1]);
    found("expired-replayed", "expired-gone", &replayed.ends(), 1, |what| *what == What::ExpiryForged);
}

#[test]
fn a_case_with_versions_missing_is_one_that_was_erased() {
    drop(super::signer::new_signer("expired-missing"));
    let key = key_of("expired-missing");
    let case = LedgerId::new();
    let mut living = Log::new(&key);
    for version in 1..=3 {
        living.changes(&[(case, version)]);
    }
    living.expires(&key, &[2]);
    found("expired-living", "expired-missing", &living.ends(), 3, |what| {
        matches!(what, What::CaseSkipped { version: 3, was: 1, .. })
    });
}

#[test]
fn an_expiry_by_the_logs_former_key_is_its_word_still() {
    drop(super::signer::new_signer("expired-former"));
    drop(super::signer::new_signer("expired-next"));
    let (former, next) = (key_of("expired-former"), || key_of("expired-next"));
    let made = |announces: bool| {
        let mut log = worked(&former);
        log.expires(&former, &[1, 3]);
        if announces {
            let detail = announced(&next(), former.vkey()).unwrap();
            log.put(&Draft::of_the_log("ledger.signer", KEY, Outcome::Changed, detail));
        }
        log.ends()
    };
    assert!(both("expired-rotated", &next, &made(true), 0).ok());
    // Until it is retired.
    let mut late = worked(&former);
    for (operation, detail) in [
        (KEY, announced(&next(), former.vkey()).unwrap()),
        (RETIRED, retirement(&next(), &former.vkey().public_key()).unwrap()),
    ] {
        late.put(&Draft::of_the_log("ledger.signer", operation, Outcome::Changed, detail));
    }
    late.expires(&former, &[1, 3]);
    found("expired-retired", "expired-next", &late.ends(), 1, |what| *what == What::ExpiryForged);
    let unknown = both("expired-unknown", &next, &made(false), 0);
    assert!(
        unknown.findings.iter().any(|found| found.index == Some(1) && found.what == What::ExpiryForged),
        "{unknown}"
    );
}
