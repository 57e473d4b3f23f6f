//! A dated note of a call, a visit or an attempt.
//! While police have asked that nobody approach the person, an attempt cannot be logged as if it were allowed.

use super::answer::{Answer, Reply};
use super::case_edit::{Append, CaseEdit};
use super::case_file::CaseFile;
use super::session::{Session, refuse_unless};
use crate::access::{CaseVerb, Particulars};
use crate::casework::category::Category;
use crate::casework::fields::{Content, Context};
use crate::casework::ids::{CaseId, RecordId};
use crate::casework::records::log::LogNote;
use crate::error::{Kind, Problem, Violations};
use serde::Serialize;
use utoipa::ToSchema;

/// The id of what was written.
#[derive(Debug, Serialize, ToSchema)]
pub struct Written {
    #[schema(value_type = String, format = "uuid")]
    pub id: RecordId,
}

/// # Errors
/// The form's problems; the policies' refusal.
pub fn add_log_note(session: &Session<'_>, id: CaseId, form: &LogNote) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::OpenCase, &Particulars::default())?;
    refuse_unless(&session.evaluator.may_write(Category::Log, &file.header, &Particulars::default()))?;
    check(form, session)?;
    may_approach(&file, form)?;
    let on = form.on.unwrap_or(session.today);
    let record = RecordId::new();
    let mut edit = CaseEdit::of(&file);
    edit.record(Append::new(record, Category::Log, "note", on, form.to_map()))?;
    edit.finish(Reply::json(201, &Written { id: record })?, Vec::new())
}

/// Police may have asked that nobody approach the person (`block_contact`). Who is shown only `paused` is not told which.
fn may_approach(file: &CaseFile<'_>, form: &LogNote) -> Result<(), Problem> {
    let approaches = matches!(form.kind.as_deref(), Some("call" | "visit" | "attempt" | "email"));
    if !(file.header.state.contact_blocked && approaches) {
        return Ok(());
    }
    Err(if file.permit.shows_tracks() {
        Problem::field(
            Kind::TransitionRefused,
            "/kind",
            "contact_blocked",
            "police have asked that nobody approach this person",
        )
    } else {
        Kind::TransitionHeld.into()
    })
}

/// Every broken rule of a form, as of today.
///
/// # Errors
/// `invalid`, naming each field and rule.
pub fn check<T: Content>(form: &T, session: &Session<'_>) -> Result<(), Problem> {
    let mut violations = Violations::default();
    Content::check(form, &Context { today: session.today, on: session.today }, &mut violations);
    violations.finish()
}
