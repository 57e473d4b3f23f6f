//! Letting people in and out over the API: what is proposed grants nothing, what is confirmed does, and who sees which of it.

use super::entered;
use super::town::Town;
use crate::harness::{Answer, Client, running_on_both};
use channel_panel::access::mint::Order;
use channel_panel::demo::seats::{Body, Seat};
use channel_panel::demo::tokens::Issuers;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Somebody registered and proposed over the API, and the token that the borough's issuer would give them.
pub struct Newcomer {
    pub person: String,
    pub membership: String,
    pub client: Client,
}

pub fn newcomer(subject: &str) -> Value {
    json!({"issuer": Issuers::name_for(channel_panel::access::PersonKind::Person), "subject": subject,
        "displayName": "Tamsin Newcomer", "kind": "person"})
}

/// As the administrator; gives the person's id.
#[track_caller]
pub fn register(town: &Town<'_>, subject: &str) -> String {
    let answer = town.seat(Seat::Administrator).post("/api/v1/people", &newcomer(subject)).expect(201);
    answer.json()["id"].as_str().unwrap().to_owned()
}

pub fn proposal(town: &Town<'_>, person: &str, body: Body, role: &str) -> Value {
    json!({"person": person, "agency": town.agency(body), "role": role, "from": town.today(), "to": town.later(300)})
}

#[track_caller]
pub fn propose(town: &Town<'_>, body: &Value) -> String {
    let answer = town.seat(Seat::Administrator).post("/api/v1/memberships", body).expect(201).json();
    assert_eq!(answer["state"], "proposed");
    answer["id"].as_str().unwrap().to_owned()
}

/// A token of the borough's issuer of people for any subject.
pub fn token(town: &Town<'_>, subject: &str) -> String {
    let order = Order { subject: subject.to_owned(), lifetime: 3600, strong: true, system: false };
    town.running.issuers.people.token(&order, town.running.service.clock.instant()).unwrap()
}

/// Registered and proposed, and no more.
#[track_caller]
pub fn enter(town: &Town<'_>, body: Body, role: &str) -> Newcomer {
    let subject = format!("newcomer-{}", Uuid::new_v4());
    let person = register(town, &subject);
    let membership = propose(town, &proposal(town, &person, body, role));
    let client = town.nobody().bearer(&token(town, &subject)).acting(&membership);
    Newcomer { person, membership, client }
}

pub fn agreement(town: &Town<'_>, body: Body) -> Value {
    json!({"agency": town.agency(body), "reference": format!("Schedule {}", Uuid::new_v4()),
        "categories": ["identity", "concern", "health", "health_summary"], "from": town.today(), "to": town.later(20)})
}

#[track_caller]
pub fn agree(town: &Town<'_>, body: Body) -> String {
    let answer = town.seat(Seat::Administrator).post("/api/v1/agreements", &agreement(town, body)).expect(201).json();
    answer["id"].as_str().unwrap().to_owned()
}

pub fn confirm(client: &Client, membership: &str) -> Answer {
    client.request("POST", &format!("/api/v1/memberships/{membership}/confirm")).send()
}

fn end(client: &Client, membership: &str) -> Answer {
    client.request("POST", &format!("/api/v1/memberships/{membership}/end")).send()
}

#[track_caller]
fn conflict(answer: &Answer, rule: &str) {
    assert_eq!(answer.problem(), "conflict", "{}", answer.text());
    assert_eq!(answer.json()["errors"][0]["rule"], rule, "{}", answer.text());
}

#[test]
fn a_membership_is_proposed_confirmed_and_ended() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Zabriskie", false);
        town.name_lead(&case, Body::Health);
        let (admin, sponsor) = (town.seat(Seat::Administrator), town.seat(Seat::Health));
        let new = enter(&town, Body::Health, "health");
        let path = format!("/api/v1/cases/{case}");
        assert_eq!(new.client.get(&path).problem(), "membership-required", "proposed is nothing");
        assert_eq!(seen(&sponsor, &new.membership).unwrap()["state"], "proposed");

        let done = confirm(&sponsor, &new.membership).expect(204);
        let entry = entered::one(running, &done);
        assert_eq!((&entry["operation"], &entry["outcome"]), (&json!("confirmMembership"), &json!("changed")));
        assert_eq!(entry["cases"][0]["id"], json!(new.membership), "its row and version are attested");
        assert_eq!(entry["cases"][0]["version"], 2);
        let shown = new.client.get(&path).expect(200).json();
        assert_eq!(shown["categories"]["identity"]["fields"]["surname"], "Zabriskie");

        let row = seen(&admin, &new.membership).unwrap();
        assert_eq!(row["state"], "in_force");
        assert_eq!(row["proposedBy"], json!(running.borough.person(Seat::Administrator)));
        assert_eq!(row["confirmedBy"], json!(running.borough.person(Seat::Health)));
        assert!(row["confirmedAt"].as_str().unwrap().ends_with('Z'));
        conflict(&confirm(&sponsor, &new.membership), "confirmed_already");

        end(&sponsor, &new.membership).expect(204);
        assert_eq!(new.client.get(&path).problem(), "membership-required");
        assert_eq!(seen(&admin, &new.membership).unwrap()["state"], "ended");
        conflict(&end(&admin, &new.membership), "ended");
        conflict(&confirm(&sponsor, &new.membership), "ended");
    });
}

fn listed(client: &Client) -> Vec<Value> {
    client.get("/api/v1/memberships").expect(200).json()["memberships"].as_array().unwrap().clone()
}

fn seen(client: &Client, membership: &str) -> Option<Value> {
    listed(client).into_iter().find(|row| row["id"] == membership)
}

#[test]
fn each_reader_is_shown_the_memberships_and_agreements_that_are_theirs() {
    running_on_both(|running| {
        let town = Town::new(running);
        let (here, there) = (enter(&town, Body::Health, "health"), enter(&town, Body::Police, "referrer"));
        let all: BTreeSet<String> =
            listed(&town.seat(Seat::Administrator)).iter().map(|m| m["id"].as_str().unwrap().to_owned()).collect();
        assert!(all.contains(&here.membership) && all.contains(&there.membership));
        assert!(!all.contains(&running.borough.membership(Seat::NeighbourChair).to_string()), "another panel's");
        let health = listed(&town.seat(Seat::Health));
        assert!(health.iter().all(|m| m["agency"] == json!(town.agency(Body::Health))));
        let found = health.iter().find(|m| m["id"] == here.membership).unwrap();
        assert_eq!(found["person"]["name"], "Tamsin Newcomer");
        assert!(found["person"]["subject"].as_str().unwrap().starts_with("newcomer-"), "whose sign-in it would be");
        for seat in [Seat::Coordinator, Seat::PoliceCt, Seat::Auditor, Seat::Guest] {
            assert_eq!(town.seat(seat).get("/api/v1/memberships").problem(), "not-allowed", "{}", seat.name());
            assert_eq!(town.seat(seat).get("/api/v1/agreements").problem(), "not-allowed", "{}", seat.name());
        }

        let soon = agree(&town, Body::Health);
        let agreements = |seat: Seat| {
            town.seat(seat).get("/api/v1/agreements").expect(200).json()["agreements"].as_array().unwrap().clone()
        };
        let of = |seat: Seat| agreements(seat).into_iter().find(|a| a["id"] == soon);
        assert_eq!(of(Seat::Administrator).unwrap()["state"], "proposed");
        assert_eq!(of(Seat::Health).unwrap().get("endsInDays"), None, "what is not in force does not end");
        assert!(of(Seat::Deputy).is_some(), "whoever confirms it must see it");
        assert!(of(Seat::PoliceCtSupervisor).is_none());
        town.seat(Seat::Deputy).request("POST", &format!("/api/v1/agreements/{soon}/confirm")).send().expect(204);
        let held = of(Seat::Health).unwrap();
        assert_eq!((&held["state"], held["endsInDays"].as_u64().is_some()), (&json!("in_force"), true));
        let long = agreements(Seat::Health).into_iter().find(|a| a["id"] != soon).unwrap();
        assert_eq!(long.get("endsInDays"), None);
    });
}

#[test]
fn what_is_sent_twice_is_made_once() {
    running_on_both(|running| {
        let town = Town::new(running);
        let admin = town.seat(Seat::Administrator);
        let twice = |path: &str, body: &Value| {
            let ids: BTreeSet<String> =
                [(); 2].map(|()| admin.post(path, body).expect(201).json()["id"].as_str().unwrap().to_owned()).into();
            assert_eq!(ids.len(), 1, "{path}");
            ids.into_iter().next().unwrap()
        };
        twice("/api/v1/agencies", &json!({"kind": "school", "name": "Elder Lane School"}));
        let person = twice("/api/v1/people", &newcomer("twice"));
        let wanted = proposal(&town, &person, Body::Health, "health");
        let membership = twice("/api/v1/memberships", &wanted);
        twice("/api/v1/agreements", &agreement(&town, Body::School));
        // The same seat for other days is another proposal, and there is one already.
        let mut other = wanted.clone();
        other["to"] = json!(town.later(200));
        conflict(&admin.post("/api/v1/memberships", &other), "held_already");
        (other["from"], other["to"]) = (json!(town.later(301)), json!(town.later(400)));
        let later = propose(&town, &other);
        confirm(&town.seat(Seat::Health), &later).expect(204);
        assert_eq!(seen(&admin, &later).unwrap()["state"], "not_begun");
        confirm(&town.seat(Seat::Health), &membership).expect(204);
        conflict(&admin.post("/api/v1/memberships", &wanted), "held_already");
        let mut system = newcomer("twice");
        system["kind"] = json!("system");
        assert_eq!(admin.post("/api/v1/people", &system).problem(), "invalid", "not by an issuer of people");
    });
}

/// Of many who confirm at once one does; and the row has one version more, not several.
#[test]
fn one_confirmation_wins() {
    running_on_both(|running| {
        let town = Town::new(running);
        for (membership, agreement) in [(enter(&town, Body::Health, "health").membership, agree(&town, Body::Health))] {
            let tries = [
                (Seat::Health, format!("/api/v1/memberships/{membership}/confirm")),
                (Seat::Deputy, format!("/api/v1/agreements/{agreement}/confirm")),
            ];
            for (seat, path) in tries {
                let statuses: Vec<u16> = std::thread::scope(|scope| {
                    let send = || town.seat(seat).request("POST", &path).send().status;
                    let threads: Vec<_> = (0..4).map(|_| scope.spawn(send)).collect();
                    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
                });
                assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 1, "{path}: {statuses:?}");
                assert!(statuses.iter().all(|status| [204, 409, 412].contains(status)), "{path}: {statuses:?}");
            }
            let facts = running.service.store.reader().unwrap().membership_by_id(membership.parse().unwrap()).unwrap();
            assert_eq!(facts.unwrap().version, 2);
        }
    });
}

/// An agreement opens what it covers when the council has confirmed it, and shuts it when it ends.
#[test]
fn an_agreement_opens_only_when_it_is_confirmed() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Zabriskie", false);
        town.name_lead(&case, Body::Health);
        let (admin, health) = (town.seat(Seat::Administrator), town.seat(Seat::Health));
        let path = format!("/api/v1/cases/{case}");
        health.get(&path).expect(200);
        let held = health.get("/api/v1/agreements").expect(200).json()["agreements"][0]["id"].clone();
        let of = |id: &str, verb: &str| format!("/api/v1/agreements/{id}/{verb}");
        health.request("POST", &of(held.as_str().unwrap(), "end")).send().expect(204);
        let shut = |why: &str| assert!(health.get(&path).status >= 400, "{why}");
        shut("ended");
        let new = agree(&town, Body::Health);
        shut("proposed");
        for (client, problem) in
            [(&admin, "not-allowed"), (&health, "not-allowed"), (&town.seat(Seat::PoliceCtSupervisor), "not-found")]
        {
            assert_eq!(client.request("POST", &of(&new, "confirm")).send().problem(), problem);
        }
        shut("confirmed by none of these");
        town.seat(Seat::Deputy).request("POST", &of(&new, "confirm")).send().expect(204);
        let shown = health.get(&path).expect(200).json();
        assert!(shown["categories"]["identity"]["fields"].is_object());
        assert!(shown["withheld"].as_array().unwrap().contains(&json!("plan")), "what it does not cover");
        conflict(&town.seat(Seat::Deputy).request("POST", &of(&new, "confirm")).send(), "confirmed_already");
        admin.request("POST", &of(&new, "end")).send().expect(204);
        shut("ended again");
        assert_eq!(town.seat(Seat::PoliceCtSupervisor).request("POST", &of(&new, "end")).send().problem(), "not-found");
    });
}

/// Each rule of a proposal, by the field that breaks it.
#[test]
fn a_proposal_that_could_not_stand_names_its_rules() {
    running_on_both(|running| {
        let town = Town::new(running);
        let admin = town.seat(Seat::Administrator);
        let person = register(&town, "ruled");
        let good = proposal(&town, &person, Body::Health, "health");
        let nobody = Uuid::new_v4().to_string();
        let before = listed(&admin).len();
        let table = [
            ("person", json!(nobody), "/person", "unknown_person"),
            ("agency", json!(nobody), "/agency", "unknown_agency"),
            ("role", json!("police"), "/role", "role_not_of_agency"),
            ("role", json!("chair"), "/role", "role_not_of_agency"),
            ("role", json!("king"), "/role", "unknown_code"),
            ("unit", json!("local"), "/unit", "unit_of_police"),
            ("from", json!("2026-01-01"), "/from", "too_early"),
            ("from", json!(town.later(3000)), "/from", "too_late"),
            ("to", json!(town.later(1000)), "/to", "too_late"),
            ("to", json!("2026-01-01"), "/to", "before_start"),
            ("to", Value::Null, "/to", "wrong_type"),
            ("confirmedBy", json!(nobody), "", "unknown_field"),
            ("panel", json!(nobody), "", "unknown_field"),
        ];
        for (field, value, at, rule) in table {
            let mut bad = good.clone();
            bad[field] = value;
            let answer = admin.post("/api/v1/memberships", &bad);
            assert_eq!(answer.problem(), "invalid", "{field}: {}", answer.text());
            let errors = answer.json()["errors"].as_array().unwrap().clone();
            assert!(errors.iter().any(|e| e["field"] == at && e["rule"] == rule), "{field}: {errors:?}");
        }
        let mut endless = good.clone();
        endless.as_object_mut().unwrap().remove("to");
        assert_eq!(admin.post("/api/v1/memberships", &endless).json()["errors"][0]["rule"], "missing");
        assert_eq!(listed(&admin).len(), before, "nothing was written");
        propose(&town, &good);
    });
}
