//! Amendments, headers and addresses that are not as they must be.

use super::bench::{Bench, CANARY, JSON, Sent};
use crate::api::town::{amendment, least_referral};
use channel_panel::demo::seats::Seat;
use serde_json::json;
use uuid::Uuid;

pub fn amendments(bench: &mut Bench<'_>) {
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
    bench.push(
        "a withheld marker",
        bench.amend(&amendment(&marker)),
        op,
        "withheld-marker",
        Some(("/howToReach", "withheld_marker")),
    );
    let marker = json!({"addresses": [{"lines": [{"withheld": true}]}]});
    bench.push(
        "a withheld marker deep inside",
        bench.amend(&amendment(&marker)),
        op,
        "withheld-marker",
        Some(("/addresses/0/lines/0", "withheld_marker")),
    );
    bench.push(
        "the marker for the whole",
        bench.amend(&amendment(&json!({"withheld": true, "category": "contact"}))),
        op,
        "withheld-marker",
        None,
    );
    bench.push("nothing to change", bench.amend(&amendment(&json!({}))), op, "invalid", None);
    bench.push("a list of changes", bench.amend(&amendment(&json!([CANARY]))), op, "invalid", None);
    bench.push("an unknown field", bench.amend(&amendment(&json!({CANARY: 1}))), op, "invalid", None);
    bench.push("no reason", bench.amend(&json!({"fields": fields})), op, "invalid", Some(("/reason", "missing")));
    bench.push(
        "an unknown reason",
        bench.amend(&json!({"reason": CANARY, "fields": fields})),
        op,
        "invalid",
        Some(("/reason", "unknown_code")),
    );

    let at = |category: &str, seat: Seat| Sent {
        seat,
        path: format!("/api/v1/cases/{}/categories/{category}", bench.case),
        ..good.clone()
    };
    let words = json!({"whatHappened": CANARY});
    let tag = bench.town.etag(Seat::Coordinator, &bench.case, "concern");
    let referrers = Sent {
        body: Some((JSON, amendment(&words).to_string().into_bytes())),
        ..tagged(&at("concern", Seat::Coordinator), &tag)
    };
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

pub fn headers_and_media(bench: &mut Bench<'_>) {
    let good = bench.refer(least_referral("Never").to_string());
    let op = "submitReferral";
    let typed = |media: &'static str| Sent { body: good.body.clone().map(|(_, bytes)| (media, bytes)), ..good.clone() };
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "application/xml",
        "Zq9Canary_q9Z/json",
        "multipart/form-data",
    ] {
        bench.push(media, typed(media), op, "unsupported-media-type", None);
    }
    bench.push("no media type", Sent { body: None, ..good.clone() }, op, "unsupported-media-type", None);
    let keyed = |headers: Vec<(&'static str, String)>| Sent { headers, ..good.clone() };
    let required = Some(("Idempotency-Key", "required"));
    bench.push("no Idempotency-Key", keyed(vec![]), op, "invalid", required);
    bench.push("a short Idempotency-Key", keyed(vec![("Idempotency-Key", "Zq9".into())]), op, "invalid", required);
    bench.push(
        "an endless Idempotency-Key",
        keyed(vec![("Idempotency-Key", CANARY.repeat(30))]),
        op,
        "invalid",
        required,
    );
    let twice = |name: &'static str, a: &str, b: &str| {
        let mut headers = good.headers.clone();
        headers.extend([(name, a.to_owned()), (name, b.to_owned())]);
        keyed(headers)
    };
    let mut two_keys = good.headers.clone();
    two_keys.push(("Idempotency-Key", format!("{CANARY}-second")));
    bench.push("two Idempotency-Keys", keyed(two_keys), op, "malformed", Some(("Idempotency-Key", "duplicate_field")));
    bench.push(
        "two purposes",
        twice("Access-Purpose", "referral", CANARY),
        op,
        "malformed",
        Some(("Access-Purpose", "duplicate_field")),
    );
    bench.push("two tags", twice("If-Match", "a", CANARY), op, "malformed", Some(("If-Match", "duplicate_field")));
    let mine = bench.town.running.borough.membership(Seat::School).to_string();
    bench.push(
        "two memberships",
        keyed([good.headers.clone(), vec![("Acting-Membership", mine)]].concat()),
        op,
        "malformed",
        Some(("Acting-Membership", "duplicate_field")),
    );
    bench.push(
        "two tokens",
        keyed([good.headers.clone(), vec![("Authorization", format!("Bearer {CANARY}"))]].concat()),
        op,
        "not-authenticated",
        None,
    );
    let purposes = |purpose: &str| keyed([good.headers.clone(), vec![("Access-Purpose", purpose.to_owned())]].concat());
    bench.push("an unknown purpose", purposes(CANARY), op, "invalid", Some(("Access-Purpose", "unknown_code")));
    let reasons = keyed([good.headers.clone(), vec![("Access-Reason", CANARY.to_owned())]].concat());
    bench.push("an unknown reason", reasons, op, "invalid", Some(("Access-Reason", "unknown_code")));
    let search = Sent {
        seat: Seat::Coordinator,
        method: "POST",
        path: "/api/v1/subjects/search".into(),
        headers: vec![],
        body: Some((JSON, json!({"purpose": "duplicate_check", "surname": CANARY}).to_string().into_bytes())),
    };
    bench.push(
        "a search without a purpose",
        search,
        "searchSubjects",
        "purpose-required",
        Some(("Access-Purpose", "required")),
    );
}

pub fn addresses(bench: &mut Bench<'_>) {
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
    bench.push(
        "a case of another panel",
        bench.get(Seat::NeighbourCoordinator, &format!("/cases/{case}")),
        "openCase",
        "not-found",
        None,
    );
    let days = "from=2026-01-01&to=2026-12-31";
    for (what, seat, path, operation, named) in [
        ("an unknown parameter", Coordinator, format!("/cases?{CANARY}=1"), "listCases", ("query", "unknown_field")),
        (
            "an unknown parameter of none",
            Coordinator,
            format!("/codes?{CANARY}=1"),
            "listCodes",
            ("query", "unknown_field"),
        ),
        (
            "a parameter twice",
            Coordinator,
            format!("/cases?stage=triage&stage={CANARY}"),
            "listCases",
            ("stage", "duplicate_field"),
        ),
        ("an unknown stage", Coordinator, format!("/cases?stage={CANARY}"), "listCases", ("stage", "unknown_code")),
        (
            "a flag that is none",
            Coordinator,
            format!("/cases?overdue={CANARY}"),
            "listCases",
            ("overdue", "wrong_type"),
        ),
        (
            "an unknown deadline",
            Coordinator,
            format!("/cases?deadline={CANARY}"),
            "listCases",
            ("deadline", "unknown_code"),
        ),
        ("a number that is none", Coordinator, format!("/cases?limit={CANARY}"), "listCases", ("limit", "number")),
        ("none of them", Coordinator, "/cases?limit=0".into(), "listCases", ("limit", "number")),
        ("less than none", Coordinator, "/cases?limit=-1".into(), "listCases", ("limit", "number")),
        ("too many", Coordinator, "/cases?limit=99999999999999999999999".into(), "listCases", ("limit", "number")),
        ("a forged cursor", Coordinator, format!("/cases?after={CANARY}"), "listCases", ("after", "not_a_cursor")),
        (
            "an endless cursor",
            Coordinator,
            format!("/cases?after={}", CANARY.repeat(200)),
            "listCases",
            ("after", "too_long"),
        ),
        (
            "a forged cursor of the log",
            Auditor,
            format!("/ledger/entries?{days}&outcome=shown&before={CANARY}"),
            "readLedger",
            ("before", "not_a_cursor"),
        ),
        (
            "an id that is none",
            Auditor,
            format!("/ledger/entries?{days}&case={CANARY}"),
            "readLedger",
            ("case", "not_an_id"),
        ),
        (
            "an actor that is none",
            Auditor,
            format!("/ledger/entries?{days}&actor={CANARY}"),
            "readLedger",
            ("actor", "not_an_id"),
        ),
    ] {
        bench.push(what, bench.get(seat, &path), operation, "invalid", Some(named));
    }
}
