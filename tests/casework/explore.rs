//! Breadth first over every state that can be reached: what must never happen does not, and the search would see it if it did.

use super::canned::{Desk, actor, bodies, day, referred};
use channel_panel::casework::guards::Guard;
use channel_panel::casework::state::*;
use channel_panel::casework::transitions::{Transition, all, find};
use serde_json::Value;
use std::collections::{HashMap, VecDeque};

/// What was done, kept apart from the state, so that the state cannot vouch for itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Memory {
    adopted: bool,
    consented: bool,
    /// The consent that stands was given for a child.
    for_child: bool,
    cleared: bool,
    assessed: bool,
    section36: bool,
    screened: bool,
    /// The panel has left it at that.
    concluded: bool,
}

impl Memory {
    fn after(mut self, name: &str, body: &Value, front_door: FrontDoor) -> Self {
        match name {
            "adopt" => self.adopted = true,
            "withdraw_support" => (self.adopted, self.consented) = (false, false),
            "give_consent" => {
                self.consented = true;
                self.for_child = body["childsView"].is_string();
            }
            "withdraw_consent" | "refuse_consent" | "consent_lapsed_at_18" => self.consented = false,
            "gateway_clear" => self.cleared = true,
            "send_to_gateway"
            | "gateway_recheck"
            | "gateway_not_suitable"
            | "gateway_police_led"
            | "return_to_police" => self.cleared = false,
            "record_assessment" => self.assessed = true,
            "section36_decide" => self.section36 = true,
            "section36_decline" => self.section36 = false,
            "finish_screening" => self.screened = true,
            "reopen" => self = Self { screened: self.screened, ..Self::default() },
            _ => {}
        }
        if find(name).is_some_and(|t| t.decision) {
            self.concluded = name == "conclude_without_consent";
        }
        self.screened |= front_door == FrontDoor::Council;
        self
    }
}

/// Why a step must never be taken; `who` of the step is the table's own.
fn wrong(name: &str, body: &Value, before: &State, after: &State, memory: Memory, age: u8) -> Option<&'static str> {
    let enters = |stage| after.stage == stage && before.stage != stage && name != "unjoin";
    let ready = memory.cleared && memory.assessed && memory.section36 && memory.screened;
    if enters(Stage::Intervention) && !(memory.adopted && memory.consented && memory.cleared) {
        return Some("intervention without adoption, consent or a clear gateway");
    }
    if enters(Stage::Intervention) && memory.for_child != (age < 18) {
        return Some("intervention on a consent that is not this person's to rest on");
    }
    if enters(Stage::Panel) && name != "withdraw_support" && !ready {
        return Some("panel without gateway, assessment, screening or section 36");
    }
    if enters(Stage::Exited) {
        let police = body["policeForResidence"].is_null();
        if name != "exit" || !police || !memory.assessed {
            return Some("exit without a quorate review decision on an assessment");
        }
    }
    if after.outcome == Some(CaseOutcome::ConsentRefused) && enters(Stage::Closed) && !memory.concluded {
        return Some("closed for want of consent without the panel's word");
    }
    if name == "conclude_without_consent" && memory.consented {
        return Some("left for want of consent, though it was given");
    }
    if enters(Stage::Closed) && matches!(before.gateway, Gateway::Sent | Gateway::Recheck) {
        return Some("closed while a question to police was open");
    }
    if before.hold != Hold::None
        && after.stage != before.stage
        && !matches!(after.stage, Stage::Closed | Stage::Consent | Stage::Panel)
    {
        return Some("went on during a hold");
    }
    None
}

/// Everything that a guard or an effect reads, with counters cut at one and dates as present or absent: the search acts
/// on one day at a time, so that no more of a date can matter. Two states alike in this can do the same things.
type Facts = (
    (Stage, Screening, Gateway, bool, ConsentTrack, Option<Giver>, bool, Hold),
    (bool, bool, bool, Option<Decided>, bool, u16, bool, Option<Stage>),
);

/// Decisions that a later step rests on.
fn decides_more(kind: Decided) -> bool {
    matches!(kind, Decided::NotAdopted | Decided::NoFurtherAction | Decided::ConcludedWithoutConsent)
}

fn facts(s: &State) -> Facts {
    let decided = s.decision.map(|d| d.kind).filter(|k| decides_more(*k));
    let section36 = matches!(s.section36, Section36::DecidedByPolice | Section36::DecidedByCouncil);
    (
        (s.stage, s.screening, s.gateway, section36, s.consent, s.consent_giver, s.consent_attempts > 0, s.hold),
        (
            s.assessed_on.is_some(),
            s.plan_on.is_some(),
            s.adopted_on.is_some(),
            decided,
            s.support_paused,
            s.post_exit_reviews,
            s.exited_on.is_some(),
            s.joined.map(|j| j.stage),
        ),
    )
}

/// Tracks that no property here rests on; `table` and `roads` try them.
const ASIDE: [&str; 24] = [
    "record_triage",
    "agree_closure",
    "refer_onward",
    "acknowledge_onward",
    "tell_referrer",
    "countersign_assessment",
    "block_contact",
    "allow_contact",
    "offer_transfer",
    "accept_transfer",
    "decline_transfer",
    "withdraw_transfer",
    "manage_elsewhere",
    "note_need",
    "request_provider",
    "commission",
    "accept_commission",
    "decline_commission",
    "begin_commission",
    "pause_commission",
    "resume_commission",
    "end_commission",
    "log_session",
    "correct",
];

struct Found {
    states: usize,
    wrong: Vec<(&'static str, &'static str)>,
    stages: Vec<Stage>,
}

fn explore(rows: &[Transition], door: FrontDoor) -> Found {
    // Ages: consent is tried for a child and, a while later, for the adult that the child became.
    let mut desk = Desk::new("2024-06-03", 17);
    desk.rules.post_exit_review_months = vec![0, 0];
    desk.rules.consent_attempts = 1;
    let on = day("2024-06-03");
    let start = referred("2024-06-03", door, false);
    let first = Memory::default().after("", &Value::Null, door);
    let mut seen: HashMap<(Facts, Memory, u8), ()> = HashMap::new();
    let mut queue = VecDeque::from([(start, first, 17u8)]);
    let mut found = Found { states: 0, wrong: Vec::new(), stages: Vec::new() };
    while let Some((state, memory, age)) = queue.pop_front() {
        if seen.insert((facts(&state), memory, age), ()).is_some() {
            continue;
        }
        found.states += 1;
        if !found.stages.contains(&state.stage) {
            found.stages.push(state.stage);
        }
        if age == 17 {
            queue.push_back((state.clone(), memory, 18));
        }
        desk.age = Some(age);
        for t in rows.iter().filter(|t| t.from.contains(&state.stage)) {
            for mut body in bodies(t.name, &state, on) {
                if t.name == "post_exit_review" {
                    body["month"] = 0.into();
                }
                let Some(effect) = t.who.iter().find_map(|w| desk.act(t, &state, actor(*w, 1), on, &body).ok()) else {
                    continue;
                };
                if let Some(why) = wrong(t.name, &body, &state, &effect.state, memory, age) {
                    if !found.wrong.contains(&(t.name, why)) {
                        found.wrong.push((t.name, why));
                    }
                    continue;
                }
                let mut next = effect.state;
                next.held.clear();
                queue.push_back((next, memory.after(t.name, &body, door), age));
            }
        }
    }
    found
}

fn rows() -> Vec<Transition> {
    all().filter(|t| !ASIDE.contains(&t.name)).copied().collect()
}

/// The table with guards of one row left out.
fn without(name: &str, codes: &[&str]) -> Vec<Transition> {
    let mut rows = rows();
    let row = rows.iter_mut().find(|t| t.name == name).expect("a row");
    let kept: Vec<Guard> = row.guards.iter().filter(|g| !codes.contains(&g.code)).copied().collect();
    assert_eq!(kept.len() + codes.len(), row.guards.len(), "{name} has no guard {codes:?}");
    row.guards = Box::leak(kept.into_boxed_slice());
    rows
}

#[test]
fn no_path_leads_where_it_must_not() {
    for door in FrontDoor::ALL {
        let found = explore(&rows(), *door);
        println!("{}: {} states", door.name(), found.states);
        assert_eq!(found.wrong, [], "{}", door.name());
        assert!(found.states > 1_000, "the search is too small to mean anything: {}", found.states);
        for stage in Stage::ALL.iter().filter(|s| **s != Stage::Erased) {
            assert!(found.stages.contains(stage), "{} is never reached", stage.name());
        }
    }
}

#[test]
fn the_search_finds_the_path_that_a_missing_guard_opens() {
    let controls: [(&str, &[&str]); 11] = [
        // Two guards ask for consent in two ways; each alone still stops it.
        ("start_intervention", &["consent_given", "consent_fits_age"]),
        ("start_intervention", &["consent_fits_age"]),
        ("start_intervention", &["gateway_clear"]),
        ("list_for_panel", &["assessed"]),
        ("list_for_panel", &["section36_decided"]),
        ("list_for_panel", &["gateway_clear"]),
        ("exit", &["quorate"]),
        ("close", &["outcome_fits"]),
        ("conclude_without_consent", &["consent_unresolved"]),
        ("advise_and_close", &["no_open_deconfliction"]),
        ("join", &["no_open_deconfliction"]),
    ];
    for (name, guards) in controls {
        let found = explore(&without(name, guards), FrontDoor::Council);
        assert!(found.wrong.iter().any(|(n, _)| *n == name), "{name} without {guards:?} went unseen");
    }
}
