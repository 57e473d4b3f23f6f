//! What an agency's own people did, one by one, for whoever answers for them: the digest tells of days, this of moments.
//! It must never show another agency's people, nor lead from an entry to what the reader may not read of a case: whoever
//! opened a case at the same hour knows its name in the log, so what was changed there is told without it, and of what was
//! shown only categories that the reader may read there too.

use super::answer::{Answer, Reply};
use super::entry_pages::{List, days, is_told, told_purpose};
use super::manifest_sight::ManifestSight;
use super::read_ledger::id;
use super::registry;
use super::session::Session;
use crate::access::PanelVerb;
use crate::casework::ids::PersonId;
use crate::error::Problem;
use crate::ledger::body::Body;
use crate::ledger::entry::{DetailValue, Outcome};
use crate::store::EntryFilter;
use crate::store::rows::StoredEntry;
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;
use uuid::Uuid;

/// Readings that are everybody's daily work. The name of any other could be what is withheld.
const TOLD: [&str; 7] =
    ["openCase", "readHistory", "listCases", "readAgenda", "searchSubjects", "listReferrals", "readReferral"];

#[derive(Serialize, ToSchema)]
pub struct DoingList {
    pub entries: Vec<DoingView>,
    /// Give it as `before` for older ones; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DoingView {
    pub at: String,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub person: Option<PersonId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    pub role: Option<String>,
    /// `shown`, `changed`, `refused` or `failed`.
    pub outcome: &'static str,
    /// Of what was shown, where it was a case, a list, a search or a referral.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// `break_glass` or `earlier_history`, where it was one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<&'static str>,
    /// Cases that were shown, by their names in the ledger.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub cases: Vec<Uuid>,
    /// What was shown of them, where the reader may read it of that case too.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub categories: BTreeSet<&'static str>,
}

/// What a page asks for.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    /// The first and the last day.
    pub days: (Option<NaiveDate>, Option<NaiveDate>),
    /// One person of the agency; all of them where absent.
    pub actor: Option<&'a str>,
    pub before: Option<&'a str>,
    pub limit: Option<usize>,
}

/// # Errors
/// `invalid` for days that are missing or too many, or a cursor that is none; the policies' refusal; `integrity`.
pub fn read_doings(session: &Session<'_>, wanted: &Wanted<'_>) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ReadDigest)?;
    let agency = session.principal.agency().ok_or_else(|| Problem::internal("doings of no agency"))?;
    // The agency is the one filter more.
    let (from, until) = days(session, wanted.days, true)?;
    let filter = EntryFilter {
        panel: Some(session.panel()),
        agency: Some(agency),
        actor: id::<PersonId>(wanted.actor, "actor")?,
        from: Some(from),
        until: Some(until),
        ..EntryFilter::default()
    };
    let list = List { name: "doings", asked: &[wanted.actor], before: wanted.before, limit: wanted.limit };
    let page = list.page(session, &filter)?;
    let names = registry::names(session)?;
    let cases = page.entries.iter().flat_map(|(_, body)| body.cases.iter().map(|case| case.id)).collect();
    let sight = ManifestSight::of(session, &cases)?;
    let entries: Vec<_> = page.entries.into_iter().map(|(row, body)| doing(row, &body, &names, &sight)).collect();
    let count = DetailValue::count(entries.len());
    let reply = Reply::json(200, &DoingList { entries, next: page.next })?;
    Ok(session.show(reply, Vec::new(), vec![("count", count)]))
}

fn doing(row: StoredEntry, body: &Body, names: &BTreeMap<PersonId, String>, sight: &ManifestSight) -> DoingView {
    let told = body.outcome == Outcome::Shown && TOLD.contains(&row.operation.as_str()) && is_told(body);
    DoingView {
        at: row.at.rfc3339(),
        person: row.actor,
        display_name: row.actor.and_then(|person| names.get(&person).cloned()),
        role: row.role,
        outcome: match body.outcome {
            // Whether there was something behind the door is not told here either.
            Outcome::NotFound | Outcome::Refused => Outcome::Refused.name(),
            other => other.name(),
        },
        purpose: told_purpose(body),
        cases: if told { body.cases.iter().map(|case| case.id).collect() } else { Vec::new() },
        categories: if told { sight.shown(body).collect() } else { BTreeSet::new() },
        operation: told.then_some(row.operation),
    }
}

super::opaque!(DoingList, DoingView);
