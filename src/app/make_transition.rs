//! One step of a case through the table: who may is asked of the policies, what may is asked of casework, and what it
//! says is sealed where the table says.
//! Nothing here may know what any one transition means; the table does.

use super::age;
use super::answer::{Answer, Reply};
use super::case_edit::{Append, CaseEdit};
use super::case_file::CaseFile;
use super::meetings::sitting::sitting;
use super::notices::{self, receivers};
use super::on_behalf;
use super::open_case::state_view;
use super::same_person;
use super::session::{Session, refuse_unless};
use super::transfers::offer::{crossing, must_read_whole};
use super::work::known_agency;
use crate::access::{CaseVerb, CommissionFact, Listing, Particulars};
use crate::casework::category::Category;
use crate::casework::content::FormKind;
use crate::casework::engine::{self, ActorRef, Effect, Input};
use crate::casework::ids::{AgencyId, CaseId, RecordId};
use crate::casework::intake::on_behalf::OnBehalfOf;
use crate::casework::meeting::Sitting;
use crate::casework::role::Role;
use crate::casework::state::{CommissionStatus, State};
use crate::casework::transitions::{self, Transition, Who};
use crate::casework::view::{StateView, view_of};
use crate::error::{Kind, Problem};
use crate::ledger::entry::{DetailValue, Manifest};
use crate::store::rows::NoticeRow;
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A step, with the day it happened and the words it needs.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// A name of the transition table.
    pub transition: String,
    /// The day it happened; today where absent. Never in the future.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub occurred_at: Option<NaiveDate>,
    /// The form that the table names for this transition.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub content: Value,
    #[serde(default)]
    pub on_behalf_of: Option<OnBehalfOf>,
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Step")
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stepped {
    pub state: StateView,
    /// Ids of the records that were written, for those who go on with them.
    #[schema(value_type = Vec<String>)]
    pub records: Vec<RecordId>,
}

/// # Errors
/// `invalid` for an unknown transition or a broken form; `transition-refused`, `transition-held`; the policies' refusal.
pub fn make_transition(session: &Session<'_>, id: CaseId, step: &Step) -> Result<Answer, Problem> {
    let transition = transitions::find(&step.transition);
    let file = match transition {
        Some(t) => CaseFile::open(session, id, verb(t), &particulars(t, step))?,
        // Whoever may not know the case is not told which transitions there are either.
        None => {
            CaseFile::open(session, id, CaseVerb::OpenCase, &Particulars::default())?;
            return Err(Problem::field(
                Kind::Invalid,
                "/transition",
                "unknown_code",
                "must be a transition of the table",
            ));
        }
    };
    let t = transition.ok_or_else(|| Problem::internal("a transition was lost"))?;
    let told = on_behalf::check(session, step.on_behalf_of.as_ref())?;
    let occurred_on = step.occurred_at.unwrap_or(session.today);
    let sitting = if t.form == FormKind::Decision { sitting(session, &file.header, &step.content)? } else { None };
    let effect = decide(&file, t, step, occurred_on, sitting.as_ref().map(|(sitting, _)| sitting))?;
    for category in t.writes.targets().into_iter().map(|(category, _)| category) {
        if effect_writes(&effect, category) {
            refuse_unless(&session.evaluator.may_write(category, &file.header, &particulars(t, step)))?;
        }
    }
    same_person::must_be_decided(&file, t)?;
    let joined = effect.joined.flatten().map(|target| same_person::must_go_on(session, id, target)).transpose()?;
    if t.name == "commission" {
        // An agency of nowhere could never answer, and the case would wait for it.
        known_agency(session, effect.commission.map(|c| c.provider), "/content/provider")?;
    }
    must_read_whole(&file, &effect.released)?;
    let crossing = crossing(&file, &effect)?;
    let offered = effect.commission.filter(|c| c.status == CommissionStatus::Offered);
    let letters = offered.map_or(Ok(Vec::new()), |c| to_provider(session, c.provider, c.record))?;
    let mut edit = CaseEdit::of(&file);
    let said = match (&joined, effect.joined) {
        (Some(target), _) => same_person::join(&file, &mut edit, target)?,
        (None, Some(_)) => same_person::part(&file, &mut edit)?,
        (None, None) => None,
    };
    let state = effect.state.clone();
    let records: Vec<RecordId> = effect.records.iter().map(|record| record.record).collect();
    write(&file, &mut edit, t, effect, occurred_on)?;
    edit.event(t.name, occurred_on);
    on_behalf::log(&mut edit, told.as_ref(), session)?;
    let (kinds, reads) = (file.permit.shows_tracks(), |category| file.can_read(category));
    let member = session.principal.member();
    let view = member.map_or_else(|| state_view(&file), |m| view_of(&state, m.role, kinds, &reads));
    let reply = Reply::json(200, &Stepped { state: view, records })?;
    let detail = vec![
        ("transition", DetailValue::Code(t.name)),
        ("on_behalf", DetailValue::Code(if told.is_some() { "yes" } else { "no" })),
    ];
    // What the decision stands on must still stand when it is committed.
    let held = sitting.map(|(sitting, version)| (sitting.meeting, version));
    let (mark, given) =
        (crossing.as_ref().map(|crossing| crossing.mark), crossing.as_ref().is_some_and(|c| c.discloses));
    let answer = edit.finish_beside(reply, detail, mark, move |tx| {
        notices::tell(tx, &letters)?;
        crossing.map_or(Ok(()), |crossing| tx.put_transfer(&crossing.row))?;
        joined.map_or(Ok(()), |target| tx.hold_case(target.case, target.version))?;
        said.map_or(Ok(()), |said| tx.set_candidate_state(id, said.other, said.was, said.is))?;
        held.map_or(Ok(()), |(meeting, version)| tx.hold_meeting(meeting, version))
    })?;
    // Parallel to the rows: of the case what was released, of the transfer nothing.
    Ok(if given { answer.disclosing(vec![file.disclosed().1, Manifest::default()]) } else { answer })
}

fn effect_writes(effect: &Effect, category: Category) -> bool {
    effect.records.iter().any(|r| r.category == category) || effect.singles.iter().any(|(c, _)| *c == category)
}

fn verb(t: &Transition) -> CaseVerb {
    match t.name {
        "accept_commission" | "decline_commission" => CaseVerb::AnswerCommission,
        "correct" => CaseVerb::Correct,
        "join" | "unjoin" => CaseVerb::JoinCase,
        _ if t.decision => CaseVerb::Decide,
        _ => CaseVerb::Transition,
    }
}

fn particulars(t: &Transition, step: &Step) -> Particulars {
    let seats = t.who.iter().filter_map(|who| match who {
        Who::Mash => Some("mash"),
        Who::Council => Some("council"),
        Who::Chair => Some("chair"),
        Who::PoliceCt => Some("police_ct"),
        Who::Provider => Some("provider"),
        Who::Service => None,
    });
    // A provider's steps are about its own commission, a correction about one's own word; casework checks whose it is.
    let own = t.who == [Who::Provider] || t.name == "correct";
    Particulars { own, on_behalf: step.on_behalf_of.is_some(), who: seats.collect() }
}

fn decide(
    file: &CaseFile<'_>,
    t: &Transition,
    step: &Step,
    occurred_on: NaiveDate,
    sitting: Option<&Sitting>,
) -> Result<Effect, Problem> {
    let session = file.session();
    let service = session.service;
    let member = session.principal.member().ok_or_else(|| Problem::internal("a transition by no member"))?;
    let previous = if t.name == "correct" { before_last_event(file)? } else { None };
    let empty = Value::Object(Map::new());
    let input = Input {
        body: if step.content.is_null() { &empty } else { &step.content },
        occurred_on,
        today: session.today,
        recorded: session.now,
        actor: ActorRef {
            person: Some(member.person),
            agency: Some(member.agency),
            role: Some(member.role),
            unit: member.unit,
        },
        age_on_occurred: age::on_day(file, occurred_on)?,
        previous: previous.as_ref(),
        rules: &service.rules,
        calendar: &service.calendar,
        sitting,
        ids: &RecordId::new,
    };
    engine::apply(t, &file.header.state, &input, &|category| file.can_read(category))
}

/// The state that stood before the last step: the newest earlier header whose state differs in what the actor may know. What
/// they may not know is neither theirs to take back nor in the way of it, and stays as it is.
fn before_last_event(file: &CaseFile<'_>) -> Result<Option<State>, Problem> {
    let headers = file.headers()?;
    let now = &file.header.state;
    let known = |state: &State| as_known(file, state);
    // What the service notes by itself is nobody's event; nor is the moment at which an assessment was written down, that
    // somebody found an earlier case, or that a meeting ratified what was done.
    let noted = |state: &State| State {
        ask_anew_by: now.ask_anew_by,
        assessed_at: now.assessed_at,
        repeat: now.repeat,
        unratified: now.unratified,
        ..known(state)
    };
    let before = headers.iter().rev().find(|header| noted(&header.state) != *now);
    Ok(before.map(|header| known(&header.state)))
}

/// An earlier state as the actor may know it: a provider its own commissions, whoever reads no log not what the referrer was
/// told; all else as it is now.
fn as_known(file: &CaseFile<'_>, earlier: &State) -> State {
    let (now, member) = (&file.header.state, file.session().principal.member());
    if let Some(provider) = member.filter(|member| member.role == Role::Provider) {
        let mut state = now.clone();
        for own in state.commissions.iter_mut().filter(|own| own.provider == provider.agency) {
            *own = earlier.commissions.iter().find(|then| then.record == own.record).copied().unwrap_or(*own);
        }
        return state;
    }
    let told = if file.can_read(Category::Log) { earlier.referrer_told } else { now.referrer_told };
    State { referrer_told: told, ..earlier.clone() }
}

fn write(
    file: &CaseFile<'_>,
    edit: &mut CaseEdit<'_, '_>,
    t: &Transition,
    effect: Effect,
    occurred_on: NaiveDate,
) -> Result<(), Problem> {
    for record in effect.records {
        let mut append = Append::new(record.record, record.category, record.kind, occurred_on, record.fields);
        append.parts = record.parts.into_iter().collect();
        edit.record(append)?;
    }
    for (category, fields) in effect.singles {
        let mut whole = file.read_single(category)?.unwrap_or_default();
        whole.extend(fields);
        edit.single(category, &whole)?;
        if category == Category::Plan {
            super::amend_category::assign_by_plan(edit, file.session(), &whole)?;
        }
    }
    edit.header.decided |= t.decision;
    if let Some(meeting) = effect.listed_for {
        list_for(edit, file.session().today, meeting);
    }
    edit.header.commissions = commissions(&effect.state);
    edit.header.retention.moved(&file.header.state, &effect.state, age::on_day(file, occurred_on)?);
    edit.header.state = effect.state;
    Ok(())
}

/// On the agenda of a meeting: the chair's sight of the case, from now until five days after it.
fn list_for(edit: &mut CaseEdit<'_, '_>, today: NaiveDate, meeting: NaiveDate) {
    let to = meeting.max(today).checked_add_days(Days::new(5)).unwrap_or(meeting);
    edit.header.listings.push(Listing { item: RecordId::new(), agency: None, person: None, from: today, to });
}

/// What policy reads of a commission follows from the state, so that the two cannot differ.
fn commissions(state: &State) -> Vec<CommissionFact> {
    let fact = |c: &crate::casework::state::CommissionFact| CommissionFact {
        id: c.record,
        agency: c.provider,
        accepted: c.is_taken(),
        from: c.from,
        to: c.to,
        ended: c.is_over(),
    };
    state.commissions.iter().map(fact).collect()
}

super::opaque!(Stepped);

/// That a commission waits, to whoever acts for the provider.
fn to_provider(session: &Session<'_>, provider: AgencyId, commission: RecordId) -> Result<Vec<NoticeRow>, Problem> {
    let everybody = receivers::receivers(session)?;
    let theirs = everybody.iter().filter(|member| member.agency == provider && member.role == Role::Provider);
    let people = theirs.map(|member| member.person);
    notices::letters(
        session.service,
        session.panel(),
        people,
        &notices::Kind::Commission,
        (commission.0, String::new()),
    )
}
