//! Amending a category: the new whole is validated, sealed as the next version, and every version is kept.
//! Nobody may write over what they did not read: `If-Match` names the version amended.

use super::answer::{Answer, Reply};
use super::case_edit::CaseEdit;
use super::case_file::CaseFile;
use super::on_behalf;
use super::open_case::category_etag;
use super::session::{Session, refuse_unless};
use super::work::known_agency;
use crate::access::{Assignment, AssignmentKind, CaseVerb, Particulars};
use crate::casework::categories;
use crate::casework::category::{Category, Shape};
use crate::casework::fields::Context;
use crate::casework::ids::{AgencyId, CaseId, RecordId};
use crate::casework::intake::on_behalf::OnBehalfOf;
use crate::error::{Kind, Problem};
use crate::ledger::entry::DetailValue;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::str::FromStr;
use utoipa::ToSchema;

/// A change to a category, with its reason.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Amendment {
    /// List `amendment_reason`.
    pub reason: String,
    /// JSON merge patch (RFC 7396) of the category's fields.
    #[schema(value_type = Object)]
    pub fields: Value,
    /// Keyed for the agency that said it; never for its detail.
    #[serde(default)]
    pub on_behalf_of: Option<OnBehalfOf>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Amended {
    /// Both for those who may read what they wrote: to anyone else the number would tell that somebody wrote before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
}

impl Amended {
    /// # Errors
    /// `internal`.
    pub fn reply(file: &CaseFile<'_>, edit: &CaseEdit<'_, '_>, category: Category) -> Result<Reply, Problem> {
        if !file.can_read(category) {
            return Reply::json(200, &Self { version: None, etag: None });
        }
        let version = edit.header.categories.get(&category).map_or(0, |fact| fact.version);
        let text = format!("{}/{}/{version}", file.id(), category.name());
        let etag = file.session().service.sealer.etag("case-category", text.as_bytes());
        Ok(Reply::json(200, &Self { version: Some(version), etag: Some(etag.clone()) })?.with_etag(etag))
    }
}

/// # Errors
/// `precondition-required`, `precondition-failed`, the category's own rules, the policies' refusal.
pub fn amend_category(
    session: &Session<'_>,
    id: CaseId,
    category: Category,
    if_match: Option<&str>,
    amendment: &Amendment,
) -> Result<Answer, Problem> {
    let particulars = Particulars { on_behalf: amendment.on_behalf_of.is_some(), ..Particulars::default() };
    let file = CaseFile::open(session, id, CaseVerb::OpenCase, &Particulars::default())?;
    refuse_unless(&session.evaluator.may_write(category, &file.header, &particulars))?;
    if category == Category::Plan {
        return Err(Problem::field(
            Kind::Conflict,
            "",
            "by_transition",
            "a plan is written by the transition write_plan",
        ));
    }
    // An agency that is only asked may answer with its own words, and does not read the case: whether its amendment fits what
    // is there would tell it that something is.
    if !file.can_read(category) {
        return Err(Problem::field(Kind::NotAllowed, "", "not_read", "what you may not read you may not amend"));
    }
    let told = on_behalf::check(session, amendment.on_behalf_of.as_ref())?;
    let reason = reason(session, &amendment.reason)?;
    if category.shape() == Shape::Single && !category.is_summary() {
        matches_version(&file, category, if_match)?;
    }
    // Records have no single map: looking for one would take the records for tampering and close the case.
    let current = match category.shape() {
        Shape::Single => file.read_single(category)?.unwrap_or_default(),
        Shape::Many => Map::new(),
    };
    let context = Context { today: session.today, on: session.today };
    let whole = categories::amend(category, &current, &amendment.fields, &context)?;
    let mut edit = CaseEdit::of(&file);
    edit.single(category, &whole)?;
    edit.event_about("amended", category, session.today);
    on_behalf::log(&mut edit, told.as_ref(), session)?;
    let reply = Amended::reply(&file, &edit, category)?;
    let detail = vec![
        ("category", DetailValue::Code(category.name())),
        ("reason_code", DetailValue::Code(reason)),
        ("on_behalf", DetailValue::Code(if told.is_some() { "yes" } else { "no" })),
    ];
    edit.finish(reply, detail)
}

fn reason(session: &Session<'_>, code: &str) -> Result<&'static str, Problem> {
    let list = crate::casework::codes::list("amendment_reason")
        .ok_or_else(|| Problem::internal("no list of amendment reasons"))?;
    list.in_force(session.today).find(|known| known.code == code).map(|known| known.code.as_str()).ok_or_else(|| {
        Problem::field(Kind::Invalid, "/reason", "unknown_code", "must be a code of the list amendment_reason")
    })
}

fn matches_version(file: &CaseFile<'_>, category: Category, if_match: Option<&str>) -> Result<(), Problem> {
    let given = if_match.ok_or_else(|| {
        Problem::field(
            Kind::PreconditionRequired,
            "If-Match",
            "required",
            "send the category's etag, so that nobody's change is lost",
        )
    })?;
    let ours = category_etag(file, category);
    // A list of tags or `*` would say "whatever is there", which is what this is to prevent.
    // An ETag is not a secret: it names a version that this reader was shown.
    if given.trim().trim_matches('"') == ours { Ok(()) } else { Err(Kind::PreconditionFailed.into()) }
}

/// A part in the plan is an assignment: whoever is to do something must see the case, and no longer than that.
///
/// # Errors
/// `invalid` for an agency that is not of this panel.
pub fn assign_by_plan(
    edit: &mut CaseEdit<'_, '_>,
    session: &Session<'_>,
    plan: &Map<String, Value>,
) -> Result<(), Problem> {
    let parts = plan.get("support").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut agencies = BTreeSet::new();
    for (index, part) in parts.iter().enumerate() {
        if let Some(agency) = part.get("agencyId").and_then(Value::as_str).and_then(|id| AgencyId::from_str(id).ok()) {
            agencies.insert(known_agency(session, Some(agency), &format!("/content/support/{index}/agencyId"))?);
        }
    }
    let reference = RecordId(edit.header.case.0);
    edit.header.assignments.retain(|a| a.why != AssignmentKind::Plan);
    edit.header.assignments.extend(agencies.into_iter().map(|agency| Assignment {
        agency,
        why: AssignmentKind::Plan,
        reference,
    }));
    Ok(())
}

impl std::fmt::Debug for Amendment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Amendment")
    }
}

super::opaque!(Amended);
