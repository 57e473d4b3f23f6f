//! Every state's shape, every transition, every role: it is in the table, or it is refused.

use super::canned::{Desk, actor, bodies, day, referred};
use channel_panel::casework::engine::ActorRef;
use channel_panel::casework::role::{Role, Unit};
use channel_panel::casework::state::{FrontDoor, Gateway, Hold, Stage};
use channel_panel::casework::transitions::{Who, all, available, find};
use channel_panel::casework::view::sees_kind;
use channel_panel::error::Kind;
use std::collections::BTreeSet;

fn everybody() -> Vec<(Role, Option<Unit>)> {
    let others = Role::ALL.iter().filter(|r| **r != Role::Police).map(|r| (*r, None));
    others
        .chain([(Role::Police, Some(Unit::CounterTerrorism)), (Role::Police, Some(Unit::Local)), (Role::Police, None)])
        .collect()
}

#[test]
fn every_stage_hold_gateway_transition_and_role_is_in_the_table_or_refused() {
    let desk = Desk::new("2024-06-03", 17);
    let on = day("2024-06-03");
    let mut state = referred("2024-06-03", FrontDoor::Council, false);
    let mut tried = 0u32;
    for (stage, hold, gateway) in Stage::ALL
        .iter()
        .flat_map(|s| Hold::ALL.iter().flat_map(move |h| Gateway::ALL.iter().map(move |g| (*s, *h, *g))))
    {
        (state.stage, state.hold, state.gateway) = (stage, hold, gateway);
        for t in all() {
            let body = bodies(t.name, &state, on).remove(0);
            for (role, unit) in everybody() {
                let who = ActorRef { role: Some(role), unit, ..actor(Who::Council, 1) };
                let offered = available(&state, role, unit).iter().any(|o| o.name == t.name);
                // An outsider is shown `paused`, and is offered the same whatever it is that waits.
                let free = hold == Hold::None || t.during_hold || !sees_kind(role);
                let expected = t.from.contains(&stage) && t.open_to(role, unit) && free;
                assert_eq!(offered, expected);
                let answer = desk.act(t, &state, who, on, &body);
                tried += 1;
                match answer {
                    Ok(_) => assert!(offered, "{} by {role} at {} was not offered", t.name, stage.name()),
                    Err(p) if !t.open_to(role, unit) => assert_eq!(p.kind, Kind::NotAllowed),
                    Err(p) => {
                        assert!(matches!(p.kind, Kind::TransitionRefused | Kind::TransitionHeld), "{}: {p:?}", t.name)
                    }
                }
            }
        }
    }
    println!("{tried} tried");
}

#[test]
fn the_table_is_well_made() {
    let mut names = BTreeSet::new();
    for t in all() {
        assert!(names.insert(t.name), "{} twice", t.name);
        assert_eq!(find(t.name).map(|f| f.name), Some(t.name));
        assert!(!t.who.is_empty() && !t.from.is_empty() && !t.says.is_empty(), "{}", t.name);
        assert!(!t.from.contains(&Stage::Erased), "{} moves the erased", t.name);
        if t.decision {
            assert_eq!(t.who, [Who::Chair], "{} is a decision", t.name);
        }
    }
}

/// A guard whose code stood for two things would make refusals and documents lie.
#[test]
fn a_guards_code_means_one_thing() {
    let guards: BTreeSet<_> = all().flat_map(|t| t.guards).map(|g| (g.code, g.says, g.reads, g.field)).collect();
    let codes: BTreeSet<_> = guards.iter().map(|g| g.0).collect();
    assert_eq!(guards.len(), codes.len());
}
