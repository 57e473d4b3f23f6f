//! Shutting somebody out, in every panel, from their next request on. The safe direction: one administrator is enough.
//! Nothing here may let anybody back in; that is the operator's.

use super::answer::{Answer, Reply};
use super::appointments::{held, next, person};
use super::enrolled::{self, Enrolled};
use super::session::{Session, refuse_unless};
use crate::access::{Appointment, AppointmentVerb, PersonFacts};
use crate::casework::ids::PersonId;
use crate::error::{Kind, Problem};
use crate::ledger::entry::DetailValue;

/// # Errors
/// `not-found` for somebody whom the caller's panel does not know; `conflict` for one who is suspended; the policies' refusal.
pub fn suspend_person(session: &Session<'_>, id: PersonId) -> Result<Answer, Problem> {
    let here: Vec<Appointment> = held(session, id)?
        .iter()
        .filter(|m| m.panel == session.panel())
        .map(|m| Appointment::derive(m, session.today))
        .collect();
    // By the membership that counts most: one in force, where there is one.
    let by = here.iter().find(|a| a.in_force).or(here.first()).copied().unwrap_or_else(Appointment::decoy);
    let known = session.evaluator.appointment(AppointmentVerb::ReadMembership, by).allowed();
    let decision = session.evaluator.appointment(AppointmentVerb::SuspendPerson, by);
    let person = person(session, id)?.filter(|_| known).ok_or(Kind::NotFound)?;
    refuse_unless(&decision)?;
    if person.suspended {
        return Err(Problem::field(Kind::Conflict, "", "suspended", "this person is suspended already"));
    }
    let facts = person.into_inner();
    let version = next(facts.version)?;
    let row = enrolled::person(&session.service.sealer, PersonFacts { suspended: true, version, ..facts })?;
    let detail = vec![("person", DetailValue::Id(id.0))];
    Ok(session.change(Reply::empty(204), vec![row.mark()], detail, move |tx| Ok(tx.put_person(&row)?)))
}
