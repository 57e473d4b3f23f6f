//! Who acts: one person or system, by one membership, for one agency, in one panel.
//! It must never be made from a token alone: the token says who, the rows say what and until when.

use super::appointment::stands_alone;
use super::authentic::Authentic;
use super::facts::{MemberFacts, PrincipalFacts, SystemFacts, SystemName};
use super::rows::{AgencyFacts, AgreementFacts, MembershipFacts, PersonFacts, PersonKind};
use super::token::Claims;
use crate::casework::ids::{AgencyId, MembershipId, PanelId, PersonId};
use crate::casework::role::{AgencyKind, Role};
use crate::clock::Moment;
use crate::error::Kind;
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// Why somebody with a good token may not act by this membership. Codes only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    #[error("token_expired")]
    TokenExpired,
    /// The token's (issuer, subject) is not this person.
    #[error("other_person")]
    OtherPerson,
    /// The membership is another's, or of another agency.
    #[error("not_your_membership")]
    NotYourMembership,
    /// The issuer does not speak for this agency.
    #[error("issuer_not_of_agency")]
    IssuerNotOfAgency,
    /// A person with a system's token, or the reverse.
    #[error("wrong_kind_of_principal")]
    WrongKind,
    #[error("suspended")]
    Suspended,
    #[error("not_in_force")]
    NotInForce,
    /// Unconfirmed, or confirmed by its holder or its proposer.
    #[error("not_confirmed")]
    NotConfirmed,
    /// A role that this kind of agency cannot hold, or police without a unit.
    #[error("role_not_of_agency")]
    RoleNotOfAgency,
}

impl Refusal {
    pub fn kind(self) -> Kind {
        match self {
            Refusal::TokenExpired | Refusal::OtherPerson | Refusal::WrongKind => Kind::NotAuthenticated,
            _ => Kind::MembershipRequired,
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            Refusal::TokenExpired => "token_expired",
            Refusal::OtherPerson => "other_person",
            Refusal::NotYourMembership => "not_your_membership",
            Refusal::IssuerNotOfAgency => "issuer_not_of_agency",
            Refusal::WrongKind => "wrong_kind_of_principal",
            Refusal::Suspended => "suspended",
            Refusal::NotInForce => "not_in_force",
            Refusal::NotConfirmed => "not_confirmed",
            Refusal::RoleNotOfAgency => "role_not_of_agency",
        }
    }
}

/// What else the registry holds on the person and their agencies.
#[derive(Debug, Clone, Copy)]
pub struct Holdings<'a> {
    /// All of the person's memberships, the acting one included.
    pub memberships: &'a [Authentic<MembershipFacts>],
    /// Those of the agency count; others are passed over.
    pub agreements: &'a [Authentic<AgreementFacts>],
}

/// Made only from authenticated rows and a verified token, or as a named job of the service.
#[derive(Debug, Clone)]
pub struct Principal {
    facts: PrincipalFacts,
    membership: Option<MembershipId>,
}

impl Principal {
    /// # Errors
    /// The first thing that is wrong with the person, the membership or their agency.
    pub fn acting(
        person: &Authentic<PersonFacts>,
        agency: &Authentic<AgencyFacts>,
        membership: &Authentic<MembershipFacts>,
        held: Holdings<'_>,
        claims: &Claims,
        today: NaiveDate,
        now: Moment,
    ) -> Result<Self, Refusal> {
        check_token(person, claims, now)?;
        check_membership(person, agency, membership, today)?;
        if !claims.agencies.contains(&agency.id) {
            return Err(Refusal::IssuerNotOfAgency);
        }
        Ok(Self {
            membership: Some(membership.id),
            facts: PrincipalFacts::Member(MemberFacts {
                // By configuration a person is sponsor in whatever they act as, but never while they administer or audit.
                sponsor: membership.sponsor
                    || (claims.sponsor_of.contains(&agency.id) && !stands_alone(membership.role)),
                strong: claims.strong,
                recent_sign_in: claims.recent,
                ..member_facts(person, agency, membership, held, today)
            }),
        })
    }

    /// As whom a membership would act if its holder signed in well now: to ask the policies whether there is anything to
    /// tell them of. It is no principal, and opens nothing.
    ///
    /// # Errors
    /// The first thing that is wrong with the person, the membership or their agency.
    pub fn presumed(
        person: &Authentic<PersonFacts>,
        agency: &Authentic<AgencyFacts>,
        membership: &Authentic<MembershipFacts>,
        held: Holdings<'_>,
        today: NaiveDate,
    ) -> Result<MemberFacts, Refusal> {
        check_membership(person, agency, membership, today)?;
        Ok(MemberFacts { strong: true, ..member_facts(person, agency, membership, held, today) })
    }

    /// The service itself at one named job.
    pub fn system(name: SystemName, panel: PanelId) -> Self {
        Self { membership: None, facts: PrincipalFacts::System(SystemFacts { name, panel }) }
    }

    pub fn facts(&self) -> &PrincipalFacts {
        &self.facts
    }

    pub fn member(&self) -> Option<&MemberFacts> {
        match &self.facts {
            PrincipalFacts::Member(member) => Some(member),
            PrincipalFacts::System(_) => None,
        }
    }

    pub fn panel(&self) -> PanelId {
        match &self.facts {
            PrincipalFacts::Member(member) => member.panel,
            PrincipalFacts::System(system) => system.panel,
        }
    }

    pub fn membership(&self) -> Option<MembershipId> {
        self.membership
    }

    pub fn person(&self) -> Option<PersonId> {
        self.member().map(|member| member.person)
    }

    pub fn agency(&self) -> Option<AgencyId> {
        self.member().map(|member| member.agency)
    }

    pub fn role(&self) -> Option<Role> {
        self.member().map(|member| member.role)
    }

    /// The job's name, for the ledger's actor.
    pub fn system_name(&self) -> Option<&'static str> {
        match &self.facts {
            PrincipalFacts::Member(_) => None,
            PrincipalFacts::System(system) => Some(system.name.name()),
        }
    }
}

/// What the rows say, of somebody who has not signed in.
fn member_facts(
    person: &Authentic<PersonFacts>,
    agency: &Authentic<AgencyFacts>,
    membership: &Authentic<MembershipFacts>,
    held: Holdings<'_>,
    today: NaiveDate,
) -> MemberFacts {
    let ours = |a: &&Authentic<AgreementFacts>| a.agency == agency.id && a.panel == membership.panel;
    let live = || held.agreements.iter().filter(ours).filter(|a| a.in_force(today));
    MemberFacts {
        role: membership.role,
        unit: membership.unit,
        person: person.id,
        agency: agency.id,
        agency_kind: agency.kind,
        panel: membership.panel,
        system: person.kind == PersonKind::System,
        safeguarding_lead: membership.safeguarding_lead,
        sponsor: membership.sponsor,
        roles_in_panel: roles_in_panel(person, membership, held.memberships, today),
        in_force: true,
        confirmed: true,
        suspended: false,
        strong: false,
        recent_sign_in: false,
        agreement_in_force: live().next().is_some(),
        agreement_categories: live().flat_map(|a| a.categories.iter().copied()).collect::<BTreeSet<_>>(),
    }
}

fn roles_in_panel(
    person: &PersonFacts,
    acting: &MembershipFacts,
    held: &[Authentic<MembershipFacts>],
    today: NaiveDate,
) -> BTreeSet<Role> {
    let mut roles = BTreeSet::from([acting.role]);
    let counts =
        |m: &MembershipFacts| m.person == person.id && m.panel == acting.panel && m.confirmed() && m.in_force(today);
    roles.extend(held.iter().filter(|m| counts(m)).map(|m| m.role));
    roles
}

fn check_token(person: &PersonFacts, claims: &Claims, now: Moment) -> Result<(), Refusal> {
    if claims.expires <= now {
        return Err(Refusal::TokenExpired);
    }
    if person.issuer != claims.issuer || person.subject != claims.subject {
        return Err(Refusal::OtherPerson);
    }
    if (person.kind == PersonKind::System) != claims.systems {
        return Err(Refusal::WrongKind);
    }
    Ok(())
}

fn check_membership(
    person: &PersonFacts,
    agency: &AgencyFacts,
    membership: &MembershipFacts,
    today: NaiveDate,
) -> Result<(), Refusal> {
    if membership.person != person.id || membership.agency != agency.id {
        return Err(Refusal::NotYourMembership);
    }
    if person.suspended || agency.suspended {
        return Err(Refusal::Suspended);
    }
    if !membership.in_force(today) {
        return Err(Refusal::NotInForce);
    }
    if !membership.confirmed() {
        return Err(Refusal::NotConfirmed);
    }
    let unit_fits = membership.unit.is_some() == (membership.role == Role::Police);
    if unit_fits && role_fits(membership.role, agency.kind) { Ok(()) } else { Err(Refusal::RoleNotOfAgency) }
}

/// An agency's own people can hold only its own roles: a school must not come to have a police officer.
pub fn role_fits(role: Role, kind: AgencyKind) -> bool {
    match role {
        Role::Police => kind == AgencyKind::Police,
        Role::Health => kind == AgencyKind::Health,
        Role::Provider => kind == AgencyKind::Provider,
        Role::Council | Role::Chair => kind == AgencyKind::Council,
        Role::SocialCare => matches!(kind, AgencyKind::SocialCare | AgencyKind::Council),
        Role::Mash => matches!(kind, AgencyKind::Mash | AgencyKind::SocialCare | AgencyKind::Council),
        Role::Education => matches!(kind, AgencyKind::Education | AgencyKind::Council),
        Role::Partner => matches!(kind, AgencyKind::Partner | AgencyKind::Council),
        Role::Referrer | Role::Guest | Role::Records | Role::Auditor | Role::Administrator => true,
    }
}
