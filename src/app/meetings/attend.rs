//! Who came to a meeting, in which capacity, and for which items they were out of the room.
//! It must never count somebody who did not agree to the confidentiality statement, nor take a capacity on their word: it
//! follows from the membership they sit by. It must never forget who was out of the room for what the sender does not see.

use super::lines::before;
use super::{MeetingFacts, meeting, must_be, next};
use crate::access::{Attendance, Away, Gone, MembershipFacts, PanelVerb};
use crate::app::answer::{Answer, Reply};
use crate::app::registry;
use crate::app::session::Session;
use crate::casework::ids::{MeetingId, MembershipId, RecordId};
use crate::casework::meeting::{Capacity, MeetingStage};
use crate::casework::role::{AgencyKind, Role};
use crate::error::{Problem, Violations};
use crate::ledger::entry::DetailValue;
use chrono::NaiveTime;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// More than any panel seats.
const MOST: usize = 100;

/// Everybody who came; it takes the place of what was recorded before, but for items that the sender does not see.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttendanceForm {
    pub present: Vec<Attendee>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attendee {
    /// By which they sit: it says who they are, and for which agency.
    #[schema(value_type = String, format = "uuid")]
    pub membership: MembershipId,
    pub capacity: Capacity,
    /// That they have heard the confidentiality statement and agree to it. Must be true.
    pub confidentiality: bool,
    /// Only for those who were recused or left for an item.
    #[serde(default)]
    pub away: Vec<AwayForm>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AwayForm {
    #[schema(value_type = String, format = "uuid")]
    pub item: RecordId,
    /// `HH:MM`.
    pub left: Option<String>,
    pub returned: Option<String>,
}

/// # Errors
/// `invalid`, naming whoever cannot have sat so; `conflict` for a meeting that is over; the policies' refusal.
pub fn attend(session: &Session<'_>, id: MeetingId, form: &AttendanceForm) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::HoldMeetings)?;
    let facts = meeting(session, id)?;
    must_be(&facts, &[MeetingStage::Planned, MeetingStage::Open])?;
    let seen = seen(session, &facts)?;
    let mut gone = unseen(&facts, &seen);
    let attendance = check(session, &facts, &seen, &mut gone, form)?;
    let detail = vec![("present", DetailValue::count(attendance.len()))];
    let (row, mark) = next(session, MeetingFacts { attendance, gone, ..(*facts).clone() })?;
    Ok(session.change(Reply::empty(204), vec![mark], detail, move |tx| Ok(tx.put_meeting(&row)?)))
}

/// The items that the sender sees. Another's is to them no item of this meeting.
fn seen(session: &Session<'_>, facts: &MeetingFacts) -> Result<BTreeSet<RecordId>, Problem> {
    let cases = before(session, facts)?.into_iter().filter(|found| found.seen);
    Ok(cases.filter_map(|found| facts.item_of(found.row.id)).map(|item| item.item).collect())
}

/// Who is known to have been out of the room for items that the sender does not see.
fn unseen(facts: &MeetingFacts, shown: &BTreeSet<RecordId>) -> Vec<Gone> {
    let listed = facts.attendance.iter().flat_map(|a| {
        let person = a.person;
        a.away.iter().map(move |away| Gone { person, away: away.clone() })
    });
    listed.chain(facts.gone.iter().cloned()).filter(|gone| !shown.contains(&gone.away.item)).collect()
}

/// Takes of `unseen` what is of those who came.
fn check(
    session: &Session<'_>,
    facts: &MeetingFacts,
    shown: &BTreeSet<RecordId>,
    unseen: &mut Vec<Gone>,
    form: &AttendanceForm,
) -> Result<Vec<Attendance>, Problem> {
    let mut v = Violations::default();
    crate::casework::form::count(form.present.len(), "/present", 0, MOST, &mut v);
    let members = registry::members(session)?;
    let kinds = registry::agency_kinds(session)?;
    let mut seen = BTreeSet::new();
    let mut attendance = Vec::new();
    for (index, came) in form.present.iter().take(MOST).enumerate() {
        let at = format!("/present/{index}");
        let member = members.iter().find(|m| m.id == came.membership && m.confirmed() && sat(m, session, facts));
        let Some((member, kind)) = member.and_then(|m| Some((m, *kinds.get(&m.agency)?))) else {
            v.add(format!("{at}/membership"), "unknown_membership", "must be a membership of this panel in force");
            continue;
        };
        if !seen.insert(member.person) {
            v.add(format!("{at}/membership"), "twice", "one person sits once");
        }
        if !may_sit(came.capacity, member.role, kind) {
            v.add(format!("{at}/capacity"), "not_of_role", "this capacity does not go with this membership");
        }
        if !came.confidentiality {
            v.add(format!("{at}/confidentiality"), "required", "nobody sits who does not agree to the statement");
        }
        let gone = came.away.iter().enumerate().map(|(n, gone)| away(shown, gone, &format!("{at}/away/{n}"), &mut v));
        let theirs = unseen.extract_if(.., |gone| gone.person == member.person).map(|gone| gone.away);
        let away = gone.chain(theirs).collect();
        attendance.push(Attendance {
            person: member.person,
            agency: member.agency,
            kind,
            capacity: came.capacity,
            away,
        });
    }
    v.finish().map(|()| attendance)
}

/// In force on the day of the meeting, or now, when it is keyed afterwards by those who have taken over since.
fn sat(member: &MembershipFacts, session: &Session<'_>, facts: &MeetingFacts) -> bool {
    member.in_force(facts.on) || member.in_force(session.today)
}

fn may_sit(capacity: Capacity, role: Role, kind: AgencyKind) -> bool {
    match capacity {
        Capacity::Chair | Capacity::DeputyChair => role == Role::Chair && kind == AgencyKind::Council,
        Capacity::Police => role == Role::Police && kind == AgencyKind::Police,
        Capacity::Guest => matches!(role, Role::Guest | Role::Provider | Role::Referrer),
        Capacity::Member => !matches!(role, Role::Guest | Role::Auditor | Role::Administrator | Role::Records),
    }
}

fn away(shown: &BTreeSet<RecordId>, gone: &AwayForm, at: &str, v: &mut Violations) -> Away {
    if !shown.contains(&gone.item) {
        v.add(format!("{at}/item"), "unknown_item", "must be an item of this meeting");
    }
    let times: BTreeMap<&str, &Option<String>> = [("left", &gone.left), ("returned", &gone.returned)].into();
    for (name, time) in times {
        let bad = |text: &String| text.len() != 5 || NaiveTime::parse_from_str(text, "%H:%M").is_err();
        if time.as_ref().is_some_and(bad) {
            v.add(format!("{at}/{name}"), "time", "must be a time, written HH:MM");
        }
    }
    if gone.left.as_ref().zip(gone.returned.as_ref()).is_some_and(|(left, returned)| returned < left) {
        v.add(format!("{at}/returned"), "before_start", "nobody returns before they leave");
    }
    Away { item: gone.item, left: gone.left.clone(), returned: gone.returned.clone() }
}
