//! Who belongs to the panel's agencies and what is agreed with them, for those who administer the panel and those who answer
//! for an agency. Each row is decided by itself; a list must never hold a name beside one that the reader may not see.

use super::answer::{Answer, Reply};
use super::registry;
use super::session::Session;
use crate::access::{
    AgreementFacts, AgreementVerb, Appointment, AppointmentVerb, MembershipFacts, PanelVerb, PersonFacts,
    SharingAgreement, Standing,
};
use crate::casework::ids::{AgencyId, AgreementId, MembershipId, PersonId};
use crate::clock::Moment;
use crate::error::Problem;
use crate::ledger::entry::DetailValue;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct MembershipList {
    pub memberships: Vec<MembershipSeen>,
}

/// A membership with the sign-in it would be used by: a name alone can be anybody's.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MembershipSeen {
    #[schema(value_type = String, format = "uuid")]
    pub id: MembershipId,
    pub person: PersonSeen,
    #[schema(value_type = String, format = "uuid")]
    pub agency: AgencyId,
    pub role: &'static str,
    pub unit: Option<&'static str>,
    pub safeguarding_lead: bool,
    pub sponsor: bool,
    #[schema(value_type = String, format = Date)]
    pub from: NaiveDate,
    #[schema(value_type = String, format = Date)]
    pub to: NaiveDate,
    #[serde(flatten)]
    pub decided: Decided,
}

/// By whom it was proposed and confirmed, and where it stands: `proposed`, `not_begun`, `in_force`, `ended`, `lapsed`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decided {
    #[schema(value_type = String)]
    pub state: Standing,
    #[schema(value_type = String, format = "uuid")]
    pub proposed_by: PersonId,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub confirmed_by: Option<PersonId>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub confirmed_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonSeen {
    #[schema(value_type = String, format = "uuid")]
    pub id: PersonId,
    pub name: String,
    pub issuer: String,
    pub subject: String,
    pub kind: &'static str,
    pub suspended: bool,
    /// Where their letters go, for whoever confirms them: an administrator wrote it, and it may be somebody else's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notices: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct AgreementList {
    pub agreements: Vec<AgreementSeen>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgreementSeen {
    #[schema(value_type = String, format = "uuid")]
    pub id: AgreementId,
    #[schema(value_type = String, format = "uuid")]
    pub agency: AgencyId,
    pub reference: String,
    pub categories: Vec<&'static str>,
    #[schema(value_type = String, format = Date)]
    pub from: NaiveDate,
    #[schema(value_type = String, format = Date)]
    pub to: NaiveDate,
    /// Of one in force, when no more than `agreement_warning_days` are left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_in_days: Option<i64>,
    #[serde(flatten)]
    pub decided: Decided,
}

super::opaque!(MembershipList, MembershipSeen, Decided, PersonSeen, AgreementList, AgreementSeen);

/// # Errors
/// The policies' refusal; `unavailable`.
pub fn list_memberships(session: &Session<'_>) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ListMembers)?;
    let people = registry::people(session)?;
    let may = |m: &MembershipFacts| {
        let about = Appointment::derive(m, session.today);
        session.evaluator.appointment(AppointmentVerb::ReadMembership, about).allowed()
    };
    let members = registry::members(session)?;
    let memberships: Vec<MembershipSeen> = members
        .iter()
        .filter(|m| may(m))
        .filter_map(|m| Some(membership(session, m, people.get(&m.person)?)))
        .collect();
    let detail = vec![("count", DetailValue::count(memberships.len()))];
    Ok(session.show(Reply::json(200, &MembershipList { memberships })?, Vec::new(), detail))
}

/// # Errors
/// The policies' refusal; `unavailable`.
pub fn list_agreements(session: &Session<'_>) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ListAgreements)?;
    let may = |a: &AgreementFacts| {
        session.evaluator.agreement(AgreementVerb::ReadAgreement, SharingAgreement::derive(a)).allowed()
    };
    let known = registry::agreements(session)?;
    let agreements: Vec<AgreementSeen> = known.iter().filter(|a| may(a)).map(|a| agreement(session, a)).collect();
    let detail = vec![("count", DetailValue::count(agreements.len()))];
    Ok(session.show(Reply::json(200, &AgreementList { agreements })?, Vec::new(), detail))
}

fn decided(
    state: Standing,
    (proposed_by, confirmed_by, confirmed_at): (PersonId, Option<PersonId>, Option<Moment>),
) -> Decided {
    Decided { state, proposed_by, confirmed_by, confirmed_at: confirmed_at.map(Moment::rfc3339) }
}

fn membership(session: &Session<'_>, m: &MembershipFacts, person: &PersonFacts) -> MembershipSeen {
    MembershipSeen {
        id: m.id,
        person: PersonSeen {
            id: person.id,
            name: person.display_name.clone(),
            issuer: person.issuer.clone(),
            subject: person.subject.clone(),
            kind: person.kind.name(),
            suspended: person.suspended,
            notices: person.notices.clone(),
        },
        agency: m.agency,
        role: m.role.name(),
        unit: m.unit.map(|unit| unit.name()),
        safeguarding_lead: m.safeguarding_lead,
        sponsor: m.sponsor,
        from: m.from,
        to: m.to,
        decided: decided(m.standing(session.today), (m.proposed_by, m.confirmed_by, m.confirmed_at)),
    }
}

fn agreement(session: &Session<'_>, a: &AgreementFacts) -> AgreementSeen {
    AgreementSeen {
        id: a.id,
        agency: a.agency,
        reference: a.reference.clone(),
        categories: a.categories.iter().map(|category| category.name()).collect(),
        from: a.from,
        to: a.to,
        ends_in_days: a.ends_in_days(session.today, session.service.rules.agreement_warning_days),
        decided: decided(a.standing(session.today), (a.proposed_by, a.confirmed_by, a.confirmed_at)),
    }
}
