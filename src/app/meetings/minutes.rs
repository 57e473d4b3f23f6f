//! Minutes, item by item: drafted from what was recorded, approved by the chair, and from then on never changed; what must be
//! put right is added. Every approved version is hashed into the ledger.
//! What was said is sealed under the category it came from: a diagnosis said aloud must not become common by being minuted.

use super::{MeetingFacts, item_of, meeting, must_be, must_have_heard};
use crate::access::{CaseVerb, MinutesFact, Particulars};
use crate::app::add_log_note::Written;
use crate::app::answer::{Answer, Reply};
use crate::app::case_edit::{Append, CaseEdit};
use crate::app::case_file::CaseFile;
use crate::app::session::{Session, refuse_unless};
use crate::casework::category::Category;
use crate::casework::form::{count, text};
use crate::casework::ids::{MeetingId, RecordId};
use crate::casework::meeting::MeetingStage;
use crate::error::{Kind, Problem, Violations};
use crate::ledger::entry::DetailValue;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

const KIND: &str = "minutes";
const ADDENDUM: &str = "minutes_addendum";
/// Characters of one passage, and how many there may be.
const LONGEST: usize = 8_000;
const MOST: usize = 60;

/// What was said of one case.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MinutesDraft {
    pub discussion: Vec<Passage>,
}

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Passage {
    pub text: String,
    /// The category it came from, under which it is sealed; common to the minutes' readers if absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub source_category: Option<Category>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Approval {
    /// The version that was read: a draft that changed meanwhile is not approved unread.
    pub version: u32,
}

crate::app::opaque!(MinutesDraft, Passage, Approval);

/// Writes the draft, or its next version.
///
/// # Errors
/// `conflict` once approved, or before the meeting began; `invalid`; `not-found`; the policies' refusal.
pub fn draft(session: &Session<'_>, id: MeetingId, item: RecordId, form: &MinutesDraft) -> Result<Answer, Problem> {
    let (facts, file) = open(session, id, item, CaseVerb::WriteMinutes)?;
    let known = of_item(&file, item);
    if known.is_some_and(|minutes| minutes.approved.is_some()) {
        return Err(approved());
    }
    let record = known.map_or_else(RecordId::new, |minutes| minutes.record);
    let version = known.map_or(1, |minutes| minutes.version.saturating_add(1));
    let mut edit = CaseEdit::of(&file);
    edit.record(append(session, &file, &facts, item, (KIND, record, version), form)?)?;
    edit.header.minutes.retain(|minutes| minutes.item != item);
    edit.header.minutes.push(MinutesFact { item, record, version, approved: None });
    edit.event_about("minutes_drafted", Category::Panel.name(), session.today);
    edit.finish(Reply::json(200, &Written { id: record })?, vec![("version", DetailValue::Number(version.into()))])
}

/// # Errors
/// `conflict` once approved; `precondition-failed` for another version than the newest; `not-found`; the policies' refusal.
pub fn approve(session: &Session<'_>, id: MeetingId, item: RecordId, form: &Approval) -> Result<Answer, Problem> {
    let (facts, file) = open(session, id, item, CaseVerb::Decide)?;
    must_have_heard(session, &facts, item)?;
    let known = of_item(&file, item).ok_or(Kind::NotFound)?;
    if known.approved.is_some() {
        return Err(approved());
    }
    if known.version != form.version {
        return Err(Kind::PreconditionFailed.into());
    }
    let digest = file.digest_of(known.record, known.version)?;
    let mut edit = CaseEdit::of(&file);
    for minutes in edit.header.minutes.iter_mut().filter(|minutes| minutes.item == item) {
        minutes.approved = session.principal.person();
    }
    edit.event_about("minutes_approved", Category::Panel.name(), session.today);
    let detail = vec![
        ("minutes", DetailValue::Id(known.record.0)),
        ("version", DetailValue::Number(known.version.into())),
        ("digest", DetailValue::Digest(digest)),
    ];
    edit.finish(Reply::empty(204), detail)
}

/// What the approved minutes got wrong, beside them.
///
/// # Errors
/// `conflict` before they are approved; `invalid`; `not-found`; the policies' refusal.
pub fn add(session: &Session<'_>, id: MeetingId, item: RecordId, form: &MinutesDraft) -> Result<Answer, Problem> {
    let (facts, file) = open(session, id, item, CaseVerb::Decide)?;
    must_have_heard(session, &facts, item)?;
    if of_item(&file, item).is_none_or(|minutes| minutes.approved.is_none()) {
        return Err(Problem::field(
            Kind::Conflict,
            "/",
            "not_approved",
            "a draft is changed; only minutes are added to",
        ));
    }
    let record = RecordId::new();
    let mut edit = CaseEdit::of(&file);
    edit.record(append(session, &file, &facts, item, (ADDENDUM, record, 1), form)?)?;
    edit.event_about("minutes_added_to", Category::Panel.name(), session.today);
    let digest = edit.newest_digest().ok_or_else(|| Problem::internal("an addendum was not appended"))?;
    let detail = vec![("minutes", DetailValue::Id(record.0)), ("digest", DetailValue::Digest(digest))];
    edit.finish(Reply::json(201, &Written { id: record })?, detail)
}

fn open<'s>(
    session: &'s Session<'s>,
    id: MeetingId,
    item: RecordId,
    verb: CaseVerb,
) -> Result<(MeetingFacts, CaseFile<'s>), Problem> {
    let facts = meeting(session, id)?;
    let known = item_of(session, &facts, item)?;
    let file = CaseFile::open(session, known.case, verb, &Particulars::default())?;
    must_be(&facts, &[MeetingStage::Open, MeetingStage::Closed])?;
    refuse_unless(&session.evaluator.may_write(Category::Panel, &file.header, &Particulars::default()))?;
    Ok(((*facts).clone(), file))
}

fn of_item<'f>(file: &'f CaseFile<'_>, item: RecordId) -> Option<&'f MinutesFact> {
    file.header.minutes.iter().find(|minutes| minutes.item == item)
}

fn approved() -> Problem {
    Problem::field(Kind::Conflict, "/", "approved", "approved minutes are not changed; they are added to")
}

fn append(
    session: &Session<'_>,
    file: &CaseFile<'_>,
    facts: &MeetingFacts,
    item: RecordId,
    (kind, record, version): (&'static str, RecordId, u32),
    form: &MinutesDraft,
) -> Result<Append, Problem> {
    check(form)?;
    let passages = |source: Option<Category>| {
        let of_source = form.discussion.iter().filter(|passage| passage.source_category == source);
        of_source.map(|passage| Value::from(passage.text.clone())).collect::<Vec<_>>()
    };
    let mut fields = recorded(file, facts, item);
    fields.insert("discussion".to_owned(), Value::Array(passages(None)));
    let mut append = Append::new(record, Category::Panel, kind, facts.on, fields);
    append.version = version;
    let sources: std::collections::BTreeSet<Category> =
        form.discussion.iter().filter_map(|passage| passage.source_category).collect();
    append.parts = sources
        .into_iter()
        .map(|source| (source, Map::from_iter([("discussion".to_owned(), Value::Array(passages(Some(source))))])))
        .collect::<BTreeMap<_, _>>();
    append.occurred_on = Some(facts.on.min(session.today));
    Ok(append)
}

fn check(form: &MinutesDraft) -> Result<(), Problem> {
    let mut v = Violations::default();
    count(form.discussion.len(), "/discussion", 1, MOST, &mut v);
    for (index, passage) in form.discussion.iter().take(MOST).enumerate() {
        text(&passage.text, &format!("/discussion/{index}/text"), LONGEST, &mut v);
        if passage.source_category == Some(Category::Panel) {
            let at = format!("/discussion/{index}/sourceCategory");
            v.add(at, "own_category", "leave it out for what all readers of the minutes may read");
        }
    }
    v.finish()
}

/// What the service knows of the item by itself: who sat for it, who was out, which papers lay there.
fn recorded(file: &CaseFile<'_>, facts: &MeetingFacts, item: RecordId) -> Map<String, Value> {
    let recused = &file.header.recusals;
    let present = facts.attendance.iter().map(|a| {
        let away = a.away.iter().find(|away| away.item == item);
        json!({
            "agency": a.agency,
            "capacity": a.capacity,
            "recused": recused.contains(&a.person),
            "left": away.and_then(|away| away.left.clone()),
            "returned": away.and_then(|away| away.returned.clone()),
            "away": away.is_some(),
        })
    });
    let considered = file.header.categories.iter().map(|(category, fact)| (category.name(), fact.version));
    Map::from_iter([
        ("meeting".to_owned(), json!(facts.id)),
        ("item".to_owned(), json!(item)),
        ("forum".to_owned(), json!(facts.forum)),
        ("meetingDate".to_owned(), json!(facts.on)),
        ("present".to_owned(), Value::Array(present.collect())),
        ("considered".to_owned(), json!(considered.collect::<BTreeMap<_, _>>())),
    ])
}
