//! Brings to the chair what has been overdue for too long, and takes it back where another thing is due now.
//! Each case is a change of its own, against the version that was looked at: whoever comes second does nothing.

use super::turn::in_every_panel;
use crate::access::{CaseVerb, LateFact, Particulars, Principal, Purpose, SystemName};
use crate::app::answer::{Answer, Reply};
use crate::app::batches::in_batches;
use crate::app::case_edit::{CaseEdit, ESCALATED};
use crate::app::case_file::{CaseFile, believe};
use crate::app::recorder::ApplyError;
use crate::app::service::Service;
use crate::app::session::Session;
use crate::app::watermark::Belief;
use crate::casework::deadlines::{Lateness, due};
use crate::casework::ids::PanelId;
use crate::error::Problem;
use crate::ledger::entry::DetailValue;
use crate::store::rows::CaseRow;

/// Looks at whatever is overdue. Gives how many cases were changed.
///
/// # Errors
/// `unavailable`; what was not looked at is at the next turn.
pub async fn run(service: &Service) -> Result<usize, Problem> {
    in_every_panel(service, of_panel).await
}

async fn of_panel(service: &Service, panel: PanelId) -> Result<usize, Problem> {
    let (timekeeper, today) = (Principal::system(SystemName::Timekeeper, panel), service.clock.today());
    let mut changed = 0_usize;
    let belief = service.belief();
    let rows = in_batches(|after, most| service.store.reader()?.cases_of_panel(panel, None, after, most));
    for row in rows {
        let row = row?;
        if row.due_on.is_none_or(|on| on >= today) || service.is_stopping() {
            return Ok(changed);
        }
        let Some(Answer::Change(change)) = prepare(service, &timekeeper, row, belief)? else { continue };
        match change.commit(service).await {
            Ok(_) => changed = changed.saturating_add(1),
            // Somebody was faster: if it is still late, it is so at the next turn.
            Err(ApplyError::Stale) => {}
            Err(_) => return Err(Problem::unavailable("an escalation could not be committed")),
        }
    }
    Ok(changed)
}

fn prepare(
    service: &Service,
    timekeeper: &Principal,
    row: CaseRow,
    belief: Belief<'_>,
) -> Result<Option<Answer>, Problem> {
    let session = Session::of_job(service, timekeeper, "escalateCase", Purpose::CaseWork)?.reading_since(belief);
    // A case that cannot be believed is alarmed, and stays shut for people too.
    let Ok((row, header)) = believe(&session, row) else { return Ok(None) };
    if !session.evaluator.case(CaseVerb::EscalateCase, &header, &Particulars::default()).allowed() {
        return Ok(None);
    }
    let (calendar, rules) = (&service.calendar, &service.rules);
    let due = due(&header.state, calendar, rules);
    let late = due.filter(|due| due.lateness(session.today, calendar, rules) == Lateness::Escalated);
    let known = header.late.as_ref().map(|late| (late.what.clone(), late.due));
    if known == late.map(|late| (late.what.to_owned(), late.on)) {
        return Ok(None);
    }
    let file = CaseFile::from_row(&session, row, header);
    let mut edit = CaseEdit::of(&file);
    edit.header.late = late.map(|late| LateFact { what: late.what.to_owned(), due: late.on });
    let said = match late {
        Some(late) => {
            edit.event(ESCALATED, late.escalates_on(calendar, rules));
            late.what
        }
        None => {
            edit.event(crate::app::case_edit::ESCALATION_ENDED, session.today);
            "nothing"
        }
    };
    edit.finish(Reply::empty(204), vec![("late", DetailValue::Code(said))]).map(Some)
}
