//! The cases before a meeting, and what one reader is shown of each.
//! A case that the policies keep from the reader must leave no trace: not in the count, not in the order.

use super::MeetingFacts;
use crate::access::{AgendaItem, Authentic, CaseVerb, Header, PanelVerb, Particulars, Settled};
use crate::app::case_file::{CaseFile, believe_by};
use crate::app::link_cases::visible_history;
use crate::app::list_cases::name;
use crate::app::open_case::{CategoryView, DueView, RecordView, available, due, record_view, single, state_view};
use crate::app::read_history::{EventView, event_view, may_see};
use crate::app::session::Session;
use crate::casework::agenda::Reason;
use crate::casework::category::Category;
use crate::casework::ids::{CaseId, RecordId};
use crate::casework::transitions;
use crate::casework::view::StateView;
use crate::clock::Moment;
use crate::error::{Kind, Problem};
use crate::seal::Fields;
use crate::store::rows::CaseRow;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A case that is on an agenda.
pub struct Before {
    pub row: CaseRow,
    pub header: Authentic<Header>,
    /// Whether this reader may know of it.
    pub seen: bool,
}

/// One case of an agenda, as one reader sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgendaLine {
    #[schema(value_type = String, format = "uuid")]
    pub item: RecordId,
    #[schema(value_type = String, format = "uuid")]
    pub case: CaseId,
    /// Why it is here; those of which the reader may know.
    pub reasons: Vec<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub state: StateView,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<DueView>,
    /// By category: the concern, what the agencies wrote for the others, the plan, the visit alert.
    #[schema(value_type = Object)]
    pub summary: BTreeMap<&'static str, CategoryView>,
    /// What happened since the last monthly meeting began, as far as the reader may know.
    pub since_last: Vec<EventView>,
    /// Decisions that the reader could record here now, if their guards are met.
    pub decisions_open: Vec<&'static str>,
    /// What the panel decided of it at this meeting and before, the newest last.
    pub decisions: Vec<RecordView>,
    /// Actions that are owed.
    pub actions: Vec<RecordView>,
    /// Assessments, oldest first: when, and how each factor was rated.
    pub assessments: Vec<AssessmentPoint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settled>,
    /// Items of linked cases that are heard with this one; those whose link the reader may know.
    #[schema(value_type = Vec<String>)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub heard_with: Vec<RecordId>,
}

/// One assessment of several: what a trend is read from.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssessmentPoint {
    #[schema(value_type = String, format = Date)]
    pub on: Option<chrono::NaiveDate>,
    /// So many factors of each rating; empty for an assessment held elsewhere.
    #[schema(value_type = Object)]
    pub ratings: BTreeMap<String, u32>,
    pub conclusion: Option<String>,
}

crate::app::opaque!(Before, AgendaLine, AssessmentPoint);

const SUMMARY: [Category; 7] = [
    Category::Concern,
    Category::SocialCareSummary,
    Category::HealthSummary,
    Category::EducationSummary,
    Category::Plan,
    Category::Safety,
    Category::Contact,
];

/// The rows of the cases that a meeting's facts name. Its rows in the table of items are for queries, and whoever owns that
/// could take one out: what is missing there is alarmed, and looked for by itself. What is nowhere any more was erased.
///
/// # Errors
/// `unavailable`.
pub fn rows(session: &Session<'_>, meeting: &MeetingFacts) -> Result<Vec<CaseRow>, Problem> {
    let mut rows = session.reader().cases_of_meeting(meeting.id)?;
    rows.retain(|row| meeting.item_of(row.id).is_some());
    let found: BTreeSet<CaseId> = rows.iter().map(|row| row.id).collect();
    for item in meeting.items.iter().filter(|item| !found.contains(&item.case)) {
        if let Some(row) = session.reader().case_by_id(item.case)? {
            tracing::error!(case = %row.ledger_id, meeting = %meeting.id, "a case was taken off an agenda's table");
            rows.push(row);
        }
    }
    Ok(rows)
}

/// The cases of a meeting in no order; one that cannot be believed is alarmed and left out.
///
/// # Errors
/// `unavailable`.
pub fn before(session: &Session<'_>, meeting: &MeetingFacts) -> Result<Vec<Before>, Problem> {
    let rows = rows(session, meeting)?;
    let mut found = Vec::with_capacity(rows.len());
    let belief = session.belief.remembering();
    for row in rows {
        let Ok((row, header)) = believe_by(&belief, row) else { continue };
        let listed = session.evaluator.case(CaseVerb::ListCase, &header, &Particulars::default()).allowed();
        // A closed one comes for assurance: that it was closed, and how, to whoever could open it for its history.
        let seen = listed || (!header.state.stage.is_open() && visible_history(session, header.clone()).is_some());
        found.push(Before { row, header, seen });
    }
    Ok(found)
}

/// The cases that people said belong with this one.
pub fn linked_with(header: &Header) -> BTreeSet<CaseId> {
    header.links.iter().map(|link| link.case).collect()
}

/// # Errors
/// `integrity`; `unavailable`.
pub fn line(
    file: &CaseFile<'_>,
    meeting: &MeetingFacts,
    item: &AgendaItem,
    since: Option<Moment>,
) -> Result<AgendaLine, Problem> {
    let closed = !file.header.state.stage.is_open();
    let session = file.session();
    let holds = || session.evaluator.panel(PanelVerb::HoldMeetings, session.panel()).allowed();
    // For assurance those who hold meetings are told how a case was closed; why it came before, only whoever may read of that.
    let told = |reason: &Reason| {
        reason.tells_of().iter().all(|category| file.can_read(*category)) || closed && reason.assures() && holds()
    };
    let mut summary = BTreeMap::new();
    for category in SUMMARY.into_iter().filter(|category| file.can_read(*category)) {
        // Of what nobody has written there is nothing to hear.
        if let Some(view) = single(file, category)?.filter(|view| view.version != Some(0)) {
            summary.insert(category.name(), view);
        }
    }
    let decisions_open = if closed { Vec::new() } else { decisions_open(file, meeting) };
    Ok(AgendaLine {
        item: item.item,
        case: file.id(),
        reasons: item.reasons.iter().copied().filter(told).collect(),
        name: forgiving(name(file))?,
        state: state_view(file),
        due: due(file),
        summary,
        since_last: since_last(file, since)?,
        decisions_open,
        decisions: records(file, Category::Panel, |kind| kind == "decision")?,
        actions: actions(file)?,
        assessments: assessments(file)?,
        settled: item.settled.filter(|_| file.can_read(Category::Panel)),
        heard_with: Vec::new(),
    })
}

/// A name that was tampered with is alarmed; the case stays on the agenda, for somebody must look.
fn forgiving(name: Result<Option<String>, Problem>) -> Result<Option<String>, Problem> {
    match name {
        Err(Problem { kind: Kind::Integrity, .. }) => Ok(None),
        other => other,
    }
}

fn since_last(file: &CaseFile<'_>, since: Option<Moment>) -> Result<Vec<EventView>, Problem> {
    let mut views = Vec::new();
    for event in file.events()? {
        if since.is_none_or(|since| event.recorded_at > since) && may_see(file, &event)? {
            views.push(event_view(event));
        }
    }
    Ok(views)
}

fn decisions_open(file: &CaseFile<'_>, meeting: &MeetingFacts) -> Vec<&'static str> {
    let decided = file.header.state.decision.and_then(|decision| decision.meeting) == Some(meeting.id);
    let offered = available(file.session(), file).into_iter();
    offered.filter(|name| !decided && transitions::find(name).is_some_and(|t| t.decision)).collect()
}

fn records(file: &CaseFile<'_>, category: Category, of: fn(&str) -> bool) -> Result<Vec<RecordView>, Problem> {
    if !file.can_read(category) {
        return Ok(Vec::new());
    }
    Ok(file.show_records_where(category, |record| of(&record.kind))?.into_iter().map(record_view).collect())
}

fn actions(file: &CaseFile<'_>) -> Result<Vec<RecordView>, Problem> {
    if !file.can_read(Category::Work) {
        return Ok(Vec::new());
    }
    let open = |id: RecordId| file.header.assignments.iter().any(|a| a.reference == id);
    let found = file.show_records_where(Category::Work, |record| record.kind == "action" && open(record.record))?;
    Ok(found.into_iter().map(record_view).collect())
}

fn assessments(file: &CaseFile<'_>) -> Result<Vec<AssessmentPoint>, Problem> {
    if !file.can_read(Category::Assessment) {
        return Ok(Vec::new());
    }
    let found = file.show_fields(Category::Assessment, &RATED, |record| record.kind == "assessment")?;
    Ok(found.iter().map(|(on, fields)| point(*on, fields)).collect())
}

/// The fields of an assessment that say how it was rated: held here, or elsewhere.
const RATED: [&str; 2] = ["full", "heldElsewhere"];

/// Of one of them, what a trend is drawn from.
#[derive(Deserialize, Default)]
struct Rated {
    #[serde(default)]
    factors: Vec<Rating>,
    conclusion: Option<String>,
}

#[derive(Deserialize)]
struct Rating {
    rating: Option<String>,
}

fn point(on: Option<chrono::NaiveDate>, fields: &Fields<Option<Rated>>) -> AssessmentPoint {
    let rated = fields.iter().find_map(|(_, rated)| rated.as_ref());
    let mut ratings: BTreeMap<String, u32> = BTreeMap::new();
    for rating in rated.iter().flat_map(|rated| &rated.factors).filter_map(|factor| factor.rating.as_ref()) {
        let count = ratings.entry(rating.clone()).or_default();
        *count = count.saturating_add(1);
    }
    AssessmentPoint { on, ratings, conclusion: rated.and_then(|rated| rated.conclusion.clone()) }
}
