//! What proposing, confirming and ending have in common: finding a membership or an agreement that the caller may know of, and
//! whether somebody may hold what is proposed.
//! It must never confirm anything by itself, nor tell one who may not know that something is there.

use super::registry;
use super::session::{Session, refuse_unless};
use crate::access::appointment::{barred_beside, stands_alone};
use crate::access::principal::role_fits;
use crate::access::{
    AgencyFacts, AgreementFacts, AgreementVerb, Appointment, AppointmentVerb, Authentic, MembershipFacts, PersonFacts,
    PersonKind, SharingAgreement, Standing,
};
use crate::casework::calendar::months_after;
use crate::casework::ids::{AgencyId, AgreementId, MembershipId, PersonId};
use crate::casework::role::Role;
use crate::error::{Kind, Problem, Violations};
use crate::store::rows::MembershipRow;
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// Whoever acts. Every session of a request has one.
///
/// # Errors
/// `internal`.
pub fn own_person(session: &Session<'_>) -> Result<PersonId, Problem> {
    session.principal.person().ok_or_else(|| Problem::internal("people are administered by nobody"))
}

/// A membership of which the caller may know, where the verb is allowed.
///
/// # Errors
/// `not-found`, by the same questions about a decoy, where there is none or none for the caller; the policies' refusal.
pub fn membership(
    session: &Session<'_>,
    id: MembershipId,
    verb: AppointmentVerb,
) -> Result<Authentic<MembershipFacts>, Problem> {
    let row = session.reader().membership_by_id(id)?;
    let facts = row.map(|row| registry::membership(&session.belief, &row)).transpose()?;
    let about = facts.as_deref().map_or_else(Appointment::decoy, |facts| Appointment::derive(facts, session.today));
    let known = session.evaluator.appointment(AppointmentVerb::ReadMembership, about).allowed();
    let decision = session.evaluator.appointment(verb, about);
    let facts = facts.filter(|_| known).ok_or(Kind::NotFound)?;
    refuse_unless(&decision)?;
    Ok(facts)
}

/// The same of an agreement.
///
/// # Errors
/// As [`membership`].
pub fn agreement(
    session: &Session<'_>,
    id: AgreementId,
    verb: AgreementVerb,
) -> Result<Authentic<AgreementFacts>, Problem> {
    let row = session.reader().agreement_by_id(id)?;
    let facts = row.map(|row| registry::agreement(&session.belief, &row)).transpose()?;
    let about = facts.as_deref().map_or_else(SharingAgreement::decoy, SharingAgreement::derive);
    let known = session.evaluator.agreement(AgreementVerb::ReadAgreement, about).allowed();
    let decision = session.evaluator.agreement(verb, about);
    let facts = facts.filter(|_| known).ok_or(Kind::NotFound)?;
    refuse_unless(&decision)?;
    Ok(facts)
}

/// # Errors
/// `conflict`, saying where it stands, for anything but a proposal.
pub fn must_be_proposed(standing: Standing) -> Result<(), Problem> {
    let conflict = |rule, message| Err(Problem::field(Kind::Conflict, "", rule, message));
    match standing {
        Standing::Proposed => Ok(()),
        Standing::NotBegun | Standing::InForce => conflict("confirmed_already", "this is confirmed already"),
        Standing::Ended => conflict("ended", "this has been ended"),
        Standing::Lapsed => conflict("lapsed", "the last day of this has passed; propose it anew"),
    }
}

/// # Errors
/// `conflict` for what somebody has ended before.
pub fn must_not_be_ended(ended: bool) -> Result<(), Problem> {
    if ended { Err(Problem::field(Kind::Conflict, "", "ended", "this has been ended")) } else { Ok(()) }
}

/// # Errors
/// `internal`, at a version that no row reaches.
pub fn next(version: i64) -> Result<i64, Problem> {
    version.checked_add(1).ok_or_else(|| Problem::internal("a version without a next"))
}

/// The term of what is proposed: not over before it is made, not for ever.
pub fn check_term(from: NaiveDate, to: NaiveDate, months: u32, violations: &mut Violations) {
    if to < from {
        violations.add("/to", "before_start", "the last day cannot be before the first");
    }
    if to > months_after(from, months) {
        violations.add("/to", "too_late", "the last day is later than the longest term");
    }
}

/// # Errors
/// `integrity`.
pub fn agency(session: &Session<'_>, id: AgencyId) -> Result<Option<Authentic<AgencyFacts>>, Problem> {
    let row = session.reader().agency_by_id(id)?;
    row.map(|row| registry::agency(&session.belief, &row)).transpose()
}

/// # Errors
/// `integrity`.
pub fn person(session: &Session<'_>, id: PersonId) -> Result<Option<Authentic<PersonFacts>>, Problem> {
    let row = session.reader().person_by_id(id)?;
    row.map(|row| registry::person(&session.belief, &row)).transpose()
}

/// Everything that must be so when it is proposed, and still when it is confirmed: the person, the agency, that the person's
/// issuer may speak for it, and that the role can be held there and beside what the person holds.
///
/// # Errors
/// `integrity`; `unavailable`.
pub fn eligible(session: &Session<'_>, facts: &MembershipFacts, violations: &mut Violations) -> Result<(), Problem> {
    let person = person(session, facts.person)?;
    let agency = agency(session, facts.agency)?;
    match &person {
        None => violations.add("/person", "unknown_person", "must be somebody who is registered"),
        Some(person) if person.suspended => violations.add("/person", "suspended", "this person is suspended"),
        Some(_) => {}
    }
    match &agency {
        None => violations.add("/agency", "unknown_agency", "must be an agency that is registered"),
        Some(agency) if agency.suspended => violations.add("/agency", "suspended", "this agency is suspended"),
        Some(agency) if !role_fits(facts.role, agency.kind) => {
            violations.add("/role", "role_not_of_agency", "an agency of this kind cannot have this role");
        }
        Some(_) => {}
    }
    if person.is_some_and(|person| !session.service.tokens.speaks_for(&person.issuer, facts.agency)) {
        violations.add("/agency", "issuer_not_of_agency", "who vouches for this person does not speak for this agency");
    }
    if facts.unit.is_some() != (facts.role == Role::Police) {
        violations.add("/unit", "unit_of_police", "required of police, and of nobody else");
    }
    if facts.sponsor && stands_alone(facts.role) {
        violations.add("/sponsor", "sponsor_apart", "an auditor or administrator cannot be a sponsor");
    }
    fits_beside(session, facts, violations)
}

/// A system refers and does nothing else; and some roles are held alone.
fn fits_beside(session: &Session<'_>, facts: &MembershipFacts, violations: &mut Violations) -> Result<(), Problem> {
    let of_system = person(session, facts.person)?.is_some_and(|person| person.kind == PersonKind::System);
    if of_system && (facts.role != Role::Referrer || facts.sponsor || facts.safeguarding_lead) {
        violations.add("/role", "system_refers", "a system can only refer");
    }
    let held: BTreeSet<Role> = held(session, facts.person)?
        .iter()
        .filter(|m| m.panel == facts.panel && m.id != facts.id)
        .filter(|m| matches!(m.standing(session.today), Standing::InForce | Standing::NotBegun))
        .map(|m| m.role)
        .collect();
    match barred_beside(facts.role, &held) {
        Some(rule @ "auditor_alone") => violations.add("/role", rule, "an auditor holds no other role in the panel"),
        Some(rule) => violations.add("/role", rule, "an administrator holds no other role in the panel"),
        None => {}
    }
    Ok(())
}

/// What a person holds or has held; what cannot be believed is alarmed and left out.
///
/// # Errors
/// `unavailable`.
pub fn held(session: &Session<'_>, person: PersonId) -> Result<Vec<Authentic<MembershipFacts>>, Problem> {
    let rows = session.reader().memberships_of_person(person)?;
    let sound = |row: &MembershipRow| registry::membership(&session.belief, row).ok();
    Ok(rows.iter().filter_map(sound).filter(|m| m.person == person).collect())
}
