//! The access log, to those who may read it: auditors of the panel, and themselves recorded like anyone.
//! It shows process facts: who, when, what operation, which categories; never content, for no entry holds any.

use super::answer::{Answer, Reply};
use super::session::Session;
use crate::access::{PanelVerb, Purpose};
use crate::casework::ids::{AgencyId, LedgerId, PersonId};
use crate::error::{Kind, Problem};
use crate::ledger::body::Body;
use crate::ledger::entry::{DetailValue, leaf_hash};
use crate::store::rows::StoredEntry;
use crate::store::{EntryFilter, EntryPage};
use serde::Serialize;
use serde_json::value::RawValue;
use std::str::FromStr;
use utoipa::ToSchema;

pub const MOST: usize = 200;

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
    pub case: Option<&'a str>,
    pub actor: Option<&'a str>,
    pub agency: Option<&'a str>,
    pub operation: Option<&'a str>,
    pub purpose: Option<&'a str>,
    pub before: Option<&'a str>,
    pub limit: Option<usize>,
}

/// # Errors
/// `invalid` for a filter that is none; the policies' refusal.
pub fn read_ledger(session: &Session<'_>, wanted: &Wanted<'_>) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ReadLedger)?;
    let limit = wanted.limit.unwrap_or(50).min(MOST);
    let filter = EntryFilter {
        panel: Some(session.panel()),
        case: id::<LedgerId>(wanted.case, "case")?,
        actor: id::<PersonId>(wanted.actor, "actor")?,
        agency: id::<AgencyId>(wanted.agency, "agency")?,
        operation: wanted.operation.map(str::to_owned),
        purpose: wanted.purpose.map(purpose).transpose()?,
        ..EntryFilter::default()
    };
    let before = wanted.before.map(|token| open_cursor(session, "ledger", token)).transpose()?;
    let page = EntryPage { before, limit: i64::try_from(limit).unwrap_or(50) };
    let rows = session.reader().entries(&filter, page)?;
    let next = match rows.last() {
        Some(last) if rows.len() == limit => Some(session.service.sealer.seal_token("ledger", &last.id.to_be_bytes())?),
        _ => None,
    };
    let entries = rows
        .into_iter()
        .map(|row| {
            committed(session, &row)?;
            let body = RawValue::from_string(row.body.clone()).map_err(|_| Problem::from(Kind::Integrity))?;
            Ok(EntryView { index: row.seq, leaf: super::case_file::hex(&row.leaf), body })
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    let count = DetailValue::count(entries.len());
    Ok(session.show(Reply::json(200, &EntryList { entries, next })?, Vec::new(), vec![("count", count)]))
}

/// The body, if it is the one that its leaf commits to and of the reader's own panel: the columns are copies for queries.
pub(super) fn committed(session: &Session<'_>, row: &StoredEntry) -> Result<Body, Problem> {
    let sound = leaf_hash(&row.salt, row.body.as_bytes()) == row.leaf;
    match Body::parse(&row.body) {
        Ok(body) if sound && body.panel == Some(session.panel().0) => Ok(body),
        _ => {
            tracing::error!(entry = row.id, "an entry is not the one that was committed");
            Err(Kind::Integrity.into())
        }
    }
}

fn purpose(text: &str) -> Result<&'static str, Problem> {
    let bad = || Problem::field(Kind::Invalid, "purpose", "unknown_code", "must be one of the purposes of access");
    text.parse().map(Purpose::name).map_err(|()| bad())
}

fn id<T: FromStr>(text: Option<&str>, name: &'static str) -> Result<Option<T>, Problem> {
    let bad = || Problem::field(Kind::Invalid, name, "not_an_id", "must be an identifier");
    text.map(|t| T::from_str(t).map_err(|_| bad())).transpose()
}

/// The entry before which a page begins, of a list with cursors under `label`.
pub(super) fn open_cursor(session: &Session<'_>, label: &str, token: &str) -> Result<i64, Problem> {
    let bad = || Problem::field(Kind::Invalid, "before", "not_a_cursor", "give the `next` of the page before");
    let bytes = session.service.sealer.open_token(label, token).map_err(|_| bad())?;
    bytes.as_slice().try_into().map(i64::from_be_bytes).map_err(|_| bad())
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
