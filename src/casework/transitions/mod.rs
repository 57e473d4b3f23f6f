//! The one table: everything that can be done to a case, by whom, when, on what conditions and with what words.
//! Tests, documentation and what a person is offered all come from here; nothing moves a case that is not a row of it.

mod commission;
mod consent;
mod document;
mod ending;
mod front_door;
mod panel;
mod support;

pub use document::document;

use super::category::Category;
use super::content::FormKind;
use super::engine::Change;
use super::guards::Guard;
use super::role::{Role, Unit};
use super::state::{Hold, Stage, State};
use super::view::sees_kind;
use crate::error::Problem;

/// Who may do a thing. Police here always means the counter-terrorism unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Mash,
    Council,
    Chair,
    PoliceCt,
    Provider,
    /// Nobody: what time brings, made by the service itself on its day.
    Service,
}

impl Who {
    pub fn is(self, role: Role, unit: Option<Unit>) -> bool {
        match self {
            Who::Mash => role == Role::Mash,
            Who::Council => role == Role::Council,
            Who::Chair => role == Role::Chair,
            Who::PoliceCt => role == Role::Police && unit == Some(Unit::CounterTerrorism),
            Who::Provider => role == Role::Provider,
            Who::Service => false,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Who::Mash => "mash",
            Who::Council => "council",
            Who::Chair => "chair",
            Who::PoliceCt => "police ct",
            Who::Provider => "provider",
            Who::Service => "the service",
        }
    }
}

/// Where a transition leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    Same,
    Stage(Stage),
    /// Back to where support was not running, from intervention; the same stage from any other.
    ConsentIfSupported,
    /// To where the case stood before.
    Restored,
}

/// What a transition writes beside the state.
#[derive(Debug, Clone, Copy)]
pub enum Writes {
    Nothing,
    /// The form, as a record of this kind.
    Record(Category, &'static str),
    /// The form's fields, into the category's one map.
    Single(Category),
    /// What the row's effect makes of it; each may be left out.
    Special(&'static [(Category, &'static str)]),
}

impl Writes {
    /// Every category that may be written, with the record's kind (empty for a single map).
    pub fn targets(self) -> Vec<(Category, &'static str)> {
        match self {
            Writes::Nothing => Vec::new(),
            Writes::Record(category, kind) => vec![(category, kind)],
            Writes::Single(category) => vec![(category, "")],
            Writes::Special(targets) => targets.to_vec(),
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Transition {
    /// Stable; part of the API.
    pub name: &'static str,
    pub says: &'static str,
    pub from: &'static [Stage],
    pub to: To,
    pub who: &'static [Who],
    pub guards: &'static [Guard],
    pub form: FormKind,
    /// The rule (see `Rules`) by which it is due.
    pub deadline: Option<&'static str>,
    pub writes: Writes,
    /// A decision of the panel: the chair's alone.
    pub decision: bool,
    /// Whether it may be done while a hold is in force.
    pub during_hold: bool,
    pub effect: fn(&mut Change<'_>) -> Result<(), Problem>,
}

impl Transition {
    pub fn open_to(&self, role: Role, unit: Option<Unit>) -> bool {
        self.who.iter().any(|w| w.is(role, unit))
    }

    /// The stage it leads to from `from`; none where the case is put back.
    pub fn leads_to(&self, from: Stage) -> Option<Stage> {
        match self.to {
            To::Same => Some(from),
            To::Stage(stage) => Some(stage),
            To::ConsentIfSupported if from == Stage::Intervention => Some(Stage::Consent),
            To::ConsentIfSupported => Some(from),
            To::Restored => None,
        }
    }
}

/// The table, a chapter a slice. `all` walks it.
pub static TABLE: [&[Transition]; 6] =
    [front_door::ROWS, panel::ROWS, consent::ROWS, support::ROWS, commission::ROWS, ending::ROWS];

pub fn all() -> impl Iterator<Item = &'static Transition> {
    TABLE.iter().flat_map(|chapter| chapter.iter())
}

pub fn find(name: &str) -> Option<&'static Transition> {
    all().find(|t| t.name == name)
}

/// What this role might do now, by stage, role and hold alone. Guards are not asked: an offer that came and went with
/// them would tell what they read.
pub fn available(state: &State, role: Role, unit: Option<Unit>) -> Vec<&'static Transition> {
    // An outsider is shown `paused`, and not whether it is a hold.
    let held = state.hold != Hold::None && sees_kind(role);
    all().filter(|t| t.from.contains(&state.stage) && t.open_to(role, unit) && (!held || t.during_hold)).collect()
}

const OPEN: &[Stage] = &[
    Stage::Referred,
    Stage::Triage,
    Stage::Assessment,
    Stage::Panel,
    Stage::Consent,
    Stage::Intervention,
    Stage::Exited,
];
