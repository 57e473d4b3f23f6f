//! Every guard of every transition broken alone: from an act that is accepted, one thing is changed until that guard, and no
//! other, refuses. A guard that nothing could ever break would be no guard, and is found here.

use super::canned::{Desk, actor, bodies, day, quorate, referred};
use channel_panel::casework::category::Category;
use channel_panel::casework::engine::ActorRef;
use channel_panel::casework::guards::Guard;
use channel_panel::casework::ids::{AgencyId, PersonId};
use channel_panel::casework::meeting::Sitting;
use channel_panel::casework::state::{FrontDoor, State};
use channel_panel::casework::transitions::{Transition, all, find};
use channel_panel::error::{Kind, Problem};
use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const TODAY: &str = "2024-06-03";
/// Guards that say only "not before what it rests on".
const ONLY_IN_ORDER: [&str; 2] = ["consent_in_order", "decisions_in_order"];

#[derive(Clone)]
struct Act {
    state: State,
    actor: ActorRef,
    age: Option<u8>,
    body: Value,
    on: NaiveDate,
    sitting: Option<Sitting>,
}

impl Act {
    fn tried(&self, desk: &mut Desk, t: &Transition, blind: &[Category]) -> Result<State, Problem> {
        (desk.age, desk.sitting) = (self.age, Some(self.sitting.clone()));
        let reads = |category| !blind.contains(&category);
        desk.act_reading(t, &self.state, self.actor, self.on, &self.body, None, &reads).map(|effect| effect.state)
    }
}

fn desk() -> Desk {
    let mut desk = Desk::new(TODAY, 17);
    desk.rules.post_exit_review_months = vec![0, 0];
    desk
}

/// Steps in a row, each of them accepted; `#n` goes on from the canned form of that number.
struct Road {
    door: FrontDoor,
    repeat: bool,
    steps: &'static [&'static [&'static str]],
}

const TO_GATEWAY: &[&str] = &["begin_triage", "record_triage", "send_to_gateway"];
const TO_ASSESSMENT: &[&str] = &["gateway_clear", "begin_assessment", "section36_decide", "record_assessment"];
const TO_PANEL: &[&str] = &["write_plan", "list_for_panel"];
const TO_SUPPORT: &[&str] = &["adopt", "ask_consent", "give_consent#1", "start_intervention"];
const TO_PROVIDER: &[&str] = &["note_need", "request_provider", "commission", "accept_commission"];

const fn road(steps: &'static [&'static [&'static str]]) -> Road {
    Road { door: FrontDoor::Council, repeat: false, steps }
}

const ROADS: &[Road] = &[
    road(&[
        TO_GATEWAY,
        &["refer_onward", "acknowledge_onward"],
        TO_ASSESSMENT,
        &["countersign_assessment"],
        TO_PANEL,
        &["defer"],
        TO_SUPPORT,
        TO_PROVIDER,
        &["begin_commission", "pause_commission", "resume_commission", "log_session#1", "log_session#2"],
        &["remain", "revise_plan", "pause_support", "remain", "exit"],
        &["post_exit_review", "post_exit_review", "post_exit_no_further_action", "close#5", "reopen"],
    ]),
    road(&[
        TO_GATEWAY,
        TO_ASSESSMENT,
        TO_PANEL,
        TO_SUPPORT,
        &["about to be 18", "ask_consent_anew", "18", "consent_lapsed_at_18"],
    ]),
    road(&[
        TO_GATEWAY,
        TO_ASSESSMENT,
        TO_PANEL,
        TO_SUPPORT,
        &["withdraw_consent", "return_to_police", "gateway_clear"],
    ]),
    road(&[
        TO_GATEWAY,
        TO_ASSESSMENT,
        TO_PANEL,
        &["adopt", "ask_consent", "consent_not_reachable", "try_consent_again"],
    ]),
    road(&[
        TO_GATEWAY,
        TO_ASSESSMENT,
        TO_PANEL,
        &["adopt", "ask_consent", "refuse_consent", "manage_elsewhere", "conclude_without_consent", "close#3"],
    ]),
    road(&[TO_GATEWAY, TO_ASSESSMENT, TO_PANEL, TO_SUPPORT, &["commission", "decline_commission"]]),
    road(&[
        TO_GATEWAY,
        TO_ASSESSMENT,
        TO_PANEL,
        TO_SUPPORT,
        TO_PROVIDER,
        &["log_session#1", "log_session#2", "end_commission"],
    ]),
    road(&[TO_GATEWAY, TO_ASSESSMENT, TO_PANEL, TO_SUPPORT, &["withdraw_support", "not_adopt", "close#2"]]),
    road(&[
        TO_GATEWAY,
        TO_ASSESSMENT,
        &["offer_transfer", "decline_transfer", "offer_transfer", "accept_transfer", "close#8"],
    ]),
    road(&[
        TO_GATEWAY,
        TO_ASSESSMENT,
        &["offer_transfer#1", "withdraw_transfer", "offer_transfer#1", "decline_transfer"],
        &["offer_transfer#1", "accept_transfer", "close#8"],
    ]),
    road(&[TO_GATEWAY, &["gateway_not_suitable", "gateway_recheck", "gateway_police_led", "close#4"]]),
    road(&[TO_GATEWAY, &["gateway_clear", "begin_assessment", "section36_decline"]]),
    road(&[&["place_hold", "release_hold", "place_hold", "place_hold#1", "release_hold"]]),
    road(&[&["begin_triage", "close"]]),
    road(&[&["begin_triage", "join", "unjoin", "advise_and_close"]]),
    Road { repeat: true, ..road(&[&["begin_triage", "agree_closure", "advise_and_close"]]) },
    Road {
        door: FrontDoor::PoliceFirst,
        ..road(&[&["begin_triage", "finish_screening", "gateway_clear", "begin_assessment"]])
    },
];

/// Every form and actor that was accepted on the roads, by transition.
fn accepted(desk: &mut Desk) -> BTreeMap<&'static str, Vec<Act>> {
    let on = day(TODAY);
    let mut found: BTreeMap<&'static str, Vec<Act>> = BTreeMap::new();
    for road in ROADS {
        let (mut state, mut age) = (referred(TODAY, road.door, road.repeat), 17);
        for step in road.steps.iter().copied().flatten() {
            match *step {
                "about to be 18" => state.ask_anew_by = Some(on),
                "18" => age = 18,
                step => state = taken(desk, step, &state, age, &mut found),
            }
        }
    }
    found
}

fn taken(desk: &mut Desk, step: &str, state: &State, age: u8, found: &mut BTreeMap<&'static str, Vec<Act>>) -> State {
    let (name, form) = step.split_once('#').unwrap_or((step, "0"));
    let t = find(name).expect("a transition");
    let form = &bodies(name, state, day(TODAY))[form.parse::<usize>().expect("a number")];
    let mut next = None;
    for act in possible(t, state, age, day(TODAY)) {
        if let Ok(after) = act.tried(desk, t, &[]) {
            let goes_on = name == "post_exit_review" || act.body == *form;
            next = next.or(goes_on.then_some(after));
            found.entry(t.name).or_default().push(act);
        }
    }
    next.unwrap_or_else(|| panic!("{step} is not accepted at {}", state.stage.name()))
}

fn possible(t: &Transition, state: &State, age: u8, on: NaiveDate) -> Vec<Act> {
    let mut acts = Vec::new();
    for mut body in bodies(t.name, state, on) {
        if t.name == "post_exit_review" {
            body["month"] = 0.into();
        }
        for actor in t.who.iter().flat_map(|who| [actor(*who, 1), actor(*who, 2)]) {
            let sitting = Some(quorate(on, Uuid::new_v4()));
            acts.push(Act { state: state.clone(), actor, age: Some(age), body: body.clone(), on, sitting });
        }
    }
    acts
}

fn fields(state: &State) -> Map<String, Value> {
    match serde_json::to_value(state) {
        Ok(Value::Object(fields)) => fields,
        other => panic!("a state is an object: {other:?}"),
    }
}

/// What each field of a state was seen to be, and what it may be where there is nothing.
fn values(acts: &BTreeMap<&'static str, Vec<Act>>) -> BTreeMap<String, Vec<Value>> {
    let anything = [json!(null), json!([]), json!(0), json!(5), json!(true), json!("2020-01-01"), json!("2030-01-01")];
    let mut values: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for act in acts.values().flatten() {
        for (field, value) in fields(&act.state) {
            let known = values.entry(field).or_insert_with(|| anything.to_vec());
            if known.len() < 40 && !known.contains(&value) {
                known.push(value);
            }
        }
    }
    values
}

/// The act with one thing otherwise.
fn varied(act: &Act, values: &BTreeMap<String, Vec<Value>>) -> Vec<Act> {
    let mut other = Vec::new();
    let state = fields(&act.state);
    for (field, values) in values {
        for value in values.iter().filter(|value| state.get(field) != Some(value)) {
            let mut fields = state.clone();
            fields.insert(field.clone(), value.clone());
            if let Ok(state) = serde_json::from_value(Value::Object(fields)) {
                other.push(Act { state, ..act.clone() });
            }
        }
    }
    // What a form may say, and no canned one does.
    let unsaid = ["need", "replaces"].map(str::to_owned);
    for field in act.body.as_object().into_iter().flat_map(Map::keys).chain(&unsaid) {
        for value in [
            Value::Null,
            json!(Uuid::from_u128(990)),
            json!("parent"),
            json!("self"),
            json!(1),
            json!("police"),
            json!("redirected"),
        ] {
            let mut body = act.body.clone();
            body[field] = value;
            other.push(Act { body, ..act.clone() });
        }
    }
    let somebody = Some(PersonId(Uuid::from_u128(7)));
    let elsewhere = Some(AgencyId(Uuid::from_u128(8)));
    other.push(Act { actor: ActorRef { person: somebody, ..act.actor }, ..act.clone() });
    other.push(Act { actor: ActorRef { agency: elsewhere, ..act.actor }, ..act.clone() });
    other.extend(
        [1, 2].map(|n| Act {
            actor: ActorRef { person: Some(PersonId(Uuid::from_u128(n))), ..act.actor },
            ..act.clone()
        }),
    );
    other.extend([None, Some(10), Some(17), Some(18)].map(|age| Act { age, ..act.clone() }));
    other.push(Act { sitting: None, ..act.clone() });
    if let Some(sitting) = &act.sitting {
        let mut without_police = sitting.clone();
        without_police.present.pop();
        let another_day = Sitting { on: act.on - chrono::Days::new(1), ..sitting.clone() };
        other.extend([without_police, another_day].map(|sitting| Act { sitting: Some(sitting), ..act.clone() }));
        for (on, meeting) in [(act.on, Some(sitting.meeting)), (act.on + chrono::Days::new(1), None)] {
            let mut decided = fields(&act.state);
            decided.insert("decision".to_owned(), json!({"kind": "deferred", "on": on, "meeting": meeting}));
            other.extend(serde_json::from_value(Value::Object(decided)).map(|state| Act { state, ..act.clone() }));
        }
    }
    other
}

/// The guards of `t` that one of its accepted acts, with one thing otherwise, breaks alone.
fn broken_alone(
    desk: &mut Desk,
    t: &Transition,
    acts: &[Act],
    values: &BTreeMap<String, Vec<Value>>,
) -> BTreeSet<&'static str> {
    let mut broken = BTreeSet::new();
    for act in acts.iter().flat_map(|act| varied(act, values)) {
        let Err(problem) = act.tried(desk, t, &[]) else { continue };
        let [only] = problem.violations.as_slice() else { continue };
        let Some(guard) = t.guards.iter().find(|guard| guard.code == only.rule) else { continue };
        let itself = only.message == guard.says || ONLY_IN_ORDER.contains(&guard.code);
        if problem.kind != Kind::TransitionRefused || !itself || !broken.insert(guard.code) {
            continue;
        }
        if !guard.reads.is_empty() {
            // To somebody who may not read the cause it is held, and no more is said.
            let held =
                act.tried(desk, t, guard.reads).expect_err("refused to whoever reads, refused to whoever does not");
            assert_eq!((held.kind, held.violations.len()), (Kind::TransitionHeld, 0), "{} {}", t.name, guard.code);
        }
    }
    broken
}

#[test]
fn each_guard_of_each_transition_is_broken_alone() {
    let mut desk = desk();
    let acts = accepted(&mut desk);
    let values = values(&acts);
    let (mut missing, mut count) = (Vec::new(), 0);
    for t in all().filter(|t| !t.guards.is_empty()) {
        let broken = broken_alone(&mut desk, t, acts.get(t.name).map_or(&[][..], Vec::as_slice), &values);
        count += broken.len();
        let left = t.guards.iter().map(|guard| guard.code).filter(|code| !broken.contains(code));
        missing.extend(left.map(|code| (t.name, code)));
    }
    println!("{count} guards of transitions broken alone, from {} acts", acts.values().map(Vec::len).sum::<usize>());
    assert_eq!(missing, []);
}

#[test]
fn a_guard_that_nothing_breaks_is_found() {
    let mut desk = desk();
    let acts = accepted(&mut desk);
    let values = values(&acts);
    let adopt = find("adopt").expect("a row");
    let never = Guard { code: "never_broken", met: |_| true, rests_on: |_| None, ..adopt.guards[0] };
    let guards: Vec<Guard> = adopt.guards.iter().copied().chain([never]).collect();
    let planted = Transition { guards: Box::leak(guards.into_boxed_slice()), ..*adopt };
    let broken = broken_alone(&mut desk, &planted, &acts["adopt"], &values);
    assert!(broken.contains("quorate") && !broken.contains("never_broken"));
}
