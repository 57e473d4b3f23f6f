//! Legal holds: while a complaint, a request, a court or an inquiry needs a case, nothing of it is erased.
//! Placing one takes back an erasure that was decided before it was known; releasing one brings none back.

use super::add_log_note::check;
use super::answer::{Answer, Reply};
use super::appointments::own_person;
use super::case_edit::{Append, CaseEdit};
use super::case_file::CaseFile;
use super::session::Session;
use crate::access::{CaseVerb, Particulars};
use crate::casework::category::Category;
use crate::casework::codes;
use crate::casework::fields::Content as _;
use crate::casework::ids::{CaseId, RecordId};
use crate::casework::records::retention::{HoldPlaced, HoldReleased};
use crate::casework::retention::{LegalHold, Return};
use crate::error::{Kind, Problem};
use crate::ledger::entry::DetailValue;

const REASONS: &str = "legal_hold_reason";

/// # Errors
/// The form's problems; `conflict` where one of this reason stands; the policies' refusal.
pub fn place(session: &Session<'_>, id: CaseId, form: &HoldPlaced) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::HoldLegally, &Particulars::default())?;
    check(form, session)?;
    let reason = known(form.reason.as_deref())?;
    if file.header.retention.holds.iter().any(|hold| hold.reason == reason) {
        return Err(Problem::field(Kind::Conflict, "/reason", "held_already", "a hold of this reason stands already"));
    }
    let record = RecordId::new();
    let mut edit = CaseEdit::of(&file);
    edit.record(Append::new(record, Category::Retention, "legal_hold", session.today, form.to_map()))?;
    let hold = LegalHold { reason: reason.to_owned(), on: session.today, by: own_person(session)?, record };
    edit.header.retention.holds.push(hold);
    edit.header.retention.give_back(Return::LegalHold, session.today);
    edit.event_about("legal_hold_placed", Category::Retention, session.today);
    edit.finish(Reply::empty(204), vec![("hold", DetailValue::Code(reason))])
}

/// # Errors
/// The form's problems; `conflict` where there is none of this reason; the policies' refusal.
pub fn release(session: &Session<'_>, id: CaseId, form: &HoldReleased) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::HoldLegally, &Particulars::default())?;
    check(form, session)?;
    let reason = known(form.reason.as_deref())?;
    let mut edit = CaseEdit::of(&file);
    let holds = &mut edit.header.retention.holds;
    let before = holds.len();
    holds.retain(|hold| hold.reason != reason);
    if holds.len() == before {
        return Err(Problem::field(Kind::Conflict, "/reason", "not_held", "no hold of this reason stands"));
    }
    let record = RecordId::new();
    edit.record(Append::new(record, Category::Retention, "legal_hold_released", session.today, form.to_map()))?;
    edit.event_about("legal_hold_released", Category::Retention, session.today);
    edit.finish(Reply::empty(204), vec![("hold", DetailValue::Code(reason))])
}

/// A code of the list as this program has it, for the ledger takes no text of a client's.
fn known(reason: Option<&str>) -> Result<&'static str, Problem> {
    let found = codes::list(REASONS).zip(reason).and_then(|(list, reason)| list.find(reason));
    found.map(|code| code.code.as_str()).ok_or_else(|| Problem::internal("a reason was lost"))
}
