//! What people do to an item of an agenda: add a case, settle it without a decision.
//! A reason a person gives is sealed with the case it is about; on the meeting's own row stands only that there was one.

use super::sitting::sits;
use super::{MeetingFacts, gather, item_of, meeting, must_be, must_have_heard, next};
use crate::access::{AgendaItem, CaseVerb, PanelVerb, Particulars, Settled};
use crate::app::add_log_note::Written;
use crate::app::answer::{Answer, Reply};
use crate::app::case_edit::{Append, CaseEdit};
use crate::app::case_file::CaseFile;
use crate::app::notices;
use crate::app::notices::receivers::{let_in, receivers};
use crate::app::session::{Session, refuse_unless};
use crate::casework::agenda::Reason;
use crate::casework::category::Category;
use crate::casework::form::text;
use crate::casework::guards::{MEETING_SITS, PRESIDES, QUORATE};
use crate::casework::ids::{CaseId, MeetingId, PersonId, RecordId};
use crate::casework::meeting::MeetingStage;
use crate::error::{Kind, Problem, Violations};
use crate::ledger::entry::DetailValue;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Characters.
const LONGEST_REASON: usize = 4_000;

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewItem {
    #[schema(value_type = String, format = "uuid")]
    pub case: CaseId,
    pub reason: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ItemOutcome {
    pub outcome: Settled,
    pub reason: String,
    /// To ratify, as for a decision: the officer present for the area where the person lives; needed only where several sit.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub police_for_residence: Option<PersonId>,
}

crate::app::opaque!(NewItem, ItemOutcome);

/// # Errors
/// `conflict` for a case that is on this agenda, or a meeting that is over; `invalid`; the policies' refusal.
pub fn add(session: &Session<'_>, id: MeetingId, form: &NewItem) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::HoldMeetings)?;
    let facts = meeting(session, id)?;
    let file = CaseFile::open(session, form.case, CaseVerb::ListItem, &Particulars::default())?;
    must_be(&facts, &[MeetingStage::Planned, MeetingStage::Open])?;
    check_reason(&form.reason)?;
    if facts.item_of(form.case).is_some() {
        return Err(Problem::field(Kind::Conflict, "/case", "taken", "this case is on the agenda already"));
    }
    let item = RecordId::new();
    let mut changed = (*facts).clone();
    changed.items.push(AgendaItem { item, case: form.case, reasons: vec![Reason::Added], settled: None, group: None });
    let mut edit = CaseEdit::of(&file);
    let listing = gather::listing(&facts, item);
    edit.header.listings.push(listing.clone());
    let said = json!({"meeting": facts.id, "item": item, "reason": form.reason});
    note(&file, &mut edit, "agenda_item", said)?;
    edit.event("listed", session.today);
    // Before its papers open there is nothing to tell of, and whoever added it knows.
    let open = listing.from <= session.today && session.today <= listing.to;
    let mut told = if open { let_in(session, &receivers(session)?, &edit.header, &listing) } else { BTreeSet::new() };
    told.retain(|person| Some(*person) != session.principal.person());
    let letters = notices::invitations(session, told, &listing, None)?;
    let (case, meeting_id) = (form.case, facts.id);
    finish(edit, changed, Reply::json(201, &Written { id: item })?, "added", move |tx| {
        notices::tell(tx, &letters)?;
        tx.put_meeting_item(meeting_id, case)
    })
}

/// Holding an item over, noting it, or ratifying what had been done without a meeting.
///
/// # Errors
/// `not-found`; `conflict` for an item that is settled or decided, or a meeting that does not sit; `invalid`; the policies'
/// refusal.
pub fn settle(session: &Session<'_>, id: MeetingId, item: RecordId, form: &ItemOutcome) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::HoldMeetings)?;
    let facts = meeting(session, id)?;
    let known = item_of(session, &facts, item)?;
    let file = CaseFile::open(session, known.case, CaseVerb::Decide, &Particulars::default())?;
    check_reason(&form.reason)?;
    let stages: &[MeetingStage] = match form.outcome {
        Settled::HeldOver => &[MeetingStage::Planned, MeetingStage::Open],
        Settled::Noted | Settled::Ratified => &[MeetingStage::Open],
    };
    must_be(&facts, stages)?;
    let state = &file.header.state;
    if known.settled.is_some() || state.decision.and_then(|decision| decision.meeting) == Some(facts.id) {
        return Err(Problem::field(Kind::Conflict, "/", "settled", "this item is settled already"));
    }
    if form.outcome == Settled::Noted {
        must_have_heard(session, &facts, item)?;
    }
    if form.outcome == Settled::Ratified && !state.unratified {
        return Err(Problem::field(
            Kind::Conflict,
            "/outcome",
            "nothing_to_ratify",
            "nothing here waits to be ratified",
        ));
    }
    if form.outcome == Settled::Noted && state.unratified {
        return Err(Problem::field(Kind::Conflict, "/outcome", "to_ratify", "this waits for the panel to ratify it"));
    }
    if form.outcome == Settled::Ratified {
        must_sit(session, &facts, &file, form.police_for_residence)?;
    }
    let mut changed = (*facts).clone();
    for known in changed.items.iter_mut().filter(|known| known.item == item) {
        known.settled = Some(form.outcome);
    }
    let mut edit = CaseEdit::of(&file);
    edit.header.state.unratified &= form.outcome != Settled::Ratified;
    let said = json!({"meeting": facts.id, "item": item, "outcome": form.outcome, "reason": form.reason});
    note(&file, &mut edit, "agenda_outcome", said)?;
    edit.event_about("item_settled", Category::Panel.name(), session.today);
    finish(edit, changed, Reply::empty(204), "settled", |_| Ok(()))
}

/// What was done without a meeting is not ratified without one either: whoever says so presides, and the panel is quorate.
fn must_sit(
    session: &Session<'_>,
    facts: &MeetingFacts,
    file: &CaseFile<'_>,
    police: Option<PersonId>,
) -> Result<(), Problem> {
    let refuse = |rule, says| Err(Problem::field(Kind::Conflict, "/outcome", rule, says));
    let sitting = sits(facts, &file.header);
    let Some((sitting, person)) = sitting.zip(session.principal.person()) else {
        return refuse(MEETING_SITS.code, "the meeting does not sit at this item");
    };
    if !sitting.chaired_by(person) {
        return refuse(PRESIDES.code, "whoever ratifies presides at this item");
    }
    if !sitting.is_quorate(police, &session.service.rules.quorum_also) {
        return refuse(QUORATE.code, QUORATE.says);
    }
    Ok(())
}

fn check_reason(reason: &str) -> Result<(), Problem> {
    let mut v = Violations::default();
    text(reason, "/reason", LONGEST_REASON, &mut v);
    v.finish()
}

/// A word about an item, sealed with the panel's record of the case.
fn note(file: &CaseFile<'_>, edit: &mut CaseEdit<'_, '_>, kind: &'static str, said: Value) -> Result<(), Problem> {
    let session = file.session();
    refuse_unless(&session.evaluator.may_write(Category::Panel, &file.header, &Particulars::default()))?;
    let fields = match said {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    edit.record(Append::new(RecordId::new(), Category::Panel, kind, session.today, fields))
}

/// Case and meeting in one transaction.
fn finish(
    edit: CaseEdit<'_, '_>,
    changed: MeetingFacts,
    reply: Reply,
    what: &'static str,
    beside: impl FnOnce(&mut crate::store::Tx<'_>) -> Result<(), crate::store::StoreError> + Send + 'static,
) -> Result<Answer, Problem> {
    let session = edit.session();
    let (row, meeting_mark) = next(session, changed)?;
    let (prepared, mark) = edit.prepare()?;
    let detail = vec![("item", DetailValue::Code(what))];
    Ok(session.change(reply, vec![mark, meeting_mark], detail, move |tx| {
        tx.put_meeting(&row)?;
        prepared.write(tx)?;
        Ok(beside(tx)?)
    }))
}
