//! Questions put to agencies, and actions they own. An open one is what gives an agency its sight of the case,
//! and no more of it than the design says; answered or done, that sight ends.

use super::add_log_note::{Written, check};
use super::answer::{Answer, Reply};
use super::case_edit::{Append, CaseEdit};
use super::case_file::CaseFile;
use super::case_records::OpenRecord;
use super::on_behalf;
use super::registry;
use super::session::{Session, refuse_unless};
use crate::access::{Assignment, AssignmentKind, CaseVerb, Header, Particulars};
use crate::casework::category::Category;
use crate::casework::fields::Content;
use crate::casework::ids::{AgencyId, CaseId, RecordId};
use crate::casework::intake::on_behalf::OnBehalfOf;
use crate::casework::records::action::{Action, ActionDone};
use crate::casework::records::information::{InformationReply, InformationRequest};
use crate::error::{Kind, Problem};
use crate::ledger::entry::DetailValue;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// An agency's answer, or the council's note of one that it was given by telephone.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Answered {
    pub answer: InformationReply,
    #[serde(default)]
    pub on_behalf_of: Option<OnBehalfOf>,
}

impl std::fmt::Debug for Answered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answered")
    }
}

/// # Errors
/// The form's problems; the policies' refusal.
pub fn request_information(session: &Session<'_>, id: CaseId, form: &InformationRequest) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::RequestInformation, &Particulars::default())?;
    check(form, session)?;
    let agency = known_agency(session, form.agency, "/agency")?;
    begin(&file, agency, AssignmentKind::Request, "information_request", form.asked_on, form.to_map())
}

/// # Errors
/// The form's problems; the policies' refusal.
pub fn add_action(session: &Session<'_>, id: CaseId, form: &Action) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::ManageAction, &Particulars::default())?;
    check(form, session)?;
    let owner = known_agency(session, form.owner, "/owner")?;
    begin(&file, owner, AssignmentKind::Action, "action", form.agreed_on, form.to_map())
}

/// # Errors
/// `not-found` for a question that is not open; the form's problems; the policies' refusal.
pub fn reply_information(
    session: &Session<'_>,
    id: CaseId,
    request: RecordId,
    form: &Answered,
) -> Result<Answer, Problem> {
    let on_behalf = form.on_behalf_of.is_some();
    let file = CaseFile::open_as(session, id, CaseVerb::ReplyInformation, |header| Particulars {
        own: is_own(session, header, request),
        on_behalf,
        ..Particulars::default()
    })?;
    if !is_own(session, &file.header, request) && form.on_behalf_of.is_none() {
        return Err(Problem::field(
            Kind::NotAllowed,
            "/onBehalfOf",
            "required",
            "only the agency that was asked answers for itself",
        ));
    }
    check(&form.answer, session)?;
    let told = on_behalf::check(session, form.on_behalf_of.as_ref())?;
    finish(
        &file,
        request,
        AssignmentKind::Request,
        "information_request",
        form.answer.replied_on,
        form.answer.to_map(),
        told,
    )
}

/// # Errors
/// `not-found` for an action that is not open; the form's problems; the policies' refusal.
pub fn finish_action(
    session: &Session<'_>,
    id: CaseId,
    action: RecordId,
    form: &ActionDone,
) -> Result<Answer, Problem> {
    let file = CaseFile::open_as(session, id, CaseVerb::ManageAction, |header| Particulars {
        own: is_own(session, header, action),
        ..Particulars::default()
    })?;
    check(form, session)?;
    finish(&file, action, AssignmentKind::Action, "action", form.done, form.to_map(), None)
}

/// Whether an open question or action is the caller's own agency's.
fn is_own(session: &Session<'_>, header: &Header, reference: RecordId) -> bool {
    let own = session.principal.agency();
    header.assignments.iter().find(|a| a.reference == reference).is_some_and(|a| Some(a.agency) == own)
}

/// # Errors
/// `invalid` for an agency that is not of this panel.
pub fn known_agency(session: &Session<'_>, agency: Option<AgencyId>, field: &str) -> Result<AgencyId, Problem> {
    let unknown =
        || Problem::field(Kind::Invalid, field, "unknown_agency", "must be an agency that takes part in this panel");
    let agency = agency.ok_or_else(unknown)?;
    let known = registry::members(session)?;
    if known.iter().any(|member| member.agency == agency) { Ok(agency) } else { Err(unknown()) }
}

fn begin(
    file: &CaseFile<'_>,
    agency: AgencyId,
    why: AssignmentKind,
    kind: &'static str,
    on: Option<NaiveDate>,
    fields: Map<String, Value>,
) -> Result<Answer, Problem> {
    let session = file.session();
    refuse_unless(&session.evaluator.may_write(Category::Work, &file.header, &Particulars::default()))?;
    let on = on.unwrap_or(session.today);
    let record = RecordId::new();
    let mut edit = CaseEdit::of(file);
    let mut append = Append::new(record, Category::Work, kind, on, fields);
    // Whose paper it is: the agency that is asked or is to act, so that it can read its own.
    append.on_behalf = Some(agency);
    edit.record(append)?;
    edit.header.assignments.push(Assignment { agency, why, reference: record });
    edit.event(kind, on);
    let detail = vec![("agency", DetailValue::Id(agency.0))];
    edit.finish(Reply::json(201, &Written { id: record })?, detail)
}

fn finish(
    file: &CaseFile<'_>,
    record: RecordId,
    why: AssignmentKind,
    kind: &'static str,
    on: Option<NaiveDate>,
    fields: Map<String, Value>,
    told: Option<on_behalf::OnBehalf>,
) -> Result<Answer, Problem> {
    let session = file.session();
    let open = file.header.assignments.iter().any(|a| a.reference == record && a.why == why);
    let before: Option<OpenRecord> =
        file.read_records(Category::Work)?.into_iter().find(|r| r.id == record && r.kind == kind);
    let Some(before) = before.filter(|_| open) else { return Err(Kind::NotFound.into()) };
    let on = on.unwrap_or(session.today);
    let mut whole = before.fields;
    whole.extend(fields);
    let mut append = Append::new(record, Category::Work, kind, on, whole);
    append.version = before.version.saturating_add(1);
    append.on_behalf = before.on_behalf;
    let mut edit = CaseEdit::of(file);
    edit.record(append)?;
    edit.header.assignments.retain(|a| a.reference != record);
    edit.event(if why == AssignmentKind::Request { "information_reply" } else { "action_done" }, on);
    on_behalf::log(&mut edit, told.as_ref(), session)?;
    edit.finish(Reply::json(200, &Written { id: record })?, Vec::new())
}
