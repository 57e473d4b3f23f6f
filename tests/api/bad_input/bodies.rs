//! Bodies that are no JSON, and JSON that is no form.

use super::bench::{Bench, CANARY, with};
use crate::api::town::{least_referral, referral};
use channel_panel::config::Limits;
use channel_panel::demo::seats::{Body, Seat};
use serde_json::json;
use uuid::Uuid;

pub fn malformed_bodies(bench: &mut Bench<'_>) {
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
        ("a key twice", format!("{open},\"header\":\"{CANARY}\"}}").into(), ("", "duplicate_key")),
        (
            "a key twice, spelt otherwise",
            format!("{open},\"head\\u0065r\":\"{CANARY}\"}}").into(),
            ("", "duplicate_key"),
        ),
        (
            "a key twice, inside",
            format!("{{\"people\":[{{\"identity\":{{\"surname\":\"a\",\"surname\":\"{CANARY}\"}}}}]}}").into(),
            ("/*/0/*", "duplicate_key"),
        ),
        ("a key of theirs twice", format!("{{\"{CANARY}\":1,\"{CANARY}\":2}}").into(), ("", "duplicate_key")),
        ("too deep", deep.into(), ("/*/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0", "too_deep")),
    ];
    for (what, body, named) in cases {
        bench.push(what, bench.refer(body), "submitReferral", "malformed", Some(named));
    }
    bench.push("deep beyond measure", bench.refer(abyss), "submitReferral", "malformed", None);
    bench.push(
        "a number beyond measure",
        bench.refer(format!("{{\"header\":1e999{}}}", 9)),
        "submitReferral",
        "malformed",
        None,
    );
}

pub fn wrong_forms(bench: &mut Bench<'_>) {
    let base = referral("Never", false);
    let canary = json!(CANARY);
    let cases: Vec<(&str, Vec<u8>, (&'static str, &'static str))> = vec![
        ("a form inside as a list", with(&base, "/attestation", json!([true, true])), ("/attestation", "wrong_type")),
        ("a list for a form", format!("[\"{CANARY}\"]").into(), ("", "wrong_type")),
        ("a text for a form", with(&base, "/header", canary.clone()), ("/header", "wrong_type")),
        (
            "a form for a text",
            with(&base, "/concern/whatHappened", json!({CANARY: 1})),
            ("/concern/whatHappened", "wrong_type"),
        ),
        (
            "a number for a text",
            with(&base, "/concern/whatHappened", json!(7)),
            ("/concern/whatHappened", "wrong_type"),
        ),
        (
            "a text for a flag",
            with(&base, "/referrer/confidential", canary.clone()),
            ("/referrer/confidential", "wrong_type"),
        ),
        ("an unknown field", with(&base, &format!("/{CANARY}"), json!(1)), ("", "unknown_field")),
        (
            "an unknown field inside",
            with(&base, &format!("/concern/{CANARY}"), json!(1)),
            ("/concern", "unknown_field"),
        ),
        ("an unknown code", with(&base, "/header/channel", canary.clone()), ("/header/channel", "unknown_code")),
        (
            "an unknown code in a list",
            with(&base, "/people/0/complexNeeds", json!(["autism", CANARY])),
            ("/people/0/complexNeeds/1", "unknown_code"),
        ),
        ("no date", with(&base, "/dates/referralMade", canary.clone()), ("/dates/referralMade", "not_a_date")),
        (
            "no day of the calendar",
            with(&base, "/dates/referralMade", json!("2018-02-30")),
            ("/dates/referralMade", "not_a_date"),
        ),
        (
            "a date with a time",
            with(&base, "/dates/referralMade", json!("2018-02-01T00:00:00Z")),
            ("/dates/referralMade", "not_a_date"),
        ),
        ("nobody named", with(&base, "/people", json!([])), ("/people", "missing")),
        ("eleven people", with(&base, "/people", json!(vec![base["people"][0].clone(); 11])), ("/people", "too_many")),
        (
            "a name too long",
            with(&base, "/people/0/identity/surname", json!(CANARY.repeat(20))),
            ("/people/0/identity/surname", "too_long"),
        ),
        (
            "a control character",
            with(&base, "/concern/whatHappened", json!(format!("{CANARY}\u{0}"))),
            ("/concern/whatHappened", "control_character"),
        ),
        (
            "a direction override",
            with(&base, "/concern/whatHappened", json!(format!("{CANARY}\u{202e}"))),
            ("/concern/whatHappened", "text_direction"),
        ),
        (
            "no attestation",
            with(&base, "/attestation/nothingAboveOfficial", json!(false)),
            ("/attestation/nothingAboveOfficial", "must_be_true"),
        ),
    ];
    for (what, body, named) in cases {
        bench.push(what, bench.refer(body), "submitReferral", "invalid", Some(named));
    }
    let future = with(&base, "/dates/referralMade", json!(bench.town.later(2)));
    bench.push("a day to come", bench.refer(future), "submitReferral", "invalid", None);
    let other = json!({"transition": CANARY});
    bench.push(
        "an unknown transition",
        bench.below(Seat::Coordinator, "transitions", &other),
        "makeTransition",
        "invalid",
        Some(("/transition", "unknown_code")),
    );
    let stray = json!({"transition": "begin_triage", "content": {"earlierCasesSearched": true, CANARY: CANARY}});
    bench.push(
        "a field of no form",
        bench.below(Seat::Coordinator, "transitions", &stray),
        "makeTransition",
        "invalid",
        Some(("/content", "unknown_field")),
    );
    let early = json!({"transition": "begin_triage", "content": {"earlierCasesSearched": true}, "occurredAt": bench.town.later(1)});
    bench.push(
        "a step of tomorrow",
        bench.below(Seat::Coordinator, "transitions", &early),
        "makeTransition",
        "invalid",
        None,
    );
    let nobody = json!({"agency": CANARY});
    bench.push(
        "an id that is none",
        bench.below(Seat::Coordinator, "assignments", &nobody),
        "nameLead",
        "invalid",
        Some(("/agency", "not_an_id")),
    );
    let nobody = json!({"agency": Uuid::new_v4()});
    bench.push(
        "an agency that is not there",
        bench.below(Seat::Coordinator, "assignments", &nobody),
        "nameLead",
        "invalid",
        Some(("/agency", "unknown_agency")),
    );
    let theirs = json!({"agency": bench.town.agency(Body::NeighbourCouncil)});
    bench.push(
        "an agency of another panel",
        bench.below(Seat::Coordinator, "assignments", &theirs),
        "nameLead",
        "invalid",
        Some(("/agency", "unknown_agency")),
    );
    let stranger = json!({"people": [bench.town.running.borough.person(Seat::Coordinator), bench.town.running.borough.person(Seat::NeighbourChair)]});
    let mut restrict = bench.below(Seat::Coordinator, "restriction", &stranger);
    restrict.method = "PUT";
    bench.push("somebody of another panel", restrict, "restrictCase", "invalid", Some(("/people", "unknown_person")));
}

pub fn too_large(bench: &mut Bench<'_>) {
    let limit = Limits::default().body_bytes;
    let body = with(&least_referral("Never"), "/concern/whatHappened", json!(CANARY.repeat(limit / CANARY.len() + 1)));
    bench.push("a body too large", bench.refer(body), "submitReferral", "too-large", None);
}
