//! A contact that came here by mistake: it goes to whom it was meant for, they say that they have it, and it ends here with
//! nobody else having heard of it.

use super::entered;
use super::lateness::fresh_case;
use super::town::Town;
use crate::harness::running_on_both;
use channel_panel::demo::seats::Seat;
use serde_json::{Value, json};

fn try_step(town: &Town<'_>, seat: Seat, case: &str, name: &str, content: &Value) -> (u16, Vec<String>) {
    let body = json!({"transition": name, "content": content});
    let answer = town.seat(seat).post(&format!("/api/v1/cases/{case}/transitions"), &body);
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let errors = said["errors"].as_array().cloned().unwrap_or_default();
    (answer.status, errors.iter().filter_map(|error| error["rule"].as_str().map(str::to_owned)).collect())
}

#[test]
fn a_misdirected_contact_is_handed_over_and_closed_without_gateway_or_panel() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = fresh_case(&town, "Farafield");
        let close = json!({"outcome": "redirected", "reason": "She lives in Oxholme."});
        let refused = |rules: &[&str]| {
            let (status, found) = try_step(&town, Seat::Coordinator, &case, "close", &close);
            assert_eq!((status, found.iter().map(String::as_str).collect::<Vec<_>>().as_slice()), (409, rules));
        };
        refused(&["taken_elsewhere"]);
        let hand = |due: chrono::NaiveDate| json!({"service": "another_area", "ownerName": "Prevent desk, Oxholme", "due": due, "need": "It is theirs."});
        let handed = town.step(Seat::Coordinator, &case, "refer_onward", hand(town.later(1)));
        refused(&["taken_elsewhere", "no_open_onward"]);
        // It is watched until they answer.
        assert_eq!(town.view(Seat::Coordinator, &case)["due"]["what"], "acknowledge_onward");
        let answer = |handed: &Value, answer: &str| json!({"onwardReferral": handed["records"][0], "answer": answer, "acknowledgedBy": "R. Osei, Oxholme"});
        town.step(Seat::Coordinator, &case, "acknowledge_onward", answer(&handed, "declined"));
        refused(&["taken_elsewhere"]);
        let handed = town.step(Seat::Coordinator, &case, "refer_onward", hand(town.later(3)));
        // Nobody else's to say: who has no part in it finds no such case.
        let (status, _) = try_step(&town, Seat::Health, &case, "acknowledge_onward", &answer(&handed, "accepted"));
        assert_eq!(status, 404);
        town.step(Seat::Coordinator, &case, "acknowledge_onward", answer(&handed, "accepted"));
        town.step(Seat::Coordinator, &case, "close", close.clone());
        let steps: Vec<Value> =
            entered::all(running).into_iter().filter(|entry| entry["operation"] == "makeTransition").collect();
        let of = |outcome: &str| steps.iter().filter(|entry| entry["outcome"] == outcome).count();
        assert_eq!(steps.len(), 9, "each step and each refusal is an entry");
        assert!(of("denied") + of("refused") + of("invalid") + of("not_found") <= 4);
    });
}

#[test]
fn whoever_was_given_a_case_elsewhere_is_among_its_recipients() {
    running_on_both(|running| {
        let town = Town::new(running);
        let today = town.today();
        let met = |guard: &str| json!({"guard": guard, "on": today, "statement": "In the old file"});
        let body = json!({"origin": "legacy", "receivedOn": today, "stage": "assessment", "stageOn": today,
            "evidence": [met("screening_done"), met("gateway_clear")],
            "identity": {"forenames": "Ilse", "surname": "Removed", "dateOfBirth": "1999-02-03"}});
        let opened = town.seat(Seat::Coordinator).post("/api/v1/cases", &body).expect(201).json();
        let case = opened["id"].as_str().unwrap().to_owned();
        town.sits(&case);
        let offer = |released: Value| {
            json!({"receivingPanel": "The panel of Oxholme", "receivingChair": "R. Osei", "reason": "She lives there now.",
                "riskOwner": town.agency(channel_panel::demo::seats::Body::Council), "released": released})
        };
        let (status, rules) = try_step(&town, Seat::Chair, &case, "offer_transfer", &offer(json!(["police"])));
        assert_eq!((status, rules), (422, vec!["not_to_release".to_owned()]));
        town.step(Seat::Chair, &case, "offer_transfer", offer(json!(["identity", "concern"])));
        town.step(Seat::Chair, &case, "accept_transfer", json!({"answeredBy": "R. Osei"}));
        town.step(Seat::Coordinator, &case, "close", json!({"outcome": "transferred_out", "reason": "Taken there."}));
        let found = town.at_the_end(Seat::Records, "GET", &case, "/recipients", None).expect(200).json();
        let expected = json!([{"to": "The panel of Oxholme", "released": ["identity", "concern"]}]);
        assert_eq!(found["elsewhere"], expected);
        // The negative control: a case that nobody was given.
        let other = town.ended("Remained");
        let found = town.at_the_end(Seat::Records, "GET", &other, "/recipients", None).expect(200).json();
        assert_eq!(found["elsewhere"], json!([]));
    });
}
