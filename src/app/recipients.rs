//! Which agencies were shown or given something of a case, so that its erasure can be passed on to them.
//! From what is authentic alone: every header the case has had, and the log's own entries, each against its leaf.

use super::answer::{Answer, Reply};
use super::batches::in_batches;
use super::case_file::CaseFile;
use super::read_ledger::committed;
use super::session::Session;
use crate::access::{AssignmentKind, CaseVerb, Particulars};
use crate::casework::category::Category;
use crate::casework::ids::{AgencyId, CaseId};
use crate::error::Problem;
use crate::ledger::body::{Body, BodyActor};
use crate::ledger::entry::Outcome;
use crate::store::{EntryFilter, EntryPage};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recipients {
    pub recipients: Vec<RecipientView>,
    /// Of each summary that was written for others: for which kinds of agency.
    #[schema(value_type = Object)]
    pub written_for: BTreeMap<&'static str, Vec<String>>,
    /// Who is none of the service's agencies and was given it: by a transfer, or as a contact that was theirs.
    pub elsewhere: Vec<ElsewhereView>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ElsewhereView {
    /// In the words of whoever gave it.
    pub to: String,
    /// What was released; none where the contact itself went.
    pub released: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecipientView {
    #[schema(value_type = String, format = "uuid")]
    pub agency: AgencyId,
    /// What its people were shown, as the log has it.
    pub shown: BTreeSet<String>,
    /// Through what it had a part: `request`, `action`, `plan`, `named_lead`, `invited`, `commission`.
    pub parts: BTreeSet<&'static str>,
}

/// What one agency had of a case.
#[derive(Debug, Default)]
pub struct Had {
    pub shown: BTreeSet<String>,
    pub parts: BTreeSet<&'static str>,
}

/// # Errors
/// `not-found`, the policies' refusal, `integrity`.
pub fn read_recipients(session: &Session<'_>, id: CaseId) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::ReadRecipients, &Particulars::default())?;
    let mut written_for = BTreeMap::new();
    for category in Category::ALL.iter().copied().filter(|category| category.is_summary() && file.can_read(*category)) {
        let Some(map) = file.read_single(category)? else { continue };
        let Some(kinds) = map.get("recipients").and_then(Value::as_array) else { continue };
        file.note(category, std::iter::once(&"recipients".to_owned()));
        written_for.insert(category.name(), kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    }
    let elsewhere = elsewhere(&file)?;
    let recipients =
        of(&file)?.into_iter().map(|(agency, Had { shown, parts })| RecipientView { agency, shown, parts }).collect();
    let reply = Reply::json(200, &Recipients { recipients, written_for, elsewhere })?;
    Ok(session.show(reply, vec![file.disclosed()], Vec::new()))
}

/// By record kind: where it says to whom, and what.
const GIVEN: [(Category, &str, &str); 2] =
    [(Category::Panel, "transfer_offered", "receivingPanel"), (Category::Triage, "onward_referral", "ownerName")];

/// An offer counts whether it was taken or not: what was released with it is there.
fn elsewhere(file: &CaseFile<'_>) -> Result<Vec<ElsewhereView>, Problem> {
    let mut found = Vec::new();
    for (category, kind, to) in GIVEN {
        let records = file.read_records(category)?;
        for record in records.iter().filter(|record| record.kind == kind) {
            let Some(name) = record.fields.get(to).and_then(Value::as_str) else { continue };
            let released = record.fields.get("released").and_then(Value::as_array);
            let released = released.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
            file.note(category, [to.to_owned(), "released".to_owned()].iter());
            found.push(ElsewhereView { to: name.to_owned(), released });
        }
    }
    Ok(found)
}

/// By agency. The name that stands in a list is not followed: whoever has a case in a list has a part in it.
///
/// # Errors
/// `integrity` where a header or an entry is not the one that was written; `unavailable`.
pub fn of(file: &CaseFile<'_>) -> Result<BTreeMap<AgencyId, Had>, Problem> {
    let mut had: BTreeMap<AgencyId, Had> = BTreeMap::new();
    let headers = file.headers()?;
    // Nobody was shown a case before there was one; a day for clocks that differ.
    let from = headers.first().map(|first| first.recorded_at.plus_seconds(-24 * 60 * 60));
    for header in headers {
        for assignment in &header.assignments {
            had.entry(assignment.agency).or_default().parts.insert(part(assignment.why));
        }
        for agency in header.listings.iter().filter_map(|listing| listing.agency) {
            had.entry(agency).or_default().parts.insert("invited");
        }
        for commission in &header.commissions {
            had.entry(commission.agency).or_default().parts.insert("commission");
        }
    }
    let session = file.session();
    let filter = EntryFilter {
        panel: Some(session.panel()),
        case: Some(file.header.ledger_id),
        outcome: Some(Outcome::Shown.name()),
        from,
        ..EntryFilter::default()
    };
    for row in in_batches(|before, limit| session.reader().entries(&filter, EntryPage { before, limit })) {
        shown(&committed(session, &row?)?, file, &mut had);
    }
    Ok(had)
}

fn shown(body: &Body, file: &CaseFile<'_>, had: &mut BTreeMap<AgencyId, Had>) {
    let BodyActor::Known(actor) = &body.actor else { return };
    let Some(agency) = actor.agency.map(AgencyId) else { return };
    let own = file.header.ledger_id.0;
    for (_, manifest) in body.cases.iter().zip(&body.manifest).filter(|(case, _)| case.id == own) {
        let categories = manifest.shown.keys().map(|category| category.clone().into_owned());
        had.entry(agency).or_default().shown.extend(categories);
    }
}

fn part(why: AssignmentKind) -> &'static str {
    match why {
        AssignmentKind::Request => "request",
        AssignmentKind::Action => "action",
        AssignmentKind::Plan => "plan",
        AssignmentKind::NamedLead => "named_lead",
    }
}

super::opaque!(Recipients, RecipientView, ElsewhereView);
