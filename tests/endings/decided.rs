//! Who says that a case may go, how it waits, and what stops it.

use super::{after, closed, decided, row, seen};
use crate::api::entered;
use crate::api::registry::{confirm, propose, token};
use crate::api::town::{Town, referral};
use crate::harness::{Answer, running_on_both};
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};

#[track_caller]
fn conflict(answer: &Answer, rule: &str) {
    assert_eq!((answer.status, answer.problem().as_str()), (409, "conflict"), "{}", answer.text());
    assert_eq!(answer.json()["errors"][0]["rule"], rule, "{}", answer.text());
}

fn hold(town: &Town<'_>, case: &str, reason: &str) -> Answer {
    let body = json!({"reason": reason, "words": "About the visit in March."});
    town.at_the_end(Seat::Records, "PUT", case, "/legal-hold", Some(&body))
}

fn release(town: &Town<'_>, case: &str, reason: &str) -> Answer {
    let body = json!({"reason": reason, "words": "It was answered."});
    town.at_the_end(Seat::Records, "DELETE", case, "/legal-hold", Some(&body))
}

fn grounds() -> Value {
    json!({"words": "Its time is over."})
}

fn ids(list: &Value) -> Vec<String> {
    list["cases"].as_array().unwrap().iter().map(|case| case["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn two_people_and_thirty_days_end_a_case() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = closed(&town, "Gooseberry");
        let list = |seat: Seat| town.seat(seat).purpose("retention").get("/api/v1/cases").expect(200).json();
        assert_eq!(ids(&list(Seat::Chair)), Vec::<String>::new(), "nothing is proposed");
        assert_eq!(town.at_the_end(Seat::Chair, "GET", &case, "", None).status, 404);
        assert_eq!(town.at_the_end(Seat::Chair, "POST", &case, "/erasure/confirmation", None).status, 404);

        town.propose_erasure(&case);
        conflict(&town.at_the_end(Seat::Records, "POST", &case, "/erasure", Some(&grounds())), "proposed_already");
        after(running, 400);
        assert_eq!(row(running, &case).stage, "closed", "one word is none, however long it waits");
        after(running, 0);

        // The chair finds it, and reads why; of a case that never came to the panel nothing else.
        assert_eq!(ids(&list(Seat::Chair)), vec![case.clone()]);
        let shown = town.at_the_end(Seat::Chair, "GET", &case, "", None).expect(200).json();
        assert_eq!(shown["categories"].as_object().unwrap().keys().collect::<Vec<_>>(), ["retention"]);
        assert_eq!(shown["categories"]["retention"]["records"][0]["fields"]["words"], "Its time is over.");
        assert_eq!(shown["retention"]["standing"], "proposed");
        // Records cannot confirm it themselves.
        let own = town.at_the_end(Seat::Records, "POST", &case, "/erasure/confirmation", None);
        assert_eq!(own.problem(), "not-allowed");

        let done = town.at_the_end(Seat::Chair, "POST", &case, "/erasure/confirmation", None).expect(200);
        let entry = entered::one(running, &done);
        assert_eq!((&entry["operation"], &entry["outcome"]), (&json!("confirmErasure"), &json!("changed")));
        conflict(&town.at_the_end(Seat::Chair, "POST", &case, "/erasure/confirmation", None), "confirmed_already");
        assert_eq!(seen(&town, &case)["retention"]["due"]["what"], "erase");

        after(running, 29);
        assert_eq!(row(running, &case).stage, "closed", "the thirtieth day has not come");
        after(running, 30);
        town.until("the erasure", || (row(running, &case).stage == "erased").then_some(()));
        let entries = entered::all(running);
        let erasing: Vec<&Value> = entries.iter().filter(|entry| entry["operation"] == "eraseCase").collect();
        assert_eq!(erasing.len(), 1, "once");
        assert_eq!(erasing[0]["actor"]["system"], "eraser");
        let told: Vec<&Value> = erasing[0]["detail"].as_array().unwrap().iter().filter(|d| d[0] == "tell").collect();
        assert!(told.contains(&&json!(["tell", town.agency(Body::Health)])), "{told:?}");
    });
}

#[test]
fn either_takes_it_back_until_it_is_carried_out() {
    running_on_both(|running| {
        let town = Town::new(running);
        for seat in [Seat::Records, Seat::Chair] {
            let case = town.ended("Medlar");
            decided(&town, &case);
            let back = |seat| town.at_the_end(seat, "DELETE", &case, "/erasure", Some(&grounds()));
            back(seat).expect(204);
            after(running, 60);
            assert_eq!(row(running, &case).stage, "closed", "{}", seat.name());
            after(running, 0);
            let view = seen(&town, &case);
            assert_eq!(view["retention"]["returned"]["why"], "withdrawn");
            assert_eq!(view["retention"]["due"]["what"], "review_retention");
            conflict(&back(Seat::Records), "not_proposed");
        }
    });
}

/// Whoever is records in one membership and chair in another is one person.
#[test]
fn nobody_confirms_what_they_proposed() {
    running_on_both(|running| {
        let town = Town::new(running);
        let (one, two) = (town.ended("Bullace"), town.ended("Damson"));
        let chair = running.borough.person(Seat::Chair).to_string();
        let body = json!({"person": chair, "agency": town.agency(Body::Council), "role": "records",
            "from": town.today(), "to": town.later(300)});
        let membership = propose(&town, &body);
        confirm(&town.seat(Seat::Deputy), &membership).expect(204);
        let as_records = town.seat(Seat::Chair).acting(&membership).purpose("retention");
        as_records.post(&format!("/api/v1/cases/{one}/erasure"), &grounds()).expect(204);
        let confirmed = |case: &str| town.at_the_end(Seat::Chair, "POST", case, "/erasure/confirmation", None);
        assert_eq!(confirmed(&one).problem(), "not-allowed");
        // The same chair, of what somebody else proposed.
        town.propose_erasure(&two);
        confirmed(&two).expect(200);
    });
}

#[test]
fn a_proposer_who_has_left_does_not_count() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.ended("Sloe");
        let person = crate::api::registry::register(&town, "leaving-records");
        let body = json!({"person": person, "agency": town.agency(Body::Council), "role": "records",
            "from": town.today(), "to": town.later(300)});
        let membership = propose(&town, &body);
        confirm(&town.seat(Seat::Deputy), &membership).expect(204);
        let client = town.nobody().bearer(&token(&town, "leaving-records")).acting(&membership).purpose("retention");
        client.post(&format!("/api/v1/cases/{case}/erasure"), &grounds()).expect(204);
        let end = format!("/api/v1/memberships/{membership}/end");
        town.seat(Seat::Administrator).request("POST", &end).send().expect(204);
        conflict(&town.at_the_end(Seat::Chair, "POST", &case, "/erasure/confirmation", None), "proposer_left");
        // Taken back and proposed anew by somebody who is there, it can be confirmed.
        town.at_the_end(Seat::Records, "DELETE", &case, "/erasure", Some(&grounds())).expect(204);
        decided(&town, &case);
    });
}

#[test]
fn a_hold_stops_it_wherever_it_stands() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.ended("Rowan");
        hold(&town, &case, "complaint").expect(204);
        conflict(&hold(&town, &case, "complaint"), "held_already");
        hold(&town, &case, "rights_request").expect(204);
        conflict(&town.at_the_end(Seat::Records, "POST", &case, "/erasure", Some(&grounds())), "held");
        conflict(&release(&town, &case, "litigation"), "not_held");
        release(&town, &case, "complaint").expect(204);
        conflict(&town.at_the_end(Seat::Records, "POST", &case, "/erasure", Some(&grounds())), "held");
        release(&town, &case, "rights_request").expect(204);

        // Placed after both have said so, it takes their decision back, and its release does not bring it again.
        decided(&town, &case);
        hold(&town, &case, "inquiry").expect(204);
        let view = seen(&town, &case);
        assert_eq!(view["retention"]["returned"]["why"], "legal_hold");
        assert_eq!(view["retention"]["holds"][0]["reason"], "inquiry");
        after(running, 60);
        release(&town, &case, "inquiry").expect(204);
        after(running, 60);
        assert_eq!(row(running, &case).stage, "closed");
        let words = town.at_the_end(Seat::Records, "GET", &case, "", None).json();
        let kinds: Vec<&str> = words["categories"]["retention"]["records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|record| record["kind"].as_str().unwrap())
            .collect();
        let said = ["legal_hold", "legal_hold", "legal_hold_released", "legal_hold_released", "erasure_proposed"];
        assert_eq!(kinds, [said.as_slice(), &["legal_hold", "legal_hold_released"]].concat());
        // The same without a hold goes.
        after(running, 0);
        super::erased(&town, &case);
    });
}

#[test]
fn a_new_case_of_the_person_gives_it_back() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Quince", false);
        super::close(&town, &case);
        decided(&town, &case);
        town.refer(Seat::School, &referral("Quince", false)).expect(201);
        let new = town.case_named("Quince");
        let candidates = format!("/api/v1/cases/{new}/candidates");
        town.until("the candidate", || {
            let found = town.seat(Seat::Coordinator).get(&candidates);
            // While it is matched it moves, and is not shown.
            if found.status != 200 {
                return None;
            }
            let found = found.json();
            found["candidates"].as_array().unwrap().iter().any(|c| c["case"] == *case).then_some(())
        });
        after(running, 30);
        let view = seen(&town, &case);
        assert_eq!(view["retention"]["returned"]["why"], "other_case", "it may be theirs: nobody has said");
        after(running, 0);

        // Said to be the same person, it is theirs, and as long as it runs the old one is needed.
        let same = json!({"verdict": "same_person"});
        town.seat(Seat::Coordinator).post(&format!("{candidates}/{case}"), &same).expect(204);
        decided(&town, &case);
        after(running, 30);
        assert_eq!(seen(&town, &case)["retention"]["returned"]["why"], "other_case");
        after(running, 0);
        // Of a repeat two people say that it may close.
        town.step(Seat::Deputy, &new, "agree_closure", json!({"earlierContactsRead": true, "reason": "Moved away."}));
        super::close(&town, &new);
        running.service.clock.move_calendar(1);
        town.propose_erasure(&case);
        town.at_the_end(Seat::Chair, "POST", &case, "/erasure/confirmation", None).expect(200);
        after(running, 31);
        town.until("the erasure", || (row(running, &case).stage == "erased").then_some(()));
        assert_eq!(row(running, &new).stage, "closed", "the newer one stays");
    });
}

#[test]
fn records_see_what_is_due_first_and_may_keep_it() {
    running_on_both(|running| {
        let town = Town::new(running);
        let (adult, unknown) = (town.ended("Elder"), town.ended("Hazel"));
        let client = town.seat(Seat::Records).purpose("retention");
        let list = || client.get("/api/v1/cases").expect(200).json();
        let due = |case: &str| seen(&town, case)["retention"]["due"]["on"].as_str().unwrap().to_owned();
        // Both were never adopted; both are of somebody of age.
        assert_eq!(due(&adult), due(&unknown));
        let until = town.later(40);
        let keep = |until: Value| {
            let body = json!({"until": until, "words": "A sister is in support."});
            town.at_the_end(Seat::Records, "POST", &unknown, "/retention-review", Some(&body))
        };
        assert_eq!(keep(json!(town.today())).json()["errors"][0]["rule"], "in_the_past");
        keep(json!(until)).expect(204);
        assert_eq!(due(&unknown), until.to_string());
        assert_eq!(ids(&list()), [unknown.clone(), adult.clone()], "what is due first stands first");
        let first = client.get("/api/v1/cases?limit=1").expect(200).json();
        assert_eq!(ids(&first), vec![unknown.clone()]);
        let next = format!("/api/v1/cases?limit=1&after={}", first["next"].as_str().unwrap());
        assert_eq!(ids(&client.get(&next).expect(200).json()), vec![adult.clone()]);
        running.service.clock.move_calendar(41);
        assert_eq!(ids(&client.get("/api/v1/cases?overdue=true").expect(200).json()), vec![unknown.clone()]);
        running.service.clock.move_calendar(0);
        decided(&town, &unknown);
        conflict(&keep(json!(until)), "confirmed_already");
    });
}
