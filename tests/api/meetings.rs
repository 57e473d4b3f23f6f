//! The panel's meeting over HTTP, on both databases: what is due comes before it, a decision stands on it or is refused by
//! the one rule it breaks, and what was minuted stays. Each refusal here breaks just one thing.

use super::registry::{Newcomer, confirm, enter};
use super::town::Town;
use crate::harness::{Answer, running_on_both};
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};

/// A case that the panel may decide on.
pub(super) fn to_panel(town: &Town<'_>, surname: &str) -> String {
    let (council, case) = (Seat::Coordinator, town.open(surname, false));
    town.step(council, &case, "begin_triage", json!({"earlierCasesSearched": true}));
    town.step(council, &case, "send_to_gateway", json!({"referralComplete": true}));
    town.step(Seat::PoliceCt, &case, "gateway_clear", json!({"statementForOthers": "Nothing stands in the way."}));
    town.step(council, &case, "begin_assessment", json!({"reason": "A need."}));
    town.step(Seat::PoliceCt, &case, "section36_decide", json!({"grounds": "Set out in the referral."}));
    assess(town, &case);
    let plan = json!({"consentRequest": {"how": "h", "when": "w", "byWhom": "b"},
        "support": [{"nature": "Mentoring", "providedBy": "p", "howAndWhen": "h"}]});
    town.step(council, &case, "write_plan", plan);
    town.step(council, &case, "list_for_panel", json!({"meetingDate": town.today()}));
    case
}

fn assess(town: &Town<'_>, case: &str) {
    let held = json!({"heldElsewhere": {"system": "PCMT", "reference": "1", "framework": "PAF", "date": town.today(),
        "author": "a", "countersigned": true, "conclusion": "Some need."}});
    town.step(Seat::PoliceCt, case, "record_assessment", held);
}

pub(super) fn decide(town: &Town<'_>, seat: Seat, case: &str, name: &str, content: &Value) -> Answer {
    let body = json!({"transition": name, "content": content});
    town.seat(seat).post(&format!("/api/v1/cases/{case}/transitions"), &body)
}

pub(super) fn rules(answer: &Answer) -> Vec<String> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().filter_map(|error| error["rule"].as_str().map(str::to_owned)).collect()
}

pub(super) fn agenda(town: &Town<'_>, seat: Seat, meeting: &str) -> Value {
    town.seat(seat).get(&format!("/api/v1/meetings/{meeting}/agenda")).expect(200).json()
}

pub(super) fn cases_on(agenda: &Value) -> Vec<&str> {
    agenda["items"].as_array().unwrap().iter().map(|item| item["case"].as_str().unwrap()).collect()
}

pub(super) fn item_of(agenda: &Value, case: &str) -> Value {
    agenda["items"].as_array().unwrap().iter().find(|item| item["case"] == case).expect("it is on the agenda").clone()
}

pub(super) fn settle(town: &Town<'_>, meeting: &str, item: &Value, outcome: &str) -> Answer {
    let path = format!("/api/v1/meetings/{meeting}/items/{}/outcome", item["item"].as_str().unwrap());
    town.seat(Seat::Chair).post(&path, &json!({"outcome": outcome, "reason": "There was no time"}))
}

/// A second chair, by a delegation with an end that the council's sponsor confirmed.
pub(super) fn deputy(town: &Town<'_>) -> (Newcomer, Value) {
    let new = enter(town, Body::Council, "chair");
    confirm(&town.seat(Seat::Deputy), &new.membership).expect(204);
    let sits = json!({"membership": new.membership, "capacity": "deputy_chair", "confidentiality": true});
    (new, sits)
}

/// A meeting with these at the table, open, with the case before it.
fn meets(town: &Town<'_>, case: &str, present: &[Value]) -> String {
    let meeting = town.meeting("urgent_by_call");
    town.item(&meeting, case);
    town.seated(&meeting, present);
    town.meeting_step(&meeting, "open").expect(204);
    meeting
}

#[test]
fn a_decision_is_refused_by_the_one_thing_that_is_amiss() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = to_panel(&town, "Threlkeld");
        let (chair, (_, deputy)) = (town.attendee(Seat::Chair, "chair"), deputy(&town));
        let police = town.attendee(Seat::PoliceCt, "police");
        let refused = |meeting: &str| {
            let answer = decide(&town, Seat::Chair, &case, "adopt", &town.decision_at(meeting, "It may help"));
            assert_eq!((answer.status, answer.problem().as_str()), (409, "transition-refused"), "{}", answer.text());
            rules(&answer)
        };
        // Not open yet; not on its agenda; no such meeting; another panel's.
        let planned = town.meeting("extraordinary");
        town.item(&planned, &case);
        assert_eq!(refused(&planned), ["meeting_sits"]);
        let other = to_panel(&town, "Othery");
        assert_eq!(refused(&meets(&town, &other, &[chair.clone(), police.clone()])), ["meeting_sits"]);
        assert_eq!(refused("00000000-0000-4000-8000-00000000dead"), ["meeting_sits"]);
        // Quorum and who presides.
        let member = town.attendee(Seat::SocialCare, "member");
        assert_eq!(refused(&meets(&town, &case, &[chair.clone(), member.clone()])), ["quorate"]);
        assert_eq!(refused(&meets(&town, &case, &[deputy.clone(), police.clone()])), ["presides"]);
        let two = town.attendee(Seat::PoliceCtSupervisor, "police");
        assert_eq!(refused(&meets(&town, &case, &[chair.clone(), police.clone(), two])), ["quorate"]);
        // Police leave the room for this item.
        let meeting = meets(&town, &case, &[chair.clone(), police.clone()]);
        let item = item_of(&agenda(&town, Seat::Chair, &meeting), &case);
        let mut gone = police.clone();
        gone["away"] = json!([{"item": item["item"], "left": "10:05", "returned": "10:20"}]);
        town.seated(&meeting, &[chair.clone(), gone]);
        assert_eq!(refused(&meeting), ["quorate"]);
        // Held over is settled.
        settle(&town, &meeting, &item, "held_over").expect(204);
        assert_eq!(refused(&meeting), ["meeting_sits"]);
        assert_eq!(settle(&town, &meeting, &item, "noted").expect(409).problem(), "conflict");
        // An assessment that is written while the meeting sits is nothing it rests on.
        let meeting = meets(&town, &case, &[chair.clone(), police.clone()]);
        assess(&town, &case);
        assert_eq!(refused(&meeting), ["assessed_before"]);
        // The negative control: with nothing amiss it stands, once.
        let meeting = meets(&town, &case, &[chair.clone(), police.clone(), member]);
        decide(&town, Seat::Chair, &case, "defer", &town.decision_at(&meeting, "We want to know more")).expect(200);
        assert_eq!(refused(&meeting), ["decided_once"]);
        town.meeting_step(&meeting, "close").expect(204);
        assert_eq!(refused(&meeting), ["meeting_sits"]);
        let meeting = meets(&town, &case, &[chair, police]);
        decide(&town, Seat::Chair, &case, "adopt", &town.decision_at(&meeting, "It may help")).expect(200);
        let record = item_of(&agenda(&town, Seat::Chair, &meeting), &case)["decisions"][1]["fields"].clone();
        assert_eq!(record["agenciesPresent"].as_array().unwrap().len(), 2);
        assert!(record["considered"]["assessment"].as_u64().unwrap() >= 2, "{record}");
    });
}

/// Deferring, not adopting and returning to police need no assessment.
#[test]
fn not_adopting_waits_for_no_new_assessment() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = to_panel(&town, "Netherby");
        let meeting = town.sits(&case);
        assess(&town, &case);
        decide(&town, Seat::Chair, &case, "not_adopt", &town.decision_at(&meeting, "A need of health")).expect(200);
    });
}

#[test]
fn a_recused_chair_decides_nothing_and_the_deputy_can() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = to_panel(&town, "Recuseby");
        let (second, deputy) = deputy(&town);
        let chair = town.attendee(Seat::Chair, "chair");
        let meeting = meets(&town, &case, &[chair, deputy, town.attendee(Seat::PoliceCt, "police")]);
        town.post(Seat::Chair, &case, "recusals", &json!({}));
        let content = town.decision_at(&meeting, "It may help");
        assert_eq!(decide(&town, Seat::Chair, &case, "adopt", &content).status, 404);
        assert!(cases_on(&agenda(&town, Seat::Chair, &meeting)).is_empty(), "nothing of the case through any road");
        // Whoever closes and cannot see the item does not stumble over it, and it is not lost.
        let closing = json!({"step": "close"});
        let path = format!("/api/v1/meetings/{meeting}/steps");
        let coordinator = town.seat(Seat::Coordinator).post(&path, &closing);
        assert_eq!(coordinator.json()["errors"][0]["rule"], "unsettled");
        let body = json!({"transition": "adopt", "content": content});
        second.client.post(&format!("/api/v1/cases/{case}/transitions"), &body).expect(200);
        town.seat(Seat::Chair).post(&path, &closing).expect(204);
    });
}

/// Whoever puts back the list of those who came as they see it must not call anybody back into the room.
#[test]
fn who_was_out_for_an_item_is_not_forgotten_by_somebody_who_does_not_see_it() {
    running_on_both(|running| {
        let town = Town::new(running);
        let (case, other) = (to_panel(&town, "Awayby"), to_panel(&town, "Herethorpe"));
        let (_, deputy) = deputy(&town);
        let meeting = meets(&town, &case, &[]);
        town.item(&meeting, &other);
        let shown = agenda(&town, Seat::Coordinator, &meeting);
        let items = [&case, &other].map(|case| item_of(&shown, case)["item"].clone());
        let police = town.attendee(Seat::PoliceCt, "police");
        let mut gone = police.clone();
        gone["away"] = json!([{"item": items[0], "left": "10:05"}, {"item": items[1], "left": "11:00"}]);
        town.seated(&meeting, &[deputy.clone(), gone]);
        town.post(Seat::Chair, &case, "recusals", &json!({}));
        let away = |seat: Seat| agenda(&town, seat, &meeting)["attendance"][1]["away"].clone();
        assert_eq!(away(Seat::Chair).as_array().unwrap().len(), 1);
        let put = |present: Value| {
            let path = format!("/api/v1/meetings/{meeting}/attendance");
            town.seat(Seat::Chair).request("PUT", &path).json(&json!({"present": present})).send()
        };
        // An item that they do not see is to them no item.
        let mut named = police.clone();
        named["away"] = json!([{"item": items[0]}]);
        assert_eq!(rules(&put(json!([deputy, named])).expect(422)), ["unknown_item"]);
        put(json!([deputy, police, town.attendee(Seat::Health, "member")])).expect(204);
        let kept = away(Seat::Coordinator);
        assert_eq!(
            (kept.as_array().unwrap().len(), &kept[0]["item"], &kept[0]["left"]),
            (1, &items[0], &json!("10:05"))
        );
        // Nor by taking somebody off the list and putting them back.
        put(json!([deputy])).expect(204);
        put(json!([deputy, police])).expect(204);
        assert_eq!(away(Seat::Coordinator), kept);
    });
}

/// Papers open to the chair with the agenda, and close with a meeting that is not held.
#[test]
fn a_meeting_that_is_called_off_closes_its_papers() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Paperby", false);
        let path = format!("/api/v1/cases/{case}");
        town.seat(Seat::Chair).get(&path).expect(404);
        let meeting = town.meeting("urgent_by_call");
        let guest = town.running.borough.person(Seat::Guest);
        let invite = |body: Value| town.seat(Seat::Coordinator).post(&format!("{path}/listings"), &body);
        let by_meeting = json!({"person": guest, "meeting": meeting});
        assert_eq!(rules(&invite(by_meeting.clone()).expect(422)), ["unknown_meeting"], "the case is not before it");
        town.item(&meeting, &case);
        invite(by_meeting).expect(201);
        assert_eq!(
            rules(&invite(json!({"person": guest, "meeting": meeting, "from": town.today()})).expect(422)),
            ["one_of"]
        );
        for seat in [Seat::Chair, Seat::Guest] {
            town.seat(seat).get(&path).expect(200);
        }
        town.meeting_step(&meeting, "cancel").expect(204);
        for seat in [Seat::Chair, Seat::Guest] {
            town.seat(seat).get(&path).expect(404);
        }
        assert_eq!(town.meeting_step(&meeting, "open").expect(409).problem(), "conflict");
    });
}

#[test]
fn nobody_sits_in_a_capacity_that_is_not_theirs() {
    running_on_both(|running| {
        let town = Town::new(running);
        let meeting = town.meeting("extraordinary");
        let path = format!("/api/v1/meetings/{meeting}/attendance");
        let tried = |attendee: Value| {
            let body = json!({"present": [attendee]});
            let answer = town.seat(Seat::Coordinator).request("PUT", &path).json(&body).send();
            (answer.status, rules(&answer))
        };
        let broken = |rule: &str| (422, vec![rule.to_owned()]);
        assert_eq!(tried(town.attendee(Seat::Coordinator, "chair")), broken("not_of_role"));
        assert_eq!(tried(town.attendee(Seat::Health, "police")), broken("not_of_role"));
        assert_eq!(tried(town.attendee(Seat::Auditor, "member")), broken("not_of_role"));
        assert_eq!(tried(town.attendee(Seat::NeighbourCoordinator, "member")), broken("unknown_membership"));
        let mut silent = town.attendee(Seat::Chair, "chair");
        silent["confidentiality"] = json!(false);
        assert_eq!(tried(silent), broken("required"));
        let mut nowhere = town.attendee(Seat::Chair, "chair");
        nowhere["away"] = json!([{"item": "00000000-0000-4000-8000-00000000dead", "left": "25:00"}]);
        assert_eq!(tried(nowhere).1.len(), 2);
        let chair = town.attendee(Seat::Chair, "chair");
        let twice = town.seat(Seat::Coordinator).request("PUT", &path).json(&json!({"present": [chair, chair]})).send();
        assert_eq!(rules(&twice.expect(422)), ["twice"]);
        assert_eq!(tried(town.attendee(Seat::Deputy, "deputy_chair")), broken("not_of_role"));
        assert_eq!(tried(deputy(&town).1).0, 204);
    });
}

/// Two who change one meeting: the second is told, and nothing is lost.
#[test]
fn two_coordinators_at_one_meeting() {
    running_on_both(|running| {
        let town = Town::new(running);
        let cases: Vec<String> =
            (0..6).map(|n| town.open(&format!("Rennby{}", ["a", "b", "c", "d", "e", "f"][n]), false)).collect();
        let meeting = town.meeting("extraordinary");
        let path = format!("/api/v1/meetings/{meeting}/items");
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let sent: Vec<_> = cases
                .iter()
                .map(|case| {
                    let (client, path) = (town.seat(Seat::Coordinator), path.clone());
                    scope.spawn(move || client.post(&path, &json!({"case": case, "reason": "Now"})).status)
                })
                .collect();
            sent.into_iter().map(|sent| sent.join().unwrap()).collect()
        });
        // A service that is too busy says so, and has done nothing.
        assert!(statuses.iter().all(|status| [201, 412, 503].contains(status)), "{statuses:?}");
        assert!(statuses.contains(&201), "{statuses:?}");
        let found = agenda(&town, Seat::Coordinator, &meeting);
        let landed = statuses.iter().filter(|status| **status == 201).count();
        assert_eq!(cases_on(&found).len(), landed);
        for (case, status) in cases.iter().zip(&statuses) {
            assert_eq!(cases_on(&found).contains(&case.as_str()), *status == 201);
        }
    });
}
