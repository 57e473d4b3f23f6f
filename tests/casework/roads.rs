//! Whole roads, from first contact to the end.

use super::canned::{Desk, PROVIDER, actor, bodies, consent, day, referred, vaf};
use channel_panel::casework::category::Category;
use channel_panel::casework::deadlines::due;
use channel_panel::casework::ids::AgencyId;
use channel_panel::casework::state::*;
use channel_panel::casework::transitions::{Who, find};
use serde_json::json;
use uuid::Uuid;

pub fn at_panel(desk: &Desk, door: FrontDoor) -> State {
    let mut s = referred("2024-01-02", door, false);
    if door != FrontDoor::Council {
        s = desk.does(&s, "finish_screening", "2024-01-02");
    }
    s = desk.does(&s, "begin_triage", "2024-01-03");
    if door != FrontDoor::PoliceFirst {
        s = desk.does(&s, "send_to_gateway", "2024-01-03");
    }
    for (name, on) in [
        ("gateway_clear", "2024-01-08"),
        ("begin_assessment", "2024-01-08"),
        ("section36_decide", "2024-01-15"),
        ("record_assessment", "2024-01-20"),
        ("write_plan", "2024-01-22"),
        ("list_for_panel", "2024-01-22"),
    ] {
        s = desk.does(&s, name, on);
    }
    s
}

fn consents(desk: &Desk, state: &State, by: &str, on: &str) -> State {
    let t = find("give_consent").expect("row");
    desk.act(t, state, actor(Who::Council, 1), day(on), &consent(by)).expect("given").state
}

pub fn in_support(desk: &Desk, by: &str) -> State {
    let mut s = desk.does(&at_panel(desk, FrontDoor::Council), "adopt", "2024-02-01");
    s = desk.does(&s, "ask_consent", "2024-02-02");
    s = consents(desk, &s, by, "2024-02-05");
    desk.does(&s, "start_intervention", "2024-02-06")
}

#[test]
fn from_referral_to_exit_and_both_reviews() {
    for door in FrontDoor::ALL {
        assert_eq!(at_panel(&Desk::new("2026-01-01", 16), *door).stage, Stage::Panel, "{}", door.name());
    }
    let desk = Desk::new("2026-01-01", 16);
    let mut s = in_support(&desk, "parent");
    for (name, on) in [
        ("commission", "2024-02-07"),
        ("accept_commission", "2024-02-08"),
        ("log_session", "2024-02-15"),
        ("record_assessment", "2024-05-01"),
        ("exit", "2024-05-10"),
        ("post_exit_review", "2024-11-10"),
    ] {
        s = desk.does(&s, name, on);
    }
    let t = find("post_exit_review").expect("row");
    let twelve = bodies("post_exit_review", &s, day("2025-05-10")).remove(1);
    assert_eq!(desk.refuses(&s, "post_exit_no_further_action", "2025-05-10", None), ["reviews_done"]);
    s = desk.act(t, &s, actor(Who::Council, 1), day("2025-05-10"), &twelve).expect("reviewed").state;
    s = desk.does(&s, "post_exit_no_further_action", "2025-05-12");
    let close = json!({"outcome": "completed", "reason": "r", "report": "r"});
    s = desk
        .act(find("close").expect("row"), &s, actor(Who::Council, 1), day("2025-05-13"), &close)
        .expect("closed")
        .state;
    assert_eq!((s.stage, s.outcome), (Stage::Closed, Some(CaseOutcome::Completed)));
}

#[test]
fn keying_is_late_or_on_the_day_and_never_ahead_or_out_of_order() {
    let desk = Desk::new("2024-01-31", 16);
    let s = at_panel(&desk, FrontDoor::Council);
    assert_eq!(desk.refuses(&s, "adopt", "2024-02-01", None), ["in_future"]);
    assert_eq!(desk.refuses(&s, "adopt", "2024-01-21", None), ["before_stage"]);
    assert_eq!(desk.refuses(&s, "place_hold", "2024-01-01", None), ["before_received"]);
    let asked = desk.does(
        &desk.does(&referred("2024-01-02", FrontDoor::Council, false), "begin_triage", "2024-01-05"),
        "send_to_gateway",
        "2024-01-09",
    );
    assert_eq!(desk.refuses(&asked, "gateway_clear", "2024-01-08", None), ["gateway_asked"]);
}

#[test]
fn a_parents_consent_ends_at_eighteen() {
    let mut desk = Desk::new("2024-06-03", 17);
    let s = in_support(&desk, "parent");
    assert!(desk.refuses(&s, "consent_lapsed_at_18", "2024-06-03", None).contains(&"adult_now"));
    desk.age = Some(18);
    let s = desk.does(&s, "consent_lapsed_at_18", "2024-06-03");
    assert_eq!((s.stage, s.consent), (Stage::Consent, ConsentTrack::LapsedAt18));
    assert_eq!(desk.refuses(&s, "give_consent", "2024-06-03", Some(consent("parent"))), ["giver_fits_age"]);
    let s = consents(&desk, &s, "self", "2024-06-03");
    assert_eq!(desk.does(&s, "start_intervention", "2024-06-03").stage, Stage::Intervention);
    desk.age = None;
    assert_eq!(desk.refuses(&s, "start_intervention", "2024-06-03", None), ["consent_fits_age"]);
}

#[test]
fn a_repeat_is_closed_at_triage_by_two() {
    let desk = Desk::new("2024-06-03", 17);
    let s = desk.does(&referred("2024-06-03", FrontDoor::Council, true), "begin_triage", "2024-06-03");
    assert_eq!(desk.refuses(&s, "advise_and_close", "2024-06-03", None), ["second_person"]);
    let alone = desk.does(&s, "agree_closure", "2024-06-03");
    assert_eq!(desk.refuses(&alone, "advise_and_close", "2024-06-03", None), ["second_person"]);
    let agree = find("agree_closure").expect("row");
    let body = bodies("agree_closure", &s, day("2024-06-03")).remove(0);
    let two = desk.act(agree, &s, actor(Who::Mash, 2), day("2024-06-03"), &body).expect("agreed").state;
    assert_eq!(desk.does(&two, "advise_and_close", "2024-06-03").stage, Stage::Closed);
}

#[test]
fn a_case_does_not_close_over_an_open_need() {
    let desk = Desk::new("2024-06-03", 17);
    let s = desk.does(&referred("2024-06-03", FrontDoor::Council, false), "begin_triage", "2024-06-03");
    let open = desk.does(&s, "refer_onward", "2024-06-03");
    assert_eq!(desk.refuses(&open, "advise_and_close", "2024-06-03", None), ["no_open_onward"]);
    let met = desk.does(&open, "acknowledge_onward", "2024-06-03");
    assert_eq!(desk.does(&met, "advise_and_close", "2024-06-03").stage, Stage::Closed);
}

/// A misdirected contact: to whom it went is said, by when they answer, and that they have it; police and panel hear nothing.
#[test]
fn what_is_another_areas_goes_there_and_is_closed_when_they_have_it() {
    let desk = Desk::new("2024-06-03", 17);
    let on = day("2024-06-03");
    let does = |s: &State, name: &str, body: serde_json::Value| {
        let row = find(name).expect("row");
        desk.act(row, s, actor(Who::Council, 1), on, &body).expect(name).state
    };
    let refused = |s: &State, name: &str, body: serde_json::Value| desk.refuses(s, name, "2024-06-03", Some(body));
    let hands =
        |service: &str| json!({"service": service, "ownerName": "The desk there", "due": "2024-06-10", "need": "n"});
    let answer = |s: &State, answer: &str| json!({"onwardReferral": s.onward[0].record, "answer": answer, "acknowledgedBy": "The desk there"});
    let close = || json!({"outcome": "redirected", "reason": "r"});
    for begun in [false, true] {
        let fresh = referred("2024-06-03", FrontDoor::Council, false);
        let s = if begun { desk.does(&fresh, "begin_triage", "2024-06-03") } else { fresh };
        assert_eq!(refused(&s, "close", close()), ["taken_elsewhere"]);
        let need = does(&s, "refer_onward", hands("health"));
        let met = does(&need, "acknowledge_onward", answer(&need, "accepted"));
        assert_eq!(refused(&met, "close", close()), ["taken_elsewhere"], "a need that was met is another matter");
        let mut nameless = hands("another_area");
        nameless["ownerName"] = json!(null);
        nameless["owner"] = json!(Uuid::from_u128(50));
        assert_eq!(refused(&s, "refer_onward", nameless), ["named_elsewhere"]);
        let handed = does(&s, "refer_onward", hands("another_area"));
        assert_eq!(refused(&handed, "close", close()), ["taken_elsewhere", "no_open_onward"]);
        let back = does(&handed, "acknowledge_onward", answer(&handed, "declined"));
        assert_eq!(refused(&back, "close", close()), ["taken_elsewhere"], "nobody has it but us");
        let taken = does(&handed, "acknowledge_onward", answer(&handed, "accepted"));
        let closed = does(&taken, "close", close());
        assert_eq!((closed.stage, closed.outcome), (Stage::Closed, Some(CaseOutcome::Redirected)));
        assert_eq!((closed.gateway, closed.redirected_on), (Gateway::NotSent, Some(on)));
    }
    let s = desk.does(&referred("2024-06-03", FrontDoor::Council, false), "begin_triage", "2024-06-03");
    let handed = does(&s, "refer_onward", hands("another_area"));
    let taken = does(&handed, "acknowledge_onward", answer(&handed, "accepted"));
    let asked = desk.does(&taken, "send_to_gateway", "2024-06-03");
    let cleared = desk.does(&asked, "gateway_clear", "2024-06-03");
    assert_eq!(refused(&cleared, "close", close()), ["outcome_fits"], "what police were asked of is ours");
}

/// What goes with a transfer is named, and an agency's own detail cannot be.
#[test]
fn a_transfer_releases_nothing_that_an_agency_keeps_and_passes_the_risk_when_it_is_taken() {
    let desk = Desk::new("2024-06-03", 17);
    let s = at_panel(&desk, FrontDoor::Council);
    let offer = |released: serde_json::Value| {
        json!({"receivingPanel": "Oxholme", "receivingChair": "c", "riskOwner": Uuid::from_u128(50), "reason": "r",
            "released": released})
    };
    let kept = ["police", "health", "social_care", "education", "source", "monitoring", "work", "retention"];
    for category in kept {
        let body = Some(offer(json!(["identity", category])));
        assert_eq!(desk.refuses(&s, "offer_transfer", "2024-06-03", body), ["not_to_release"], "{category}");
    }
    let twice = Some(offer(json!(["identity", "identity"])));
    assert_eq!(desk.refuses(&s, "offer_transfer", "2024-06-03", twice), ["twice"]);
    let open: Vec<&str> = Category::ALL.iter().map(|c| c.name()).filter(|name| !kept.contains(name)).collect();
    let row = find("offer_transfer").expect("row");
    let act = desk.act(row, &s, actor(row.who[0], 1), day("2024-06-03"), &offer(json!(open))).expect("offered");
    assert_eq!(act.released.len(), open.len());
    assert_eq!(act.state.risk_owner, Some(AgencyId(Uuid::from_u128(50))), "ours until they take it");
    let close =
        |s: &State| desk.refuses(s, "close", "2024-06-03", Some(json!({"outcome": "transferred_out", "reason": "r"})));
    assert_eq!(close(&act.state), ["outcome_fits"]);
    assert_eq!(close(&desk.does(&act.state, "decline_transfer", "2024-06-03")), ["outcome_fits"]);
    let taken = desk.does(&act.state, "accept_transfer", "2024-06-03");
    assert_eq!(taken.risk_owner, None);
    let row = find("close").expect("row");
    let body = json!({"outcome": "transferred_out", "reason": "r"});
    let closed = desk.act(row, &taken, actor(row.who[0], 1), day("2024-06-03"), &body).expect("closed").state;
    assert_eq!((closed.stage, closed.outcome), (Stage::Closed, Some(CaseOutcome::TransferredOut)));
}

/// A panel of this service answers for itself: nobody keys its answer, and nobody takes the offer back but by withdrawing it.
#[test]
fn an_offer_to_a_panel_of_this_service_is_answered_by_the_service_and_mended_by_nobody() {
    let desk = Desk::new("2024-06-03", 17);
    let (s, on) = (at_panel(&desk, FrontDoor::Council), "2024-06-03");
    let inside = bodies("offer_transfer", &s, day(on)).remove(1);
    let mut unnamed = inside.clone();
    unnamed["released"] = json!(["concern"]);
    assert_eq!(desk.refuses(&s, "offer_transfer", on, Some(unnamed)), ["identity_needed"]);
    let tried = |name: &str, who: Who, state: &State, body: &serde_json::Value| {
        let done = desk.act(find(name).expect("row"), state, actor(who, 1), day(on), body);
        done.map(|effect| effect.state).map_err(|problem| problem.violations.iter().map(|v| v.rule).collect::<Vec<_>>())
    };
    let offered = tried("offer_transfer", Who::Chair, &s, &inside).expect("offered");
    let held = tried("place_hold", Who::Council, &offered, &json!({"kind": "custody", "reviewOn": "2024-06-20"}));
    let (answer, grounds) = (json!({"answeredBy": "Oxholme"}), json!({"reason": "r"}));
    for state in [&offered, &held.expect("held")] {
        for (name, after) in [("accept_transfer", Transfer::Accepted), ("decline_transfer", Transfer::Declined)] {
            assert_eq!(tried(name, Who::Chair, state, &answer), Err(vec!["answered_elsewhere"]), "{name}");
            let done = tried(name, Who::Service, state, &answer).expect(name);
            assert_eq!((done.transfer, done.passage), (after, None));
        }
        let done = tried("withdraw_transfer", Who::Chair, state, &grounds).expect("withdrawn");
        assert_eq!((done.transfer, done.passage), (Transfer::None, None));
    }
    for (name, body) in [
        ("close", json!({"outcome": "died", "reason": "r"})),
        ("join", json!({"into": Uuid::from_u128(9), "reason": "r"})),
    ] {
        assert_eq!(tried(name, Who::Council, &offered, &body), Err(vec!["not_on_its_way"]), "{name}");
    }
    let correct = find("correct").expect("row");
    let body = json!({"remedy": "restore", "reason": "r"});
    let withdrawn = tried("withdraw_transfer", Who::Chair, &offered, &grounds).expect("withdrawn");
    for (now, before) in [(&offered, &s), (&withdrawn, &offered)] {
        let done = desk.act_reading(correct, now, actor(Who::Chair, 1), day(on), &body, Some(before), &|_| true);
        assert_eq!(done.expect_err("refused").violations[0].rule, "own_to_correct");
    }
}

#[test]
fn a_hold_stops_the_case_and_its_clock_but_not_a_death_or_a_no() {
    let desk = Desk::new("2024-06-03", 17);
    let s = in_support(&desk, "parent");
    let held = desk.does(&s, "place_hold", "2024-02-10");
    assert_eq!(desk.refuses(&held, "commission", "2024-02-12", None), ["on_hold"]);
    assert_eq!(due(&held, &desk.calendar, &desk.rules).map(|d| d.what), Some("review_hold"));
    assert_eq!(desk.does(&held, "withdraw_consent", "2024-02-12").stage, Stage::Consent);
    assert_eq!(desk.does(&held, "pause_support", "2024-02-12").hold, Hold::Custody);
    assert_eq!(desk.does(&held, "close", "2024-02-12").outcome, Some(CaseOutcome::Died));
    let free = desk.does(&held, "release_hold", "2024-02-20");
    assert_eq!(free.held.len(), 1);
    let before = due(&s, &desk.calendar, &desk.rules).expect("due");
    let after = due(&free, &desk.calendar, &desk.rules).expect("due");
    assert!(after.on >= before.on);
    // A move may not be slipped into the days of the hold.
    assert_eq!(desk.refuses(&free, "exit", "2024-02-15", None), ["on_hold"]);
}

#[test]
fn joining_can_be_undone() {
    let desk = Desk::new("2024-06-03", 17);
    let s = at_panel(&desk, FrontDoor::Council);
    let joined = desk.does(&s, "join", "2024-06-03");
    assert_eq!((joined.stage, joined.outcome), (Stage::Closed, Some(CaseOutcome::Joined)));
    assert_eq!(desk.does(&joined, "unjoin", "2024-06-03"), s);
}

#[test]
fn reopening_leaves_nothing_that_a_guard_could_rest_on() {
    let desk = Desk::new("2024-06-03", 17);
    let s = desk.does(&in_support(&desk, "parent"), "record_assessment", "2024-06-01");
    let s = desk.does(&desk.does(&s, "exit", "2024-06-02"), "reopen", "2024-06-03");
    assert_eq!(
        (s.stage, s.gateway, s.section36, s.consent),
        (Stage::Assessment, Gateway::Recheck, Section36::None, ConsentTrack::NotSought)
    );
    assert_eq!(
        desk.refuses(&s, "list_for_panel", "2024-06-03", None),
        ["gateway_clear", "section36_decided", "assessed"]
    );
}

/// A provider who was at work when the case ended is not at work on it when it comes back.
#[test]
fn reopening_brings_back_no_commission() {
    let desk = Desk::new("2024-06-03", 17);
    let s = desk.does(&in_support(&desk, "parent"), "note_need", "2024-02-06");
    let s = desk.does(&desk.does(&s, "commission", "2024-02-07"), "accept_commission", "2024-02-08");
    let s = desk.does(&s, "commission", "2024-02-09");
    assert!(s.commissions[0].is_taken() && !s.commissions[1].is_over() && !s.needs.is_empty());
    let s = desk.does(&s, "record_assessment", "2024-06-01");
    let s = desk.does(&desk.does(&s, "exit", "2024-06-02"), "reopen", "2024-06-03");
    assert!(s.commissions.len() == 2 && s.commissions.iter().all(|c| c.is_over() && c.status_on == day("2024-06-03")));
    assert!(s.needs.iter().all(|need| need.status == NeedStatus::Ended));
}

#[test]
fn sessions_are_the_providers_own_and_need_a_brief_that_was_taken() {
    let desk = Desk::new("2024-06-03", 17);
    let s = desk.does(&in_support(&desk, "parent"), "commission", "2024-02-07");
    assert!(desk.refuses(&s, "log_session", "2024-02-09", None).contains(&"commission_own"));
    let taken = desk.does(&s, "accept_commission", "2024-02-08");
    let t = find("log_session").expect("row");
    let forms = bodies("log_session", &taken, day("2024-02-09"));
    let stranger =
        channel_panel::casework::engine::ActorRef { agency: Some(AgencyId::new()), ..actor(Who::Provider, 1) };
    assert!(desk.act(t, &taken, stranger, day("2024-02-09"), &forms[0]).is_err());
    let begun = desk.does(&taken, "begin_commission", "2024-02-09");
    let planned = desk.act(t, &begun, actor(Who::Provider, 1), day("2024-02-09"), &forms[1]).expect("planned").state;
    assert_eq!(desk.refuses(&planned, "exit", "2024-02-12", None), ["sessions_reconciled"]);
    let missed = desk.act(t, &planned, actor(Who::Provider, 1), day("2024-02-10"), &forms[2]).err();
    assert!(missed.is_none(), "{missed:?}");
    assert_eq!(taken.commissions[0].provider, PROVIDER);
}

#[test]
fn evidence_is_sealed_under_the_category_it_came_from() {
    let desk = Desk::new("2024-06-03", 17);
    let s = at_panel(&desk, FrontDoor::Council);
    let mut body = vaf();
    body["full"]["factors"][12] = json!({"factor": "mental_health", "rating": "partly_present", "evidence": [
        {"text": "DIAGNOSIS", "sourceCategory": "health"}, {"text": "said so himself"}]});
    let t = find("record_assessment").expect("row");
    let effect = desk.act(t, &s, actor(Who::PoliceCt, 1), day("2024-02-01"), &body).expect("recorded");
    let record = &effect.records[0];
    assert!(!serde_json::to_string(&record.fields).expect("json").contains("DIAGNOSIS"));
    assert_eq!(record.parts.len(), 1);
    assert_eq!(record.parts[0].0, Category::Health);
    assert!(serde_json::to_string(&record.parts[0].1).expect("json").contains("DIAGNOSIS"));
    assert!(!serde_json::to_string(&effect.state).expect("json").contains("DIAGNOSIS"));
    assert!(!format!("{effect:?}").contains("DIAGNOSIS"));
}

#[test]
fn author_and_countersigner_are_two() {
    let desk = Desk::new("2024-06-03", 17);
    let s = at_panel(&desk, FrontDoor::Council);
    assert_eq!(desk.refuses(&s, "countersign_assessment", "2024-02-01", None), ["other_than_author"]);
    let t = find("countersign_assessment").expect("row");
    assert!(desk.act(t, &s, actor(Who::Council, 2), day("2024-02-01"), &json!({"agreed": true})).is_ok());
}
