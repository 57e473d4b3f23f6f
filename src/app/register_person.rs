//! Registering a person or a partner's system by the sign-in they have: issuer and subject, never an e-mail address.
//! It gives them nothing; and it must never take an issuer that the configuration does not name.

use super::answer::{Answer, Reply};
use super::enrolled::{self, Enrolled};
use super::notices::letter::is_address;
use super::registry;
use super::session::Session;
use crate::access::{PanelVerb, PersonFacts, PersonKind};
use crate::casework::form;
use crate::casework::ids::PersonId;
use crate::error::{Kind, Problem, Violations};
use crate::ledger::entry::DetailValue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPerson {
    /// Exactly the `iss` of their tokens: one of the service's configuration.
    pub issuer: String,
    /// Exactly the `sub` of their tokens.
    pub subject: String,
    pub display_name: String,
    /// `person` or `system`.
    #[schema(value_type = String)]
    pub kind: PersonKind,
    /// Where letters go that say that something waits here, and nothing of any case; none go without.
    #[serde(default)]
    pub notices: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct PersonRegistered {
    #[schema(value_type = String, format = "uuid")]
    pub id: PersonId,
}

super::opaque!(NewPerson, PersonRegistered);

/// Who is known already is answered alike and left as they are: by whom and for which panel they were registered is nobody's
/// business here.
///
/// # Errors
/// `invalid`, naming the field; `conflict` where the sign-in is known as of the other kind; the policies' refusal.
pub fn register_person(session: &Session<'_>, form: &NewPerson) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::RegisterPerson)?;
    check(session, form)?;
    let service = session.service;
    if let Some(row) = session.reader().person_by_subject(&form.issuer, &form.subject)? {
        let known = registry::person(&session.belief, &row)?;
        if known.kind != form.kind {
            return Err(Problem::field(
                Kind::Conflict,
                "/kind",
                "other_kind",
                "this sign-in is known as of another kind",
            ));
        }
        let detail = vec![("person", DetailValue::Id(known.id.0))];
        return Ok(session.show(Reply::json(201, &PersonRegistered { id: known.id })?, Vec::new(), detail));
    }
    let id = PersonId::new();
    let facts = PersonFacts {
        id,
        issuer: form.issuer.clone(),
        subject: form.subject.clone(),
        display_name: form.display_name.clone(),
        kind: form.kind,
        suspended: false,
        notices: form.notices.clone(),
        version: 1,
    };
    let row = enrolled::person(&service.sealer, facts)?;
    let reply = Reply::json(201, &PersonRegistered { id })?;
    let detail = vec![("person", DetailValue::Id(id.0))];
    Ok(session.change(reply, vec![row.mark()], detail, move |tx| Ok(tx.put_person(&row)?)))
}

fn check(session: &Session<'_>, form: &NewPerson) -> Result<(), Problem> {
    let mut violations = Violations::default();
    form::text(&form.subject, "/subject", 200, &mut violations);
    form::text(&form.display_name, "/displayName", 200, &mut violations);
    if form.notices.as_deref().is_some_and(|to| !is_address(to)) {
        violations.add("/notices", "not_an_address", "must be an e-mail address without a name or quotes");
    }
    let tokens = &session.service.tokens;
    if !tokens.knows(&form.issuer) {
        violations.add("/issuer", "unknown_issuer", "must be one of the issuers of the service's configuration");
    } else if form.kind == PersonKind::System && !tokens.vouches_for_systems(&form.issuer) {
        violations.add("/kind", "not_of_issuer", "this issuer does not vouch for systems");
    }
    violations.finish()
}
