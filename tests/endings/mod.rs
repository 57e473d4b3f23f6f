//! The end of a case: held, kept, decided by two, carried out, and gone by every road, from backups too.
//! Days pass by the calendar that the demonstration can move; a case must never be ended here by another road than the API
//! and the job.

mod decided;
pub mod forgotten;
mod gone;
mod restored;
mod rewrapped;
mod transferred;

use crate::api::town::Town;
use crate::harness::{Folder, Running};
use crate::store::wait;
use channel_panel::app::jobs::erase_cases;
use channel_panel::casework::ids::CaseId;
use channel_panel::demo::seats::Seat;
use channel_panel::ledger::report::Status;
use channel_panel::ledger::verify::verify;
use channel_panel::store::rows::CaseRow;
use serde_json::{Value, json};

/// Proposed by records and confirmed by the chair.
pub fn decided(town: &Town<'_>, case: &str) {
    town.propose_erasure(case);
    let confirmed = town.at_the_end(Seat::Chair, "POST", case, "/erasure/confirmation", None).expect(200);
    assert_eq!(confirmed.json()["eraseOn"], json!(town.later(30)));
}

/// So many days after the service was started, and what the job does then.
pub fn after(running: &Running, days: i64) {
    running.service.clock.move_calendar(days);
    wait(erase_cases::run(&running.service)).unwrap();
}

/// Decided, and its time passed.
pub fn erased(town: &Town<'_>, case: &str) {
    decided(town, case);
    after(town.running, 30);
    town.until("the erasure", || (row(town.running, case).stage == "erased").then_some(()));
}

pub fn row(running: &Running, case: &str) -> CaseRow {
    let id: CaseId = case.parse().unwrap();
    running.service.store.reader().unwrap().case_by_id(id).unwrap().expect("the case is there")
}

/// As records see it.
pub fn seen(town: &Town<'_>, case: &str) -> Value {
    town.at_the_end(Seat::Records, "GET", case, "", None).expect(200).json()
}

/// A closed case of somebody whom a school referred, with content of several agencies.
pub fn closed(town: &Town<'_>, surname: &str) -> String {
    let case = town.open(surname, true);
    town.name_lead(&case, channel_panel::demo::seats::Body::Health);
    town.amend(Seat::Health, &case, "health", &json!({"diagnoses": "None known"}));
    town.post(Seat::Health, &case, "releases/health_summary", &town.release("Known to us; no risk."));
    town.view(Seat::Health, &case);
    close(town, &case);
    case
}

pub fn close(town: &Town<'_>, case: &str) {
    town.step(Seat::Coordinator, case, "close", json!({"outcome": "left_uk", "reason": "Moved"}));
}

/// Every entry has its place, and the log verifies.
pub fn log_is_good(town: &Town<'_>) {
    let running = town.running;
    town.until("the sequencer", || {
        let mut reader = running.service.store.reader().unwrap();
        let size = reader.tree().unwrap().map(|tree| tree.size);
        let signed = reader.latest_checkpoint().unwrap().map(|checkpoint| checkpoint.size);
        (reader.queue_is_empty().unwrap() && size == signed).then_some(())
    });
    let folder = Folder::new();
    running.export(&folder.join("export"));
    let report = verify(&folder.join("export"), &[running.vkey.parse().unwrap()], None, None);
    let findings: Vec<String> = report.findings.iter().map(|finding| finding.what.to_string()).collect();
    assert_eq!(report.status, Status::Good, "{findings:?}");
}
