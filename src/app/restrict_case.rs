//! Recusal and restriction: who may no longer know of a case, from this moment and by any road.
//! They only ever take access away from others or from oneself; nobody lets themselves back in.

use super::answer::{Answer, Reply};
use super::case_edit::CaseEdit;
use super::case_file::CaseFile;
use super::registry;
use super::session::Session;
use crate::access::{CaseVerb, Particulars};
use crate::casework::ids::{CaseId, PersonId};
use crate::error::{Kind, Problem};
use crate::ledger::entry::DetailValue;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recusal {
    /// Oneself where absent; a chair may record another's.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub person: Option<PersonId>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Restriction {
    /// The only people who may know of the case from now on.
    #[schema(value_type = Vec<String>)]
    pub people: Vec<PersonId>,
}

/// # Errors
/// `invalid` for somebody not of the panel; the policies' refusal.
pub fn recuse(session: &Session<'_>, id: CaseId, form: &Recusal) -> Result<Answer, Problem> {
    let own = session.principal.person().ok_or_else(|| Problem::internal("a recusal by nobody"))?;
    let person = form.person.unwrap_or(own);
    let verb = if person == own { CaseVerb::RecuseSelf } else { CaseVerb::RecordRecusal };
    let file = CaseFile::open(session, id, verb, &Particulars::default())?;
    must_be_member(session, person, "/person")?;
    if file.header.recusals.contains(&person) {
        return Err(Problem::field(Kind::Conflict, "/person", "recused_already", "this person is recused already"));
    }
    let mut edit = CaseEdit::of(&file);
    edit.header.recusals.push(person);
    edit.event("recused", session.today);
    edit.finish(Reply::empty(204), vec![("recused", DetailValue::Id(person.0))])
}

/// # Errors
/// `invalid` for a list without oneself or with strangers; the policies' refusal.
pub fn restrict(session: &Session<'_>, id: CaseId, form: &Restriction) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::RestrictCase, &Particulars::default())?;
    if form.people.is_empty() || form.people.len() > 50 {
        return Err(Problem::field(Kind::Invalid, "/people", "too_few", "name one to fifty people"));
    }
    // A case that nobody who is at work on it may open would be lost between two agencies.
    if !session.principal.person().is_some_and(|own| form.people.contains(&own)) {
        return Err(Problem::field(Kind::Invalid, "/people", "without_oneself", "the list must hold yourself"));
    }
    for person in &form.people {
        must_be_member(session, *person, "/people")?;
    }
    let mut edit = CaseEdit::of(&file);
    edit.header.restricted = Some(form.people.clone());
    edit.event("restricted", session.today);
    let count = DetailValue::count(form.people.len());
    edit.finish(Reply::empty(204), vec![("people", count)])
}

fn must_be_member(session: &Session<'_>, person: PersonId, field: &str) -> Result<(), Problem> {
    let members = registry::members(session)?;
    if members.iter().any(|m| m.person == person) {
        Ok(())
    } else {
        Err(Problem::field(Kind::Invalid, field, "unknown_person", "must be a member of this panel"))
    }
}
