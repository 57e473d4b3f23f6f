//! Two people decide that a closed case is not needed any more: records proposes, a chair confirms, and for some weeks either
//! may take it back. Nothing here destroys anything; that is a job's, when the time has passed.

use super::add_log_note::check;
use super::answer::{Answer, Reply};
use super::appointments::own_person;
use super::case_edit::{Append, CaseEdit};
use super::case_file::CaseFile;
use super::registry;
use super::session::Session;
use crate::access::{CaseVerb, Particulars};
use crate::casework::category::Category;
use crate::casework::fields::Content as _;
use crate::casework::ids::{CaseId, PersonId, RecordId};
use crate::casework::records::retention::ErasureGrounds;
use crate::casework::retention::{Erasure, Return, Standing};
use crate::casework::role::Role;
use crate::error::{Kind, Problem};
use crate::ledger::entry::DetailValue;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

/// From when an erasure may be carried out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErasureConfirmed {
    #[schema(value_type = String, format = Date)]
    pub erase_on: NaiveDate,
}

/// # Errors
/// The form's problems; `conflict` where a hold stands or one is proposed; the policies' refusal.
pub fn propose(session: &Session<'_>, id: CaseId, form: &ErasureGrounds) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::ProposeErasure, &Particulars::default())?;
    check(form, session)?;
    must_not_be_held(&file)?;
    must_stand(&file, Standing::None)?;
    let record = RecordId::new();
    let mut edit = CaseEdit::of(&file);
    edit.record(Append::new(record, Category::Retention, "erasure_proposed", session.today, form.to_map()))?;
    let (proposed_by, proposed_on) = (own_person(session)?, session.today);
    let retention = &mut edit.header.retention;
    retention.erasure = Some(Erasure { record, proposed_by, proposed_on, confirmed: None });
    retention.returned = None;
    edit.event_about("erasure_proposed", Category::Retention, session.today);
    edit.finish(Reply::empty(204), Vec::new())
}

/// # Errors
/// `conflict` where a hold stands, it is confirmed, or whoever proposed it is not of records any more; the policies' refusal.
pub fn confirm(session: &Session<'_>, id: CaseId) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::ConfirmErasure, &Particulars::default())?;
    must_not_be_held(&file)?;
    must_stand(&file, Standing::Proposed)?;
    let proposer = file.header.retention.erasure.as_ref().map(|erasure| erasure.proposed_by);
    must_still_be_records(session, proposer)?;
    let mut edit = CaseEdit::of(&file);
    edit.header.retention.confirm(own_person(session)?, session.today, &session.service.rules);
    let confirmed = edit.header.retention.erasure.as_ref().and_then(|erasure| erasure.confirmed.as_ref());
    let erase_on =
        confirmed.map(|confirmed| confirmed.erase_on).ok_or_else(|| Problem::internal("an erasure was lost"))?;
    edit.event_about("erasure_confirmed", Category::Retention, session.today);
    let detail = vec![("proposer", DetailValue::Id(proposer.map(|person| person.0).unwrap_or_default()))];
    edit.finish(Reply::json(200, &ErasureConfirmed { erase_on })?, detail)
}

/// # Errors
/// The form's problems; `conflict` where none is proposed; the policies' refusal.
pub fn withdraw(session: &Session<'_>, id: CaseId, form: &ErasureGrounds) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::WithdrawErasure, &Particulars::default())?;
    check(form, session)?;
    if file.header.retention.erasure.is_none() {
        return Err(conflict("not_proposed", "no erasure is proposed"));
    }
    let mut edit = CaseEdit::of(&file);
    let record = RecordId::new();
    edit.record(Append::new(record, Category::Retention, "erasure_withdrawn", session.today, form.to_map()))?;
    edit.header.retention.give_back(Return::Withdrawn, session.today);
    edit.event_about("erasure_withdrawn", Category::Retention, session.today);
    edit.finish(Reply::empty(204), vec![("why", DetailValue::Code(Return::Withdrawn.name()))])
}

fn conflict(rule: &'static str, message: &'static str) -> Problem {
    Problem::field(Kind::Conflict, "", rule, message)
}

fn must_not_be_held(file: &CaseFile<'_>) -> Result<(), Problem> {
    if file.header.retention.held() {
        return Err(conflict("held", "a legal hold stands: nothing of this case may be erased"));
    }
    Ok(())
}

/// # Errors
/// `conflict`, saying where it stands.
pub fn must_stand(file: &CaseFile<'_>, wanted: Standing) -> Result<(), Problem> {
    let standing = file.header.retention.standing(file.session().today);
    match standing {
        _ if standing == wanted => Ok(()),
        Standing::None => Err(conflict("not_proposed", "no erasure is proposed")),
        Standing::Proposed => Err(conflict("proposed_already", "an erasure is proposed")),
        Standing::Confirmed | Standing::Due => Err(conflict("confirmed_already", "an erasure is confirmed")),
    }
}

/// Of two words one may have been said by somebody who has no say any more.
fn must_still_be_records(session: &Session<'_>, proposer: Option<PersonId>) -> Result<(), Problem> {
    let people = registry::people(session)?;
    let stands = |person: PersonId| people.get(&person).is_some_and(|person| !person.suspended);
    let members = registry::members(session)?;
    let holds = members
        .iter()
        .filter(|member| member.role == Role::Records && member.in_force(session.today) && member.confirmed())
        .any(|member| Some(member.person) == proposer && stands(member.person));
    if holds {
        return Ok(());
    }
    Err(conflict("proposer_left", "whoever proposed this is not of records any more: it must be proposed anew"))
}
