//! The agenda that builds itself, over HTTP on both databases: what is due comes before the panel and stays until somebody
//! settles it, and each reader has an agenda of their own.

use super::lateness::set_calendar;
use super::meetings::{agenda, cases_on, decide, item_of, rules, settle, to_panel};
use super::town::Town;
use crate::harness::{Backend, Running, running_on_both};
use channel_panel::demo::seats::{Body, Seat};
use chrono::Days;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::{Value, json};

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

/// A meeting of an earlier day that is closed only after the monthly one was gathered: the next one has what it left, unless
/// somebody heard it meanwhile.
#[test]
fn what_is_left_by_a_meeting_that_is_closed_late_comes_to_the_one_after() {
    running_on_both(|running| {
        let town = Town::new(running);
        let [left, heard] = ["Latea", "Lateb"].map(|name| town.open(name, false));
        let early = town.meeting("extraordinary");
        for case in [&left, &heard] {
            town.item(&early, case);
        }
        town.meeting_step(&early, "open").expect(204);
        set_calendar(&running.service, town.later(3));
        let monthly = town.meeting("scheduled");
        town.item(&monthly, &heard);
        town.meeting_step(&monthly, "open").expect(204);
        let found = agenda(&town, Seat::Chair, &monthly);
        assert!(!cases_on(&found).contains(&left.as_str()));
        settle(&town, &monthly, &item_of(&found, &heard), "noted").expect(204);
        let found = agenda(&town, Seat::Chair, &early);
        for case in [&left, &heard] {
            settle(&town, &early, &item_of(&found, case), "held_over").expect(204);
        }
        for meeting in [&monthly, &early] {
            town.meeting_step(meeting, "close").expect(204);
        }
        set_calendar(&running.service, town.later(28));
        let next = town.meeting("scheduled");
        town.meeting_step(&next, "open").expect(204);
        let found = agenda(&town, Seat::Chair, &next);
        let held_over = |case: &str| item_of(&found, case)["reasons"].as_array().unwrap().contains(&json!("held_over"));
        assert!(held_over(&left), "{found}");
        assert!(!cases_on(&found).contains(&heard.as_str()) || !held_over(&heard), "{found}");
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

/// A closure of the meeting's own day that it did not have before it, and one that is keyed late: the next hears of both, once.
/// A meeting that is keyed after its day has heard of nothing.
#[test]
fn what_was_closed_after_the_agenda_was_made_comes_to_the_next() {
    running_on_both(|running| {
        let town = Town::new(running);
        let held = |town: &Town<'_>| {
            let meeting = town.meeting("scheduled");
            town.meeting_step(&meeting, "open").expect(204);
            let cases: Vec<String> =
                cases_on(&agenda(town, Seat::Chair, &meeting)).into_iter().map(str::to_owned).collect();
            town.meeting_step(&meeting, "close").expect(204);
            cases
        };
        assert!(held(&town).is_empty());
        let same_day = town.ended("Latterby");
        let late = town.open("Keyby", false);
        running.service.clock.move_calendar(7);
        let close = json!({"transition": "close", "occurredAt": town.today() - Days::new(7),
            "content": {"outcome": "left_uk", "reason": "Moved"}});
        town.seat(Seat::Coordinator).post(&format!("/api/v1/cases/{late}/transitions"), &close).expect(200);
        // Keyed afterwards, of a day between: it gathers nothing.
        let plan = json!({"forum": "scheduled", "on": town.today() - Days::new(1)});
        let planned = town.seat(Seat::Coordinator).post("/api/v1/meetings", &plan).expect(201).json();
        let between = planned["meetings"][0].as_str().unwrap().to_owned();
        town.meeting_step(&between, "open").expect(204);
        town.meeting_step(&between, "close").expect(204);
        let mut found = held(&town);
        found.sort();
        let mut both = [same_day, late];
        both.sort();
        assert_eq!(found, both);
        running.service.clock.move_calendar(28);
        assert!(held(&town).is_empty());
    });
}

/// What was decided before a meeting was opened and is committed after it, that meeting cannot have heard of: the next does.
#[test]
fn a_closure_that_is_being_committed_while_a_meeting_opens_comes_to_the_next() {
    let running = Running::start(Backend::Postgres);
    let town = Town::new(&running);
    let case = town.open("Meanwhileby", false);
    let opened = |meeting: &str| {
        town.meeting_step(meeting, "open").expect(204);
        let found = agenda(&town, Seat::Chair, meeting);
        town.meeting_step(meeting, "close").expect(204);
        cases_on(&found).contains(&case.as_str())
    };
    let meeting = town.meeting("scheduled");
    let mut held = PgConnection::establish(running.url()).unwrap();
    held.batch_execute(&format!("BEGIN; SELECT 1 FROM case_file WHERE id = '{case}' FOR UPDATE")).unwrap();
    std::thread::scope(|scope| {
        let close = json!({"outcome": "left_uk", "reason": "Moved"});
        let closing = scope.spawn(|| town.step(Seat::Coordinator, &case, "close", close));
        town.until("the closure waits", || {
            let waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
            (diesel::sql_query(waits).execute(&mut PgConnection::establish(running.url()).unwrap()).unwrap() > 0)
                .then_some(())
        });
        assert!(!opened(&meeting), "it is not closed yet");
        held.batch_execute("COMMIT").unwrap();
        closing.join().unwrap();
    });
    for (days, comes) in [(28, true), (56, false)] {
        running.service.clock.move_calendar(days);
        assert_eq!(opened(&town.meeting("scheduled")), comes);
    }
}

/// Why a case came before the panel is not told with its closing to whoever was never told.
#[test]
fn an_old_agenda_tells_no_more_of_a_case_that_has_closed_since() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = to_panel(&town, "Afterby");
        town.name_lead(&case, Body::Education);
        let meeting = town.meeting("scheduled");
        town.meeting_step(&meeting, "open").expect(204);
        let reasons = |seat: Seat| item_of(&agenda(&town, seat, &meeting), &case)["reasons"].clone();
        assert_eq!((reasons(Seat::Chair), reasons(Seat::Education)), (json!(["new_referral"]), json!([])));
        town.step(Seat::Coordinator, &case, "close", json!({"outcome": "left_uk", "reason": "Moved"}));
        for seat in [Seat::Education, Seat::Auditor] {
            assert_eq!(reasons(seat), json!([]), "{}", seat.name());
        }
        assert_eq!(reasons(Seat::Chair), json!([]), "the chair reads no assessment of a closed case unasked");
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
        // What no panel did is not ratified by whoever sits alone, either.
        let (chair, police) = (town.attendee(Seat::Chair, "chair"), town.attendee(Seat::PoliceCt, "police"));
        assert_eq!(rules(&settle(&town, &meeting, &item, "ratified").expect(409)), ["presides"]);
        town.seated(&meeting, std::slice::from_ref(&chair));
        assert_eq!(rules(&settle(&town, &meeting, &item, "ratified").expect(409)), ["quorate"]);
        let mut gone = chair.clone();
        gone["away"] = json!([{"item": item["item"]}]);
        town.seated(&meeting, &[gone, police.clone()]);
        assert_eq!(rules(&settle(&town, &meeting, &item, "ratified").expect(409)), ["presides"]);
        town.seated(&meeting, &[chair, police]);
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

/// Whoever opens the agenda while its cases are worked on sees each as it stood before or after, and no alarm is raised.
#[test]
fn an_agenda_is_read_while_its_cases_are_written() {
    const NOTES: usize = 40;
    running_on_both(|running| {
        let town = Town::new(running);
        let case = to_panel(&town, "Busyby");
        let meeting = town.meeting("extraordinary");
        town.item(&meeting, &case);
        let note = json!({"on": town.today(), "kind": "call", "note": "Rang the school."});
        let (writer, reader) = (town.seat(Seat::Coordinator), town.seat(Seat::Chair));
        let statuses = std::thread::scope(|scope| {
            let writing = scope.spawn(|| {
                for _ in 0..NOTES {
                    writer.post(&format!("/api/v1/cases/{case}/log"), &note).expect(201);
                }
            });
            let mut statuses = Vec::new();
            while !writing.is_finished() {
                statuses.push(reader.get(&format!("/api/v1/meetings/{meeting}/agenda")).status);
            }
            writing.join().unwrap();
            statuses
        });
        assert!(!statuses.is_empty() && statuses.iter().all(|status| *status == 200), "{statuses:?}");
    });
}
