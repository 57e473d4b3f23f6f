//! Who opened a case, for the chair it has come to.
//! It must never show a category that the chair may not read, nor a reading whose very name or purpose would tell what is
//! withheld from them: that a complaint is looked into, that records weigh an erasure, how often somebody changed something.

use super::answer::{Answer, Reply};
use super::case_file::CaseFile;
use super::entry_pages::{List, told_purpose};
use super::manifest_sight::categories_read;
use super::registry;
use super::session::Session;
use crate::access::{CaseVerb, Particulars};
use crate::casework::ids::{AgencyId, CaseId, PersonId};
use crate::error::Problem;
use crate::ledger::body::Body;
use crate::ledger::entry::{DetailValue, Outcome};
use crate::store::EntryFilter;
use crate::store::rows::StoredEntry;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Readings of a case as a whole, by itself or on an agenda. What is entered of a change stands in its history, for those who may
/// see it there.
const OPENED: [&str; 3] = ["openCase", "readHistory", "readAgenda"];

#[derive(Serialize, ToSchema)]
pub struct AccessList {
    pub accesses: Vec<AccessView>,
    /// Give it as `before` for older ones; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessView {
    pub at: String,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub person: Option<PersonId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub agency: Option<AgencyId>,
    pub role: Option<String>,
    /// `openCase`, `readHistory` or `readAgenda`.
    pub operation: String,
    /// `break_glass` or `earlier_history`, where it was one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<&'static str>,
    /// What was shown, of the categories that the chair may read too.
    pub categories: BTreeSet<&'static str>,
}

/// # Errors
/// `not-found`; `invalid` for a cursor that is none; the policies' refusal; `integrity`.
pub fn read_accesses(
    session: &Session<'_>,
    id: CaseId,
    before: Option<&str>,
    limit: Option<usize>,
) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::ReadAccesses, &Particulars::default())?;
    let filter = EntryFilter {
        panel: Some(session.panel()),
        case: Some(file.header.ledger_id),
        operations: Some(&OPENED),
        outcome: Some(Outcome::Shown.name()),
        ..EntryFilter::default()
    };
    let case = id.to_string();
    let list = List { name: "accesses", asked: &[Some(&case)], before, limit };
    let page = list.page(session, &filter)?;
    let names = registry::names(session)?;
    let accesses: Vec<_> = page.entries.into_iter().map(|(row, body)| access(&file, row, &body, &names)).collect();
    let count = DetailValue::count(accesses.len());
    let reply = Reply::json(200, &AccessList { accesses, next: page.next })?;
    Ok(session.show(reply, vec![file.disclosed()], vec![("count", count)]))
}

fn access(file: &CaseFile<'_>, row: StoredEntry, body: &Body, names: &BTreeMap<PersonId, String>) -> AccessView {
    let own = file.header.ledger_id.0;
    let of_it = body.cases.iter().zip(&body.manifest).filter(|(case, _)| case.id == own);
    AccessView {
        at: row.at.rfc3339(),
        person: row.actor,
        display_name: row.actor.and_then(|person| names.get(&person).cloned()),
        agency: row.agency,
        role: row.role,
        operation: row.operation,
        purpose: told_purpose(body),
        categories: of_it.flat_map(|(_, manifest)| categories_read(&file.permit, manifest)).collect(),
    }
}

super::opaque!(AccessList, AccessView);
