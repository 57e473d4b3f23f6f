//! What happened to a case, and every version of what this reader may read.
//! An event whose content the reader may not read must not be there: that it happened may be what is withheld.

use super::answer::{Answer, Reply};
use super::case_edit::{ESCALATED, ESCALATION_ENDED};
use super::case_file::{CaseFile, believe};
use super::link_cases::visible_history;
use super::open_case::is_told_deadlines;
use super::session::Session;
use super::vouched::Version;
use crate::access::{Authentic, CaseVerb, Extent, Header, Particulars};
use crate::casework::category::{Category, Shape};
use crate::casework::effects::ending::kept_in;
use crate::casework::ids::{AgencyId, CaseId};
use crate::casework::transitions;
use crate::error::Problem;
use crate::store::rows::EventRow;
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::str::FromStr;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct History {
    pub events: Vec<EventView>,
    /// By category: every version, oldest first, of the categories of one map that the reader may read whole.
    #[schema(value_type = Object)]
    pub versions: BTreeMap<&'static str, Vec<VersionView>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    pub name: String,
    /// The category, or the other case, that it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    #[schema(value_type = String, format = Date)]
    pub occurred_on: NaiveDate,
    pub recorded_at: String,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub agency: Option<AgencyId>,
    pub role: Option<&'static str>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionView {
    pub version: u32,
    pub recorded_at: String,
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
}

/// # Errors
/// `not-found`, the policies' refusal, `integrity`.
pub fn read_history(session: &Session<'_>, id: CaseId) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::ReadHistory, &Particulars::default())?;
    let mut events = Vec::new();
    for event in file.events()? {
        if may_see(&file, &event)? {
            events.push(event_view(event));
        }
    }
    let headers = file.headers()?;
    let mut versions = BTreeMap::new();
    for category in Category::ALL.iter().copied().filter(|c| c.shape() == Shape::Single) {
        if file.permit.reads(category) == Some(Extent::Whole) {
            let known = versions_of(&file, category, &headers)?;
            if !known.is_empty() {
                versions.insert(category.name(), known);
            }
        }
    }
    let reply = Reply::json(200, &History { events, versions })?;
    Ok(session.show(reply, vec![file.disclosed()], Vec::new()))
}

pub(super) fn event_view(event: EventRow) -> EventView {
    let (name, about) = match event.name.split_once('/') {
        Some((name, about)) => (name.to_owned(), Some(about.to_owned())),
        None => (event.name, None),
    };
    EventView {
        name,
        about,
        occurred_on: event.occurred_on,
        recorded_at: event.recorded_at.rfc3339(),
        agency: event.agency,
        role: event.role.map(|role| role.name()),
    }
}

/// A step of the table is seen by whoever may read what it wrote; of holds and the gateway, by those who see their kind.
/// What is about a category or another case is seen by whoever may read that, and by nobody else.
pub(super) fn may_see(file: &CaseFile<'_>, event: &EventRow) -> Result<bool, Problem> {
    let insider = file.permit.shows_tracks();
    let reads = |category: Category| file.permit.reads(category) == Some(Extent::Whole);
    if let Some((_, about)) = event.name.split_once('/') {
        return match Category::ALL.iter().find(|category| category.name() == about) {
            Some(category) => Ok(reads(*category)),
            None => Ok(insider && knows(file, about)?),
        };
    }
    Ok(match (transitions::find(&event.name), event.role) {
        (Some(t), Some(role)) if t.name == "correct" => reads(kept_in(role)),
        (Some(t), _) if insider && is_of_a_kind(t.name) => true,
        (Some(t), _) => {
            let targets = t.writes.targets();
            (insider && targets.is_empty()) || targets.iter().any(|(category, _)| reads(*category))
        }
        (None, _) if event.name == ESCALATED || event.name == ESCALATION_ENDED => is_told_deadlines(file),
        (None, _) => insider || event.name == "referred",
    })
}

/// Steps that tell of a hold, of the gateway or of what police have asked.
fn is_of_a_kind(name: &str) -> bool {
    name.starts_with("gateway_") || name.contains("hold") || name.contains("contact") || name.contains("police")
}

fn knows(file: &CaseFile<'_>, other: &str) -> Result<bool, Problem> {
    let Ok(id) = CaseId::from_str(other) else { return Ok(false) };
    let session = file.session();
    let Some(row) = session.reader().case_by_id(id)? else { return Ok(false) };
    let (_, header) = believe(session, row)?;
    Ok(visible_history(session, header).is_some())
}

fn versions_of(
    file: &CaseFile<'_>,
    category: Category,
    headers: &[Authentic<Header>],
) -> Result<Vec<VersionView>, Problem> {
    let keyring = file.keyring()?;
    let mut views = Vec::new();
    for Version { row, sealed, recorded_at } in file.versions(category, headers)? {
        let fields = keyring.open_map(&file.place(category, file.id().0, row.version), &sealed)?;
        file.note(category, fields.keys());
        views.push(VersionView { version: row.version, recorded_at: recorded_at.rfc3339(), fields });
    }
    Ok(views)
}

super::opaque!(History, EventView, VersionView);
