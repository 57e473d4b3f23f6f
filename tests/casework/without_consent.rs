//! What the panel decides where consent was not given, and what is written down of who gave or refused it.

use super::canned::{Desk, actor, consent, day, decision};
use super::roads::at_panel;
use super::support::act;
use channel_panel::casework::agenda::{Ahead, Reason, reasons};
use channel_panel::casework::codes::list;
use channel_panel::casework::content::decision::ExitReason;
use channel_panel::casework::deadlines::due;
use channel_panel::casework::state::*;
use channel_panel::casework::transitions::{Who, find};
use serde_json::{Value, json};

const DECISIONS: [&str; 3] = ["try_consent_again", "manage_elsewhere", "conclude_without_consent"];

/// Adopted on 1 February.
fn adopted() -> (Desk, State) {
    let desk = Desk::new("2024-06-03", 17);
    let s = desk.does(&at_panel(&desk, FrontDoor::Council), "adopt", "2024-02-01");
    (desk, s)
}

fn consent_reason(desk: &Desk, s: &State, on: &str) -> Vec<Reason> {
    let ahead = Ahead { on: day(on), last: None, unheard_from: None, calendar: &desk.calendar, rules: &desk.rules };
    let of_consent = [Reason::ConsentRefused, Reason::ConsentWithdrawn, Reason::ConsentUndecided];
    reasons(s, false, ahead).into_iter().filter(|reason| of_consent.contains(reason)).collect()
}

#[test]
fn the_panel_decides_once_consent_was_sought_enough_and_not_before() {
    let (desk, s) = adopted();
    let asked = |s: &State, times: u64| (0..times).fold(s.clone(), |s, _| desk.does(&s, "ask_consent", "2024-02-06"));
    let given = act(&desk, &asked(&s, 1), "give_consent", "2024-02-07", &consent("parent")).expect("given");
    for name in DECISIONS {
        // Twenty working days after 1 February is 29 February.
        assert_eq!(desk.refuses(&asked(&s, 2), name, "2024-02-28", None), ["consent_unresolved"], "{name}");
        assert_eq!(desk.does(&asked(&s, 2), name, "2024-02-29").stage, Stage::Consent, "after so many days");
        assert_eq!(desk.does(&asked(&s, 3), name, "2024-02-07").stage, Stage::Consent, "after so many attempts");
        for said in ["refuse_consent", "consent_not_reachable"] {
            desk.does(&desk.does(&asked(&s, 1), said, "2024-02-07"), name, "2024-02-08");
        }
        desk.does(&desk.does(&given, "withdraw_consent", "2024-02-08"), name, "2024-02-09");
        assert_eq!(desk.refuses(&given, name, "2024-04-01", None), ["consent_unresolved"], "{name}");
    }
    // What brings it to the panel is what lets the panel decide.
    assert_eq!(consent_reason(&desk, &asked(&s, 2), "2024-02-28"), []);
    assert_eq!(consent_reason(&desk, &asked(&s, 2), "2024-02-29"), [Reason::ConsentUndecided]);
    // Each is a decision like any other.
    let refused = desk.does(&s, "refuse_consent", "2024-02-07");
    for name in DECISIONS {
        let mut inquorate = decision(day("2024-02-08"));
        inquorate["policeForResidence"] = json!(uuid::Uuid::from_u128(99));
        assert_eq!(desk.refuses(&refused, name, "2024-02-08", Some(inquorate)), ["quorate"], "{name}");
        assert_eq!(desk.refuses(&refused, name, "2024-02-06", None), ["consent_unresolved"], "before it was refused");
    }
}

#[test]
fn each_asks_for_what_it_decides_on() {
    let (desk, s) = adopted();
    let refused = desk.does(&s, "refuse_consent", "2024-02-07");
    for (name, field, rule) in [
        ("try_consent_again", "nextReview", "review_set"),
        ("try_consent_again", "riskOwner", "risk_owned"),
        ("manage_elsewhere", "managedBy", "lead_named"),
        ("manage_elsewhere", "riskOwner", "risk_owned"),
        ("conclude_without_consent", "careConsidered", "care_considered"),
    ] {
        let mut body = decision(day("2024-02-08"));
        body[field] = Value::Null;
        assert_eq!(desk.refuses(&refused, name, "2024-02-08", Some(body)), [rule], "{name}");
    }
    let mut nobody = decision(day("2024-02-08"));
    nobody["managedBy"]["leadName"] = Value::Null;
    assert_eq!(desk.refuses(&refused, "manage_elsewhere", "2024-02-08", Some(nobody)), ["missing"]);
}

#[test]
fn tried_again_attempts_and_days_are_counted_anew() {
    let (desk, s) = adopted();
    let refused = desk.does(&s, "refuse_consent", "2024-02-07");
    let again = desk.does(&refused, "try_consent_again", "2024-03-06");
    assert_eq!((again.consent, again.consent_attempts), (ConsentTrack::NotSought, 0));
    assert_eq!(consent_reason(&desk, &again, "2024-04-03"), [], "Easter is in it");
    assert_eq!(consent_reason(&desk, &again, "2024-04-05"), [Reason::ConsentUndecided]);
    assert!(act(&desk, &again, "give_consent", "2024-03-07", &consent("parent")).is_ok());
    assert_eq!(desk.refuses(&again, "conclude_without_consent", "2024-03-07", None), ["consent_unresolved"]);
}

#[test]
fn it_closes_for_want_of_consent_on_the_panels_word_and_on_no_older_one() {
    let (desk, s) = adopted();
    let closes = json!({"outcome": "consent_refused", "reason": "r"});
    let close = |s: &State| {
        let done = desk.act(find("close").unwrap(), s, actor(Who::Council, 1), day("2024-06-03"), &closes);
        done.map(|effect| effect.state.stage).map_err(|p| p.violations.iter().map(|v| v.rule).collect::<Vec<_>>())
    };
    let refused = desk.does(&s, "refuse_consent", "2024-02-07");
    assert_eq!(close(&refused), Err(vec!["outcome_fits"]));
    let concluded = desk.does(&refused, "conclude_without_consent", "2024-02-12");
    assert_eq!(close(&concluded), Ok(Stage::Closed));
    assert_eq!(consent_reason(&desk, &concluded, "2024-04-01"), [], "the panel has said what now");
    assert_eq!(due(&concluded, &desk.calendar, &desk.rules).map(|due| due.what), Some("close"));
    // Somebody asks once more: the question is open again, and so is the panel's.
    let asked = desk.does(&concluded, "ask_consent", "2024-02-20");
    assert_eq!(close(&asked), Err(vec!["outcome_fits"]));
    let no = desk.does(&asked, "refuse_consent", "2024-02-21");
    assert_eq!(consent_reason(&desk, &no, "2024-04-01"), [Reason::ConsentRefused]);
    assert_eq!(close(&no), Err(vec!["outcome_fits"]));
}

#[test]
fn a_named_lead_says_that_it_leads_or_the_panel_decides_again() {
    let (desk, s) = adopted();
    let refused = desk.does(&s, "refuse_consent", "2024-02-07");
    let named = desk.does(&refused, "manage_elsewhere", "2024-02-12");
    let lead = named.led_elsewhere.expect("a lead");
    assert_eq!((named.onward.len(), named.onward[0].record), (1, lead));
    assert_eq!(due(&named, &desk.calendar, &desk.rules).map(|due| due.what), Some("acknowledge_onward"));
    let close = json!({"outcome": "consent_refused", "reason": "r"});
    assert_eq!(desk.refuses(&named, "close", "2024-06-03", Some(close.clone())), ["no_open_onward"]);
    // By the day it was to answer, it is before the panel again.
    assert_eq!(consent_reason(&desk, &named, "2024-03-01"), []);
    assert_eq!(consent_reason(&desk, &named, "2024-03-03"), [Reason::ConsentRefused]);
    let answers = |s: &State, answer: &str| {
        let body = json!({"onwardReferral": lead, "answer": answer, "acknowledgedBy": "n"});
        act(&desk, s, "acknowledge_onward", "2024-02-20", &body).expect("answered")
    };
    let leads = answers(&named, "accepted");
    assert_eq!((leads.onward.len(), leads.led_elsewhere), (0, None));
    assert!(act(&desk, &leads, "close", "2024-06-03", &close).is_ok());
    let will_not = answers(&named, "declined");
    assert_eq!(desk.refuses(&will_not, "close", "2024-06-03", Some(close.clone())), ["no_open_onward"]);
    assert_eq!(consent_reason(&desk, &will_not, "2024-02-21"), [Reason::ConsentRefused]);
    // Another decision takes its place, and nobody waits for the first any more.
    for name in DECISIONS {
        let decided = desk.does(&will_not, name, "2024-02-28");
        assert!(decided.onward.iter().all(|onward| onward.record != lead), "{name}");
    }
    assert!(
        act(&desk, &desk.does(&will_not, "conclude_without_consent", "2024-02-28"), "close", "2024-06-03", &close)
            .is_ok()
    );
    // Any other onward referral is not the panel's lead.
    let other = desk.does(&named, "refer_onward", "2024-02-13");
    let body = json!({"onwardReferral": other.onward[1].record, "answer": "declined", "acknowledgedBy": "n"});
    assert_eq!(act(&desk, &other, "acknowledge_onward", "2024-02-20", &body).expect("answered").onward.len(), 1);
}

#[test]
fn parents_who_disagree_are_written_down() {
    let (desk, s) = adopted();
    let given = |by: &str, parents: Value, disagreement: Value| {
        let mut body = consent(by);
        (body["parents"], body["disagreement"]) = (parents, disagreement);
        act(&desk, &s, "give_consent", "2024-02-07", &body)
            .map_err(|p| p.violations.iter().map(|v| v.rule).collect::<Vec<_>>())
    };
    assert!(given("parent", json!("agree"), Value::Null).is_ok());
    assert!(given("parent", json!("disagree"), json!("Her father will not have it.")).is_ok());
    assert_eq!(given("parent", json!("disagree"), Value::Null).err(), Some(vec!["missing"]));
    assert_eq!(given("parent", json!("agree"), json!("x")).err(), Some(vec!["nobody_disagrees"]));
    let of_age = Desk::new("2024-06-03", 18);
    let mut body = consent("self");
    body["parents"] = json!("agree");
    assert_eq!(of_age.refuses(&s, "give_consent", "2024-02-07", Some(body)), ["of_a_child"]);
    let refuses =
        json!({"by": "parent", "reassessOn": "2024-03-01", "childsView": "She would.", "parents": "disagree"});
    assert_eq!(desk.refuses(&s, "refuse_consent", "2024-02-07", Some(refuses)), ["missing"]);
}

#[test]
fn the_reasons_to_leave_are_those_of_the_list() {
    let codes: Vec<&str> = list("exit_reason").unwrap().codes.iter().map(|code| code.code.as_str()).collect();
    let ours: Vec<&str> = ExitReason::ALL.iter().map(|reason| reason.name()).collect();
    assert_eq!(ours, codes);
}
