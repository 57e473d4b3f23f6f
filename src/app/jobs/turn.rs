//! A job's turn: once a day for a panel, by whichever instance comes first.
//! A turn must be taken in the transaction of what was done in it, or a crash would leave it taken and nothing done.

use crate::access::Mac as _;
use crate::app::registry;
use crate::app::service::Service;
use crate::casework::ids::PanelId;
use crate::error::{Kind, Problem};
use crate::store::rows::TurnRow;
use chrono::NaiveDate;

const LABEL: &str = "cp-job-turn-v1";

fn message(job: &str, panel: PanelId, day: NaiveDate) -> Vec<u8> {
    format!("{job}/{panel}/{day}").into_bytes()
}

/// The row that says that a job had its turn.
pub fn row(service: &Service, job: &'static str, panel: PanelId, day: NaiveDate) -> TurnRow {
    let tag = service.sealer.tag(LABEL, &message(job, panel, day)).to_vec();
    TurnRow { job: job.to_owned(), panel, day, tag }
}

/// Whether the job had this turn already.
///
/// # Errors
/// `integrity` where the database says so and the service did not write it.
pub fn was_taken(service: &Service, job: &'static str, panel: PanelId, day: NaiveDate) -> Result<bool, Problem> {
    let Some(tag) = service.store.reader()?.job_turn(job, panel, day)? else { return Ok(false) };
    if service.sealer.verify(LABEL, &message(job, panel, day), &tag) {
        return Ok(true);
    }
    tracing::error!(job, %panel, "a job's turn is said to be taken that the service did not take");
    Err(Kind::Integrity.into())
}

/// What a job does for one panel, done for every panel. Gives how many cases were changed.
///
/// # Errors
/// The job's.
pub async fn in_every_panel(
    service: &Service,
    work: impl AsyncFn(&Service, PanelId) -> Result<usize, Problem>,
) -> Result<usize, Problem> {
    let mut changed = 0_usize;
    for panel in panels(service)? {
        changed = changed.saturating_add(work(service, panel).await?);
    }
    Ok(changed)
}

/// The panels that can be believed; another is alarmed, and nothing is done for it.
///
/// # Errors
/// `unavailable`.
pub fn panels(service: &Service) -> Result<Vec<PanelId>, Problem> {
    let belief = service.belief();
    let rows = service.store.reader()?.panels()?;
    let sound = |row| registry::panel(&belief, row).ok();
    Ok(rows.iter().filter_map(sound).map(|panel| panel.id).collect())
}
