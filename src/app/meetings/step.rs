//! Opening, closing and cancelling a meeting.
//! A meeting must never open without what is due, nor close over a case that whoever closes it can see and nobody settled.

use super::gather::{self, Gathered};
use super::lines::{Before, before, rows};
use super::{MeetingFacts, meeting, must_be, next};
use crate::access::{CaseVerb, PanelVerb, Particulars, Settled};
use crate::app::answer::{Answer, Reply};
use crate::app::case_edit::{CaseEdit, Prepared};
use crate::app::case_file::{self, CaseFile};
use crate::app::notices;
use crate::app::notices::ics::Method;
use crate::app::notices::receivers::{let_in, receivers};
use crate::app::session::Session;
use crate::casework::ids::{CaseId, MeetingId, RecordId};
use crate::casework::meeting::MeetingStage;
use crate::error::{Kind, Problem, Violation};
use crate::ledger::entry::{CaseMark, DetailValue};
use crate::store::rows::{MeetingRow, NoticeRow};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeetingStep {
    Open,
    Close,
    Cancel,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeetingStepForm {
    pub step: MeetingStep,
}

/// # Errors
/// `conflict` at another stage, or naming the items that nobody settled; the policies' refusal.
pub fn step(session: &Session<'_>, id: MeetingId, form: &MeetingStepForm) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::HoldMeetings)?;
    let facts = meeting(session, id)?;
    match form.step {
        MeetingStep::Open => open(session, &facts),
        MeetingStep::Close => close(session, &facts),
        MeetingStep::Cancel => cancel(session, &facts),
    }
}

fn open(session: &Session<'_>, facts: &MeetingFacts) -> Result<Answer, Problem> {
    must_be(facts, &[MeetingStage::Planned])?;
    if facts.on > session.today {
        return Err(Problem::field(Kind::Conflict, "/step", "in_future", "a meeting opens on its day"));
    }
    let job = gather::principal(session.panel());
    let job = gather::session(session.service, &job)?;
    let mut gathered = if gather::gathers(facts) {
        gather::gather(&job, facts)?
    } else {
        Gathered { facts: facts.clone(), cases: Vec::new(), marks: Vec::new(), added: Vec::new() }
    };
    gathered.facts.stage = MeetingStage::Open;
    gathered.facts.opened_at = Some(session.now);
    commit(session, gathered, "open", Vec::new())
}

fn close(session: &Session<'_>, facts: &MeetingFacts) -> Result<Answer, Problem> {
    must_be(facts, &[MeetingStage::Open])?;
    let cases: BTreeMap<CaseId, Before> =
        before(session, facts)?.into_iter().map(|found| (found.row.id, found)).collect();
    let mut changed = facts.clone();
    let mut left = Vec::new();
    for item in changed.items.iter_mut().filter(|item| item.settled.is_none()) {
        match cases.get(&item.case) {
            Some(found) if settled(facts, &found.header) => {}
            Some(found) if found.seen => left.push(unsettled(item.item)),
            // Whoever closes the meeting may not know of it: what was not decided comes to the next meeting.
            _ => item.settled = Some(Settled::HeldOver),
        }
    }
    if !left.is_empty() {
        return Err(Problem { violations: left, ..Problem::new(Kind::Conflict) });
    }
    changed.stage = MeetingStage::Closed;
    changed.closed_at = Some(session.now);
    let closed = Gathered { facts: changed, cases: Vec::new(), marks: Vec::new(), added: Vec::new() };
    commit(session, closed, "close", Vec::new())
}

/// Decided on at this meeting, or nothing left to decide.
fn settled(facts: &MeetingFacts, header: &crate::access::Header) -> bool {
    let decided = header.state.decision.and_then(|decision| decision.meeting) == Some(facts.id);
    decided || !header.state.stage.is_open()
}

fn unsettled(item: RecordId) -> Violation {
    Violation {
        field: format!("/items/{item}"),
        rule: "unsettled",
        message: "this item has neither a decision nor an outcome",
    }
}

/// The papers of a meeting that is not held close at once.
fn cancel(session: &Session<'_>, facts: &MeetingFacts) -> Result<Answer, Problem> {
    must_be(facts, &[MeetingStage::Planned])?;
    let job = gather::principal(session.panel());
    let job = gather::session(session.service, &job)?;
    let mut cases: Vec<Prepared> = Vec::new();
    let mut marks: Vec<CaseMark> = Vec::new();
    let (members, mut invited) = (receivers(session)?, BTreeSet::new());
    for row in rows(session, facts)? {
        let Ok((row, header)) = case_file::believe(&job, row) else { continue };
        let may = job.evaluator.case(CaseVerb::ListCase, &header, &Particulars::default()).allowed();
        let mine = |item: RecordId| facts.items.iter().any(|known| known.item == item);
        if !may || !header.listings.iter().any(|listing| mine(listing.item)) {
            continue;
        }
        for listing in header.listings.iter().filter(|listing| mine(listing.item)) {
            invited.extend(let_in(session, &members, &header, listing));
        }
        let file = CaseFile::from_row(&job, row, header);
        let mut edit = CaseEdit::of(&file);
        edit.header.listings.retain(|listing| !mine(listing.item));
        edit.event("unlisted", session.today);
        let (prepared, mark) = edit.prepare()?;
        cases.push(prepared);
        marks.push(mark);
    }
    let letters = notices::of_meetings(session, std::slice::from_ref(facts), Method::Cancel, &invited)?;
    let facts = MeetingFacts { stage: MeetingStage::Cancelled, ..facts.clone() };
    commit(session, Gathered { facts, cases, marks, added: Vec::new() }, "cancel", letters)
}

/// # Errors
/// `internal`.
pub fn commit(
    session: &Session<'_>,
    gathered: Gathered,
    step: &'static str,
    letters: Vec<NoticeRow>,
) -> Result<Answer, Problem> {
    let (meeting, added) = (gathered.facts.id, gathered.added);
    let (row, mark) = next(session, gathered.facts)?;
    let mut marks = gathered.marks;
    marks.push(mark);
    let detail = vec![("step", DetailValue::Code(step)), ("added", DetailValue::count(added.len()))];
    let cases = gathered.cases;
    Ok(session.change(Reply::empty(204), marks, detail, move |tx| {
        put(tx, &cases, &row, meeting, &added)?;
        Ok(notices::tell(tx, &letters)?)
    }))
}

/// The rows of a gathering: the meeting first, so that two that gather at once wait there and not over cases.
///
/// # Errors
/// `Stale` where the meeting or a case has moved on.
pub fn put(
    tx: &mut crate::store::Tx<'_>,
    cases: &[Prepared],
    row: &MeetingRow,
    meeting: MeetingId,
    added: &[CaseId],
) -> Result<(), crate::app::recorder::ApplyError> {
    tx.put_meeting(row)?;
    for case in cases {
        case.write(tx)?;
    }
    for case in added {
        tx.put_meeting_item(meeting, *case)?;
    }
    Ok(())
}
