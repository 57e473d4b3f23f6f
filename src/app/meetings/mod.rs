//! The panel's meeting: planned, gathered, opened, attended, decided on, closed, and its minutes.
//! What rests on a meeting reads it here, and nowhere else: tag, panel and copies are checked on the way.

pub mod agenda;
pub mod attend;
pub mod gather;
pub mod items;
pub mod lines;
pub mod list;
pub mod minutes;
pub mod order;
pub mod schedule;
pub mod sitting;
pub mod step;

use super::case_file::nothing_here;
use super::enrolled::{self, Enrolled};
use super::registry;
use super::session::Session;
use crate::access::{AgendaItem, Authentic, MeetingFacts};
use crate::casework::ids::{MeetingId, RecordId};
use crate::casework::meeting::MeetingStage;
use crate::error::{Kind, Problem};
use crate::ledger::entry::CaseMark;
use crate::store::rows::MeetingRow;

/// A meeting of the session's own panel. Another panel's is not there.
///
/// # Errors
/// `not-found`; `integrity`; `unavailable`.
pub fn meeting(session: &Session<'_>, id: MeetingId) -> Result<Authentic<MeetingFacts>, Problem> {
    let row = session.reader().meeting_by_id(id)?.ok_or(Kind::NotFound)?;
    let facts = believe(session, &row)?;
    if facts.panel == session.panel() { Ok(facts) } else { Err(Kind::NotFound.into()) }
}

/// # Errors
/// `integrity`.
pub fn believe(session: &Session<'_>, row: &MeetingRow) -> Result<Authentic<MeetingFacts>, Problem> {
    // Of its own panel's meetings there is nothing that a member could not ask for; of another's nothing is remembered for them.
    let ours = row.panel == session.panel();
    let facts = registry::meeting(&if ours { session.belief.remembering() } else { session.belief }, row)?;
    let copies = (row.panel, row.on, row.version, row.stage.as_str());
    if copies == (facts.panel, facts.on, facts.version, facts.stage.name()) {
        return Ok(facts);
    }
    tracing::error!(meeting = %row.id, "a meeting's row and its facts differ");
    Err(Kind::Integrity.into())
}

/// The facts as their next version, ready to be written, with the mark by which the entry attests them.
///
/// # Errors
/// `internal`.
fn next(session: &Session<'_>, facts: MeetingFacts) -> Result<(MeetingRow, CaseMark), Problem> {
    let facts = MeetingFacts { version: facts.version.saturating_add(1), ..facts };
    let row = enrolled::meeting(&session.service.sealer, facts)?;
    let mark = row.mark();
    Ok((row, mark))
}

/// # Errors
/// `conflict`, saying at which stages this may be done.
fn must_be(meeting: &MeetingFacts, stages: &[MeetingStage]) -> Result<(), Problem> {
    if stages.contains(&meeting.stage) {
        return Ok(());
    }
    Err(Problem::field(Kind::Conflict, "/", "meeting_stage", "this cannot be done at the meeting's stage"))
}

/// Whoever was out of the room for an item does not say what was said there, nor that it was heard.
///
/// # Errors
/// `conflict`.
fn must_have_heard(session: &Session<'_>, meeting: &MeetingFacts, item: RecordId) -> Result<(), Problem> {
    if session.principal.person().is_some_and(|person| meeting.was_out(person, item)) {
        let says = "you were out of the room for this item: somebody who heard it says so";
        return Err(Problem::field(Kind::Conflict, "/", "was_out", says));
    }
    Ok(())
}

/// An item that is not there is told as the case of one that is, to whoever may not know it.
///
/// # Errors
/// What is told where there is nothing.
fn item_of<'m>(session: &Session<'_>, meeting: &'m MeetingFacts, item: RecordId) -> Result<&'m AgendaItem, Problem> {
    meeting.item(item).ok_or_else(|| nothing_here(session))
}
