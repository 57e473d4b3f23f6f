//! Council keying what another agency told it: who said it, how and when, kept with the case.
//! It must never let an agency's detail be keyed by another; the policies refuse that, this only records.

use super::case_edit::{Append, CaseEdit};
use super::session::Session;
use crate::casework::category::Category;
use crate::casework::fields::{Content, Context};
use crate::casework::ids::{AgencyId, RecordId};
use crate::casework::intake::on_behalf::OnBehalfOf;
use crate::error::{Problem, Violations};
use serde_json::{Map, Value};

/// What was told, checked.
#[derive(Debug)]
pub struct OnBehalf {
    pub agency: Option<AgencyId>,
    fields: Map<String, Value>,
}

/// # Errors
/// The form's problems, at `/onBehalfOf`.
pub fn check(session: &Session<'_>, form: Option<&OnBehalfOf>) -> Result<Option<OnBehalf>, Problem> {
    let Some(form) = form else { return Ok(None) };
    let mut violations = Violations::default();
    Content::check_at(form, "/onBehalfOf", &Context { today: session.today, on: session.today }, &mut violations);
    violations.finish()?;
    Ok(Some(OnBehalf { agency: form.agency_id, fields: form.to_map() }))
}

/// Notes in the log who was keyed for, where there was somebody.
///
/// # Errors
/// `internal` where the log may not be written by whoever may key for others; the policies forbid that combination.
pub fn log(edit: &mut CaseEdit<'_, '_>, told: Option<&OnBehalf>, session: &Session<'_>) -> Result<(), Problem> {
    let Some(told) = told else { return Ok(()) };
    let mut append = Append::new(RecordId::new(), Category::Log, "keyed_on_behalf", session.today, told.fields.clone());
    append.on_behalf = told.agency;
    edit.record(append)
}
