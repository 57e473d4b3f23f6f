//! The access log, to those who may read it: auditors of the panel, and themselves recorded like anyone.
//! It shows process facts: who, when, what operation, which categories; never content, for no entry holds any.

use super::answer::{Answer, Reply};
use super::entry_pages::{List, days};
use super::expiries;
use super::session::Session;
use crate::access::{PanelVerb, Purpose};
use crate::casework::ids::{AgencyId, LedgerId, PersonId};
use crate::error::{Kind, Problem};
use crate::ledger::body::{Body, hex};
use crate::ledger::entry::{DetailValue, Outcome};
use crate::store::EntryFilter;
use crate::store::rows::StoredEntry;
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::value::RawValue;
use std::str::FromStr;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct EntryList {
    #[schema(value_type = Vec<Object>)]
    pub entries: Vec<EntryView>,
    /// Give it as `before` for older ones; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryView {
    /// Its place in the tree, once it has one.
    pub index: Option<i64>,
    pub leaf: String,
    pub body: Box<RawValue>,
}

/// What a page asks for, as text from the query.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    /// The first and the last day.
    pub days: (Option<NaiveDate>, Option<NaiveDate>),
    pub case: Option<&'a str>,
    pub actor: Option<&'a str>,
    pub agency: Option<&'a str>,
    pub role: Option<&'a str>,
    pub operation: Option<&'a str>,
    pub outcome: Option<&'a str>,
    pub purpose: Option<&'a str>,
    pub before: Option<&'a str>,
    pub limit: Option<usize>,
}

impl Wanted<'_> {
    /// Besides the days.
    fn filters(&self) -> [Option<&str>; 7] {
        [self.case, self.actor, self.agency, self.role, self.operation, self.outcome, self.purpose]
    }
}

/// # Errors
/// `invalid` for a filter that is none, or where days or a filter besides them are missing; the policies' refusal.
pub fn read_ledger(session: &Session<'_>, wanted: &Wanted<'_>) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ReadLedger)?;
    // Whoever asks for everything looks for nothing: an auditor says what the question is, and the entry of it says so too.
    let one_more = wanted.filters().iter().any(Option::is_some);
    let (from, until) = days(session, wanted.days, one_more)?;
    let filter = EntryFilter {
        panel: Some(session.panel()),
        case: id::<LedgerId>(wanted.case, "case")?,
        actor: id::<PersonId>(wanted.actor, "actor")?,
        agency: id::<AgencyId>(wanted.agency, "agency")?,
        role: code(wanted.role, "role")?,
        operation: wanted.operation.map(str::to_owned),
        outcome: code(wanted.outcome, "outcome")?.map(Outcome::name),
        purpose: code(wanted.purpose, "purpose")?.map(Purpose::name),
        from: Some(from),
        until: Some(until),
        ..EntryFilter::default()
    };
    let list = List { name: "ledger", asked: &wanted.filters(), before: wanted.before, limit: wanted.limit };
    let page = list.page(session, &filter)?;
    let entries = page
        .entries
        .into_iter()
        .map(|(row, _)| {
            let body = RawValue::from_string(row.body).map_err(|_| Problem::from(Kind::Integrity))?;
            Ok(EntryView { index: row.seq, leaf: hex(&row.leaf), body })
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    let count = DetailValue::count(entries.len());
    let reply = Reply::json(200, &EntryList { entries, next: page.next })?;
    Ok(session.show(reply, Vec::new(), vec![("count", count)]))
}

/// The body, if it is the one that its leaf commits to and of the reader's own panel: the columns are copies for queries.
pub(super) fn committed(session: &Session<'_>, row: &StoredEntry) -> Result<Body<'static>, Problem> {
    match expiries::committed(row) {
        Some(body) if body.panel == Some(session.panel().0) => Ok(body.into_owned()),
        _ => {
            tracing::error!(entry = row.id, "an entry is not the one that was committed");
            Err(Kind::Integrity.into())
        }
    }
}

fn code<T: FromStr>(text: Option<&str>, name: &'static str) -> Result<Option<T>, Problem> {
    let bad =
        |_| Problem::field(Kind::Invalid, name, "unknown_code", "must be one of the codes of the API's description");
    text.map(|text| text.parse().map_err(bad)).transpose()
}

pub(super) fn id<T: FromStr>(text: Option<&str>, name: &'static str) -> Result<Option<T>, Problem> {
    let bad = || Problem::field(Kind::Invalid, name, "not_an_id", "must be an identifier");
    text.map(|t| T::from_str(t).map_err(|_| bad())).transpose()
}

#[derive(Serialize, ToSchema)]
pub struct CheckpointView {
    /// The signed note (C2SP tlog-checkpoint); absent before the first.
    pub checkpoint: Option<String>,
}

/// The newest checkpoint that counts: not secret, and read by right all the same while there is no public road.
///
/// # Errors
/// The policies' refusal.
pub fn read_checkpoint(session: &Session<'_>) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ReadLedger)?;
    let checkpoint = session.reader().latest_published(session.service.published)?.map(|row| row.note);
    Ok(session.show(Reply::json(200, &CheckpointView { checkpoint })?, Vec::new(), Vec::new()))
}

super::opaque!(EntryList, EntryView, CheckpointView);
