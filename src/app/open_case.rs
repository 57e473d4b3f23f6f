//! One case as one reader may see it.
//! What is withheld must look the same whether it is there or not.

use super::answer::{Answer, Reply};
use super::case_file::CaseFile;
use super::case_records::{OpenRecord, Shown};
use super::retention_view::{RetentionView, retention_view};
use super::session::Session;
use super::support_view::{SupportView, support_view};
use crate::access::{AssignmentKind, CaseVerb, Extent, Particulars};
use crate::casework::category::{Category, Shape};
use crate::casework::deadlines::{self, Lateness};
use crate::casework::ids::{AgencyId, CaseId, RecordId, SubjectId};
use crate::casework::transitions;
use crate::casework::view::{StateView, behind_glass, view_of};
use crate::error::Problem;
use chrono::NaiveDate;
use serde::{Serialize, Serializer};
use serde_json::value::to_raw_value;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A case, redacted for its reader.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseView {
    #[schema(value_type = String, format = "uuid")]
    pub id: CaseId,
    /// Only for those who work with a person's several cases.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub subject: Option<SubjectId>,
    pub state: StateView,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<DueView>,
    /// By category name. Only what the reader may read.
    #[schema(value_type = Object)]
    pub categories: BTreeMap<&'static str, CategoryView>,
    /// Categories the reader may not read, whether or not the case has them.
    pub withheld: Vec<&'static str>,
    pub assignments: Vec<AssignmentView>,
    /// Needs and commissions, for those who may read briefs and sessions; a provider's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support: Option<SupportView>,
    /// Of a closed case, for those who decide about its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<RetentionView>,
    /// Transitions whose stage and role fit; their guards are tried when asked for.
    pub available_transitions: Vec<&'static str>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DueView {
    #[schema(value_type = String, format = Date)]
    pub on: NaiveDate,
    pub what: &'static str,
    /// For however long.
    pub overdue: bool,
    pub standing: Lateness,
    /// Whether it is the reader's role that does it.
    pub yours: bool,
}

/// Either `fields` (a category of one) or `records` (a category of many).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CategoryView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// For `If-Match`, where the reader may write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub fields: Option<Spread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<Vec<RecordView>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordView {
    #[schema(value_type = String, format = "uuid")]
    pub id: RecordId,
    pub version: u32,
    pub kind: String,
    #[schema(value_type = Option<String>, format = Date)]
    pub occurred_on: Option<NaiveDate>,
    pub recorded_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub agency: Option<AgencyId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub on_behalf_of: Option<AgencyId>,
    #[schema(value_type = Object)]
    pub fields: Spread,
    /// Evidence sealed under its own source's category, where the reader may read that too.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    pub evidence: BTreeMap<&'static str, Spread>,
}

/// Fields as the members of one object.
#[derive(Default)]
pub struct Spread(Shown);

impl Serialize for Spread {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentView {
    #[schema(value_type = String, format = "uuid")]
    pub agency: AgencyId,
    #[schema(value_type = String)]
    pub why: AssignmentKind,
    #[schema(value_type = String, format = "uuid")]
    pub reference: RecordId,
}

/// # Errors
/// `not-found`, the policies' refusal, `integrity`.
pub fn open_case(session: &Session<'_>, id: CaseId) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::OpenCase, &Particulars::default())?;
    let view = view(&file)?;
    let reply = Reply::json(200, &view)?;
    let etag = session.service.sealer.etag("case-view", &reply.body);
    Ok(session.show(reply.with_etag(etag), vec![file.disclosed()], Vec::new()))
}

/// Everything the permit names, opened and noted.
///
/// # Errors
/// `integrity`; `unavailable`.
pub fn view(file: &CaseFile<'_>) -> Result<CaseView, Problem> {
    let session = file.session();
    let mut categories = BTreeMap::new();
    for category in Category::ALL.iter().copied().filter(|category| file.can_read(*category)) {
        let shown = match category.shape() {
            Shape::Single => single(file, category)?,
            Shape::Many => many(file, category)?,
        };
        if let Some(shown) = shown {
            categories.insert(category.name(), shown);
        }
    }
    Ok(CaseView {
        id: file.id(),
        subject: (file.can_read(Category::Triage) && !session.is_behind_glass()).then_some(file.header.subject),
        state: state_view(file),
        due: due(file),
        categories,
        withheld: file.permit.withheld().map(Category::name).collect(),
        assignments: assignments(file),
        support: support_view(file),
        retention: retention_view(file),
        available_transitions: available(session, file),
    })
}

pub fn state_view(file: &CaseFile<'_>) -> StateView {
    if file.session().is_behind_glass() {
        return behind_glass(&file.header.state);
    }
    let member = file.session().principal.member();
    let reads = |category| file.can_read(category);
    member.map_or_else(StateView::default, |m| view_of(&file.header.state, m.role, file.permit.shows_tracks(), &reads))
}

/// What deadlines rest on, beside holds and the gateway: an onward referral, the section 36 decision, consent, a review, and
/// that somebody is about to be 18.
pub const DEADLINES_TELL_OF: [Category; 5] =
    [Category::Identity, Category::Triage, Category::Assessment, Category::Consent, Category::Panel];

/// A hold stops the clock, so that a deadline tells of the hold: only for those who see its kind, and who may read all else
/// that a deadline tells of.
pub fn due(file: &CaseFile<'_>) -> Option<DueView> {
    let session = file.session();
    let (state, calendar, rules) = (&file.header.state, &session.service.calendar, &session.service.rules);
    let of_sessions = deadlines::due_of_sessions(state, rules).filter(|_| file.can_read(Category::Sessions));
    let due = [deadlines::due(state, calendar, rules), of_sessions].into_iter().flatten().min();
    let due = due.filter(|_| is_told_deadlines(file))?;
    let standing = due.lateness(session.today, calendar, rules);
    let yours = session.principal.member().is_some_and(|m| due.is_for(state.stage, m.role, m.unit));
    Some(DueView { on: due.on, what: due.what, overdue: standing >= Lateness::Overdue, standing, yours })
}

/// Whether the reader may know when things are due on this case, and so how late they are.
pub fn is_told_deadlines(file: &CaseFile<'_>) -> bool {
    file.permit.shows_tracks() && DEADLINES_TELL_OF.iter().all(|category| file.can_read(*category))
}

pub(super) fn available(session: &Session<'_>, file: &CaseFile<'_>) -> Vec<&'static str> {
    // Behind a broken glass nothing is done.
    let Some(member) = session.principal.member().filter(|_| !session.is_behind_glass()) else { return Vec::new() };
    transitions::available(&file.header.state, member.role, member.unit).into_iter().map(|t| t.name).collect()
}

/// Whoever sees why a case waits sees who has a part; the others, and whoever is only asked, see their own.
fn assignments(file: &CaseFile<'_>) -> Vec<AssignmentView> {
    let all = file.permit.shows_tracks();
    let own = file.session().principal.agency();
    file.header
        .assignments
        .iter()
        .filter(|a| all || Some(a.agency) == own)
        .map(|a| AssignmentView { agency: a.agency, why: a.why, reference: a.reference })
        .collect()
}

pub(super) fn single(file: &CaseFile<'_>, category: Category) -> Result<Option<CategoryView>, Problem> {
    let whole = file.permit.reads(category) == Some(Extent::Whole);
    let written = if whole {
        file.show_single(category)?.map(Some)
    } else {
        file.read_single(category)?.map(|fields| own_part(file, category, fields)).transpose()?
    };
    let Some(fields) = written else {
        // What nobody wrote can still be written: its tag says version 0.
        return Ok(file.permit.writes(category).map(|_| CategoryView {
            version: Some(0),
            etag: Some(category_etag(file, category)),
            fields: Some(Spread::default()),
            records: None,
        }));
    };
    // That there is a plan in which one has no part is as little theirs as what it says.
    let Some(fields) = fields else { return Ok(None) };
    Ok(Some(CategoryView {
        version: whole.then(|| version(file, category)),
        etag: file.permit.writes(category).map(|_| category_etag(file, category)),
        fields: Some(Spread(fields)),
        records: None,
    }))
}

fn version(file: &CaseFile<'_>, category: Category) -> u32 {
    file.header.categories.get(&category).map_or(0, |fact| fact.version)
}

/// The strong tag of one category's version, the same for all who may write it.
pub fn category_etag(file: &CaseFile<'_>, category: Category) -> String {
    let text = format!("{}/{}/{}", file.id(), category.name(), version(file, category));
    file.session().service.sealer.etag("case-category", text.as_bytes())
}

/// Of a plan, the parts that the reader's own agency provides.
fn own_part(file: &CaseFile<'_>, category: Category, mut fields: Map<String, Value>) -> Result<Option<Shown>, Problem> {
    let own = file.session().principal.agency().map(|id| id.to_string());
    let parts: Vec<Value> = match fields.remove("support") {
        Some(Value::Array(parts)) => parts
            .into_iter()
            .filter(|part| own.is_some() && part.get("agencyId").and_then(Value::as_str) == own.as_deref())
            .collect(),
        _ => Vec::new(),
    };
    if parts.is_empty() {
        return Ok(None);
    }
    let parts = to_raw_value(&parts).map_err(|_| Problem::internal("a plan has no JSON form"))?;
    let shown = vec![("support".to_owned(), parts)];
    file.note(category, shown.iter().map(|(name, _)| name));
    Ok(Some(shown))
}

fn many(file: &CaseFile<'_>, category: Category) -> Result<Option<CategoryView>, Problem> {
    let records = file.show_records(category)?;
    if records.is_empty() {
        return Ok(None);
    }
    let records = records.into_iter().map(record_view).collect();
    Ok(Some(CategoryView { version: None, etag: None, fields: None, records: Some(records) }))
}

pub fn record_view(record: OpenRecord<Shown>) -> RecordView {
    RecordView {
        id: record.id,
        version: record.version,
        kind: record.kind,
        occurred_on: record.occurred_on,
        recorded_at: record.recorded_at.rfc3339(),
        agency: record.agency,
        on_behalf_of: record.on_behalf,
        fields: Spread(record.fields),
        evidence: record.parts.into_iter().map(|(category, fields)| (category.name(), Spread(fields))).collect(),
    }
}

super::opaque!(CaseView, DueView, CategoryView, RecordView, Spread, AssignmentView);
