//! The queue: cases of the panel that this reader may find; what is due first at the top, for those who may know when.
//! A row that policy refuses must leave no trace: not in the count, not in the page's length, not in the cursor.

use super::answer::{Answer, Reply};
use super::case_file::{CaseFile, believe};
use super::cursors::Cursors;
use super::open_case::{DEADLINES_TELL_OF, DueView, due, state_view};
use super::retention_view::{RetentionView, retention_view};
use super::session::Session;
use crate::access::{CaseVerb, CommissionFact, PanelVerb, Particulars, Purpose};
use crate::casework::category::Category;
use crate::casework::deadlines::Lateness;
use crate::casework::ids::{CaseId, RecordId};
use crate::casework::role::{Role, Unit};
use crate::casework::state::Stage;
use crate::casework::view::StateView;
use crate::error::{Kind, Problem};
use crate::ledger::entry::{CaseMark, DetailValue, Manifest};
use crate::store::CaseCursor;
use crate::store::rows::CaseRow;
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

pub const MOST: usize = 50;
const BATCH: i64 = 100;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseList {
    pub cases: Vec<CaseLine>,
    /// Give it as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseLine {
    #[schema(value_type = String, format = "uuid")]
    pub id: CaseId,
    pub state: StateView,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<DueView>,
    /// For those who may read the identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Commissions that wait for the reader's agency to say yes or no.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub offered: Vec<RecordId>,
    /// Of a closed case, for those who decide about its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<RetentionView>,
}

/// What a page asks for.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    pub stage: Option<&'a str>,
    pub overdue: bool,
    /// `due_soon`, `overdue` (for however long) or `escalated`, of what the reader is told.
    pub deadline: Option<&'a str>,
    pub limit: Option<usize>,
    pub after: Option<&'a str>,
}

/// # Errors
/// `invalid` for a stage, deadline or cursor that is none; the policies' refusal.
pub fn list_cases(session: &Session<'_>, wanted: &Wanted<'_>) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ListCases)?;
    let stage = wanted.stage.map(stage).transpose()?;
    let deadline = wanted.deadline.map(deadline).transpose()?;
    let late = deadline.or(wanted.overdue.then_some(OVERDUE));
    let limit = wanted.limit.unwrap_or(MOST).min(MOST);
    let cursors = Cursors::after(session, "cases");
    let mut after: Option<CaseCursor> = cursors.open(wanted.after)?;
    let mut lines = Vec::new();
    let mut shown = Vec::new();
    let mut next = None;
    let mut unbelieved = 0;
    let order = Order::of(session);
    'scan: loop {
        let rows = order.batch(session, stage, after)?;
        let full = i64::try_from(rows.len()).unwrap_or(0) == BATCH;
        for row in rows {
            let place = CaseCursor { due_on: order.day(&row), id: row.id };
            after = Some(place);
            let Some(file) = findable(session, row, &mut unbelieved) else { continue };
            let Some((line, disclosed)) = line(file, late)? else { continue };
            // One more than asked for tells that there is a next page, and where the last one ended.
            if lines.len() == limit {
                next = lines.last().map(|(_, last)| cursors.seal(last)).transpose()?;
                break 'scan;
            }
            lines.push((line, place));
            shown.push(disclosed);
        }
        if !full {
            break;
        }
    }
    let list = CaseList { cases: lines.into_iter().map(|(line, _)| line).collect(), next };
    let count = DetailValue::count(list.cases.len());
    let mut detail = vec![("count", count)];
    if unbelieved > 0 {
        detail.push(("unbelieved", DetailValue::Number(unbelieved)));
    }
    Ok(session.show(Reply::json(200, &list)?, shown, detail))
}

/// Whoever is not shown when each of their cases is due must not see it from the order either: only those are who read in
/// every case what deadlines tell of, by their role and by what their agency's agreement covers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Due,
    /// Closed cases by the day somebody must look at them: for those who may know it of each.
    Review,
    Id,
}

impl Order {
    fn of(session: &Session<'_>) -> Self {
        // Behind a broken glass nobody is told when anything is due.
        let Some(member) = session.principal.member().filter(|_| !session.is_behind_glass()) else { return Order::Id };
        let covers = |category: &Category| member.agreement_categories.contains(category);
        let order = match member.role {
            Role::Records => Order::Review,
            Role::Chair if session.access.purpose == Purpose::Retention => Order::Review,
            Role::Council | Role::Chair => Order::Due,
            Role::Police if member.unit == Some(Unit::CounterTerrorism) => Order::Due,
            _ => Order::Id,
        };
        let told = match order {
            // The day by which rows have their places is that of missed sessions too.
            Order::Due => DEADLINES_TELL_OF.iter().chain([&Category::Sessions]).all(covers),
            Order::Review => covers(&Category::Retention),
            Order::Id => true,
        };
        if told { order } else { Order::Id }
    }

    /// The day by which a row has its place.
    fn day(self, row: &CaseRow) -> Option<NaiveDate> {
        match self {
            Order::Due => row.due_on,
            Order::Review => row.review_on,
            Order::Id => None,
        }
    }

    fn batch(
        self,
        session: &Session<'_>,
        stage: Option<Stage>,
        after: Option<CaseCursor>,
    ) -> Result<Vec<CaseRow>, Problem> {
        let (panel, name) = (session.panel(), stage.map(Stage::name));
        let mut reader = session.reader();
        Ok(match self {
            Order::Due => reader.cases_of_panel(panel, name, after, BATCH)?,
            Order::Review if stage.is_some_and(|stage| stage != Stage::Closed) => Vec::new(),
            Order::Review => reader.closed_by_review(panel, after, BATCH)?,
            Order::Id => reader.cases_of_panel_by_id(panel, name, after.map(|cursor| cursor.id), BATCH)?,
        })
    }
}

fn stage(text: &str) -> Result<Stage, Problem> {
    Stage::ALL
        .iter()
        .copied()
        .find(|stage| stage.name() == text)
        .ok_or_else(|| Problem::field(Kind::Invalid, "stage", "unknown_code", "this is not a stage"))
}

/// What a filter lets through.
type Late = &'static [Lateness];

/// What is escalated is overdue as well.
const OVERDUE: Late = &[Lateness::Overdue, Lateness::Escalated];

fn deadline(text: &str) -> Result<Late, Problem> {
    match text {
        "due_soon" => Ok(&[Lateness::DueSoon]),
        "overdue" => Ok(OVERDUE),
        "escalated" => Ok(&[Lateness::Escalated]),
        _ => Err(Problem::field(Kind::Invalid, "deadline", "unknown_code", "must be due_soon, overdue or escalated")),
    }
}

/// A case whose facts cannot be believed is in nobody's list: it is alarmed, and counted in the list's entry.
fn findable<'s>(session: &'s Session<'s>, row: CaseRow, unbelieved: &mut i64) -> Option<CaseFile<'s>> {
    let Ok((row, header)) = believe(session, row) else {
        *unbelieved = unbelieved.saturating_add(1);
        return None;
    };
    let may = session.evaluator.case(CaseVerb::ListCase, &header, &Particulars::default());
    may.allowed().then(|| CaseFile::from_row(session, row, header))
}

/// A row of the list and what showing it discloses.
type Shown = (CaseLine, (CaseMark, Manifest));

fn line(file: CaseFile<'_>, late: Option<Late>) -> Result<Option<Shown>, Problem> {
    let (due, retention) = (due(&file), retention_view(&file));
    let of_retention = retention.iter().filter_map(|retention| retention.due.as_ref());
    let mut dues = due.iter().chain(of_retention);
    if late.is_some_and(|late| !dues.any(|due| late.contains(&due.standing))) {
        return Ok(None);
    }
    // A name that was tampered with is alarmed; the case stays in the queue, for somebody must work on it.
    let name = match name(&file) {
        Err(Problem { kind: Kind::Integrity, .. }) => None,
        other => other?,
    };
    let line = CaseLine { id: file.id(), state: state_view(&file), due, name, offered: offered(&file), retention };
    Ok(Some((line, file.disclosed())))
}

/// An agency cannot answer an offer that it cannot find; of the case it learns no more than that.
fn offered(file: &CaseFile<'_>) -> Vec<RecordId> {
    let own = file.session().principal.agency();
    let waits = |c: &&CommissionFact| Some(c.agency) == own && !c.accepted && !c.ended;
    file.header.commissions.iter().filter(waits).map(|c| c.id).collect()
}

/// Forenames and surname as one line, noted as shown.
pub(super) fn name(file: &CaseFile<'_>) -> Result<Option<String>, Problem> {
    if !file.can_read(Category::Identity) {
        return Ok(None);
    }
    let named = |field: &str| ["forenames", "surname"].contains(&field);
    let Some(found) = file.show_single_where::<Value>(Category::Identity, named)? else { return Ok(None) };
    // In the order of their names, which is that of a line.
    let parts: Vec<&str> = found.iter().filter_map(|(_, part)| part.as_str()).collect();
    Ok((!parts.is_empty()).then(|| parts.join(" ")))
}

super::opaque!(CaseList, CaseLine);
