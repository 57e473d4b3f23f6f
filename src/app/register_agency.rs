//! Registering an agency. It is known from then on, and nobody can act in its name: who may say who its people are is
//! configuration, and so is its first sponsor. Nothing here may give it either.

use super::answer::{Answer, Reply};
use super::enrolled::{self, Enrolled};
use super::registry;
use super::session::Session;
use crate::access::{AgencyFacts, PanelVerb};
use crate::casework::form;
use crate::casework::ids::AgencyId;
use crate::casework::role::AgencyKind;
use crate::error::{Problem, Violations};
use crate::ledger::entry::DetailValue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAgency {
    /// `council`, `police`, `health`, `social_care`, `mash`, `education`, `school`, `provider`, `partner` or `referrer`.
    #[schema(value_type = String)]
    pub kind: AgencyKind,
    pub name: String,
}

#[derive(Serialize, ToSchema)]
pub struct AgencyRegistered {
    #[schema(value_type = String, format = "uuid")]
    pub id: AgencyId,
}

super::opaque!(NewAgency, AgencyRegistered);

/// Sent twice it is registered once: an agency is known by its kind and name.
///
/// # Errors
/// `invalid`, naming the field; the policies' refusal.
pub fn register_agency(session: &Session<'_>, form: &NewAgency) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::RegisterAgency)?;
    let mut violations = Violations::default();
    form::text(&form.name, "/name", 200, &mut violations);
    violations.finish()?;
    let service = session.service;
    let known = session.reader().agencies()?;
    let same = known
        .iter()
        .filter_map(|row| registry::agency(&session.belief, row).ok())
        .find(|agency| agency.kind == form.kind && agency.name == form.name);
    if let Some(agency) = same {
        let detail = vec![("agency", DetailValue::Id(agency.id.0))];
        return Ok(session.show(Reply::json(201, &AgencyRegistered { id: agency.id })?, Vec::new(), detail));
    }
    let id = AgencyId::new();
    let facts = AgencyFacts { id, kind: form.kind, name: form.name.clone(), suspended: false, version: 1 };
    let row = enrolled::agency(&service.sealer, facts)?;
    let reply = Reply::json(201, &AgencyRegistered { id })?;
    let detail = vec![("agency", DetailValue::Id(id.0))];
    Ok(session.change(reply, vec![row.mark()], detail, move |tx| Ok(tx.put_agency(&row)?)))
}
