//! A summary, written by the owning agency for the others, with its recipients, purpose, lawful basis and necessity.
//! It must never be a copy of the detail: it is text of its own, and the only road into a summary category.

use super::add_log_note::check;
use super::amend_category::Amended;
use super::answer::Answer;
use super::case_edit::CaseEdit;
use super::case_file::CaseFile;
use super::on_behalf;
use super::session::{Session, refuse_unless};
use crate::access::{CaseVerb, Particulars};
use crate::casework::category::Category;
use crate::casework::ids::CaseId;
use crate::casework::intake::on_behalf::OnBehalfOf;
use crate::casework::records::release::Release;
use crate::error::{Kind, Problem};
use crate::ledger::entry::DetailValue;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Released {
    pub release: Release,
    #[serde(default)]
    pub on_behalf_of: Option<OnBehalfOf>,
}

impl std::fmt::Debug for Released {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Released")
    }
}

/// # Errors
/// `not-found` for a category that has no summary; the form's problems; the policies' refusal.
pub fn release_summary(
    session: &Session<'_>,
    id: CaseId,
    summary: Category,
    form: &Released,
) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::OpenCase, &Particulars::default())?;
    if !summary.is_summary() {
        return Err(Kind::NotFound.into());
    }
    let particulars = Particulars { on_behalf: form.on_behalf_of.is_some(), ..Particulars::default() };
    refuse_unless(&session.evaluator.may_write(summary, &file.header, &particulars))?;
    check(&form.release, session)?;
    let told = on_behalf::check(session, form.on_behalf_of.as_ref())?;
    let mut edit = CaseEdit::of(&file);
    edit.single(summary, &form.release.body())?;
    edit.event_about("summary_released", summary, session.today);
    on_behalf::log(&mut edit, told.as_ref(), session)?;
    let reply = Amended::reply(&file, &edit, summary)?;
    edit.finish(reply, vec![("category", DetailValue::Code(summary.name()))])
}
