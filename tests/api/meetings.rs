//! The panel's meeting over HTTP, on both databases: what is due comes before it, a decision stands on it or is refused by
//! the one rule it breaks, and what was minuted stays. Each refusal here breaks just one thing.

use super::registry::{Newcomer, confirm, enter};
use super::samples::said;
use super::town::Town;
use crate::harness::{Answer, Running, running_on_both};
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};

/// A case that the panel may decide on.
fn to_panel(town: &Town<'_>, surname: &str) -> String {
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

fn decide(town: &Town<'_>, seat: Seat, case: &str, name: &str, content: &Value) -> Answer {
    let body = json!({"transition": name, "content": content});
    town.seat(seat).post(&format!("/api/v1/cases/{case}/transitions"), &body)
}

fn rules(answer: &Answer) -> Vec<String> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().filter_map(|error| error["rule"].as_str().map(str::to_owned)).collect()
}

fn agenda(town: &Town<'_>, seat: Seat, meeting: &str) -> Value {
    town.seat(seat).get(&format!("/api/v1/meetings/{meeting}/agenda")).expect(200).json()
}

fn cases_on(agenda: &Value) -> Vec<&str> {
    agenda["items"].as_array().unwrap().iter().map(|item| item["case"].as_str().unwrap()).collect()
}

fn item_of(agenda: &Value, case: &str) -> Value {
    agenda["items"].as_array().unwrap().iter().find(|item| item["case"] == case).expect("it is on the agenda").clone()
}

fn settle(town: &Town<'_>, meeting: &str, item: &Value, outcome: &str) -> Answer {
    let path = format!("/api/v1/meetings/{meeting}/items/{}/outcome", item["item"].as_str().unwrap());
    town.seat(Seat::Chair).post(&path, &json!({"outcome": outcome, "reason": "There was no time"}))
}

/// A second chair, by a delegation with an end that the council's sponsor confirmed.
fn deputy(town: &Town<'_>) -> (Newcomer, Value) {
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

#[test]
fn nothing_due_falls_off_without_a_reason() {
    running_on_both(|running| {
        let town = Town::new(running);
        let new = to_panel(&town, "Firstling");
        let deferred = to_panel(&town, "Laterly");
        let content = town.decision(&deferred, "We want to know more");
        decide(&town, Seat::Chair, &deferred, "defer", &content).expect(200);
        let refused = to_panel(&town, "Nayward");
        let content = town.decision(&refused, "It may help");
        decide(&town, Seat::Chair, &refused, "adopt", &content).expect(200);
        let no = json!({"by": "self", "reassessOn": town.later(30)});
        town.step(Seat::Coordinator, &refused, "refuse_consent", no);
        let triage = town.open("Triageby", false);

        // Nobody lists anything: the meeting finds it.
        let meeting = town.meeting("scheduled");
        town.seated(&meeting, &[town.attendee(Seat::Chair, "chair"), town.attendee(Seat::PoliceCt, "police")]);
        town.meeting_step(&meeting, "open").expect(204);
        let found = agenda(&town, Seat::Chair, &meeting);
        let reasons = |case: &str| item_of(&found, case)["reasons"].clone();
        assert_eq!(reasons(&new), json!(["new_referral"]));
        assert_eq!(reasons(&deferred), json!(["deferred"]));
        assert_eq!(reasons(&refused), json!(["consent_refused"]));
        assert!(!cases_on(&found).contains(&triage.as_str()), "what is not due is not there");

        // It does not close over what nobody settled, and says which.
        let closing = town.meeting_step(&meeting, "close");
        assert_eq!(closing.problem(), "conflict");
        let left = closing.json()["errors"].as_array().unwrap().len();
        assert_eq!(left, cases_on(&found).len(), "{}", closing.text());
        for case in [&new, &deferred, &refused] {
            settle(&town, &meeting, &item_of(&found, case), "held_over").expect(204);
        }
        town.meeting_step(&meeting, "close").expect(204);

        // What was held over comes again, with the reason it had.
        running.service.clock.move_calendar(28);
        let next = town.meeting("scheduled");
        town.meeting_step(&next, "open").expect(204);
        let again = agenda(&town, Seat::Chair, &next);
        assert_eq!(item_of(&again, &deferred)["reasons"], json!(["deferred", "review_due", "held_over"]));
        for case in [&new, &refused] {
            assert!(cases_on(&again).contains(&case.as_str()));
        }
    });
}

/// What somebody put on an agenda and nobody came to is not lost with the meeting.
#[test]
fn what_an_extraordinary_or_cancelled_meeting_left_comes_to_the_next() {
    running_on_both(|running| {
        let town = Town::new(running);
        let [held, called_off, noted] = ["Lefta", "Leftb", "Leftc"].map(|name| town.open(name, false));
        let meeting = town.meeting("extraordinary");
        for case in [&held, &noted] {
            town.item(&meeting, case);
        }
        town.meeting_step(&meeting, "open").expect(204);
        let found = agenda(&town, Seat::Chair, &meeting);
        settle(&town, &meeting, &item_of(&found, &held), "held_over").expect(204);
        settle(&town, &meeting, &item_of(&found, &noted), "noted").expect(204);
        town.meeting_step(&meeting, "close").expect(204);
        let other = town.meeting("urgent_by_call");
        town.item(&other, &called_off);
        town.meeting_step(&other, "cancel").expect(204);
        let next = town.meeting("scheduled");
        town.meeting_step(&next, "open").expect(204);
        let again = agenda(&town, Seat::Chair, &next);
        for case in [&held, &called_off] {
            assert_eq!(item_of(&again, case)["reasons"], json!(["held_over"]));
        }
        assert!(!cases_on(&again).contains(&noted.as_str()));
    });
}

/// What others closed since the last meeting is shown to the chair, who had no part in it: that it was closed, and how. Its
/// content opens as any closed case's does, with a reason that is said, and for as long as the papers are open.
#[test]
fn what_was_closed_comes_to_the_chair_for_assurance() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Assureby", false);
        town.step(Seat::Coordinator, &case, "begin_triage", json!({"earlierCasesSearched": true}));
        let advice = json!({"outcome": "advice_given", "reason": "The school can meet this.", "advice": "A mentor.",
            "onwardConsidered": "Considered."});
        town.step(Seat::Coordinator, &case, "advise_and_close", advice);
        let opens = |seat: Seat| {
            let client = town.seat(seat);
            let request = client.request("GET", &format!("/api/v1/cases/{case}"));
            let reading = request.header("access-purpose", "earlier_history").header("access-reason", "complaint");
            reading.send().status
        };
        assert_eq!(opens(Seat::Chair), 404, "not the chair's before it is on an agenda");
        let meeting = town.meeting("scheduled");
        town.meeting_step(&meeting, "open").expect(204);
        let item = item_of(&agenda(&town, Seat::Chair, &meeting), &case);
        assert_eq!(item["reasons"], json!(["closed_at_triage"]));
        assert_eq!(item["state"]["outcome"], "advice_given");
        assert!(item["summary"].as_object().unwrap().is_empty() && item["name"].is_null(), "{item}");
        assert_eq!(opens(Seat::Chair), 200);
        town.seat(Seat::Chair).get(&format!("/api/v1/cases/{case}")).expect(404);
        assert!(cases_on(&agenda(&town, Seat::Health, &meeting)).is_empty(), "nobody else hears of it by this");
        // It asks for no outcome, and comes once.
        town.meeting_step(&meeting, "close").expect(204);
        running.service.clock.move_calendar(28);
        assert_eq!(opens(Seat::Chair), 404, "the papers are closed");
        let next = town.meeting("scheduled");
        town.meeting_step(&next, "open").expect(204);
        assert!(cases_on(&agenda(&town, Seat::Chair, &next)).is_empty());
    });
}

/// Stopping waits for no meeting, and the next one says whether it stands.
#[test]
fn what_was_done_without_a_meeting_comes_to_be_ratified() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = to_panel(&town, "Haltwell");
        let content = town.decision(&case, "It may help");
        decide(&town, Seat::Chair, &case, "adopt", &content).expect(200);
        let stop = json!({"reason": "He was threatened", "riskOwner": town.agency(Body::Council),
            "nextReview": town.later(7)});
        decide(&town, Seat::Chair, &case, "withdraw_support", &stop).expect(200);
        let meeting = town.meeting("scheduled");
        town.meeting_step(&meeting, "open").expect(204);
        let found = agenda(&town, Seat::Chair, &meeting);
        let item = item_of(&found, &case);
        assert!(item["reasons"].as_array().unwrap().contains(&json!("to_ratify")), "{item}");
        let noted = settle(&town, &meeting, &item, "noted");
        assert_eq!(rules(&noted.expect(409)), ["to_ratify"]);
        settle(&town, &meeting, &item, "ratified").expect(204);
        town.meeting_step(&meeting, "close").expect(204);
        running.service.clock.move_calendar(1);
        let next = town.meeting("scheduled");
        town.meeting_step(&next, "open").expect(204);
        let item = item_of(&agenda(&town, Seat::Chair, &next), &case);
        assert!(!item["reasons"].as_array().unwrap().contains(&json!("to_ratify")), "{item}");
        assert_eq!(rules(&settle(&town, &next, &item, "ratified").expect(409)), ["nothing_to_ratify"]);
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

/// Each reader has their own agenda: no case that is not theirs, no category that is not, in nobody else's order.
#[test]
fn each_reader_has_their_own_agenda() {
    running_on_both(|running| {
        let town = Town::new(running);
        let (one, two) = (to_panel(&town, "Eigenby"), to_panel(&town, "Fremdby"));
        let meeting = town.meeting("extraordinary");
        for case in [&one, &two] {
            town.item(&meeting, case);
        }
        town.seated(&meeting, &[town.attendee(Seat::Chair, "chair")]);
        town.name_lead(&one, Body::Health);
        let (chairs, healths) = (agenda(&town, Seat::Chair, &meeting), agenda(&town, Seat::Health, &meeting));
        assert_eq!(cases_on(&chairs).len(), 2);
        assert_eq!(cases_on(&healths), [one.as_str()]);
        assert!(chairs["attendance"].is_array() && healths["attendance"].is_null());
        let shown = |agenda: &Value| item_of(agenda, &one)["summary"].as_object().unwrap().keys().cloned().collect();
        let (chair, health): (Vec<String>, Vec<String>) = (shown(&chairs), shown(&healths));
        assert!(health.iter().all(|category| chair.contains(category)), "{health:?} {chair:?}");
        // As the chair put them, for the chair.
        let items: Vec<Value> = [&two, &one].map(|case| item_of(&chairs, case)["item"].clone()).to_vec();
        let path = format!("/api/v1/meetings/{meeting}/order");
        let order =
            |items: &[Value]| town.seat(Seat::Chair).request("PUT", &path).json(&json!({"items": items})).send();
        order(&items).expect(204);
        assert_eq!(cases_on(&agenda(&town, Seat::Chair, &meeting)), [two.as_str(), one.as_str()]);
        assert_eq!(rules(&order(&items[..1]).expect(422)), ["not_the_items"]);
        // A school's referrer, a provider and the neighbours have no meetings here.
        for (seat, status) in [(Seat::School, 403), (Seat::Provider, 403), (Seat::NeighbourCoordinator, 404)] {
            let answer = town.seat(seat).get(&format!("/api/v1/meetings/{meeting}/agenda"));
            assert_eq!(answer.status, status, "{}", seat.name());
        }
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

/// A diagnosis that was said aloud and minuted is read by health and by nobody else; approved minutes are never changed.
#[test]
fn minutes_keep_what_was_said_where_it_came_from() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = to_panel(&town, "Minuteby");
        town.name_lead(&case, Body::Health);
        let meeting = town.sits(&case);
        let item = item_of(&agenda(&town, Seat::Chair, &meeting), &case)["item"].as_str().unwrap().to_owned();
        let below = format!("/api/v1/meetings/{meeting}/items/{item}/minutes");
        let draft = |seat: Seat, body: &Value| town.seat(seat).request("PUT", &below).json(body).send();
        let mut words = said();
        let diagnosis = json!({"text": "Zirconium disorder", "sourceCategory": "health"});
        words["discussion"].as_array_mut().unwrap().push(diagnosis);
        draft(Seat::Coordinator, &said()).expect(200);
        draft(Seat::Coordinator, &words).expect(200);
        for (seat, reads) in
            [(Seat::Coordinator, false), (Seat::Chair, false), (Seat::PoliceCt, false), (Seat::Health, true)]
        {
            let view = town.view(seat, &case).to_string();
            assert!(view.contains("The school spoke first."), "{}", seat.name());
            assert_eq!(view.contains("Zirconium"), reads, "{}", seat.name());
        }
        assert_eq!(draft(Seat::Health, &words).status, 403);
        // Only the newest version, only the chair, only once.
        let approve =
            |seat: Seat, version: u32| town.seat(seat).post(&format!("{below}/approval"), &json!({"version": version}));
        assert_eq!(approve(Seat::Chair, 1).status, 412);
        assert_eq!(approve(Seat::Coordinator, 2).status, 403);
        let addenda = |seat: Seat| town.seat(seat).post(&format!("{below}/addenda"), &said());
        assert_eq!(rules(&addenda(Seat::Chair).expect(409)), ["not_approved"]);
        let approval = approve(Seat::Chair, 2).expect(204);
        let entry = super::entered::one(running, &approval);
        let detail = entry["detail"].as_array().unwrap();
        let digest = detail.iter().find(|pair| pair[0] == "digest").expect("the version is hashed")[1].clone();
        assert_eq!(digest.as_str().unwrap(), stored_digest(running, &case, 2));
        assert_eq!(rules(&draft(Seat::Coordinator, &words).expect(409)), ["approved"]);
        assert_eq!(rules(&approve(Seat::Chair, 2).expect(409)), ["approved"]);
        addenda(Seat::Chair).expect(201);
    });
}

/// The digest that the case's chain takes of the newest minutes, computed from the row.
fn stored_digest(running: &Running, case: &str, version: u32) -> String {
    let rows = running.service.store.reader().unwrap().records_of(case.parse().unwrap(), None).unwrap();
    let row = rows.iter().find(|row| row.kind == "minutes" && row.record_version == version).expect("the record");
    channel_panel::ledger::body::hex(&channel_panel::app::case_file::record_digest(row))
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
