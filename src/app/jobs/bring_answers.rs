//! Answers to cases that were offered to another panel of this service, brought home to the panels that wait for them.
//! It must never keep one answer from coming home because another cannot.

use crate::access::{Principal, SystemName};
use crate::app::answer::Answer;
use crate::app::recorder::ApplyError;
use crate::app::service::Service;
use crate::app::transfers::home::{hear, tell};
use crate::casework::state::TransferStage;
use crate::error::Problem;
use crate::store::rows::TransferRow;

const BATCH: i64 = 100;
/// A person at work on the case makes it stale; three times in a row hardly.
const TRIES: usize = 3;

/// Gives how many were brought home.
///
/// # Errors
/// `unavailable` or `integrity`, where some could not be: they are at the next turn.
pub async fn run(service: &Service) -> Result<usize, Problem> {
    let (mut brought, mut failed) = (0_usize, None);
    for stage in [TransferStage::Accepted, TransferStage::Declined] {
        let mut after = None;
        loop {
            let rows = service.store.reader()?.transfers_to_tell(stage.name(), after, BATCH)?;
            let more = i64::try_from(rows.len()).unwrap_or(0) == BATCH;
            for row in rows {
                after = Some(row.id);
                match bring(service, &row).await {
                    Ok(done) => brought = brought.saturating_add(usize::from(done)),
                    Err(problem) => failed = Some(problem),
                }
            }
            if !more {
                break;
            }
        }
    }
    failed.map_or(Ok(brought), Err)
}

async fn bring(service: &Service, row: &TransferRow) -> Result<bool, Problem> {
    for _ in 0..TRIES {
        let Some(answered) = hear(service, row.id, row.panel)? else { return Ok(false) };
        let home = Principal::system(SystemName::Courier, answered.home());
        // No case waits for it: another instance was faster, and the next look finds that there is nothing to tell.
        let Some(Answer::Change(change)) = tell(service, &home, &answered)? else { continue };
        match change.commit(service).await {
            Ok(_) => return Ok(true),
            // Another instance was faster, or somebody works on the case.
            Err(ApplyError::Stale) => {}
            Err(_) => break,
        }
    }
    tracing::error!(row = %row.id, "an answer to a transfer could not be written down in the case that waits for it");
    Err(Problem::unavailable("an answer could not be brought home"))
}
