//! What happened to a case, and every version of what this reader may read.
//! An event whose content the reader may not read must not be there: that it happened may be what is withheld.

use super::answer::{Answer, Reply};
use super::case_file::CaseFile;
use super::session::Session;
use super::vouched::Version;
use crate::access::{Authentic, CaseVerb, Extent, Header, Particulars};
use crate::casework::category::{Category, Shape};
use crate::casework::ids::{AgencyId, CaseId};
use crate::casework::transitions;
use crate::casework::view::sees_kind;
use crate::error::Problem;
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
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
    let events = file
        .events()?
        .into_iter()
        .filter(|event| may_see(&file, &event.name))
        .map(|event| EventView {
            occurred_on: event.occurred_on,
            recorded_at: event.recorded_at.rfc3339(),
            agency: event.agency,
            role: event.role.map(|role| role.name()),
            name: event.name,
        })
        .collect();
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

/// A step of the table is seen by whoever may read what it wrote; of holds and the gateway, by those who see their kind.
/// An amendment does not say of what: only those who see the whole case are shown that there was one.
fn may_see(file: &CaseFile<'_>, name: &str) -> bool {
    let insider = file.session().principal.member().is_some_and(|m| sees_kind(m.role));
    match transitions::find(name) {
        Some(t) => {
            let targets = t.writes.targets();
            let reads = targets.iter().any(|(category, _)| file.permit.reads(*category) == Some(Extent::Whole));
            let own_kind = name.starts_with("gateway_")
                || name.contains("hold")
                || name.contains("contact")
                || name.contains("police");
            if own_kind { insider } else { insider || reads }
        }
        None => insider || name == "referred",
    }
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
