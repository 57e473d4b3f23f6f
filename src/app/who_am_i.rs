//! Who the caller is to this service, which agencies take part, which codes there are.
//! It must never show another person.

use super::agreements;
use super::answer::{Answer, Reply};
use super::registry;
use super::session::Session;
use crate::access::PanelVerb;
use crate::casework::codes;
use crate::casework::ids::{AgencyId, MembershipId, PanelId, PersonId};
use crate::error::{AgreementNote, Problem};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    #[schema(value_type = String, format = "uuid")]
    pub person: PersonId,
    pub name: String,
    /// Where one's letters go; none go without. An administrator wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notices: Option<String>,
    /// All one's memberships; which one acts is said with `Acting-Membership`.
    pub memberships: Vec<MembershipView>,
    /// The acting agency's sharing agreements for the panel.
    pub agreements: Vec<AgreementNote>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MembershipView {
    #[schema(value_type = String, format = "uuid")]
    pub id: MembershipId,
    #[schema(value_type = String, format = "uuid")]
    pub agency: AgencyId,
    pub role: &'static str,
    pub unit: Option<&'static str>,
    #[schema(value_type = String, format = "uuid")]
    pub panel: PanelId,
    #[schema(value_type = String, format = Date)]
    pub from: NaiveDate,
    #[schema(value_type = String, format = Date)]
    pub to: NaiveDate,
    pub acting: bool,
}

/// # Errors
/// `internal`, where there is no person; every session of a request has one.
pub fn who_am_i(session: &Session<'_>) -> Result<Answer, Problem> {
    let identified = session.identified.ok_or_else(|| Problem::internal("a session of nobody"))?;
    let acting = session.principal.membership();
    let memberships = identified.memberships().iter().map(|m| MembershipView {
        id: m.id,
        agency: m.agency,
        role: m.role.name(),
        unit: m.unit.map(|unit| unit.name()),
        panel: m.panel,
        from: m.from,
        to: m.to,
        acting: Some(m.id) == acting,
    });
    let person = identified.person();
    let me = Me {
        person: person.id,
        name: person.display_name.clone(),
        notices: person.notices.clone(),
        memberships: memberships.collect(),
        agreements: agreements::of_acting(session.service, identified),
    };
    Ok(session.show(Reply::json(200, &me)?, Vec::new(), Vec::new()))
}

#[derive(Serialize, ToSchema)]
pub struct AgencyList {
    pub agencies: Vec<AgencyView>,
}

#[derive(Serialize, ToSchema)]
pub struct AgencyView {
    #[schema(value_type = String, format = "uuid")]
    pub id: AgencyId,
    pub name: String,
    pub kind: &'static str,
}

/// # Errors
/// The policies' refusal; `integrity`.
pub fn list_agencies(session: &Session<'_>) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ReadAgencies)?;
    let members = registry::members(session)?;
    let rows = session.reader().agencies_of_panel(session.panel())?;
    let agencies = rows
        .iter()
        .filter(|row| members.iter().any(|member| member.agency == row.id))
        .filter_map(|row| registry::agency(&session.belief, row).ok())
        .map(|facts| AgencyView { id: facts.id, name: facts.name.clone(), kind: facts.kind.name() })
        .collect();
    Ok(session.show(Reply::json(200, &AgencyList { agencies })?, Vec::new(), Vec::new()))
}

#[derive(Serialize, ToSchema)]
pub struct CodeLists {
    pub lists: &'static [codes::List],
}

/// Every list with the days its codes are in force: what was once written can always be read.
///
/// # Errors
/// The policies' refusal.
pub fn list_codes(session: &Session<'_>) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ReadCodes)?;
    Ok(session.show(Reply::json(200, &CodeLists { lists: codes::lists() })?, Vec::new(), Vec::new()))
}

super::opaque!(Me, MembershipView, AgencyList, AgencyView, CodeLists);
