//! Confirming a proposed membership, for the agency that receives it, and ending one.
//! What was proposed is confirmed as it was proposed or not at all; nothing here may change its terms.

use super::answer::{Answer, Reply};
use super::appointments::{eligible, membership, must_be_proposed, must_not_be_ended, next, own_person};
use super::enrolled::{self, Enrolled};
use super::session::Session;
use crate::access::{AppointmentVerb, MembershipFacts};
use crate::casework::ids::MembershipId;
use crate::error::{Kind, Problem, Violations};
use crate::ledger::entry::DetailValue;

/// From this moment it counts, if its first day has come.
///
/// # Errors
/// `not-found` for one the caller may not know of; `conflict` where it is no proposal any more, or could not be proposed now;
/// `step-up-required`; the policies' refusal.
pub fn confirm_membership(session: &Session<'_>, id: MembershipId) -> Result<Answer, Problem> {
    let facts = membership(session, id, AppointmentVerb::ConfirmMembership)?.into_inner();
    must_be_proposed(facts.standing(session.today))?;
    let mut violations = Violations::default();
    eligible(session, &facts, &mut violations)?;
    // The fields were another's; what stands against it is not the confirmer's to mend.
    violations.finish().map_err(|problem| Problem { kind: Kind::Conflict, ..problem })?;
    let version = next(facts.version)?;
    let confirmed =
        MembershipFacts { confirmed_by: Some(own_person(session)?), confirmed_at: Some(session.now), version, ..facts };
    write(session, confirmed)
}

/// At once, and for good: to come back takes another proposal.
///
/// # Errors
/// As [`confirm_membership`].
pub fn end_membership(session: &Session<'_>, id: MembershipId) -> Result<Answer, Problem> {
    let facts = membership(session, id, AppointmentVerb::EndMembership)?.into_inner();
    must_not_be_ended(facts.ended)?;
    let version = next(facts.version)?;
    write(session, MembershipFacts { ended: true, version, ..facts })
}

fn write(session: &Session<'_>, facts: MembershipFacts) -> Result<Answer, Problem> {
    let detail = vec![("membership", DetailValue::Id(facts.id.0)), ("person", DetailValue::Id(facts.person.0))];
    let row = enrolled::membership(&session.service.sealer, facts)?;
    Ok(session.change(Reply::empty(204), vec![row.mark()], detail, move |tx| Ok(tx.put_membership(&row)?)))
}
