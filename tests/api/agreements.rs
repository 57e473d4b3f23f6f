//! What an agency's people are told of its sharing agreement: before it ends, and when it has.
//! Never of another agency's, and never a word of a case.

use super::entered;
use super::town::Town;
use crate::harness::{Answer, Running, running_on_both};
use crate::store::wait;
use channel_panel::access::AgreementFacts;
use channel_panel::app::open_case::DEADLINES_TELL_OF;
use channel_panel::app::register::{Register, take_in};
use channel_panel::casework::category::Category;
use channel_panel::demo::seats::{Body, Seat};
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use uuid::Uuid;

/// Writes the next version of an agency's agreement.
fn amend(running: &Running, body: Body, change: impl FnOnce(&mut AgreementFacts)) {
    let mut reader = running.service.store.reader().unwrap();
    let panel = running.borough.panel_of(body);
    let rows = [reader.agreements_of_panel(panel), reader.agreements_of_panel(running.borough.neighbour)];
    let agency = running.borough.agency(body);
    let row = rows.into_iter().flat_map(Result::unwrap).find(|row| row.agency == agency).unwrap();
    let mut facts: AgreementFacts = serde_json::from_str(&row.facts).unwrap();
    facts.version += 1;
    change(&mut facts);
    wait(take_in(&running.service, Register { agreements: vec![facts], ..Register::default() })).unwrap();
}

fn told(town: &Town<'_>) -> Value {
    let mut of_it = town.seat(Seat::Health).get("/api/v1/me").expect(200).json()["agreements"].take();
    assert_eq!(of_it.as_array().unwrap().len(), 1, "{of_it}");
    of_it[0].take()
}

fn refused(answer: &Answer) -> Value {
    assert_eq!(answer.problem(), "agreement-not-in-force", "{}", answer.text());
    answer.json()
}

#[test]
fn an_end_is_announced_thirty_days_ahead_and_to_its_own_agency_only() {
    running_on_both(|running| {
        let town = Town::new(running);
        let today = town.today();
        let ahead = |days: u64| today + Days::new(days);
        let cases: [(NaiveDate, &str, Value); 6] = [
            (ahead(31), "in_force", Value::Null),
            (ahead(30), "in_force", json!(30)),
            (ahead(29), "in_force", json!(29)),
            (ahead(1), "in_force", json!(1)),
            (today, "in_force", json!(0)),
            (today - Days::new(1), "ended", Value::Null),
        ];
        for (to, state, left) in cases {
            amend(running, Body::Health, |facts| (facts.to, facts.reference) = (to, "ISA/2026/7".to_owned()));
            let said = told(&town);
            assert_eq!(said["reference"], "ISA/2026/7");
            assert_eq!((&said["to"], &said["state"], &said["endsInDays"]), (&json!(to), &json!(state), &left));
            let list = town.seat(Seat::Health).get("/api/v1/cases");
            assert_eq!(list.status, if state == "in_force" { 200 } else { 403 }, "{to}: {}", list.text());
            let others = town.seat(Seat::SocialCare).get("/api/v1/me").expect(200).text();
            assert!(!others.contains("ISA/2026/7") && !others.contains("endsInDays"), "{others}");
        }
    });
}

#[test]
fn a_refusal_says_which_agreement_ended_and_nothing_of_a_case() {
    running_on_both(|running| {
        let town = Town::new(running);
        let (case, today) = (town.open("Pemberton", false), town.today());
        town.name_lead(&case, Body::Health);
        let health = town.seat(Seat::Health);
        let there = format!("/api/v1/cases/{case}");
        let (unknown, hidden) = (Uuid::new_v4(), town.open("Unassigned", false));
        health.get(&there).expect(200);
        let etag = town.etag(Seat::Health, &case, "health");
        let meeting = town.meeting("extraordinary");
        let item = town.item(&meeting, &case);

        let yesterday = today - Days::new(1);
        amend(running, Body::Health, |facts| (facts.to, facts.reference) = (yesterday, "ISA/2025/1".to_owned()));
        let list = health.get("/api/v1/cases");
        let document = refused(&list);
        assert_eq!(document["detail"], "Your agency's sharing agreement for this panel has ended.");
        let of_it = &document["agreements"][0];
        assert_eq!(
            (&of_it["reference"], &of_it["to"], &of_it["state"]),
            (&json!("ISA/2025/1"), &json!(yesterday), &json!("ended"))
        );
        assert_eq!(document["agreements"].as_array().unwrap().len(), 1);
        assert_eq!(entered::one(running, &list)["problem"], "agreement-not-in-force");

        // Of one's own case, of another's and of none: the same bytes.
        let struck = |answer: &Answer| answer.text().replace(answer.header("x-request-id").unwrap(), "REQUEST");
        let own = health.get(&there);
        refused(&own);
        for path in [format!("/api/v1/cases/{unknown}"), format!("/api/v1/cases/{hidden}")] {
            let answer = health.get(&path);
            assert_eq!((answer.status, struck(&answer)), (own.status, struck(&own)), "{path}");
        }
        let draft = json!({"discussion": [{"text": "x"}]});
        let nothing = unknown.to_string();
        for item in [&item, &nothing] {
            let path = format!("/api/v1/meetings/{meeting}/items/{item}/minutes");
            let answer = health.request("PUT", &path).json(&draft).send();
            assert_eq!((answer.status, struck(&answer)), (own.status, struck(&own)), "{path}");
        }
        // Whose agency has an agreement is told what they were told before, and whose role has no cases too.
        assert_eq!(town.seat(Seat::SocialCare).get(&there).problem(), "not-found");
        amend(running, Body::School, |facts| facts.to = yesterday);
        assert_eq!(town.seat(Seat::School).get(&there).problem(), "not-found");

        amend(running, Body::Health, |facts| (facts.from, facts.to) = (town.later(1), town.later(9)));
        let document = refused(&health.get(&there));
        assert_eq!(document["detail"], "Your agency's sharing agreement for this panel has not begun.");
        assert_eq!(document["agreements"][0]["from"], json!(town.later(1)));

        amend(running, Body::Health, |facts| {
            facts.from = today;
            facts.categories.remove(&Category::Health);
        });
        let document = refused(&town.patch(Seat::Health, &case, "health", &etag, &json!({ "summaryOfNeeds": "x" })));
        assert_eq!(document["detail"], "No sharing agreement of your agency that is in force covers this.");
        let covered = document["agreements"][0]["categories"].as_array().unwrap();
        assert!(covered.contains(&json!("health_summary")) && !covered.contains(&json!("health")), "{covered:?}");

        amend(running, Body::Health, |facts| facts.panel = running.borough.neighbour);
        let document = refused(&health.get(&there));
        assert_eq!(document["detail"], "Your agency has no sharing agreement for this panel.");
        assert_eq!(document["agreements"], Value::Null);
    });
}

/// By due dates a list tells them, of every case against every other.
#[test]
fn a_list_goes_by_due_dates_only_where_the_agreement_covers_what_they_tell_of() {
    running_on_both(|running| {
        let town = Town::new(running);
        let mut cases = ["Onedue", "Twodue", "Threedue"].map(|surname| town.open(surname, false));
        cases.sort();
        let list = || {
            let lines = town.seat(Seat::PoliceCt).get("/api/v1/cases").expect(200).json()["cases"].take();
            let of = |field: &str| -> Vec<Value> {
                lines.as_array().unwrap().iter().map(|line| line[field].clone()).collect()
            };
            (of("id"), of("due").iter().map(|due| due["on"].clone()).collect::<Vec<Value>>())
        };
        let by_id: Vec<Value> = cases.iter().map(|case| json!(case)).collect();
        let untold = (by_id.clone(), vec![Value::Null; 3]);
        let without = |category: Category| {
            amend(running, Body::Police, |facts| assert!(facts.categories.remove(&category)));
            let seen = list();
            amend(running, Body::Police, |facts| assert!(facts.categories.insert(category)));
            seen
        };
        let without_one = || DEADLINES_TELL_OF.map(without);
        assert_eq!(list().0, by_id, "all are due on one day");
        assert!(without_one().iter().all(|seen| *seen == untold));
        // Due on another day: whichever way, it leaves the middle.
        town.step(Seat::Coordinator, &cases[1], "begin_triage", json!({"earlierCasesSearched": true}));
        let (ids, dues) = list();
        assert_ne!(ids, by_id);
        let days: Vec<&str> = dues.iter().map(|due| due.as_str().unwrap()).collect();
        assert!(days.is_sorted() && days[0] != days[2], "{days:?}");
        assert!(without_one().iter().all(|seen| *seen == untold));
        assert_eq!(without(Category::Sessions).0, by_id, "what is due of sessions has its place in it too");

        // Nor behind a glass, where the agreement covers all of it.
        let coordinator = town.seat(Seat::Coordinator).purpose("break_glass");
        for case in &cases {
            let path = format!("/api/v1/cases/{case}/break-glass");
            coordinator.post(&path, &json!({"reason": "missing_child"})).expect(201);
        }
        let behind = coordinator.get("/api/v1/cases").expect(200).json()["cases"].take();
        let ids: Vec<Value> = behind.as_array().unwrap().iter().map(|line| line["id"].clone()).collect();
        assert_eq!(ids, by_id);
    });
}
