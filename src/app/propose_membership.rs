//! Proposing that somebody acts for an agency in the panel, in one role, until a day. It grants nothing.
//! It must never be confirmed here, nor begin in the past, nor be without an end.

use super::answer::{Answer, Reply};
use super::appointments::{check_term, eligible, held, own_person};
use super::enrolled::{self, Enrolled};
use super::session::{Session, refuse_unless};
use crate::access::{Appointment, AppointmentVerb, MembershipFacts, Standing};
use crate::casework::calendar::months_after;
use crate::casework::ids::{AgencyId, MembershipId, PersonId};
use crate::casework::role::{Role, Unit};
use crate::error::{Kind, Problem, Violations};
use crate::ledger::entry::DetailValue;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMembership {
    /// Whoever shall hold it; never oneself.
    #[schema(value_type = String, format = "uuid")]
    pub person: PersonId,
    #[schema(value_type = String, format = "uuid")]
    pub agency: AgencyId,
    #[schema(value_type = String)]
    pub role: Role,
    /// `counter_terrorism` or `local`: required of police, refused of everyone else.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub unit: Option<Unit>,
    #[serde(default)]
    pub safeguarding_lead: bool,
    /// Whether they shall hold the agency's sponsor appointment. Not with `auditor` or `administrator`.
    #[serde(default)]
    pub sponsor: bool,
    /// Today or later.
    #[schema(value_type = String, format = Date)]
    pub from: NaiveDate,
    /// The last day; at most so many months after `from` as the service's configuration says (24).
    #[schema(value_type = String, format = Date)]
    pub to: NaiveDate,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MembershipProposed {
    #[schema(value_type = String, format = "uuid")]
    pub id: MembershipId,
    /// `proposed`.
    #[schema(value_type = String)]
    pub state: Standing,
}

/// The very same proposal sent twice is made once.
///
/// # Errors
/// `invalid`, naming every field and rule; `conflict` where the role is held or proposed for the same days; the policies'
/// refusal.
pub fn propose_membership(session: &Session<'_>, form: &NewMembership) -> Result<Answer, Problem> {
    let proposer = own_person(session)?;
    let facts = facts(session, form, proposer);
    let decision =
        session.evaluator.appointment(AppointmentVerb::ProposeMembership, Appointment::derive(&facts, session.today));
    if form.person == proposer && !decision.allowed() {
        return Err(Problem::field(Kind::NotAllowed, "/person", "oneself", "nobody proposes for themselves"));
    }
    refuse_unless(&decision)?;
    check(session, &facts)?;
    if let Some(before) = proposed_before(session, &facts)? {
        let detail = vec![("membership", DetailValue::Id(before.0))];
        return Ok(session.show(proposed(before)?, Vec::new(), detail));
    }
    let id = facts.id;
    let row = enrolled::membership(&session.service.sealer, facts)?;
    let detail = vec![("membership", DetailValue::Id(id.0)), ("person", DetailValue::Id(form.person.0))];
    Ok(session.change(proposed(id)?, vec![row.mark()], detail, move |tx| Ok(tx.put_membership(&row)?)))
}

fn proposed(id: MembershipId) -> Result<Reply, Problem> {
    Reply::json(201, &MembershipProposed { id, state: Standing::Proposed })
}

fn facts(session: &Session<'_>, form: &NewMembership, proposer: PersonId) -> MembershipFacts {
    MembershipFacts {
        id: MembershipId::new(),
        person: form.person,
        agency: form.agency,
        role: form.role,
        unit: form.unit,
        panel: session.panel(),
        safeguarding_lead: form.safeguarding_lead,
        sponsor: form.sponsor,
        from: form.from,
        to: form.to,
        proposed_by: proposer,
        confirmed_by: None,
        confirmed_at: None,
        ended: false,
        version: 1,
    }
}

fn check(session: &Session<'_>, facts: &MembershipFacts) -> Result<(), Problem> {
    let months = session.service.rules.membership_months;
    let mut violations = Violations::default();
    if facts.from < session.today {
        violations.add("/from", "too_early", "a membership begins today or later");
    }
    if facts.from > months_after(session.today, months) {
        violations.add("/from", "too_late", "the first day is further ahead than the longest term");
    }
    check_term(facts.from, facts.to, months, &mut violations);
    eligible(session, facts, &mut violations)?;
    violations.finish()
}

/// The same proposal, if it was made and nobody has decided on it.
fn proposed_before(session: &Session<'_>, facts: &MembershipFacts) -> Result<Option<MembershipId>, Problem> {
    let open: Vec<_> = held(session, facts.person)?
        .into_iter()
        .filter(|m| m.panel == facts.panel && m.standing(session.today).is_open())
        .collect();
    let again = open.iter().find(|m| MembershipFacts { id: m.id, ..facts.clone() } == ***m);
    if let Some(same) = again {
        return Ok(Some(same.id));
    }
    let overlaps = |m: &MembershipFacts| m.from <= facts.to && facts.from <= m.to;
    if open.iter().any(|m| m.agency == facts.agency && m.role == facts.role && m.unit == facts.unit && overlaps(m)) {
        let message = "this role is held or proposed for some of these days; end that first, or begin after it";
        return Err(Problem::field(Kind::Conflict, "/role", "held_already", message));
    }
    Ok(None)
}
