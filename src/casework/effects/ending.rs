//! Effects of holds, transfer, joining, closing and correction.
//! A correction restores a state that stood before; it must never make one that did not.

use super::Done;
use super::front_door::police_words;
use crate::casework::calendar::Period;
use crate::casework::category::Category as C;
use crate::casework::content::closing::Remedy;
use crate::casework::engine::{ActorRef, Change};
use crate::casework::ids::TransferId;
use crate::casework::role::{Role, Unit};
use crate::casework::state::{
    CaseOutcome, CommissionFact, CommissionStatus, ConsentTrack, Gateway, Hold, Joined, Passage, Section36, Stage,
    State, Transfer,
};
use crate::error::{Kind, Problem};

/// The days of the hold that ends now are days on which no clock ran.
fn end_hold(c: &mut Change<'_>) {
    let on = c.on;
    let state = c.state();
    if let Some(from) = state.hold_on {
        state.held.push(Period { from, until: on });
    }
    state.hold = Hold::None;
    state.hold_on = None;
    state.hold_review_on = None;
}

pub fn place_hold(c: &mut Change<'_>) -> Done {
    let form = c.content.place_hold()?;
    let (kind, review) = (form.kind, form.review_on);
    end_hold(c);
    let on = c.on;
    let state = c.state();
    state.hold = kind;
    state.hold_on = Some(on);
    state.hold_review_on = Some(review);
    Ok(())
}

pub fn release_hold(c: &mut Change<'_>) -> Done {
    end_hold(c);
    Ok(())
}

pub fn block_contact(c: &mut Change<'_>) -> Done {
    c.state().contact_blocked = true;
    police_words(c, "contactInstruction")
}

pub fn allow_contact(c: &mut Change<'_>) -> Done {
    c.state().contact_blocked = false;
    police_words(c, "contactInstruction")
}

fn transfer(c: &mut Change<'_>, transfer: Transfer) {
    c.state().transfer = transfer;
    c.state().transfer_on = Some(c.on);
}

pub fn offer_transfer(c: &mut Change<'_>) -> Done {
    // The risk stays with the sender until it is taken.
    let form = c.content.transfer_offer()?;
    let (owner, released, panel) = (form.risk_owner, form.released.clone(), form.panel);
    let fields = c.content.fields()?;
    let record = c.record(C::Panel, "transfer_offered", fields, Vec::new());
    c.state().risk_owner = Some(owner);
    c.out.released = released;
    transfer(c, Transfer::Offered);
    c.state().passage = panel.map(|panel| Passage { transfer: TransferId(record.0), panel });
    Ok(())
}

pub fn accept_transfer(c: &mut Change<'_>) -> Done {
    // From here on it is theirs, who are no agency of ours.
    c.state().risk_owner = None;
    c.state().passage = None;
    transfer(c, Transfer::Accepted);
    Ok(())
}

pub fn decline_transfer(c: &mut Change<'_>) -> Done {
    c.state().passage = None;
    transfer(c, Transfer::Declined);
    Ok(())
}

pub fn withdraw_transfer(c: &mut Change<'_>) -> Done {
    c.state().passage = None;
    transfer(c, Transfer::None);
    Ok(())
}

pub fn close(c: &mut Change<'_>) -> Done {
    c.state().outcome = Some(c.content.close()?.outcome);
    end_hold(c);
    Ok(())
}

pub fn join(c: &mut Change<'_>) -> Done {
    let into = c.content.join()?.into;
    let State { stage, stage_on, stage_at, .. } = *c.before;
    c.state().outcome = Some(CaseOutcome::Joined);
    c.state().joined = Some(Joined { to: into, stage, stage_on, stage_at });
    c.out.joined = Some(Some(into));
    Ok(())
}

pub fn unjoin(c: &mut Change<'_>) -> Done {
    let Some(joined) = c.before.joined else {
        return Err(Problem::internal("unjoin without a joining"));
    };
    let state = c.state();
    state.stage = joined.stage;
    (state.stage_on, state.stage_at) = (joined.stage_on, joined.stage_at);
    state.outcome = None;
    state.joined = None;
    c.out.joined = Some(None);
    Ok(())
}

pub fn correct(c: &mut Change<'_>) -> Done {
    if c.content.correction()?.remedy == Remedy::Restore {
        let Some(previous) = c.input.previous else {
            return Err(refusal("nothing_to_correct", "There is no earlier event to take back"));
        };
        if previous.stage == Stage::Erased || !may_take_back(c.before, previous, &c.input.actor) {
            return Err(refusal("own_to_correct", "What would be taken back is somebody else's to say"));
        }
        if c.before.joined != previous.joined {
            c.out.joined = Some(previous.joined.map(|j| j.to));
        }
        // When to ask a child anew is the service's to say, and no event of anybody's; that the person was referred before is
        // found beside the table.
        c.out.state = State { ask_anew_by: c.before.ask_anew_by, repeat: c.before.repeat, ..previous.clone() };
    }
    let fields = c.content.fields()?;
    let kept = c.input.actor.role.map_or(C::Log, kept_in);
    c.record(kept, "correction", fields, Vec::new());
    Ok(())
}

fn refusal(rule: &'static str, message: &'static str) -> Problem {
    Problem::field(Kind::TransitionRefused, "/transition", rule, message)
}

/// The category that each role may write to.
pub fn kept_in(role: Role) -> C {
    match role {
        Role::Chair => C::Panel,
        Role::Provider => C::Sessions,
        Role::Mash => C::Triage,
        _ => C::Log,
    }
}

/// Whose word the last event was, read off what it changed.
#[derive(PartialEq, Eq)]
enum Voice {
    Chair,
    Police,
    Provider,
    /// Another panel has heard it, or said it: an offer is taken back by withdrawing it, an answer by nobody here.
    Abroad,
    /// The service's own: on their birthday a child has come of age, whoever says otherwise.
    Nobody,
    Shared,
}

fn voice(now: &State, previous: &State) -> Voice {
    let between = |a: Hold, b: Hold| a != b && (a == Hold::Police || b == Hold::Police);
    let asked = (previous.gateway, now.gateway) == (Gateway::NotSent, Gateway::Sent);
    let section36 = now.section36 != previous.section36
        && (now.section36 == Section36::DecidedByPolice || previous.section36 == Section36::DecidedByPolice);
    let answered = now.commissions.iter().any(|c| by_provider(c, previous));
    let lapsed = |state: &State| state.consent == ConsentTrack::LapsedAt18;
    if now.passage != previous.passage {
        Voice::Abroad
    } else if lapsed(now) && !lapsed(previous) {
        Voice::Nobody
    } else if now.decision != previous.decision || now.transfer != previous.transfer {
        Voice::Chair
    } else if between(now.hold, previous.hold)
        || now.contact_blocked != previous.contact_blocked
        || (now.gateway != previous.gateway && !asked)
        || section36
    {
        Voice::Police
    } else if answered {
        Voice::Provider
    } else {
        Voice::Shared
    }
}

/// Its yes or no, that it began, and its sessions; but not the council's pausing, resuming and ending.
fn by_provider(now: &CommissionFact, previous: &State) -> bool {
    let Some(before) = previous.commissions.iter().find(|known| known.record == now.record) else { return false };
    let answered = before.status == CommissionStatus::Offered && now.status != before.status;
    let ended = now.status == CommissionStatus::Ended && now.status != before.status;
    !ended && (answered || now.sessions != before.sessions || now.started_on != before.started_on)
}

/// What police, the chair or a provider said is theirs alone to take back, and each takes back nothing but that.
fn may_take_back(now: &State, previous: &State, actor: &ActorRef) -> bool {
    let at_triage = |s: &State| matches!(s.stage, Stage::Referred | Stage::Triage);
    match (actor.role, voice(now, previous)) {
        (Some(Role::Chair), Voice::Chair)
        | (Some(Role::Provider), Voice::Provider)
        | (Some(Role::Council), Voice::Shared) => true,
        (Some(Role::Police), Voice::Police | Voice::Shared) => actor.unit == Some(Unit::CounterTerrorism),
        (Some(Role::Mash), Voice::Shared) => at_triage(now) && at_triage(previous),
        _ => false,
    }
}
