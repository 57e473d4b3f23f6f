//! A run of the service that ended without a close is fenced by the next: what is put onto it afterwards is found by both verifiers.

use super::draft;
use super::lineage::{Log, keys};
use channel_panel::casework::ids::LedgerId;
use channel_panel::ledger::attest::{Attester, FENCE, fence};
use channel_panel::ledger::entry::{Draft, Outcome};
use channel_panel::ledger::note::LogKey;
use channel_panel::ledger::report::What;
use uuid::Uuid;

fn says_over(key: &LogKey, run: Uuid) -> Draft {
    Draft::of_the_log("ledger.signer", FENCE, Outcome::Changed, fence(key, run).unwrap())
}

fn read() -> Draft {
    draft(LedgerId::new(), 1, false)
}

/// A run that was killed: its beginning, and one entry.
fn killed(key: &LogKey) -> (Log, Uuid, String) {
    let (mut log, run) = (Log::default(), Uuid::new_v4());
    let name = format!("{run}/0.0");
    log.put(&name, 1, &Attester::begin(key, &name).unwrap().1);
    log.put(&name, 2, &read());
    (log, run, name)
}

fn is_found(log: &Log, name: &str, key: &str, index: usize, of: &str) {
    let report = log.judged(name, &[key]);
    let after =
        report.findings.iter().find(|found| matches!(&found.what, What::AfterFence { writer, .. } if writer == of));
    assert_eq!(after.and_then(|found| found.index), u64::try_from(index).ok(), "{name}: {report}");
    assert_eq!(report.findings.len(), 1, "{name}: {report}");
}

#[test]
fn what_is_put_onto_a_run_that_is_over_is_found() {
    let [key] = keys(["fence"]);
    let (mut log, run, name) = killed(&key);
    // The negative control: nobody said so yet.
    let mut unsaid = log.clone();
    unsaid.put(&name, 3, &read());
    unsaid.is_good("fence-unsaid", &["fence"]);
    log.writer(&key, &[says_over(&key, run)]);
    log.writer(&key, &[read()]);
    log.is_good("fence-honest", &["fence"]);
    let at = log.0.len();
    let mut onto = log.clone();
    onto.put(&name, 3, &read());
    onto.put(&name, 4, &read());
    is_found(&onto, "fence-onto", "fence", at, &name);
    // A writer of that run which never was, begun with the log's key or not, is no other.
    let (mut another, other) = (log, format!("{run}/7.0"));
    another.put(&other, 1, &Attester::begin(&key, &other).unwrap().1);
    is_found(&another, "fence-another", "fence", at, &other);
}

#[test]
fn only_the_log_says_that_a_run_is_over() {
    let [key, stranger] = keys(["fence-log", "fence-stranger"]);
    let (mut log, run, name) = killed(&key);
    log.writer(&key, &[says_over(&stranger, run), says_over(&key, Uuid::new_v4())]);
    log.put(&name, 3, &read());
    log.is_good("fence-forged", &["fence-log"]);
    // Nor does a forged word before it hide the true one.
    log.writer(&key, &[says_over(&key, run)]);
    let at = log.0.len();
    log.put(&name, 4, &read());
    is_found(&log, "fence-after-forged", "fence-log", at, &name);
}
