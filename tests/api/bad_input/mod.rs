//! What bad input gets: a problem document that names the field and the rule, never the value; an entry; nothing written.
//! Whatever is refused carries the canary where the fault is, and it must come back nowhere.

mod bench;
mod bodies;
mod requests;

use super::entered;
use super::town::{Town, least_referral};
use crate::harness::{Backend, Running, running_on_both};
use bench::{Bench, CANARY, silent};
use channel_panel::config::Limits;
use channel_panel::demo::seats::Seat;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

#[test]
fn each_fault_gets_its_problem_an_entry_and_no_echo() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let running = &Running::start_with(backend, Limits { faults_listed_a_minute: 1000, ..Limits::default() });
        let town = Town::new(running);
        let case = town.open("Ysolde", false);
        let mut bench = Bench { town: &town, case, tried: Vec::new() };
        bodies::malformed_bodies(&mut bench);
        bodies::wrong_forms(&mut bench);
        requests::amendments(&mut bench);
        requests::headers_and_media(&mut bench);
        requests::addresses(&mut bench);
        bodies::too_large(&mut bench);
        bench.try_all();
        println!("{backend:?}: {} faults", bench.tried.len());
    }
}

#[test]
fn the_auditor_is_shown_what_was_refused() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Ysolde", false);
        let path = format!("/api/v1/cases/{case}/log");
        let refused = town.seat(Seat::Coordinator).post(&path, &json!({CANARY: CANARY}));
        let entry = entered::shown_to_auditor(&town, &refused);
        assert_eq!(
            (&entry["operation"], &entry["outcome"], &entry["problem"]),
            (&json!("addLogNote"), &json!("refused"), &json!("invalid"))
        );
        assert_eq!(entry["actor"]["person"], running.borough.person(Seat::Coordinator).to_string());
        let missing = town.seat(Seat::Health).get(&format!("/api/v1/cases/{case}"));
        let entry = entered::shown_to_auditor(&town, &missing);
        assert_eq!(
            (&entry["operation"], &entry["outcome"], &entry["problem"]),
            (&json!("openCase"), &json!("not_found"), &json!("not-found"))
        );
        let unknown = town.seat(Seat::Health).get(&format!("/api/v1/{CANARY}"));
        let entry = entered::shown_to_auditor(&town, &unknown);
        assert_eq!((&entry["operation"], &entry["outcome"]), (&json!("unknownOperation"), &json!("not_found")));
        assert!(!entry.to_string().contains(CANARY));
    });
}

#[test]
fn a_stale_tag_loses_and_the_first_change_stands() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Ysolde", false);
        let tag = town.etag(Seat::Coordinator, &case, "contact");
        let first =
            town.patch(Seat::Coordinator, &case, "contact", &tag, &json!({"howToReach": "By letter"})).expect(200);
        let second = town.patch(Seat::Deputy, &case, "contact", &tag, &json!({"howToReach": CANARY}));
        assert_eq!(second.problem(), "precondition-failed");
        let view = town.view(Seat::Coordinator, &case);
        assert_eq!(view["categories"]["contact"]["fields"]["howToReach"], "By letter");
        assert_eq!(view["categories"]["contact"]["etag"], first.json()["etag"]);
        let tags: BTreeSet<String> = [tag, first.json()["etag"].as_str().unwrap().to_owned()].into();
        assert_eq!(tags.len(), 2);
    });
}

#[test]
fn a_referral_sent_twice_is_done_once_and_its_key_serves_no_other() {
    running_on_both(|running| {
        let town = Town::new(running);
        let key = format!("{CANARY}-{}", Uuid::new_v4());
        let send = |seat: Seat, body: &Value| {
            let client = town.seat(seat);
            client.request("POST", "/api/v1/referrals").idempotency_key(&key).json(body).send()
        };
        let form = least_referral("Twice");
        let (first, again) = (send(Seat::School, &form).expect(201), send(Seat::School, &form).expect(201));
        assert_eq!(first.body, again.body);
        assert_eq!(first.header("location"), again.header("location"));
        let other = send(Seat::School, &least_referral("Other"));
        assert_eq!(other.problem(), "idempotency-mismatch");
        silent("another body", &other);
        let another = send(Seat::SchoolLead, &form).expect(201);
        assert_ne!(first.body, another.body, "a key is its sender's own");
        let queue = town.seat(Seat::Coordinator).get("/api/v1/cases").expect(200).json();
        assert_eq!(queue["cases"].as_array().unwrap().len(), 2);
        assert!(!entered::all(running).iter().any(|entry| entry.to_string().contains(CANARY)));
    });
}

#[test]
fn a_cursor_is_its_reader_s_own() {
    running_on_both(|running| {
        let town = Town::new(running);
        for surname in ["Pageone", "Pagetwo", "Pagethree"] {
            town.open(surname, false);
        }
        let page = town.seat(Seat::Coordinator).get("/api/v1/cases?limit=2").expect(200).json();
        let next = page["next"].as_str().unwrap();
        let rest = town.seat(Seat::Coordinator).get(&format!("/api/v1/cases?limit=2&after={next}")).expect(200).json();
        assert_eq!(rest["cases"].as_array().unwrap().len(), 1);
        for seat in [Seat::Deputy, Seat::PoliceCt, Seat::NeighbourCoordinator] {
            assert_eq!(
                town.seat(seat).get(&format!("/api/v1/cases?limit=2&after={next}")).problem(),
                "invalid",
                "{}",
                seat.name()
            );
        }
        let turned: String = next.chars().rev().collect();
        assert_eq!(town.seat(Seat::Coordinator).get(&format!("/api/v1/cases?after={turned}")).problem(), "invalid");
    });
}
