//! Applies one row of the table to one state. Pure: what day it is, who acts and fresh ids are handed in.
//! It must never say why to somebody who may not read the cause, nor write a word that no form has checked.

use super::calendar::Calendar;
use super::category::Category;
use super::content::{Content, Standing};
use super::guards::{Facts, Guard};
use super::ids::{AgencyId, CaseId, PersonId, RecordId};
use super::meeting::Sitting;
use super::role::{Role, Unit};
use super::rules::Rules;
use super::state::{CommissionFact, Hold, State};
use super::transitions::{Transition, Who, Writes};
use super::view::sees_kind;
use crate::clock::Moment;
use crate::error::{Kind, Problem, Violation};
use chrono::NaiveDate;
use serde_json::{Map, Value};

/// Who acts, through which membership: all of it there, or nothing, where it is the service that does what time brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ActorRef {
    pub person: Option<PersonId>,
    pub agency: Option<AgencyId>,
    pub role: Option<Role>,
    pub unit: Option<Unit>,
}

impl ActorRef {
    /// Nobody's act: only what the table gives the service itself.
    pub const SERVICE: ActorRef = ActorRef { person: None, agency: None, role: None, unit: None };

    fn may(&self, t: &Transition) -> bool {
        self.role.map_or_else(|| t.who.contains(&Who::Service), |role| t.open_to(role, self.unit))
    }
}

/// One act. `body` is the form as it was sent; `previous` is the state before the last event, for `correct` alone.
pub struct Input<'a> {
    pub body: &'a Value,
    pub occurred_on: NaiveDate,
    pub today: NaiveDate,
    pub recorded: Moment,
    pub actor: ActorRef,
    pub age_on_occurred: Option<u8>,
    pub previous: Option<&'a State>,
    pub rules: &'a Rules,
    pub calendar: &'a Calendar,
    /// The meeting that a decision names, if it is open at this case's item.
    pub sitting: Option<&'a Sitting>,
    /// Fresh record ids: `&RecordId::new` in the service, a counter in tests.
    pub ids: &'a dyn Fn() -> RecordId,
}

/// Fields that are sealed under one category.
pub type Part = (Category, Map<String, Value>);

/// A record to be appended. `parts` are pieces of it that are sealed under the category they came from.
pub struct NewRecord {
    pub record: RecordId,
    pub category: Category,
    pub kind: &'static str,
    pub fields: Map<String, Value>,
    pub parts: Vec<Part>,
}

/// What an act comes to. `singles` replace the named fields of a category's map and leave the others.
pub struct Effect {
    pub state: State,
    pub records: Vec<NewRecord>,
    pub singles: Vec<Part>,
    /// A commission as it now stands.
    pub commission: Option<CommissionFact>,
    /// What is given out of the service, by whoever does this and may read it.
    pub released: Vec<Category>,
    /// The meeting on whose agenda the case now is.
    pub listed_for: Option<NaiveDate>,
    /// Set when the case was joined to another, `Some(None)` when that was undone.
    pub joined: Option<Option<CaseId>>,
}

super::content::opaque!(NewRecord, Effect);

impl std::fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input")
            .field("occurred_on", &self.occurred_on)
            .field("actor", &self.actor)
            .finish_non_exhaustive()
    }
}

/// An act being carried out: what an effect may look at and change.
#[derive(Debug)]
pub struct Change<'a> {
    pub input: &'a Input<'a>,
    pub before: &'a State,
    pub content: &'a Content,
    pub on: NaiveDate,
    pub out: Effect,
}

impl Change<'_> {
    pub fn state(&mut self) -> &mut State {
        &mut self.out.state
    }

    /// Appends a record with the marks every record carries; answers its id.
    pub fn record(
        &mut self,
        category: Category,
        kind: &'static str,
        fields: Map<String, Value>,
        parts: Vec<Part>,
    ) -> RecordId {
        let record = (self.input.ids)();
        let fields = self.marked(fields);
        self.out.records.push(NewRecord { record, category, kind, fields, parts });
        record
    }

    /// Who did it and when; forms have no fields of these names.
    pub fn marked(&self, mut fields: Map<String, Value>) -> Map<String, Value> {
        fields.insert("occurredOn".to_owned(), Value::from(self.on.to_string()));
        fields.insert("recordedAt".to_owned(), Value::from(self.input.recorded.rfc3339()));
        let actor = &self.input.actor;
        let by = [("recordedBy", actor.person.map(|id| id.0)), ("recordedByAgency", actor.agency.map(|id| id.0))];
        fields.extend(by.into_iter().filter_map(|(name, id)| Some((name.to_owned(), Value::from(id?.to_string())))));
        fields
    }
}

/// Carries out `t` on `state`.
///
/// # Errors
/// `not-allowed`: not this role's. `transition-refused`: a guard that the actor may read the cause of is not met; each
/// violation names the guard. `transition-held`: only guards whose cause the actor may not read are not met, or a hold is
/// in force of which the actor sees no more than `paused`. `invalid`: the form or a date breaks a rule.
pub fn apply(
    t: &Transition,
    state: &State,
    input: &Input<'_>,
    can_read: &dyn Fn(Category) -> bool,
) -> Result<Effect, Problem> {
    if !input.actor.may(t) {
        return Err(Problem::new(Kind::NotAllowed));
    }
    if !t.from.contains(&state.stage) {
        return Err(refused("/transition", "wrong_stage", "This cannot be done at the case's stage"));
    }
    let insider = input.actor.role.is_none_or(sees_kind);
    if insider {
        check_hold(t, state, input.occurred_on)?;
    }
    check_dates(t, state, input)?;
    let standing = Standing { state, occurred_on: input.occurred_on, today: input.today };
    let content = t.form.read(input.body, standing)?;
    check_guards(t, state, input, &content, can_read)?;
    // Last: an outsider learns that something holds only where nothing else stands in the way, and never what.
    if !insider && check_hold(t, state, input.occurred_on).is_err() {
        return Err(Problem::new(Kind::TransitionHeld));
    }

    let out = Effect {
        state: state.clone(),
        records: Vec::new(),
        singles: Vec::new(),
        commission: None,
        released: Vec::new(),
        listed_for: None,
        joined: None,
    };
    let mut change = Change { input, before: state, content: &content, on: input.occurred_on, out };
    if let Some(stage) = t.leads_to(state.stage).filter(|s| *s != state.stage) {
        change.state().stage = stage;
        change.state().stage_on = input.occurred_on;
        change.state().stage_at = Some(input.recorded);
    }
    (t.effect)(&mut change)?;
    write_form(t, &mut change)?;
    Ok(change.out)
}

fn refused(field: &str, rule: &'static str, message: &'static str) -> Problem {
    Problem::field(Kind::TransitionRefused, field, rule, message)
}

/// No step but a hold's own is made while one is in force, nor slipped by its date into days on which one was.
fn check_hold(t: &Transition, state: &State, on: NaiveDate) -> Result<(), Problem> {
    if t.during_hold {
        return Ok(());
    }
    if state.hold != Hold::None {
        return Err(refused("/transition", "on_hold", "A hold is in force"));
    }
    let moves = t.leads_to(state.stage) != Some(state.stage);
    if moves && state.held.iter().any(|p| p.contains(on)) {
        return Err(refused("/occurredAt", "on_hold", "A hold was in force on that day"));
    }
    Ok(())
}

/// Keying late is honest and allowed; the future is not, nor is an order of events that cannot have been.
fn check_dates(t: &Transition, state: &State, input: &Input<'_>) -> Result<(), Problem> {
    const FIELD: &str = "/occurredAt";
    let on = input.occurred_on;
    if on > input.today {
        return Err(Problem::field(Kind::Invalid, FIELD, "in_future", "This date is in the future"));
    }
    if on < state.received_on {
        return Err(Problem::field(Kind::Invalid, FIELD, "before_received", "This is before the case began"));
    }
    let moves = t.leads_to(state.stage) != Some(state.stage);
    if (moves || t.decision) && on < state.stage_on {
        return Err(refused(FIELD, "before_stage", "This is before the case came to its present stage"));
    }
    Ok(())
}

/// What may be told is told, all at once. What may not be told is never added to it: the answer then depends on nothing
/// that the actor may not read, unless nothing else stands in the way.
fn check_guards(
    t: &Transition,
    state: &State,
    input: &Input<'_>,
    content: &Content,
    can_read: &dyn Fn(Category) -> bool,
) -> Result<(), Problem> {
    let facts = Facts {
        state,
        occurred_on: input.occurred_on,
        actor: input.actor,
        age: input.age_on_occurred,
        content,
        rules: input.rules,
        calendar: input.calendar,
        sitting: input.sitting,
    };
    let mut told = Vec::new();
    let mut held = false;
    for guard in t.guards {
        let Some(violation) = broken(guard, &facts) else {
            continue;
        };
        if guard.reads.iter().all(|c| can_read(*c)) {
            told.push(violation);
        } else {
            held = true;
        }
    }
    if !told.is_empty() {
        return Err(Problem { violations: told, ..Problem::new(Kind::TransitionRefused) });
    }
    if held { Err(Problem::new(Kind::TransitionHeld)) } else { Ok(()) }
}

fn broken(guard: &Guard, facts: &Facts<'_>) -> Option<Violation> {
    if !(guard.met)(facts) {
        return Some(Violation { field: guard.field.to_owned(), rule: guard.code, message: guard.says });
    }
    let early = (guard.rests_on)(facts.state).is_some_and(|on| facts.occurred_on < on);
    early.then(|| Violation {
        field: "/occurredAt".to_owned(),
        rule: guard.code,
        message: "This is before what it rests on",
    })
}

fn write_form(t: &Transition, change: &mut Change<'_>) -> Result<(), Problem> {
    match t.writes {
        Writes::Nothing | Writes::Special(_) => {}
        Writes::Record(category, kind) => {
            let mut fields = change.content.fields()?;
            fields.extend(change.input.sitting.iter().flat_map(|sitting| sitting.told()));
            change.record(category, kind, fields, Vec::new());
        }
        Writes::Single(category) => {
            let fields = change.content.fields()?;
            change.out.singles.push((category, fields));
        }
    }
    Ok(())
}
