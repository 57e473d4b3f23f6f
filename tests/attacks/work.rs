//! Ordinary work on cases, over HTTP, for the attacks to fall upon.

use super::sql::Owner;
use crate::harness::{Client, Running};
use channel_panel::demo::seats::Seat;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A referral in which every field of the form is filled in.
pub fn full_referral() -> Value {
    serde_json::from_str(include_str!("../casework_forms/full-referral.json")).unwrap()
}

/// One that a school sends about one person.
pub fn referral(forenames: &str, surname: &str) -> Value {
    let mut form = full_referral();
    form["people"].as_array_mut().unwrap().truncate(1);
    form["people"][0]["identity"]["forenames"] = json!(forenames);
    form["people"][0]["identity"]["surname"] = json!(surname);
    form
}

/// Sends it and gives the referral's id.
pub fn submit(client: &Client, form: &Value) -> String {
    submit_as(client, form, &Uuid::new_v4().to_string())
}

pub fn submit_as(client: &Client, form: &Value, key: &str) -> String {
    let answer = client.request("POST", "/api/v1/referrals").idempotency_key(key).json(form).send().expect(201);
    answer.json()["referral"].as_str().unwrap().to_owned()
}

/// The cases that a referral opened, by the order of its people.
pub fn cases_of(owner: &Owner<'_>, referral: &str) -> Vec<String> {
    let sql = format!("SELECT case_id AS v FROM referral_case WHERE referral_id = '{referral}' ORDER BY person_index");
    owner.texts(&sql)
}

/// For what the service does by itself, and tells nobody in the test.
#[track_caller]
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what} does not come");
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// Until no referral waits for the matcher.
pub fn matched(owner: &Owner<'_>) {
    let waiting = "SELECT CAST(count(*) AS TEXT) AS v FROM referral WHERE match_state = 'pending'";
    until("the matcher", || owner.text(waiting) == "0");
}

/// Until every entry has its place and a checkpoint covers it, and whoever is still at work has given its word for them: from
/// then on nothing is entered by itself. A process that was killed gives none.
pub fn sequenced(owner: &Owner<'_>) {
    let began = Instant::now();
    let done = || {
        owner.count("ledger_queue") == 0
            && owner.text("SELECT CAST(size AS TEXT) AS v FROM ledger_tree")
                == owner.text("SELECT CAST(coalesce(max(size), 0) AS TEXT) AS v FROM ledger_checkpoint")
    };
    let last = "n = (SELECT max(n) FROM ledger_entry o WHERE o.writer = ledger_entry.writer)";
    let owed =
        format!("SELECT CAST(count(*) AS TEXT) AS v FROM ledger_entry WHERE {last} AND operation NOT LIKE 'ledger.%'");
    while owner.text(&owed) != "0" && began.elapsed() < Duration::from_millis(1300) {
        std::thread::sleep(Duration::from_millis(30));
    }
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(30), "the sequencer does not come");
        std::thread::sleep(Duration::from_millis(30));
    }
}

pub fn path(case: &str) -> String {
    format!("/api/v1/cases/{case}")
}

pub fn step(running: &Running, who: Seat, case: &str, transition: &str, content: Value) {
    let body = json!({ "transition": transition, "content": content });
    running.client(who).post(&format!("{}/transitions", path(case)), &body).expect(200);
}

pub fn note(client: &Client, case: &str, text: &str, today: &str) -> String {
    let body = json!({ "on": today, "kind": "call", "with": "The mother", "note": text });
    client.post(&format!("{}/log", path(case)), &body).expect(201).json()["id"].as_str().unwrap().to_owned()
}

/// Amends a category as it stands.
pub fn amend(client: &Client, case: &str, category: &str, fields: &Value) {
    let view = client.get(&path(case)).expect(200).json();
    let etag = view["categories"][category]["etag"].as_str().unwrap_or_else(|| panic!("{category}: {view}")).to_owned();
    let body = json!({ "reason": "new_information", "fields": fields });
    let at = format!("{}/categories/{category}", path(case));
    client.request("PATCH", &at).if_match(&format!("\"{etag}\"")).json(&body).send().expect(200);
}
