//! Gathers the agendas of the monthly meetings whose papers are open: once a day, and again when the meeting is opened.
//! Two instances may both try: the meeting's version lets one through.

use crate::app::answer::Answer;
use crate::app::meetings::gather::{Gathered, gather, gathers, principal, session};
use crate::app::meetings::{believe, step};
use crate::app::recorder::ApplyError;
use crate::app::service::Service;
use crate::error::Problem;
use crate::store::rows::MeetingRow;

/// Meetings of all panels, a turn.
const MOST: i64 = 100;

/// Gives how many agendas were gathered.
///
/// # Errors
/// `unavailable`; what was not gathered comes at the next turn.
pub async fn run(service: &Service) -> Result<usize, Problem> {
    // Papers open some working days ahead: never more calendar days than twice that and a fortnight of holidays.
    let ahead = u64::from(service.rules.papers_open_days).saturating_mul(2).saturating_add(14);
    let until = service.clock.today().checked_add_days(chrono::Days::new(ahead)).unwrap_or(service.clock.today());
    let rows = service.store.reader()?.meetings_ahead(until, MOST)?;
    let mut gathered = 0_usize;
    for row in rows {
        if service.is_stopping() {
            break;
        }
        gathered = gathered.saturating_add(usize::from(one(service, &row).await?));
    }
    Ok(gathered)
}

async fn one(service: &Service, row: &MeetingRow) -> Result<bool, Problem> {
    let agenda = principal(row.panel);
    let Some(change) = prepare(service, &agenda, row)? else { return Ok(false) };
    let Answer::Change(change) = change else { return Err(Problem::internal("gathering is a change")) };
    match change.commit(service).await {
        Ok(_) => Ok(true),
        // Another instance was faster, or somebody changed a case: it comes again.
        Err(ApplyError::Stale) => Ok(false),
        Err(_) => Err(Problem::unavailable("an agenda could not be committed")),
    }
}

fn prepare(service: &Service, agenda: &crate::access::Principal, row: &MeetingRow) -> Result<Option<Answer>, Problem> {
    let job = session(service, agenda)?;
    // One that cannot be believed is alarmed, and keeps no other from being gathered.
    let Ok(facts) = believe(&job, row) else { return Ok(None) };
    let due = gathers(&facts) && facts.papers_from <= job.today && facts.gathered_on != Some(job.today);
    if !due {
        return Ok(None);
    }
    let found: Gathered = gather(&job, &facts)?;
    step::commit(&job, found, "gather", Vec::new()).map(Some)
}
