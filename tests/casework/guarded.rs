//! What a refusal tells, and what a correction may take back.

use super::canned::{Desk, PROVIDER, actor, bodies, day, decision, quorate, referred};
use super::roads::at_panel;
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::{MeetingId, RecordId};
use channel_panel::casework::meeting::Sitting;
use channel_panel::casework::state::*;
use channel_panel::casework::transitions::{Who, find};
use channel_panel::error::Kind;
use serde_json::json;
use uuid::Uuid;

/// Whoever may not read the cause is told that it is held; and a cause that may be told is told in the same bytes
/// whether or not one that may not stands behind it.
#[test]
fn a_hidden_cause_is_never_told() {
    let desk = Desk::new("2024-06-03", 17);
    let on = day("2024-06-03");
    let t = find("list_for_panel").expect("row");
    let body = json!({"meetingDate": "2024-06-10"});
    let blind = |c: Category| c != Category::PoliceOutcome;
    let answer = |state: &State| {
        let problem = desk.act_reading(t, state, actor(Who::Council, 1), on, &body, None, &blind).expect_err("refused");
        (problem.kind, problem.violations)
    };
    let ready = State { stage: Stage::Assessment, ..at_panel(&desk, FrontDoor::Council) };
    let hidden = State { gateway: Gateway::PoliceLed, ..ready.clone() };
    assert_eq!(answer(&hidden), (Kind::TransitionHeld, vec![]));
    let open = State { assessed_on: None, ..ready };
    let both = State { gateway: Gateway::PoliceLed, ..open.clone() };
    assert_eq!(answer(&open), answer(&both));
}

/// To the provider of `canned`, on that day alone.
pub fn offer(on: chrono::NaiveDate) -> CommissionFact {
    CommissionFact {
        record: RecordId(Uuid::from_u128(5)),
        provider: PROVIDER,
        from: on,
        to: on,
        status: CommissionStatus::Offered,
        status_on: on,
        need: None,
        replaces: None,
        needed_on: on,
        started_on: None,
        sessions: SessionCount::default(),
    }
}

#[test]
fn a_hold_is_told_only_to_those_who_see_its_kind() {
    let desk = Desk::new("2024-06-03", 17);
    let s = State { hold: Hold::Police, stage: Stage::Intervention, ..at_panel(&desk, FrontDoor::Council) };
    let t = find("accept_commission").expect("row");
    let on = day("2024-06-03");
    let body = bodies("accept_commission", &s, on).remove(0);
    // What may be told is told first, held or not: the answer is the same, and says nothing of a hold.
    let free = State { hold: Hold::None, ..s.clone() };
    let told = [&s, &free].map(|s| desk.act(t, s, actor(Who::Provider, 1), on, &body).expect_err("no offer"));
    assert_eq!((told[0].kind, &told[0].violations), (told[1].kind, &told[1].violations));
    let offer = offer(on);
    let given = (ConsentTrack::Given, Some(Giver::Parent));
    let offered = State { commissions: vec![offer], consent: given.0, consent_giver: given.1, ..s.clone() };
    let body = bodies("accept_commission", &offered, on).remove(0);
    let problem = desk.act(t, &offered, actor(Who::Provider, 1), on, &body).expect_err("held");
    assert_eq!((problem.kind, problem.violations.len()), (Kind::TransitionHeld, 0));
    assert_eq!(desk.refuses(&s, "commission", "2024-06-03", None), ["on_hold"]);
    assert_eq!(desk.refuses(&s, "release_hold", "2024-06-03", None), ["police_release_police_hold"]);
    let other = referred("2024-06-03", FrontDoor::Council, false);
    assert_eq!(
        desk.refuses(&other, "place_hold", "2024-06-03", Some(json!({"kind": "police", "reviewOn": "2024-06-10"}))),
        ["police_hold_by_police"]
    );
}

#[test]
fn a_decision_that_would_not_stand_is_refused() {
    let desk = Desk::new("2024-06-03", 17);
    let s = at_panel(&desk, FrontDoor::Council);
    let on = day("2024-06-03");
    let with = |pointer: &str, value: serde_json::Value| {
        let mut body = decision(on);
        *body.pointer_mut(pointer).expect("a field") = value;
        body
    };
    let refused = |name: &str, body| desk.refuses(&s, name, "2024-06-03", Some(body));
    assert_eq!(refused("adopt", with("/riskOwner", json!(null))), ["risk_owned"]);
    assert_eq!(refused("adopt", with("/nextReview", json!(null))), ["review_set"]);
    assert_eq!(refused("not_adopt", with("/careConsidered", json!(null))), ["care_considered"]);
    assert_eq!(refused("adopt", with("/extentOfConcern", json!(" "))), ["blank"]);
    assert_eq!(refused("adopt", with("/meeting", json!("corridor"))), ["not_an_id"]);
    let unplanned = State { plan_on: None, ..s.clone() };
    assert_eq!(desk.refuses(&unplanned, "adopt", "2024-06-03", None), ["plan_written"]);
}

/// Each way in which the meeting itself may be amiss, alone.
#[test]
fn a_decision_stands_on_its_meeting() {
    let mut desk = Desk::new("2024-06-03", 17);
    let s = at_panel(&desk, FrontDoor::Council);
    let on = day("2024-06-03");
    let id = Uuid::from_u128(60);
    let mut refused = |sitting: Option<Sitting>, state: &State| {
        desk.sitting = Some(sitting);
        desk.refuses(state, "adopt", "2024-06-03", None)
    };
    let sits = quorate(on, id);
    assert_eq!(refused(None, &s), ["meeting_sits"]);
    assert_eq!(refused(Some(Sitting { on: day("2024-06-02"), ..sits.clone() }), &s), ["decided_at_meeting"]);
    let mut without = |gone: usize| {
        let mut sitting = sits.clone();
        sitting.present.remove(gone);
        refused(Some(sitting), &s)
    };
    assert_eq!(without(0), ["presides", "quorate"]);
    assert_eq!(without(1), ["quorate"]);
    let decision = Some(DecisionFact { kind: Decided::Deferred, on, meeting: Some(MeetingId(id)) });
    assert_eq!(refused(Some(sits.clone()), &State { decision, ..s.clone() }), ["decided_once"]);
    let late = State { assessed_at: Some(sits.opened_at), ..s.clone() };
    assert_eq!(refused(Some(sits.clone()), &late), ["assessed_before"]);
    assert_eq!(refused(Some(sits), &State { assessed_on: None, ..s }), ["assessed_before"]);
}

#[test]
fn an_outcome_must_be_borne_out() {
    let desk = Desk::new("2024-06-03", 17);
    let s = at_panel(&desk, FrontDoor::Council);
    for outcome in ["not_suitable", "not_adopted", "consent_refused", "police_led", "completed", "transferred_out"] {
        let body = json!({"outcome": outcome, "reason": "r", "report": "r"});
        assert_eq!(desk.refuses(&s, "close", "2024-06-03", Some(body)), ["outcome_fits"], "{outcome}");
    }
    // A no is the person's; that it ends there is the panel's to say.
    let refused = desk.does(&desk.does(&s, "adopt", "2024-02-01"), "refuse_consent", "2024-02-02");
    let closes = json!({"outcome": "consent_refused", "reason": "r"});
    assert_eq!(desk.refuses(&refused, "close", "2024-06-03", Some(closes.clone())), ["outcome_fits"]);
    let concluded = desk.does(&refused, "conclude_without_consent", "2024-02-12");
    let close = find("close").expect("row");
    assert!(desk.act(close, &concluded, actor(Who::Council, 1), day("2024-06-03"), &closes).is_ok());
    let not = desk.does(&s, "not_adopt", "2024-02-01");
    let body = json!({"outcome": "not_adopted", "reason": "r"});
    let t = find("close").expect("row");
    assert!(desk.act(t, &not, actor(Who::Council, 1), day("2024-06-03"), &body).is_ok());
}

#[test]
fn police_can_forbid_approaching_the_person() {
    let desk = Desk::new("2024-06-03", 17);
    let s = desk.does(&at_panel(&desk, FrontDoor::Council), "adopt", "2024-02-01");
    let blocked = desk.does(&s, "block_contact", "2024-02-02");
    assert_eq!(desk.refuses(&blocked, "ask_consent", "2024-02-03", None), ["contact_allowed"]);
    assert_eq!(
        desk.does(&desk.does(&blocked, "allow_contact", "2024-02-04"), "ask_consent", "2024-02-05").consent,
        ConsentTrack::Asked
    );
}

#[test]
fn a_correction_restores_exactly_and_only_what_was_the_actors_to_say() {
    let desk = Desk::new("2024-06-03", 17);
    let on = day("2024-06-03");
    let correct = find("correct").expect("row");
    let body = json!({"remedy": "restore", "reason": "r"});
    let takes_back = |who: Who, now: &State, before: &State| {
        desk.act_reading(correct, now, actor(who, 1), on, &body, Some(before), &|_| true)
    };
    let before = at_panel(&desk, FrontDoor::Council);
    let adopted = desk.does(&before, "adopt", "2024-02-01");
    assert!(takes_back(Who::Council, &adopted, &before).is_err());
    assert_eq!(takes_back(Who::Chair, &adopted, &before).expect("restored").state, before);

    let led = desk.does(&before, "gateway_police_led", "2024-02-01");
    assert!(takes_back(Who::Chair, &led, &before).is_err() && takes_back(Who::Council, &led, &before).is_err());
    assert_eq!(takes_back(Who::PoliceCt, &led, &before).expect("restored").state, before);

    let planned = desk.does(&before, "write_plan", "2024-02-01");
    assert_eq!(takes_back(Who::Council, &planned, &before).expect("restored").records.len(), 1);
    assert_eq!(desk.refuses(&before, "correct", "2024-06-03", None), ["nothing_to_correct"]);

    // Nobody takes back that a child has come of age; that the person was referred before stays found.
    let lapsed = State { consent: ConsentTrack::LapsedAt18, ..before.clone() };
    for who in [Who::Council, Who::PoliceCt, Who::Chair, Who::Mash] {
        assert!(takes_back(who, &lapsed, &before).is_err());
    }
    let repeat = State { repeat: true, ..planned };
    assert!(takes_back(Who::Council, &repeat, &before).expect("restored").state.repeat);
}
