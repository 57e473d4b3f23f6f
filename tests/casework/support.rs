//! Needs, commissions and sessions: each guard broken alone, and what is known of waiting and of sessions that came to nothing.

use super::canned::{Desk, PROVIDER, actor, consent, day};
use super::roads::in_support;
use channel_panel::casework::engine::ActorRef;
use channel_panel::casework::ids::AgencyId;
use channel_panel::casework::state::*;
use channel_panel::casework::transitions::{Who, find};
use channel_panel::error::{Kind, Problem};
use serde_json::{Value, json};

pub fn act(desk: &Desk, s: &State, name: &str, on: &str, body: &Value) -> Result<State, Problem> {
    let t = find(name).expect("a transition");
    desk.act(t, s, actor(t.who[0], 1), day(on), body).map(|effect| effect.state)
}

pub fn rules(refused: Result<State, Problem>) -> Vec<&'static str> {
    refused.expect_err("refused").violations.iter().map(|v| v.rule).collect()
}

/// In support since 6 February, on a parent's word.
pub fn desk() -> (Desk, State) {
    let desk = Desk::new("2024-06-03", 17);
    let s = in_support(&desk, "parent");
    (desk, s)
}

fn offer(need: Value, replaces: Value) -> Value {
    json!({"provider": PROVIDER, "brief": "b", "objectives": ["o"], "sessionsPlanned": 6, "from": "2024-02-10", "to": "2024-05-30",
        "need": need, "replaces": replaces})
}

pub fn taken(desk: &Desk, s: &State) -> State {
    desk.does(&desk.does(s, "commission", "2024-02-07"), "accept_commission", "2024-02-08")
}

pub fn session(s: &State, status: &str, on: &str) -> Value {
    json!({"commission": s.commissions.last().expect("one").record, "status": status, "sessionOn": on, "report": "r"})
}

pub fn logs(desk: &Desk, s: &State, status: &str, on: &str) -> State {
    act(desk, s, "log_session", on, &session(s, status, on)).unwrap_or_else(|p| panic!("{status} on {on}: {p:?}"))
}

#[test]
fn the_wait_counts_from_the_need_to_the_first_session_whoever_was_asked_between() {
    let (desk, s) = desk();
    let noted = desk.does(&s, "note_need", "2024-02-07");
    let need = noted.needs[0].record;
    let asked = desk.does(&noted, "request_provider", "2024-02-09");
    assert_eq!((asked.needs[0].status, asked.needs[0].requested_on), (NeedStatus::Requested, Some(day("2024-02-09"))));
    let first = act(&desk, &asked, "commission", "2024-02-10", &offer(json!(need), Value::Null)).expect("offered");
    let declined = desk.does(&first, "decline_commission", "2024-02-13");
    let replaced = declined.commissions[0].record;
    let second = act(&desk, &declined, "commission", "2024-02-14", &{
        let mut body = offer(json!(need), json!(replaced));
        body["from"] = json!("2024-02-14");
        body
    })
    .expect("offered to another");
    let accepted = desk.does(&second, "accept_commission", "2024-02-15");
    // Told a week late, and the wait was over on its day.
    let begun =
        act(&desk, &accepted, "log_session", "2024-02-28", &session(&accepted, "held", "2024-02-21")).expect("held");
    let fact = begun.commissions[1];
    assert_eq!((fact.status, fact.started_on), (CommissionStatus::Started, Some(day("2024-02-21"))));
    assert_eq!((fact.need, fact.replaces), (Some(need), Some(replaced)));
    assert_eq!(fact.waited(day("2024-06-03")), Some(14));
    assert_eq!(accepted.commissions[1].waited(day("2024-02-17")), Some(10), "it is counted while they wait");
    assert_eq!(begun.commissions[0].waited(day("2024-06-03")), None, "what came to nothing was no end of the wait");
    assert_eq!(begun.commissions[0].status, CommissionStatus::Declined, "history stays");
    // What replaces a commission that had started makes nobody wait longer than since its end.
    let ended = desk.does(&begun, "end_commission", "2024-03-01");
    let mut body = offer(json!(need), json!(fact.record));
    body["from"] = json!("2024-03-04");
    let third = act(&desk, &ended, "commission", "2024-03-04", &body).expect("another");
    assert_eq!(third.commissions[2].needed_on, day("2024-03-01"));
    // Of an offer without a need, the wait begins with the offer.
    assert_eq!(taken(&desk, &s).commissions[0].needed_on, day("2024-02-07"));
}

#[test]
fn a_need_is_asked_for_once_and_answered_by_one() {
    let (desk, s) = desk();
    assert_eq!(
        rules(act(
            &desk,
            &State { plan_on: None, ..s.clone() },
            "note_need",
            "2024-02-07",
            &json!({"support": "s", "need": "n"})
        )),
        ["plan_written"]
    );
    let noted = desk.does(&s, "note_need", "2024-02-07");
    let need = noted.needs[0].record;
    let asked = desk.does(&noted, "request_provider", "2024-02-08");
    assert_eq!(desk.refuses(&asked, "request_provider", "2024-02-08", None), ["need_unasked"]);
    assert_eq!(desk.refuses(&s, "request_provider", "2024-02-08", None), ["need_unasked"], "no such need");
    assert_eq!(desk.refuses(&noted, "request_provider", "2024-02-06", None), ["need_unasked"], "not noted by then");
    let unwilling = State { consent: ConsentTrack::Refused, ..noted.clone() };
    assert_eq!(desk.refuses(&unwilling, "request_provider", "2024-02-08", None), ["consent_given"]);
    let offered = |s: &State, need: Value| act(&desk, s, "commission", "2024-02-10", &offer(need, Value::Null));
    assert_eq!(rules(offered(&s, json!(need))), ["need_unanswered"], "no need of this case");
    let one = offered(&noted, json!(need)).expect("a need may be answered without looking for anybody");
    assert_eq!(rules(offered(&one, json!(need))), ["need_unanswered"], "it is answered");
    let gone =
        act(&desk, &noted, "end_commission", "2024-02-09", &json!({"commission": need, "reason": "r"})).expect("ended");
    assert_eq!(gone.needs[0].status, NeedStatus::Ended);
    assert_eq!(rules(offered(&gone, json!(need))), ["need_unanswered"], "it is no more");
    assert_eq!(
        rules(act(&desk, &gone, "end_commission", "2024-02-10", &json!({"commission": need, "reason": "r"}))),
        ["commission_runs"]
    );
}

#[test]
fn a_replacement_names_what_it_replaces_and_history_has_one_line() {
    let (desk, s) = desk();
    let noted = desk.does(&s, "note_need", "2024-02-07");
    let need = json!(noted.needs[0].record);
    let offered =
        |s: &State, replaces: Value| act(&desk, s, "commission", "2024-02-10", &offer(need.clone(), replaces));
    let one = offered(&noted, Value::Null).expect("the first");
    let first = json!(one.commissions[0].record);
    assert!(rules(offered(&one, first.clone())).contains(&"replaces_what_ended"), "it is still on offer");
    let declined = desk.does(&one, "decline_commission", "2024-02-10");
    assert_eq!(
        rules(offered(&declined, Value::Null)),
        ["replaces_what_ended"],
        "the same need, and no word of the first"
    );
    let two = offered(&declined, first.clone()).expect("in its place");
    let declined = desk.does(&two, "decline_commission", "2024-02-10");
    assert_eq!(rules(offered(&declined, first)), ["replaces_what_ended"], "it has been replaced");
    assert_eq!(
        rules(offered(&declined, json!(AgencyId::new()))),
        ["replaces_what_ended"],
        "no commission of this case"
    );
    assert!(offered(&declined, json!(declined.commissions[1].record)).is_ok());
}

#[test]
fn a_provider_begins_what_is_its_own_and_was_accepted() {
    let (desk, s) = desk();
    let offered = desk.does(&s, "commission", "2024-02-07");
    assert!(desk.refuses(&offered, "begin_commission", "2024-02-08", None).contains(&"commission_taken"));
    let accepted = desk.does(&offered, "accept_commission", "2024-02-08");
    let t = find("begin_commission").expect("row");
    let body = json!({"commission": accepted.commissions[0].record});
    let stranger = ActorRef { agency: Some(AgencyId::new()), ..actor(Who::Provider, 1) };
    let refused = desk.act(t, &accepted, stranger, day("2024-02-09"), &body).expect_err("another's");
    assert_eq!(refused.violations.iter().map(|v| v.rule).collect::<Vec<_>>(), ["commission_taken"]);
    let begun = desk.does(&accepted, "begin_commission", "2024-02-09");
    assert_eq!(
        (begun.commissions[0].status, begun.commissions[0].started_on),
        (CommissionStatus::Started, Some(day("2024-02-09")))
    );
    assert_eq!(desk.refuses(&begun, "begin_commission", "2024-02-10", None), ["commission_taken"]);
    // By its own word earlier than by its sessions: the earlier day stands.
    assert_eq!(logs(&desk, &begun, "held", "2024-02-20").commissions[0].started_on, Some(day("2024-02-09")));
    let waiting = State { stage: Stage::Consent, ..accepted };
    assert_eq!(desk.refuses(&waiting, "begin_commission", "2024-02-09", None), ["support_runs"]);
}

#[test]
fn nobody_takes_a_commission_that_nobody_consents_to_any_more() {
    let (desk, s) = desk();
    let offered = desk.does(&s, "commission", "2024-02-07");
    let withdrawn = desk.does(&offered, "withdraw_consent", "2024-02-08");
    assert_eq!(desk.refuses(&withdrawn, "accept_commission", "2024-02-09", None), ["consent_given"]);
    assert!(desk.does(&withdrawn, "decline_commission", "2024-02-09").commissions[0].is_over());
    // Given anew, it may be taken.
    let again = act(&desk, &withdrawn, "give_consent", "2024-02-10", &consent("parent")).expect("given");
    assert!(desk.does(&again, "accept_commission", "2024-02-11").commissions[0].is_taken());
}

#[test]
fn a_commission_rests_while_support_is_paused_or_while_the_council_says() {
    let (desk, s) = desk();
    let started = logs(&desk, &taken(&desk, &s), "held", "2024-02-15");
    let stands = |s: &State| s.stands(&s.commissions[0]);
    assert_eq!(stands(&started), CommissionStatus::Started);
    // By itself.
    assert_eq!(desk.refuses(&started, "resume_commission", "2024-02-20", None), ["commission_rests"]);
    let rests = desk.does(&started, "pause_commission", "2024-02-20");
    assert_eq!(stands(&rests), CommissionStatus::Paused);
    assert_eq!(desk.refuses(&rests, "pause_commission", "2024-02-21", None), ["commission_goes_on"]);
    let refused =
        |s: &State, status: &str, on: &str| rules(act(&desk, s, "log_session", "2024-02-22", &session(s, status, on)));
    assert_eq!(refused(&rests, "held", "2024-02-21"), ["support_runs"]);
    assert_eq!(refused(&rests, "planned", "2024-02-27"), ["support_runs"]);
    assert!(
        act(&desk, &rests, "log_session", "2024-02-22", &session(&rests, "held", "2024-02-19")).is_ok(),
        "before it rested"
    );
    logs(&desk, &rests, "missed", "2024-02-22");
    assert_eq!(stands(&desk.does(&rests, "resume_commission", "2024-02-23")), CommissionStatus::Started);
    // With support: what the council had laid to rest stays so when the panel goes on.
    for (s, after) in [(&started, CommissionStatus::Started), (&rests, CommissionStatus::Paused)] {
        let paused = desk.does(s, "pause_support", "2024-02-21");
        assert_eq!(stands(&paused), CommissionStatus::Paused);
        assert_eq!(refused(&paused, "held", "2024-02-22"), ["support_runs"]);
        assert_eq!(stands(&desk.does(&paused, "remain", "2024-02-28")), after);
    }
    let paused = desk.does(&started, "pause_support", "2024-02-21");
    assert!(
        act(&desk, &paused, "log_session", "2024-02-20", &session(&paused, "held", "2024-02-19")).is_ok(),
        "before the pause"
    );
    // Accepted and not begun, it goes back to that.
    let accepted =
        desk.does(&desk.does(&taken(&desk, &s), "pause_commission", "2024-02-09"), "resume_commission", "2024-02-10");
    assert_eq!(stands(&accepted), CommissionStatus::Accepted);
}

#[test]
fn a_withdrawal_stops_sessions_and_a_hold_stops_them_untold() {
    let (desk, s) = desk();
    let started = logs(&desk, &taken(&desk, &s), "held", "2024-02-15");
    let withdrawn = desk.does(&started, "withdraw_consent", "2024-02-20");
    assert_eq!(withdrawn.stage, Stage::Consent);
    let held = |on: &str| act(&desk, &withdrawn, "log_session", on, &session(&withdrawn, "held", on));
    assert_eq!(rules(held("2024-02-21")), ["support_runs"]);
    assert!(held("2024-02-19").is_ok(), "held before it was withdrawn");
    let on_hold = desk.does(&started, "place_hold", "2024-02-20");
    let refused = act(&desk, &on_hold, "log_session", "2024-02-21", &session(&on_hold, "held", "2024-02-21"));
    assert_eq!(refused.map_err(|p| (p.kind, p.violations.len())), Err((Kind::TransitionHeld, 0)));
    assert!(
        act(
            &desk,
            &on_hold,
            "pause_commission",
            "2024-02-21",
            &json!({"commission": on_hold.commissions[0].record, "reason": "r"})
        )
        .is_ok()
    );
}

/// The council's own steps are its to take back, and a provider's word its own.
#[test]
fn each_takes_back_its_own_of_a_commission() {
    let (desk, s) = desk();
    let accepted = taken(&desk, &s);
    let begun = desk.does(&accepted, "begin_commission", "2024-02-09");
    let rests = desk.does(&begun, "pause_commission", "2024-02-10");
    let planned = logs(&desk, &begun, "planned", "2024-02-16");
    let body = json!({"commission": begun.commissions[0].record, "reason": "r", "account": "a"});
    let ended = act(&desk, &planned, "end_commission", "2024-02-20", &body).expect("ended");
    let correct = find("correct").expect("row");
    let takes_back = |who: Who, now: &State, before: &State| {
        let body = json!({"remedy": "restore", "reason": "r"});
        desk.act_reading(correct, now, actor(who, 1), day("2024-06-03"), &body, Some(before), &|_| true).is_ok()
    };
    for (now, before, whose, others) in [
        (&begun, &accepted, Who::Provider, Who::Council),
        (&planned, &begun, Who::Provider, Who::Council),
        (&rests, &begun, Who::Council, Who::Provider),
        (&ended, &planned, Who::Council, Who::Provider),
    ] {
        assert!(takes_back(whose, now, before) && !takes_back(others, now, before));
    }
}
