//! From a meeting's row and a case's header to what a decision stands on.
//! It must never leave a recused person in the room, nor take a meeting that is not open for one that sits.

use super::{MeetingFacts, meeting};
use crate::access::Header;
use crate::app::session::Session;
use crate::casework::ids::MeetingId;
use crate::casework::meeting::{MeetingStage, Present, Sitting};
use crate::error::{Kind, Problem};
use serde_json::Value;

/// The meeting that a decision's form names, where it is open at this case's item, with the version that was read. Whatever
/// is amiss gives none: the guard says so, and says no more.
///
/// # Errors
/// `integrity`; `unavailable`.
pub fn sitting(session: &Session<'_>, header: &Header, form: &Value) -> Result<Option<(Sitting, i64)>, Problem> {
    let named = form.get("meeting").and_then(Value::as_str).and_then(|text| text.parse::<MeetingId>().ok());
    let Some(id) = named else { return Ok(None) };
    let facts = match meeting(session, id) {
        Ok(facts) => facts,
        Err(Problem { kind: Kind::NotFound, .. }) => return Ok(None),
        Err(problem) => return Err(problem),
    };
    Ok(sits(&facts, header).map(|sitting| (sitting, facts.version)))
}

/// Of a meeting that is open at this case's item: who is in the room for it.
pub(super) fn sits(facts: &MeetingFacts, header: &Header) -> Option<Sitting> {
    let opened_at = facts.opened_at.filter(|_| facts.stage == MeetingStage::Open)?;
    let item = facts.item_of(header.case).filter(|item| item.settled.is_none())?;
    let here = facts.attendance.iter().filter(|a| {
        let away = a.away.iter().any(|away| away.item == item.item);
        !away && !header.recusals.contains(&a.person)
    });
    Some(Sitting {
        meeting: facts.id,
        forum: facts.forum,
        on: facts.on,
        opened_at,
        present: here
            .map(|a| Present { person: a.person, agency: a.agency, kind: a.kind, capacity: a.capacity })
            .collect(),
        considered: header.categories.iter().map(|(category, fact)| (*category, fact.version)).collect(),
    })
}
