//! Who may be written to: members who have an address and could act if they signed in now, each as of the membership by which
//! they would. It must never take a row's word without its tag.

use crate::access::action::Action;
use crate::access::facts::{CaseFacts, Circumstances, MemberFacts, PrincipalFacts, ResourceFacts};
use crate::access::{Authentic, CaseVerb, Header, Holdings, Listing, PanelVerb, PersonFacts, Principal, Purpose};
use crate::app::registry;
use crate::app::service::Service;
use crate::app::session::Session;
use crate::casework::ids::PersonId;
use crate::casework::role::Role;
use crate::error::{Kind, Problem};
use crate::store::rows::NoticeRow;
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// Of the session's panel; nobody where this service writes no letters.
///
/// # Errors
/// `unavailable`.
pub fn receivers(session: &Session<'_>) -> Result<Vec<MemberFacts>, Problem> {
    let service = session.service;
    if service.outbox.is_none() {
        return Ok(Vec::new());
    }
    let (memberships, agreements) = (registry::members(session)?, registry::agreements(session)?);
    let people = registry::people(session)?;
    let rows = session.reader().agencies()?;
    let sound = |row| registry::agency(&session.belief, row).ok();
    let agencies: Vec<_> = rows.iter().filter_map(sound).collect();
    let has_address = |person: &&Authentic<PersonFacts>| person.notices.is_some();
    let held = Holdings { memberships: &memberships, agreements: &agreements };
    let facts = memberships.iter().filter_map(|membership| {
        let person = people.get(&membership.person).filter(has_address)?;
        let agency = agencies.iter().find(|agency| agency.id == membership.agency)?;
        Principal::presumed(person, agency, membership, held, session.today).ok()
    });
    Ok(facts.collect())
}

/// Whether they take part in the panel's meetings; a guest comes for one item and is invited to it.
pub fn sits(session: &Session<'_>, member: &MemberFacts) -> bool {
    let may = |verb| {
        let (principal, k) = (PrincipalFacts::Member(member.clone()), Circumstances::new(Purpose::PanelMeeting));
        let panel = ResourceFacts::Panel(session.panel());
        session.service.policies.decide(&principal, Action::Panel(verb), &panel, &k).allowed()
    };
    !matches!(member.role, Role::Guest | Role::Auditor) && may(PanelVerb::ReadMeetings)
}

/// What somebody may do to a case on a day, asked of the policies as of them.
pub fn may(
    session: &Session<'_>,
    member: &MemberFacts,
    actions: &[Action],
    header: &Header,
    (purpose, on): (Purpose, NaiveDate),
) -> bool {
    let principal = PrincipalFacts::Member(member.clone());
    let facts = CaseFacts::derive(header, on, session.now).seen_by(&principal);
    let (case, k) = (ResourceFacts::Case(facts), Circumstances::new(purpose));
    actions.iter().all(|action| session.service.policies.decide(&principal, *action, &case, &k).allowed())
}

/// Whom an item of an agenda is meant for, where the policies let them see it once its papers are open. One without
/// anybody's name is the chair's.
pub fn let_in(
    session: &Session<'_>,
    members: &[MemberFacts],
    header: &Header,
    listing: &Listing,
) -> BTreeSet<PersonId> {
    let on = listing.from.max(session.today);
    let seen = [Action::Case(CaseVerb::ListCase)];
    let meant = |member: &&MemberFacts| match (listing.person, listing.agency) {
        (Some(person), _) => person == member.person,
        (None, Some(agency)) => agency == member.agency,
        (None, None) => member.role == Role::Chair,
    };
    let them = members.iter().filter(meant);
    let them = them.filter(|member| may(session, member, &seen, header, (Purpose::PanelMeeting, on)));
    them.map(|member| member.person).collect()
}

/// Where a letter goes now: nowhere for somebody who left its panel since it was written, or is suspended.
///
/// # Errors
/// `integrity` for a row that is not to be believed; `unavailable`.
pub fn address(service: &Service, row: &NoticeRow) -> Result<Option<String>, Problem> {
    let (belief, today) = (service.belief(), service.clock.today());
    let Some(found) = service.store.reader()?.person_by_id(row.person)? else { return Ok(None) };
    let person = registry::person(&belief, &found)?;
    let identity = service.store.reader()?.identity_by_subject(&person.issuer, &person.subject)?;
    let Some(identity) = identity else { return Ok(None) };
    let known = match registry::known(&belief, &person.issuer, &identity) {
        Ok(known) => known,
        Err(Problem { kind: Kind::NotAuthenticated, .. }) => return Ok(None),
        Err(problem) => return Err(problem),
    };
    let held = Holdings { memberships: &known.memberships, agreements: &known.agreements };
    let acts = known.memberships.iter().filter(|membership| membership.panel == row.panel).any(|membership| {
        let agency = known.agencies.iter().find(|agency| agency.id == membership.agency);
        agency.is_some_and(|agency| Principal::presumed(&known.person, agency, membership, held, today).is_ok())
    });
    Ok(known.person.notices.clone().filter(|_| acts))
}
