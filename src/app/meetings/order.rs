//! In which order the cases of an agenda are heard, and which of them together. Cases that are heard together keep their own
//! papers, quorum, recusals and decisions. It must never join what no link joins, nor move what the sender does not see.

use super::lines::{Before, before, linked_with};
use super::{MeetingFacts, meeting, must_be, next};
use crate::access::{AgendaItem, CaseVerb, PanelVerb, Particulars};
use crate::app::answer::{Answer, Reply};
use crate::app::session::Session;
use crate::casework::agenda::{Links, joined};
use crate::casework::ids::{CaseId, MeetingId, RecordId};
use crate::casework::meeting::MeetingStage;
use crate::error::{Kind, Problem};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Every item that the sender sees, in the order in which they are to be heard.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgendaOrder {
    #[schema(value_type = Vec<String>)]
    pub items: Vec<RecordId>,
    /// Items of linked cases that are heard as a group; each group stands in a row in `items`.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<String>>)]
    pub together: Vec<Vec<RecordId>>,
}

/// # Errors
/// `invalid` where the list is not exactly the items that the sender sees, or a group is not of linked cases in a row; the
/// policies' refusal.
pub fn order(session: &Session<'_>, id: MeetingId, form: &AgendaOrder) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::HoldMeetings)?;
    let facts = meeting(session, id)?;
    must_be(&facts, &[MeetingStage::Planned, MeetingStage::Open])?;
    let cases: BTreeMap<CaseId, Before> =
        before(session, &facts)?.into_iter().filter(|found| found.seen).map(|found| (found.row.id, found)).collect();
    let (mut items, hidden): (Vec<AgendaItem>, Vec<AgendaItem>) =
        facts.items.iter().cloned().partition(|item| cases.contains_key(&item.case));
    let wanted: BTreeSet<RecordId> = form.items.iter().copied().collect();
    let known: BTreeSet<RecordId> = items.iter().map(|item| item.item).collect();
    if wanted != known || wanted.len() != form.items.len() {
        let says = "must name every item of the agenda once, and no other";
        return Err(Problem::field(Kind::Invalid, "/items", "not_the_items", says));
    }
    let place = |item: &AgendaItem| form.items.iter().position(|wanted| *wanted == item.item);
    items.sort_by_key(place);
    // As a list of links: whoever could not open a case is not told what it is linked with.
    let opens = |found: &Before| session.evaluator.case(CaseVerb::OpenCase, &found.header, &Particulars::default());
    let open = cases.into_iter().filter(|(_, found)| opens(found).allowed()).collect();
    let groups = groups(form, &items, &open)?;
    for item in &mut items {
        item.group = groups.get(&item.item).copied();
    }
    // What the sender does not see comes after, in the order it had.
    items.extend(hidden);
    let (row, mark) = next(session, MeetingFacts { items, ..(*facts).clone() })?;
    Ok(session.change(Reply::empty(204), vec![mark], Vec::new(), move |tx| Ok(tx.put_meeting(&row)?)))
}

/// The group of each item that has one. Its name is new each time: what the sender does not see keeps the name of the group
/// that it was in, and must not come into another by it.
fn groups(
    form: &AgendaOrder,
    items: &[AgendaItem],
    cases: &BTreeMap<CaseId, Before>,
) -> Result<BTreeMap<RecordId, RecordId>, Problem> {
    let mut groups = BTreeMap::new();
    for (index, group) in form.together.iter().enumerate() {
        let refuse = |rule, says| Err(Problem::field(Kind::Invalid, &format!("/together/{index}"), rule, says));
        if group.len() < 2 {
            return refuse("too_few", "a group is of two items or more");
        }
        if !form.items.windows(group.len()).any(|row| row == group.as_slice()) {
            return refuse("not_in_a_row", "must stand in a row in the order, as it is there");
        }
        let members = items.iter().filter(|item| group.contains(&item.item));
        let linked: Option<Links> =
            members.map(|item| cases.get(&item.case).map(|found| (item.case, linked_with(&found.header)))).collect();
        if linked.is_none_or(|linked| joined(linked).len() != 1) {
            return refuse("not_linked", "cases are heard together where links join them");
        }
        let name = RecordId::new();
        for item in group {
            if groups.insert(*item, name).is_some() {
                return refuse("taken", "an item is in one group at most");
            }
        }
    }
    Ok(groups)
}
