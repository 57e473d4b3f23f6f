//! What bad input gets: a problem document that names the field and the rule, never the value; an entry; nothing written.
//! Whatever is refused carries the canary where the fault is, and it must come back nowhere.

use super::entered;
use super::town::{Town, amendment, least_referral, referral};
use crate::harness::{Answer, Backend, Running, running_on_both};
use channel_panel::config::Limits;
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use uuid::Uuid;

/// Looks like a code, a name and a key, and like nothing of ours.
const CANARY: &str = "Zq9Canary_q9Z";

const JSON: &str = "application/json";

/// What is sent: everything that a well-behaved client would not.
#[derive(Clone)]
struct Sent {
    seat: Seat,
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<(&'static str, Vec<u8>)>,
}

/// What it must get.
struct Bad {
    what: String,
    sent: Sent,
    operation: &'static str,
    problem: &'static str,
    /// The field and rule that are named, where the problem has any.
    named: Option<(&'static str, &'static str)>,
}

struct Bench<'t> {
    town: &'t Town<'t>,
    case: String,
    tried: Vec<Bad>,
}

impl<'t> Bench<'t> {
    fn push(&mut self, what: &str, sent: Sent, operation: &'static str, problem: &'static str, named: Option<(&'static str, &'static str)>) {
        self.tried.push(Bad { what: what.to_owned(), sent, operation, problem, named });
    }

    fn refer(&self, body: impl Into<Vec<u8>>) -> Sent {
        Sent {
            seat: Seat::School,
            method: "POST",
            path: "/api/v1/referrals".into(),
            headers: vec![("Idempotency-Key", Uuid::new_v4().to_string())],
            body: Some((JSON, body.into())),
        }
    }

    fn amend(&self, body: &Value) -> Sent {
        Sent {
            seat: Seat::Coordinator,
            method: "PATCH",
            path: format!("/api/v1/cases/{}/categories/contact", self.case),
            headers: vec![("If-Match", self.town.etag(Seat::Coordinator, &self.case, "contact"))],
            body: Some((JSON, body.to_string().into_bytes())),
        }
    }

    fn below(&self, seat: Seat, rest: &str, body: &Value) -> Sent {
        let path = format!("/api/v1/cases/{}/{rest}", self.case);
        Sent { seat, method: "POST", path, headers: vec![], body: Some((JSON, body.to_string().into_bytes())) }
    }

    fn get(&self, seat: Seat, path: &str) -> Sent {
        Sent { seat, method: "GET", path: format!("/api/v1{path}"), headers: vec![], body: None }
    }

    fn send(&self, sent: &Sent) -> Answer {
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
    fn state(&self) -> Value {
        let council = self.town.seat(Seat::Coordinator);
        json!([
            council.get("/api/v1/cases").expect(200).json(),
            self.town.view(Seat::Coordinator, &self.case),
            council.get(&format!("/api/v1/cases/{}/history", self.case)).expect(200).json(),
            council.get("/api/v1/consultations").expect(200).json(),
            self.town.seat(Seat::SchoolLead).get("/api/v1/referrals").expect(200).json(),
        ])
    }

    fn try_all(&self) {
        let before = self.state();
        let failed = self.tried.iter().filter(|bad| catch_unwind(AssertUnwindSafe(|| self.try_one(bad))).is_err()).count();
        assert_eq!(failed, 0, "of {} faults", self.tried.len());
        assert_eq!(before, self.state(), "something was half-written");
    }

    fn try_one(&self, bad: &Bad) {
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
fn check(bad: &Bad, answer: &Answer) {
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
fn silent(what: &str, answer: &Answer) {
    let canary = CANARY.to_ascii_lowercase();
    assert!(!answer.text().to_ascii_lowercase().contains(&canary), "{what}: the body repeats it: {}", answer.text());
    for (name, value) in &answer.headers {
        let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        assert!(!text.contains(&canary), "{what}: {name} repeats it");
    }
}

fn with(base: &Value, pointer: &str, value: Value) -> Vec<u8> {
    let mut form = base.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    form.pointer_mut(parent).unwrap()[key] = value;
    form.to_string().into_bytes()
}

fn malformed_bodies(bench: &mut Bench<'_>) {
    let good = least_referral("Never").to_string();
    let open = &good[..good.len() - 1];
    let deep = format!("{{\"header\":{}\"{CANARY}\"{}}}", "[".repeat(40), "]".repeat(40));
    let abyss = "[".repeat(100_000);
    let cases: Vec<(&str, Vec<u8>, (&'static str, &'static str))> = vec![
        ("nothing at all", Vec::new(), ("", "not_json")),
        ("not JSON", CANARY.into(), ("", "not_json")),
        ("half of it", good[..good.len() / 2].into(), ("", "not_json")),
        ("more after it", format!("{good}\"{CANARY}\"").into(), ("", "not_json")),
        ("two of them", format!("{good}{good}").into(), ("", "not_json")),
        ("a byte order mark", [b"\xef\xbb\xbf", good.as_bytes()].concat(), ("", "not_json")),
        ("bytes that are no UTF-8", b"{\"header\":\"\xff\xfe\"}".to_vec(), ("", "not_json")),
        ("a lone surrogate", format!("{{\"header\":\"\\ud800{CANARY}\"}}").into(), ("", "not_json")),
        ("NaN", "{\"header\":NaN}".into(), ("", "not_json")),
        ("a comment", format!("{{/*{CANARY}*/}}").into(), ("", "not_json")),
        ("a key twice", format!("{open},\"header\":\"{CANARY}\"}}").into(), ("/header", "duplicate_key")),
        ("a key twice, spelt otherwise", format!("{open},\"head\\u0065r\":\"{CANARY}\"}}").into(), ("/header", "duplicate_key")),
        (
            "a key twice, inside",
            format!("{{\"people\":[{{\"identity\":{{\"surname\":\"a\",\"surname\":\"{CANARY}\"}}}}]}}").into(),
            ("/people/0/identity/surname", "duplicate_key"),
        ),
        ("a key of theirs twice", format!("{{\"{CANARY}\":1,\"{CANARY}\":2}}").into(), ("/*", "duplicate_key")),
        ("too deep", deep.into(), ("/header/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0", "too_deep")),
    ];
    for (what, body, named) in cases {
        bench.push(what, bench.refer(body), "submitReferral", "malformed", Some(named));
    }
    bench.push("deep beyond measure", bench.refer(abyss), "submitReferral", "malformed", None);
    bench.push("a number beyond measure", bench.refer(format!("{{\"header\":1e999{}}}", 9)), "submitReferral", "malformed", None);
}

fn wrong_forms(bench: &mut Bench<'_>) {
    let base = referral("Never", false);
    let canary = json!(CANARY);
    let cases: Vec<(&str, Vec<u8>, (&'static str, &'static str))> = vec![
        ("a form inside as a list", with(&base, "/attestation", json!([true, true])), ("/attestation", "wrong_type")),
        ("a list for a form", format!("[\"{CANARY}\"]").into(), ("", "wrong_type")),
        ("a text for a form", with(&base, "/header", canary.clone()), ("/header", "wrong_type")),
        ("a form for a text", with(&base, "/concern/whatHappened", json!({CANARY: 1})), ("/concern/whatHappened", "wrong_type")),
        ("a number for a text", with(&base, "/concern/whatHappened", json!(7)), ("/concern/whatHappened", "wrong_type")),
        ("a text for a flag", with(&base, "/referrer/confidential", canary.clone()), ("/referrer/confidential", "wrong_type")),
        ("an unknown field", with(&base, &format!("/{CANARY}"), json!(1)), ("", "unknown_field")),
        ("an unknown field inside", with(&base, &format!("/concern/{CANARY}"), json!(1)), ("/concern", "unknown_field")),
        ("an unknown code", with(&base, "/header/channel", canary.clone()), ("/header/channel", "unknown_code")),
        ("an unknown code in a list", with(&base, "/people/0/complexNeeds", json!(["autism", CANARY])), ("/people/0/complexNeeds/1", "unknown_code")),
        ("no date", with(&base, "/dates/referralMade", canary.clone()), ("/dates/referralMade", "not_a_date")),
        ("no day of the calendar", with(&base, "/dates/referralMade", json!("2018-02-30")), ("/dates/referralMade", "not_a_date")),
        ("a date with a time", with(&base, "/dates/referralMade", json!("2018-02-01T00:00:00Z")), ("/dates/referralMade", "not_a_date")),
        ("nobody named", with(&base, "/people", json!([])), ("/people", "missing")),
        ("eleven people", with(&base, "/people", json!(vec![base["people"][0].clone(); 11])), ("/people", "too_many")),
        ("a name too long", with(&base, "/people/0/identity/surname", json!(CANARY.repeat(20))), ("/people/0/identity/surname", "too_long")),
        ("a control character", with(&base, "/concern/whatHappened", json!(format!("{CANARY}\u{0}"))), ("/concern/whatHappened", "control_character")),
        ("a direction override", with(&base, "/concern/whatHappened", json!(format!("{CANARY}\u{202e}"))), ("/concern/whatHappened", "text_direction")),
        ("no attestation", with(&base, "/attestation/nothingAboveOfficial", json!(false)), ("/attestation/nothingAboveOfficial", "must_be_true")),
    ];
    for (what, body, named) in cases {
        bench.push(what, bench.refer(body), "submitReferral", "invalid", Some(named));
    }
    let future = with(&base, "/dates/referralMade", json!(bench.town.later(2)));
    bench.push("a day to come", bench.refer(future), "submitReferral", "invalid", None);
    let other = json!({"transition": CANARY});
    bench.push("an unknown transition", bench.below(Seat::Coordinator, "transitions", &other), "makeTransition", "invalid", Some(("/transition", "unknown_code")));
    let stray = json!({"transition": "begin_triage", "content": {"earlierCasesSearched": true, CANARY: CANARY}});
    bench.push("a field of no form", bench.below(Seat::Coordinator, "transitions", &stray), "makeTransition", "invalid", Some(("/content", "unknown_field")));
    let early = json!({"transition": "begin_triage", "content": {"earlierCasesSearched": true}, "occurredAt": bench.town.later(1)});
    bench.push("a step of tomorrow", bench.below(Seat::Coordinator, "transitions", &early), "makeTransition", "invalid", None);
    let nobody = json!({"agency": CANARY});
    bench.push("an id that is none", bench.below(Seat::Coordinator, "assignments", &nobody), "nameLead", "invalid", Some(("/agency", "not_an_id")));
    let nobody = json!({"agency": Uuid::new_v4()});
    bench.push("an agency that is not there", bench.below(Seat::Coordinator, "assignments", &nobody), "nameLead", "invalid", Some(("/agency", "unknown_agency")));
    let theirs = json!({"agency": bench.town.agency(Body::NeighbourCouncil)});
    bench.push("an agency of another panel", bench.below(Seat::Coordinator, "assignments", &theirs), "nameLead", "invalid", Some(("/agency", "unknown_agency")));
    let stranger = json!({"people": [bench.town.running.borough.person(Seat::Coordinator), bench.town.running.borough.person(Seat::NeighbourChair)]});
    let mut restrict = bench.below(Seat::Coordinator, "restriction", &stranger);
    restrict.method = "PUT";
    bench.push("somebody of another panel", restrict, "restrictCase", "invalid", Some(("/people", "unknown_person")));
}

fn amendments(bench: &mut Bench<'_>) {
    let fields = json!({"howToReach": CANARY});
    let good = bench.amend(&amendment(&fields));
    let op = "amendCategory";
    let bare = |sent: &Sent| Sent { headers: vec![], ..sent.clone() };
    let tagged = |sent: &Sent, tag: &str| Sent { headers: vec![("If-Match", tag.to_owned())], ..sent.clone() };
    bench.push("no If-Match", bare(&good), op, "precondition-required", Some(("If-Match", "required")));
    for (what, tag) in [("any version", "*"), ("another tag", CANARY), ("a weak tag", "W/\"0\""), ("no tag", "\"\"")] {
        bench.push(what, tagged(&good, tag), op, "precondition-failed", None);
    }
    let both = format!("\"{}\", \"{CANARY}\"", good.headers[0].1);
    bench.push("a list of tags", tagged(&good, &both), op, "precondition-failed", None);
    let stale = bench.town.etag(Seat::Coordinator, &bench.case, "safety");
    bench.push("the tag of another category", tagged(&good, &stale), op, "precondition-failed", None);

    let marker = json!({"howToReach": {"withheld": true, "category": "contact", "x": CANARY}});
    bench.push("a withheld marker", bench.amend(&amendment(&marker)), op, "withheld-marker", Some(("/howToReach", "withheld_marker")));
    let marker = json!({"addresses": [{"lines": [{"withheld": true}]}]});
    bench.push("a withheld marker deep inside", bench.amend(&amendment(&marker)), op, "withheld-marker", Some(("/addresses/0/lines/0", "withheld_marker")));
    bench.push("the marker for the whole", bench.amend(&amendment(&json!({"withheld": true, "category": "contact"}))), op, "withheld-marker", None);
    bench.push("nothing to change", bench.amend(&amendment(&json!({}))), op, "invalid", None);
    bench.push("a list of changes", bench.amend(&amendment(&json!([CANARY]))), op, "invalid", None);
    bench.push("an unknown field", bench.amend(&amendment(&json!({CANARY: 1}))), op, "invalid", None);
    bench.push("no reason", bench.amend(&json!({"fields": fields})), op, "invalid", Some(("/reason", "missing")));
    bench.push("an unknown reason", bench.amend(&json!({"reason": CANARY, "fields": fields})), op, "invalid", Some(("/reason", "unknown_code")));

    let at = |category: &str, seat: Seat| Sent {
        seat,
        path: format!("/api/v1/cases/{}/categories/{category}", bench.case),
        ..good.clone()
    };
    let words = json!({"whatHappened": CANARY});
    let tag = bench.town.etag(Seat::Coordinator, &bench.case, "concern");
    let referrers = Sent { body: Some((JSON, amendment(&words).to_string().into_bytes())), ..tagged(&at("concern", Seat::Coordinator), &tag) };
    let log = at("log", Seat::Coordinator);
    let summary = at("health_summary", Seat::Mash);
    let (plan, nothing) = (at("plan", Seat::Coordinator), at(CANARY, Seat::Coordinator));
    let (unreadable, health) = (at("contact", Seat::Mash), at("health", Seat::Coordinator));
    let chair = at("contact", Seat::NeighbourCoordinator);
    bench.push("the referrer's own words", referrers, op, "invalid", Some(("/whatHappened", "as_sent")));
    bench.push("records amended", log, op, "conflict", Some(("", "appended_only")));
    bench.push("a summary without a right", summary, op, "not-allowed", None);
    bench.push("a plan amended", plan, op, "conflict", Some(("", "by_transition")));
    bench.push("a category that there is not", nothing, op, "not-found", None);
    bench.push("a category only read", unreadable, op, "not-allowed", None);
    bench.push("an agency's detail", health, op, "not-allowed", None);
    bench.push("a case of another panel", chair, op, "not-found", None);
    let keyed = json!({"reason": "new_information", "fields": fields, "onBehalfOf": {"agency": "A", "person": "B", "how": CANARY, "when": "2018-01-01"}});
    bench.push("told in no known way", bench.amend(&keyed), op, "invalid", Some(("/onBehalfOf/how", "unknown_code")));
}

fn headers_and_media(bench: &mut Bench<'_>) {
    let good = bench.refer(least_referral("Never").to_string());
    let op = "submitReferral";
    let typed = |media: &'static str| Sent { body: good.body.clone().map(|(_, bytes)| (media, bytes)), ..good.clone() };
    for media in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "application/xml", "Zq9Canary_q9Z/json", "multipart/form-data"] {
        bench.push(media, typed(media), op, "unsupported-media-type", None);
    }
    bench.push("no media type", Sent { body: None, ..good.clone() }, op, "unsupported-media-type", None);
    let keyed = |headers: Vec<(&'static str, String)>| Sent { headers, ..good.clone() };
    let required = Some(("Idempotency-Key", "required"));
    bench.push("no Idempotency-Key", keyed(vec![]), op, "invalid", required);
    bench.push("a short Idempotency-Key", keyed(vec![("Idempotency-Key", "Zq9".into())]), op, "invalid", required);
    bench.push("an endless Idempotency-Key", keyed(vec![("Idempotency-Key", CANARY.repeat(30))]), op, "invalid", required);
    let twice = |name: &'static str, a: &str, b: &str| {
        let mut headers = good.headers.clone();
        headers.extend([(name, a.to_owned()), (name, b.to_owned())]);
        keyed(headers)
    };
    let mut two_keys = good.headers.clone();
    two_keys.push(("Idempotency-Key", format!("{CANARY}-second")));
    bench.push("two Idempotency-Keys", keyed(two_keys), op, "malformed", Some(("Idempotency-Key", "duplicate_field")));
    bench.push("two purposes", twice("Access-Purpose", "referral", CANARY), op, "malformed", Some(("Access-Purpose", "duplicate_field")));
    bench.push("two tags", twice("If-Match", "a", CANARY), op, "malformed", Some(("If-Match", "duplicate_field")));
    let mine = bench.town.running.borough.membership(Seat::School).to_string();
    bench.push("two memberships", keyed([good.headers.clone(), vec![("Acting-Membership", mine)]].concat()), op, "malformed", Some(("Acting-Membership", "duplicate_field")));
    bench.push("two tokens", keyed([good.headers.clone(), vec![("Authorization", format!("Bearer {CANARY}"))]].concat()), op, "not-authenticated", None);
    let purposes = |purpose: &str| keyed([good.headers.clone(), vec![("Access-Purpose", purpose.to_owned())]].concat());
    bench.push("an unknown purpose", purposes(CANARY), op, "invalid", Some(("Access-Purpose", "unknown_code")));
    let reasons = keyed([good.headers.clone(), vec![("Access-Reason", CANARY.to_owned())]].concat());
    bench.push("an unknown reason", reasons, op, "invalid", Some(("Access-Reason", "unknown_code")));
    let search = Sent { seat: Seat::Coordinator, method: "POST", path: "/api/v1/subjects/search".into(), headers: vec![],
        body: Some((JSON, json!({"purpose": "duplicate_check", "surname": CANARY}).to_string().into_bytes())) };
    bench.push("a search without a purpose", search, "searchSubjects", "purpose-required", Some(("Access-Purpose", "required")));
}

fn addresses(bench: &mut Bench<'_>) {
    use Seat::{Auditor, Coordinator};
    let case = bench.case.clone();
    for (what, path, operation, problem) in [
        ("a path that is not there", format!("/{CANARY}"), "unknownOperation", "not-found"),
        ("the root", "/".to_owned(), "unknownOperation", "not-found"),
        ("nothing", String::new(), "unknownOperation", "not-found"),
        ("a path that goes on", format!("/cases/{case}/{CANARY}"), "unknownOperation", "not-found"),
        ("a path with an end too many", format!("/cases/{case}/"), "unknownOperation", "not-found"),
        ("an encoded slash", format!("/cases%2f{case}"), "unknownOperation", "not-found"),
        ("dots", format!("/cases/../cases/{case}"), "unknownOperation", "not-found"),
        ("an id that is none", format!("/cases/{CANARY}"), "openCase", "not-found"),
        ("an id in capitals and braces", format!("/cases/%7B{case}%7D"), "unknownOperation", "not-found"),
        ("an id without its hyphens", format!("/cases/{}", case.replace('-', "")), "openCase", "not-found"),
        ("an id of nobody", format!("/cases/{}", Uuid::new_v4()), "openCase", "not-found"),
        ("the nil id", format!("/cases/{}", Uuid::nil()), "openCase", "not-found"),
    ] {
        bench.push(what, bench.get(Coordinator, &path), operation, problem, None);
    }
    bench.push("a case of another panel", bench.get(Seat::NeighbourCoordinator, &format!("/cases/{case}")), "openCase", "not-found", None);
    for (what, seat, path, operation, named) in [
        ("an unknown parameter", Coordinator, format!("/cases?{CANARY}=1"), "listCases", ("query", "unknown_field")),
        ("an unknown parameter of none", Coordinator, format!("/codes?{CANARY}=1"), "listCodes", ("query", "unknown_field")),
        ("a parameter twice", Coordinator, format!("/cases?stage=triage&stage={CANARY}"), "listCases", ("stage", "duplicate_field")),
        ("an unknown stage", Coordinator, format!("/cases?stage={CANARY}"), "listCases", ("stage", "unknown_code")),
        ("a flag that is none", Coordinator, format!("/cases?overdue={CANARY}"), "listCases", ("overdue", "wrong_type")),
        ("a number that is none", Coordinator, format!("/cases?limit={CANARY}"), "listCases", ("limit", "number")),
        ("none of them", Coordinator, "/cases?limit=0".into(), "listCases", ("limit", "number")),
        ("less than none", Coordinator, "/cases?limit=-1".into(), "listCases", ("limit", "number")),
        ("too many", Coordinator, "/cases?limit=99999999999999999999999".into(), "listCases", ("limit", "number")),
        ("a forged cursor", Coordinator, format!("/cases?after={CANARY}"), "listCases", ("after", "not_a_cursor")),
        ("an endless cursor", Coordinator, format!("/cases?after={}", CANARY.repeat(200)), "listCases", ("after", "too_long")),
        ("a forged cursor of the log", Auditor, format!("/ledger/entries?before={CANARY}"), "readLedger", ("before", "not_a_cursor")),
        ("an id that is none", Auditor, format!("/ledger/entries?case={CANARY}"), "readLedger", ("case", "not_an_id")),
        ("an actor that is none", Auditor, format!("/ledger/entries?actor={CANARY}"), "readLedger", ("actor", "not_an_id")),
    ] {
        bench.push(what, bench.get(seat, &path), operation, "invalid", Some(named));
    }
}

fn too_large(bench: &mut Bench<'_>) {
    let limit = Limits::default().body_bytes;
    let body = with(&least_referral("Never"), "/concern/whatHappened", json!(CANARY.repeat(limit / CANARY.len() + 1)));
    bench.push("a body too large", bench.refer(body), "submitReferral", "too-large", None);
}

#[test]
fn each_fault_gets_its_problem_an_entry_and_no_echo() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let running = &Running::start_with(backend, Limits { faults_listed_a_minute: 1000, ..Limits::default() });
        let town = Town::new(running);
        let case = town.open("Ysolde", false);
        let mut bench = Bench { town: &town, case, tried: Vec::new() };
        malformed_bodies(&mut bench);
        wrong_forms(&mut bench);
        amendments(&mut bench);
        headers_and_media(&mut bench);
        addresses(&mut bench);
        too_large(&mut bench);
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
        assert_eq!((&entry["operation"], &entry["outcome"], &entry["problem"]), (&json!("addLogNote"), &json!("refused"), &json!("invalid")));
        assert_eq!(entry["actor"]["person"], running.borough.person(Seat::Coordinator).to_string());
        let missing = town.seat(Seat::Health).get(&format!("/api/v1/cases/{case}"));
        let entry = entered::shown_to_auditor(&town, &missing);
        assert_eq!((&entry["operation"], &entry["outcome"], &entry["problem"]), (&json!("openCase"), &json!("not_found"), &json!("not-found")));
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
        let first = town.patch(Seat::Coordinator, &case, "contact", &tag, &json!({"howToReach": "By letter"})).expect(200);
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
            assert_eq!(town.seat(seat).get(&format!("/api/v1/cases?limit=2&after={next}")).problem(), "invalid", "{}", seat.name());
        }
        let turned: String = next.chars().rev().collect();
        assert_eq!(town.seat(Seat::Coordinator).get(&format!("/api/v1/cases?after={turned}")).problem(), "invalid");
    });
}
