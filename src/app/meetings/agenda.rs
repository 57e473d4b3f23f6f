//! The agenda of a meeting as one reader sees it, in one call: every case they may know, opened, redacted and recorded.
//! It must cost as much as the agenda is long, however many cases the panel has.

use super::gather::earlier;
use super::lines::{AgendaLine, before, line, linked_with};
use super::list::MeetingView;
use super::{MeetingFacts, meeting};
use crate::access::{Attendance, CaseVerb, PanelVerb, Particulars};
use crate::app::answer::{Answer, Reply};
use crate::app::case_file::CaseFile;
use crate::app::case_records::Of;
use crate::app::session::Session;
use crate::casework::agenda::{Links, RECORDS, joined};
use crate::casework::ids::{AgencyId, CaseId, MeetingId, PersonId, RecordId};
use crate::casework::meeting::Capacity;
use crate::error::Problem;
use crate::ledger::entry::DetailValue;
use crate::store::rows::{EventRow, RecordRow};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgendaView {
    pub meeting: MeetingView,
    /// Who sits, for those who hold meetings and those who audit them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attendance: Option<Vec<AttendeeView>>,
    /// Meetings out of the ordinary since the last monthly one, to be noted at this.
    pub also_met: Vec<MeetingView>,
    pub items: Vec<AgendaLine>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttendeeView {
    #[schema(value_type = String, format = "uuid")]
    pub person: PersonId,
    #[schema(value_type = String, format = "uuid")]
    pub agency: AgencyId,
    pub capacity: Capacity,
    /// Items of this agenda for which they were out of the room.
    pub away: Vec<AwayView>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AwayView {
    #[schema(value_type = String, format = "uuid")]
    pub item: RecordId,
    pub left: Option<String>,
    pub returned: Option<String>,
}

crate::app::opaque!(AgendaView, AttendeeView, AwayView);

/// # Errors
/// `not-found`; the policies' refusal; `integrity`; `unavailable`.
pub fn read_agenda(session: &Session<'_>, id: MeetingId) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ReadMeetings)?;
    let facts = meeting(session, id)?;
    let earlier = earlier(session, &facts)?;
    let since = earlier.last.as_ref().and_then(|last| last.opened_at);
    let cases = before(session, &facts)?;
    // After the cases: somebody may be writing, and what is newer than a header is left out, what it names must be there.
    let mut papers = Papers::of(session, id)?;
    let mut lines = Vec::new();
    let mut groups: HashMap<RecordId, Group> = HashMap::new();
    let mut shown = Vec::new();
    for found in cases.into_iter().filter(|found| found.seen) {
        let Some(item) = facts.item_of(found.row.id) else { continue };
        let case = found.row.id;
        let file = CaseFile::from_row(session, found.row, found.header);
        // As a list of links: whoever could not open both is not told that they belong together.
        let may_open = || session.evaluator.case(CaseVerb::OpenCase, &file.header, &Particulars::default()).allowed();
        if let Some(group) = item.group.filter(|_| may_open()) {
            let group = groups.entry(group).or_default();
            group.items.push((case, item.item));
            group.links.insert(case, linked_with(&file.header));
        }
        papers.lay_before(&file);
        lines.push(line(&file, &facts, item, since)?);
        shown.push(file.disclosed());
    }
    for together in groups.into_values().flat_map(Group::told) {
        for line in lines.iter_mut().filter(|line| together.contains(&line.item)) {
            line.heard_with = together.iter().copied().filter(|item| *item != line.item).collect();
        }
    }
    order(session, &facts, &mut lines);
    let items: BTreeSet<RecordId> = lines.iter().map(|line| line.item).collect();
    let may_see_who = session.evaluator.panel(PanelVerb::ReadAttendance, session.panel()).allowed();
    let view = AgendaView {
        meeting: MeetingView::of(&facts),
        attendance: may_see_who.then(|| facts.attendance.iter().map(|a| attendee(a, &items)).collect()),
        also_met: earlier.also_met.iter().map(|met| MeetingView::of(met)).collect(),
        items: lines,
    };
    let detail = vec![("count", DetailValue::count(view.items.len()))];
    let reply = Reply::json(200, &view)?;
    let etag = session.service.sealer.etag("agenda", &reply.body);
    Ok(session.show(reply.with_etag(etag), shown, detail))
}

/// Of cases that are heard together those that the reader may open.
#[derive(Default)]
struct Group {
    items: Vec<(CaseId, RecordId)>,
    links: Links,
}

impl Group {
    /// Which are told to be heard together: those that links join without any that the reader may not open. Two that only a
    /// third joins would tell of it.
    fn told(self) -> impl Iterator<Item = BTreeSet<RecordId>> {
        let Self { items, links } = self;
        joined(links)
            .into_iter()
            .map(move |cases| items.iter().filter(|(case, _)| cases.contains(case)).map(|(_, item)| *item).collect())
    }
}

/// What lies beside the cases of a meeting and is shown of them, in two statements.
struct Papers {
    records: HashMap<CaseId, Vec<RecordRow>>,
    events: HashMap<CaseId, Vec<EventRow>>,
}

impl Papers {
    fn of(session: &Session<'_>, id: MeetingId) -> Result<Self, Problem> {
        let mut records: HashMap<CaseId, Vec<RecordRow>> = HashMap::new();
        for row in session.reader().records_of_meeting(id, RECORDS)? {
            records.entry(row.case).or_default().push(row);
        }
        let mut events: HashMap<CaseId, Vec<EventRow>> = HashMap::new();
        for row in session.reader().events_of_meeting(id)? {
            events.entry(row.case).or_default().push(row);
        }
        Ok(Self { records, events })
    }

    /// A case that the statements did not bring is asked for its own: what they join by can be altered.
    fn lay_before(&mut self, file: &CaseFile<'_>) {
        let (records, events) = (self.records.remove(&file.id()), self.events.remove(&file.id()));
        if records.is_some() || events.is_some() {
            let records = (records.unwrap_or_default(), Of::Only(&RECORDS));
            file.lay_before(records, events.unwrap_or_default());
        }
    }
}

/// As the chair ordered it, for those who hold the meeting. Anyone else might read from the order what they are not shown
/// of each case: to them it comes in the order of its items' random names.
fn order(session: &Session<'_>, facts: &MeetingFacts, lines: &mut [AgendaLine]) {
    lines.sort_by_key(|line| line.item);
    if session.evaluator.panel(PanelVerb::HoldMeetings, session.panel()).allowed() {
        let place = |item: RecordId| facts.items.iter().position(|known| known.item == item);
        lines.sort_by_key(|line| place(line.item));
    }
}

fn attendee(a: &Attendance, items: &BTreeSet<RecordId>) -> AttendeeView {
    let away = a.away.iter().filter(|away| items.contains(&away.item));
    AttendeeView {
        person: a.person,
        agency: a.agency,
        capacity: a.capacity,
        away: away
            .map(|away| AwayView { item: away.item, left: away.left.clone(), returned: away.returned.clone() })
            .collect(),
    }
}
