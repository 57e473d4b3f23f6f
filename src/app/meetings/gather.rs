//! The agenda builds itself: every case of the panel for which there is a reason is put before the next monthly meeting.
//! It runs as a job of the service and again when the meeting is opened, so that what is due cannot fall off. It reads no
//! content, takes no case off, and must never put a case on an agenda twice.

use super::{MeetingFacts, believe};
use crate::access::{
    AgendaItem, AssignmentKind, Authentic, CaseVerb, Listing, Particulars, Principal, Purpose, Settled, SystemName,
};
use crate::app::batches::in_batches;
use crate::app::case_edit::{CaseEdit, Prepared};
use crate::app::case_file::{self, CaseFile};
use crate::app::service::Service;
use crate::app::session::Session;
use crate::casework::agenda::{Ahead, Reason, reasons};
use crate::casework::calendar::months_before;
use crate::casework::ids::{CaseId, PanelId, RecordId};
use crate::casework::meeting::{Forum, MeetingStage};
use crate::clock::Moment;
use crate::error::Problem;
use crate::ledger::continuity::IN_FLIGHT_SECONDS;
use crate::ledger::entry::CaseMark;
use crate::store::rows::CaseRow;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// What was left longer ago than a year has come to every monthly meeting since, and was left there if nowhere else.
const MONTHS_BACK: u32 = 12;
/// Meetings in that time, and more.
const LOOKED_BACK: i64 = 400;
/// Of which one is the last monthly one.
const SINCE_LAST: i64 = 50;

/// What gathering comes to: the meeting as it then is, and the cases that came to it.
pub struct Gathered {
    pub facts: MeetingFacts,
    pub cases: Vec<Prepared>,
    pub marks: Vec<CaseMark>,
    /// The cases that are new on this agenda.
    pub added: Vec<CaseId>,
}

crate::app::opaque!(Gathered);

/// The job's own principal: it finds cases and lists them, and opens nothing.
pub fn principal(panel: PanelId) -> Principal {
    Principal::system(SystemName::Agenda, panel)
}

/// # Errors
/// `unavailable`.
pub fn session<'s>(service: &'s Service, principal: &'s Principal) -> Result<Session<'s>, Problem> {
    Session::of_job(service, principal, "gatherAgenda", Purpose::PanelMeeting)
}

/// Only the monthly meeting gathers, and not one that is keyed after it was held: its agenda was what it was.
pub fn gathers(facts: &MeetingFacts) -> bool {
    facts.forum == Forum::Scheduled && facts.stage == MeetingStage::Planned && facts.papers_from <= facts.on
}

/// `job` is a session of [`principal`].
///
/// # Errors
/// `unavailable`; a case that cannot be believed is alarmed and left out.
pub fn gather(job: &Session<'_>, meeting: &MeetingFacts) -> Result<Gathered, Problem> {
    let before = earlier(job, meeting)?.last;
    let last = before.as_ref().map(|last| last.on);
    let carried = carried(job, meeting)?;
    // Decided by then, but perhaps not committed: that meeting did not see it.
    let unheard_from = before.and_then(|last| last.opened_at).map(|opened| opened.plus_seconds(-IN_FLIGHT_SECONDS));
    let (calendar, rules) = (&job.service.calendar, &job.service.rules);
    let ahead = Ahead { on: meeting.on, last, unheard_from, calendar, rules };
    let mut gathered = Gathered { facts: meeting.clone(), cases: Vec::new(), marks: Vec::new(), added: Vec::new() };
    gathered.facts.gathered_on = Some(job.today);
    for row in in_batches(|after, most| job.reader().cases_of_panel(job.panel(), None, after, most)) {
        consider(job, row?, ahead, &carried, &mut gathered)?;
    }
    Ok(gathered)
}

/// What earlier meetings come to.
struct Carried {
    /// Cases that were held over or not come to where they were last to be heard, whatever kind of meeting it was, and one that
    /// was called off too. Not since the monthly meeting before: one of an earlier day may be closed after that was gathered.
    held_over: BTreeSet<CaseId>,
    /// When the last meeting was opened that had a case before it as closed.
    assured_at: BTreeMap<CaseId, Moment>,
}

fn carried(job: &Session<'_>, meeting: &MeetingFacts) -> Result<Carried, Problem> {
    let from = months_before(meeting.on, MONTHS_BACK).unwrap_or_default();
    let rows = job.reader().meetings_of_panel(meeting.panel, (from, meeting.on), LOOKED_BACK)?;
    let (mut left, mut assured_at) = (BTreeMap::new(), BTreeMap::new());
    // The newest first: what was left by an earlier one may have been heard since.
    for row in rows.iter().filter(|row| row.id != meeting.id) {
        let known = believe(job, row)?;
        let is_left = |item: &AgendaItem| match known.stage {
            MeetingStage::Closed => Some(item.settled == Some(Settled::HeldOver)),
            MeetingStage::Cancelled => Some(matches!(item.settled, None | Some(Settled::HeldOver))),
            MeetingStage::Planned | MeetingStage::Open => None,
        };
        for (case, is_left) in known.items.iter().filter_map(|item| Some((item.case, is_left(item)?))) {
            left.entry(case).or_insert(is_left);
        }
        let Some(opened_at) = known.opened_at else { continue };
        for item in known.items.iter().filter(|item| item.reasons.iter().any(|reason| reason.assures())) {
            let at = assured_at.entry(item.case).or_insert(opened_at);
            *at = opened_at.max(*at);
        }
    }
    Ok(Carried {
        held_over: left.into_iter().filter_map(|(case, is_left)| is_left.then_some(case)).collect(),
        assured_at,
    })
}

fn consider(
    job: &Session<'_>,
    row: CaseRow,
    ahead: Ahead<'_>,
    carried: &Carried,
    gathered: &mut Gathered,
) -> Result<(), Problem> {
    let Ok((row, header)) = case_file::believe(job, row) else { return Ok(()) };
    let open_actions = header.assignments.iter().any(|a| a.why == AssignmentKind::Action);
    let mut found = reasons(&header.state, open_actions, ahead);
    let heard_at = carried.assured_at.get(&row.id);
    let heard = header.state.stage_at.zip(heard_at).is_some_and(|(closed, heard)| closed < *heard);
    found.retain(|reason| !(reason.assures() && heard));
    found.extend((header.state.stage.is_open() && carried.held_over.contains(&row.id)).then_some(Reason::HeldOver));
    if let Some(item) = gathered.facts.items.iter_mut().find(|item| item.case == row.id) {
        found.extend(item.reasons.contains(&Reason::Added).then_some(Reason::Added));
        item.reasons = found;
        return Ok(());
    }
    if found.is_empty() || !job.evaluator.case(CaseVerb::ListCase, &header, &Particulars::default()).allowed() {
        return Ok(());
    }
    let item = RecordId::new();
    gathered.facts.items.push(AgendaItem { item, case: row.id, reasons: found, settled: None, group: None });
    gathered.added.push(row.id);
    // A closed one too: the chair, who may never have heard of it, is to be assured that it was rightly closed.
    let file = CaseFile::from_row(job, row, header);
    let mut edit = CaseEdit::of(&file);
    edit.header.listings.push(listing(&gathered.facts, item));
    edit.event("listed", job.today);
    let (prepared, mark) = edit.prepare()?;
    gathered.cases.push(prepared);
    gathered.marks.push(mark);
    Ok(())
}

/// The chair's sight of the case for this item, while its papers are open.
pub fn listing(meeting: &MeetingFacts, item: RecordId) -> Listing {
    Listing { item, agency: None, person: None, from: meeting.papers_from, to: meeting.papers_to }
}

/// What was held before a meeting.
pub struct Earlier {
    /// The monthly meeting before it.
    pub last: Option<Authentic<MeetingFacts>>,
    /// Those out of the ordinary since then, to be noted at it; the newest first.
    pub also_met: Vec<Authentic<MeetingFacts>>,
}

crate::app::opaque!(Earlier);

/// # Errors
/// `integrity` where one of them cannot be believed; `unavailable`.
pub fn earlier(session: &Session<'_>, meeting: &MeetingFacts) -> Result<Earlier, Problem> {
    let days = (NaiveDate::default(), meeting.on);
    let rows = session.reader().meetings_of_panel(meeting.panel, days, SINCE_LAST)?;
    let mut earlier = Earlier { last: None, also_met: Vec::new() };
    for row in rows.iter().filter(|row| row.id != meeting.id) {
        if earlier.last.as_ref().is_some_and(|last| row.on < last.on) {
            break;
        }
        let known = believe(session, row)?;
        match (known.stage, known.forum) {
            // One that was keyed afterwards gathered nothing, and so has heard of nothing.
            (MeetingStage::Closed, Forum::Scheduled) if earlier.last.is_none() && known.gathered_on.is_some() => {
                earlier.last = Some(known);
            }
            (MeetingStage::Closed, Forum::Extraordinary | Forum::UrgentByCall) => {
                earlier.also_met.push(known);
            }
            _ => {}
        }
    }
    Ok(earlier)
}
