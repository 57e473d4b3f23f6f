//! What must be so before a thing may be done to a case. Each guard names the categories its cause would disclose.
//! A guard reads the state, the act and the form; it must never read content that is sealed, nor look at a clock.

mod commission;
mod consent;
mod ending;
mod front_door;
mod panel;

pub use commission::*;
pub use consent::*;
pub use ending::*;
pub use front_door::*;
pub use panel::*;

use super::calendar::Calendar;
use super::category::Category as C;
use super::content::Content;
use super::engine::ActorRef;
use super::meeting::Sitting;
use super::role::{Role, Unit};
use super::rules::Rules;
use super::state::{Decided, State};
use chrono::NaiveDate;

/// What a guard may look at.
#[derive(Debug)]
pub struct Facts<'a> {
    pub state: &'a State,
    pub occurred_on: NaiveDate,
    pub actor: ActorRef,
    /// The person's age on `occurred_on`, from their sealed identity; none if no date of birth is known.
    pub age: Option<u8>,
    pub content: &'a Content,
    pub rules: &'a Rules,
    pub calendar: &'a Calendar,
    pub sitting: Option<&'a Sitting>,
}

/// One condition. `rests_on` is the day of the fact it looks at: the act may not come before it.
#[derive(Debug, Clone, Copy)]
pub struct Guard {
    /// Stable; part of the API.
    pub code: &'static str,
    pub says: &'static str,
    /// What somebody learns who is told that this guard failed.
    pub reads: &'static [C],
    /// Where the violation points.
    pub field: &'static str,
    pub met: fn(&Facts<'_>) -> bool,
    pub rests_on: fn(&State) -> Option<NaiveDate>,
}

const THE_TRANSITION: &str = "/transition";

const fn guard(
    code: &'static str,
    says: &'static str,
    reads: &'static [C],
    met: fn(&Facts<'_>) -> bool,
    rests_on: fn(&State) -> Option<NaiveDate>,
) -> Guard {
    Guard { code, says, reads, field: THE_TRANSITION, met, rests_on }
}

const fn at(field: &'static str, guard: Guard) -> Guard {
    Guard { field, ..guard }
}

fn nothing(_: &State) -> Option<NaiveDate> {
    None
}

fn always(_: &Facts<'_>) -> bool {
    true
}

fn gateway_on(state: &State) -> Option<NaiveDate> {
    state.gateway_on
}

fn assessed_on(state: &State) -> Option<NaiveDate> {
    state.assessed_on
}

fn consent_on(state: &State) -> Option<NaiveDate> {
    state.consent_on
}

fn hold_on(state: &State) -> Option<NaiveDate> {
    state.hold_on
}

fn transfer_on(state: &State) -> Option<NaiveDate> {
    state.transfer_on
}

fn decided_on(state: &State) -> Option<NaiveDate> {
    state.decision.map(|d| d.on)
}

fn decided(state: &State, kind: Decided) -> bool {
    state.decision.is_some_and(|d| d.kind == kind)
}

fn is_police_ct(actor: &ActorRef) -> bool {
    actor.role == Some(Role::Police) && actor.unit == Some(Unit::CounterTerrorism)
}
