//! What is sent wrong, what it must get, and the looking whether it got it.
//! It must never mend a request on its way.

use crate::api::entered;
use crate::api::town::Town;
use crate::harness::Answer;
use channel_panel::demo::seats::Seat;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use uuid::Uuid;

/// Looks like a code, a name and a key, and like nothing of ours.
pub const CANARY: &str = "Zq9Canary_q9Z";

pub const JSON: &str = "application/json";

/// What is sent: everything that a well-behaved client would not.
#[derive(Clone)]
pub struct Sent {
    pub seat: Seat,
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<(&'static str, Vec<u8>)>,
}

/// What it must get.
pub struct Bad {
    pub what: String,
    pub sent: Sent,
    pub operation: &'static str,
    pub problem: &'static str,
    /// The field and rule that are named, where the problem has any.
    pub named: Option<(&'static str, &'static str)>,
}

pub struct Bench<'t> {
    pub town: &'t Town<'t>,
    pub case: String,
    pub tried: Vec<Bad>,
}

impl<'t> Bench<'t> {
    pub fn push(
        &mut self,
        what: &str,
        sent: Sent,
        operation: &'static str,
        problem: &'static str,
        named: Option<(&'static str, &'static str)>,
    ) {
        self.tried.push(Bad { what: what.to_owned(), sent, operation, problem, named });
    }

    pub fn refer(&self, body: impl Into<Vec<u8>>) -> Sent {
        Sent {
            seat: Seat::School,
            method: "POST",
            path: "/api/v1/referrals".into(),
            headers: vec![("Idempotency-Key", Uuid::new_v4().to_string())],
            body: Some((JSON, body.into())),
        }
    }

    pub fn amend(&self, body: &Value) -> Sent {
        Sent {
            seat: Seat::Coordinator,
            method: "PATCH",
            path: format!("/api/v1/cases/{}/categories/contact", self.case),
            headers: vec![("If-Match", self.town.etag(Seat::Coordinator, &self.case, "contact"))],
            body: Some((JSON, body.to_string().into_bytes())),
        }
    }

    pub fn below(&self, seat: Seat, rest: &str, body: &Value) -> Sent {
        let path = format!("/api/v1/cases/{}/{rest}", self.case);
        Sent { seat, method: "POST", path, headers: vec![], body: Some((JSON, body.to_string().into_bytes())) }
    }

    pub fn get(&self, seat: Seat, path: &str) -> Sent {
        Sent { seat, method: "GET", path: format!("/api/v1{path}"), headers: vec![], body: None }
    }

    pub fn send(&self, sent: &Sent) -> Answer {
        let client = self.town.seat(sent.seat);
        let mut request = client.request(sent.method, &sent.path);
        for (name, value) in &sent.headers {
            request = request.header(name, value);
        }
        match &sent.body {
            Some((media, bytes)) => request.body(media, bytes.clone()).send(),
            None => request.send(),
        }
    }

    /// What the panel's cases and the referrals are: must be the same before and after.
    pub fn state(&self) -> Value {
        let council = self.town.seat(Seat::Coordinator);
        json!([
            council.get("/api/v1/cases").expect(200).json(),
            self.town.view(Seat::Coordinator, &self.case),
            council.get(&format!("/api/v1/cases/{}/history", self.case)).expect(200).json(),
            council.get("/api/v1/consultations").expect(200).json(),
            self.town.seat(Seat::SchoolLead).get("/api/v1/referrals").expect(200).json(),
        ])
    }

    pub fn try_all(&self) {
        let before = self.state();
        let failed =
            self.tried.iter().filter(|bad| catch_unwind(AssertUnwindSafe(|| self.try_one(bad))).is_err()).count();
        assert_eq!(failed, 0, "of {} faults", self.tried.len());
        assert_eq!(before, self.state(), "something was half-written");
    }

    pub fn try_one(&self, bad: &Bad) {
        let answer = self.send(&bad.sent);
        check(bad, &answer);
        let entry = entered::one(self.town.running, &answer);
        assert_eq!(entry["operation"], bad.operation, "{}", bad.what);
        assert_eq!(entry["problem"], bad.problem, "{}", bad.what);
        assert_eq!(entry["outcome"], entered::outcome(answer.status, false), "{}", bad.what);
        assert!(!entry.to_string().contains(CANARY), "{}: the ledger repeats it", bad.what);
    }
}

#[track_caller]
pub fn check(bad: &Bad, answer: &Answer) {
    let what = &bad.what;
    assert!(answer.status < 500, "{what}: {} {}", answer.status, answer.text());
    assert_eq!(answer.problem(), bad.problem, "{what}: {}", answer.text());
    silent(what, answer);
    let document = answer.json();
    assert!(document["type"].as_str().unwrap().ends_with(&format!("/problems/{}", bad.problem)), "{what}");
    assert_eq!(document["request"], answer.header("x-request-id").unwrap(), "{what}");
    let known = BTreeSet::from(["type", "title", "status", "request", "errors"]);
    assert!(document.as_object().unwrap().keys().all(|key| known.contains(key.as_str())), "{what}: {document}");
    let errors = document["errors"].as_array().cloned().unwrap_or_default();
    if let Some((field, rule)) = bad.named {
        let named = |e: &Value| e["field"] == field && e["rule"] == rule && e["message"].is_string();
        assert!(errors.iter().any(named), "{what}: {errors:?}");
    }
}

#[track_caller]
pub fn silent(what: &str, answer: &Answer) {
    let canary = CANARY.to_ascii_lowercase();
    assert!(!answer.text().to_ascii_lowercase().contains(&canary), "{what}: the body repeats it: {}", answer.text());
    for (name, value) in &answer.headers {
        let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        assert!(!text.contains(&canary), "{what}: {name} repeats it");
    }
}

pub fn with(base: &Value, pointer: &str, value: Value) -> Vec<u8> {
    let mut form = base.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    form.pointer_mut(parent).unwrap()[key] = value;
    form.to_string().into_bytes()
}
