//! How cases begin, and what each reader sees of where they stand.

use super::canned::{Desk, day, referred};
use channel_panel::casework::opening::SkippedGuard;
use channel_panel::casework::role::Role;
use channel_panel::casework::state::*;
use channel_panel::casework::view::sees_kind;

fn evidence(guard: SkippedGuard, on: &str) -> OpeningEvidence {
    OpeningEvidence {
        guard,
        on: day(on),
        statement: "held in the old system".to_owned(),
        giver: (guard == SkippedGuard::ConsentGiven).then_some(Giver::Person),
        section36: (guard == SkippedGuard::Section36Decided).then_some(Section36::DecidedByPolice),
    }
}

fn legacy(stage: Stage) -> Opening {
    Opening {
        origin: Origin::Legacy,
        received_on: day("2024-01-02"),
        today: day("2024-06-03"),
        front_door: FrontDoor::Council,
        repeat: false,
        stage,
        stage_on: day("2024-05-01"),
        evidence: SkippedGuard::needed_at(stage).iter().map(|g| evidence(*g, "2024-02-01")).collect(),
        risk_owner: None,
    }
}

fn rules(opening: &Opening) -> Vec<&'static str> {
    State::opened(opening).expect_err("refused").violations.iter().map(|v| v.rule).collect()
}

#[test]
fn a_case_opens_at_any_stage_with_evidence_for_every_guard_it_skips() {
    for stage in Stage::ALL.iter().copied().filter(|s| s.is_open()) {
        let whole = legacy(stage);
        assert_eq!(State::opened(&whole).expect("opened").stage, stage);
        for missing in 0..whole.evidence.len() {
            let mut less = whole.clone();
            less.evidence.remove(missing);
            assert!(rules(&less).contains(&"evidence_missing"), "{} without {missing}", stage.name());
        }
    }
}

#[test]
fn openings_that_cannot_be() {
    let mut referral = legacy(Stage::Panel);
    referral.origin = Origin::Referral;
    assert_eq!(rules(&referral), ["referral_starts_at_referred"]);
    let mut future = legacy(Stage::Referred);
    future.received_on = day("2024-06-04");
    assert!(rules(&future).contains(&"in_future"));
    let mut disorder = legacy(Stage::Assessment);
    disorder.evidence[1].on = day("2024-01-20");
    assert_eq!(rules(&disorder), ["too_early"]);
    let mut nobody = legacy(Stage::Intervention);
    nobody.evidence[6].giver = None;
    assert_eq!(rules(&nobody), ["giver_with_consent"]);
    assert_eq!(rules(&legacy(Stage::Closed)), ["opens_open"]);
}

#[test]
fn a_legacy_case_in_support_can_exit_and_police_first_starts_asked() {
    let desk = Desk::new("2024-06-03", 30);
    let state = State::opened(&legacy(Stage::Intervention)).expect("opened");
    assert_eq!(desk.refuses(&state, "exit", "2024-06-03", None), ["assessment_current"]);
    let state = desk.does(&state, "record_assessment", "2024-06-03");
    assert_eq!(desk.does(&state, "exit", "2024-06-03").stage, Stage::Exited);

    let first = referred("2024-06-03", FrontDoor::PoliceFirst, false);
    assert_eq!((first.gateway, first.screening), (Gateway::Sent, Screening::Open));
}

/// No oracle: to those who see `paused`, every hold and every answer that stops a case is the same bytes.
#[test]
fn kinds_are_hidden_from_all_but_four() {
    let base = referred("2024-06-03", FrontDoor::Council, false);
    for role in Role::ALL {
        let view = |hold, gateway| {
            let state = State { hold, gateway, stage: Stage::Panel, ..base.clone() };
            serde_json::to_string(&view_of(&state, *role, sees_kind(*role), &|_| true)).expect("json")
        };
        let told = matches!(role, Role::Police | Role::Council | Role::Chair | Role::Mash);
        let one = view(Hold::Police, Gateway::Clear);
        for other in [
            view(Hold::Custody, Gateway::Clear),
            view(Hold::None, Gateway::PoliceLed),
            view(Hold::None, Gateway::Recheck),
            view(Hold::None, Gateway::Sent),
            view(Hold::Hospital, Gateway::NotSuitable),
        ] {
            assert_eq!(one != other, told, "{role}");
        }
    }
}

#[test]
fn the_referrer_sees_one_word_that_only_a_person_changes() {
    let desk = Desk::new("2024-06-03", 17);
    let state = referred("2024-06-03", FrontDoor::Council, false);
    let json = |s: &State| serde_json::to_string(&view_of(s, Role::Referrer, false, &|_| true)).expect("json");
    let triage = desk.does(&state, "begin_triage", "2024-06-03");
    let closed = desk.does(&triage, "advise_and_close", "2024-06-03");
    assert_eq!(json(&closed), r#"{"progress":"received"}"#);
    assert_eq!(json(&desk.does(&closed, "tell_referrer", "2024-06-03")), r#"{"progress":"progressed"}"#);
    assert_eq!(serde_json::to_string(&view_of(&state, Role::Administrator, false, &|_| true)).expect("json"), "{}");
}
