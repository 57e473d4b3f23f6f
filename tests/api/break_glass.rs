//! Breaking the glass over HTTP: what it opens, to whom, until when; what it never opens; and who is told.

use super::entered;
use super::town::{Town, amendment};
use crate::attacks::alarms;
use crate::harness::{Answer, Client, Running, strict_on_both};
use channel_panel::clock::Moment;
use channel_panel::demo::seats::{Body, Seat};
use channel_panel::ledger::verify::verify;
use chrono::DateTime;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a broken glass shows of the case below. Copied from the decision, not from the policies.
const SHOWN: [&str; 6] = ["contact", "concern", "health_summary", "identity", "safety", "triage"];
/// Filled, and never shown behind a glass.
const NEVER: [&str; 7] = ["health", "police", "source", "social_care", "ideology", "monitoring", "log"];

fn word(category: &str) -> String {
    format!("Okapi {category} Okapi")
}

/// A case in which each of these has a word of its own.
fn full_case(town: &Town<'_>, surname: &str) -> String {
    let (council, case) = (Seat::Coordinator, town.open(surname, true));
    let fill = |seat, category: &str, field: &str| town.amend(seat, &case, category, &json!({field: word(category)}));
    fill(council, "identity", "distinguishingNote");
    fill(council, "contact", "howToReach");
    fill(council, "source", "handling");
    fill(council, "concern", "furtherInformation");
    fill(council, "ideology", "sympatheticInterest");
    fill(council, "safety", "precautions");
    town.amend(
        council,
        &case,
        "monitoring",
        &json!({"politicalOpinion": {"answer": "given", "words": word("monitoring")}}),
    );
    fill(Seat::PoliceCt, "police", "associates");
    fill(Seat::Mash, "social_care", "history");
    town.name_lead(&case, Body::Health);
    fill(Seat::Health, "health", "diagnoses");
    town.post(Seat::Health, &case, "releases/health_summary", &town.release(&word("health_summary")));
    town.post(council, &case, "log", &json!({"on": town.today(), "kind": "note", "note": word("log")}));
    town.step(council, &case, "begin_triage", json!({"earlierCasesSearched": true}));
    let findings = json!({"findings": word("triage"), "childConcerned": true, "mashInformed": true});
    town.step(council, &case, "record_triage", findings);
    case
}

fn behind(town: &Town<'_>, seat: Seat) -> Client {
    town.seat(seat).purpose("break_glass")
}

fn to_break(client: &Client, case: &str, body: &Value) -> Answer {
    client.purpose("break_glass").post(&format!("/api/v1/cases/{case}/break-glass"), body)
}

fn look(client: &Client, case: &str) -> Answer {
    client.get(&format!("/api/v1/cases/{case}"))
}

#[track_caller]
fn breaks(town: &Town<'_>, seat: Seat, case: &str) -> (Moment, Moment) {
    let body = json!({"reason": "threat_to_life", "hours": 2});
    let told = to_break(&town.signed_in(seat, 0), case, &body).expect(201).json();
    let at =
        |name: &str| Moment(DateTime::parse_from_rfc3339(told[name].as_str().unwrap()).unwrap().timestamp_micros());
    (at("from"), at("until"))
}

#[test]
fn a_broken_glass_shows_what_was_decided_and_never_police_health_or_source() {
    strict_on_both(|running| {
        let town = Town::new(running);
        let case = full_case(&town, "Foxglove");
        let duty = Seat::SocialCare;
        look(&town.seat(duty), &case).expect(404);
        look(&behind(&town, duty), &case).expect(404);
        let (from, until) = breaks(&town, duty, &case);
        assert_eq!(until, from.plus_seconds(2 * 3600));
        let answer = look(&behind(&town, duty), &case).expect(200);
        let (view, entry) = (answer.json(), entered::one(running, &answer));
        let shown: BTreeSet<&str> = view["categories"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(shown, SHOWN.into());
        assert!(SHOWN.iter().all(|category| answer.text().contains(&word(category))), "{view:#}");
        for category in NEVER {
            assert!(!answer.text().contains(&word(category)), "{category}");
            assert!(view["withheld"].as_array().unwrap().contains(&json!(category)), "{category}");
        }
        assert_eq!(entry["purpose"], "break_glass");
        let noted: BTreeSet<&str> =
            entry["manifest"][0]["shown"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(noted, SHOWN.into(), "the manifest says what was shown");
        // Where the case stands, as any agency sees it; nothing to do, and nothing of who else has a part.
        assert_eq!(view["state"].as_object().unwrap().keys().collect::<Vec<_>>(), ["stage", "stageOn", "paused"]);
        assert_eq!((&view["availableTransitions"], &view["assignments"]), (&json!([]), &json!([])));
        assert!(view.get("subject").is_none() && view.get("due").is_none());
        let list = behind(&town, duty).get("/api/v1/cases").expect(200).json();
        assert_eq!(list["cases"].as_array().unwrap().len(), 1);
        assert_eq!(list["cases"][0]["id"], case.as_str());
        // It is the purpose that opens: at ordinary work the case is still not theirs.
        look(&town.seat(duty), &case).expect(404);
    });
}

/// Who reads more at ordinary work reads less behind a glass: counter-terrorism police not even their own.
#[test]
fn the_purpose_narrows_whoever_could_read_more() {
    strict_on_both(|running| {
        let town = Town::new(running);
        let case = full_case(&town, "Honeysuckle");
        for seat in [Seat::PoliceCt, Seat::Coordinator, Seat::Mash] {
            look(&town.seat(seat), &case).expect(200);
            look(&behind(&town, seat), &case).expect(404);
            breaks(&town, seat, &case);
            let view = look(&behind(&town, seat), &case).expect(200);
            let shown: BTreeSet<String> = view.json()["categories"].as_object().unwrap().keys().cloned().collect();
            assert_eq!(shown, SHOWN.map(str::to_owned).into(), "{}", seat.name());
            assert!(NEVER.iter().all(|category| !view.text().contains(&word(category))), "{}", seat.name());
        }
    });
}

#[test]
fn nothing_is_written_or_decided_behind_a_glass() {
    strict_on_both(|running| {
        let town = Town::new(running);
        let case = full_case(&town, "Larkspur");
        let today = town.today();
        for seat in [Seat::SocialCare, Seat::Coordinator, Seat::PoliceCt, Seat::Mash] {
            breaks(&town, seat, &case);
            let before = town.view(Seat::Coordinator, &case);
            let client = town.signed_in(seat, 0).purpose("break_glass");
            let at = |below: &str| format!("/api/v1/cases/{case}/{below}");
            let tries = [
                client
                    .request("PATCH", &at("categories/contact"))
                    .if_match(&format!("\"{}\"", town.etag(Seat::Coordinator, &case, "contact")))
                    .json(&amendment(&json!({"howToReach": "x"})))
                    .send(),
                client.post(&at("log"), &json!({"on": today, "kind": "note", "note": "x"})),
                client.post(&at("releases/social_care_summary"), &town.release("x")),
                client.post(&at("actions"), &town.action(Body::Health)),
                client.post(&at("information-requests"), &town.question(Body::Health, "x")),
                client.post(
                    &at("transitions"),
                    &json!({"transition": "send_to_gateway", "content": {"referralComplete": true}}),
                ),
                client.post(&at("recusals"), &json!({})),
                client
                    .request("PUT", &at("restriction"))
                    .json(&json!({"people": [running.borough.person(seat)]}))
                    .send(),
                client.get(&at("history")),
                client.get("/api/v1/agencies"),
                client
                    .request("POST", "/api/v1/referrals")
                    .idempotency_key(Uuid::new_v4())
                    .json(&super::town::least_referral("Unsent"))
                    .send(),
            ];
            for (n, answer) in tries.iter().enumerate() {
                assert_eq!(answer.problem(), "not-allowed", "{}, try {n}: {}", seat.name(), answer.text());
                assert_eq!(entered::one(running, answer)["purpose"], "break_glass");
            }
            assert_eq!(before, town.view(Seat::Coordinator, &case), "{}", seat.name());
        }
    });
}

#[test]
fn a_glass_is_broken_for_one_case_by_one_person_until_its_last_moment() {
    strict_on_both(|running| {
        let town = Town::new(running);
        let (case, other) = (full_case(&town, "Speedwell"), town.open("Campion", false));
        let (from, until) = breaks(&town, Seat::SocialCare, &case);
        look(&behind(&town, Seat::SocialCare), &other).expect(404);
        for seat in [Seat::Mash, Seat::Coordinator, Seat::Chair, Seat::PoliceCt, Seat::NeighbourCoordinator] {
            look(&behind(&town, seat), &case).expect(404);
        }
        // A colleague of the same agency breaks one, and the other colleague has nothing of it.
        breaks(&town, Seat::Coordinator, &other);
        look(&behind(&town, Seat::Deputy), &other).expect(404);
        let clock = &running.service.clock;
        let at = |moment: Moment| {
            clock.stop_at(moment);
            look(&behind(&town, Seat::SocialCare), &case).status
        };
        assert_eq!(at(from), 200);
        assert_eq!(at(Moment(from.0 - 1)), 404, "the clock was set back");
        assert_eq!(at(Moment(until.0 - 1)), 200, "its last moment");
        assert_eq!(at(until), 404, "over");
        clock.stop_at(Moment(0));
    });
}

#[test]
fn recusal_restriction_panel_and_role_hold_and_say_nothing_of_the_case() {
    strict_on_both(|running| {
        let town = Town::new(running);
        let (case, shut) = (town.open("Bryony", false), town.open("Sorrel", false));
        let nowhere = Uuid::new_v4().to_string();
        let body = json!({"reason": "missing_child"});
        let alike = |client: &Client, case: &str, body: &Value, problem: &str| {
            let (there, not) = (to_break(client, case, body), to_break(client, &nowhere, body));
            let struck = |answer: &Answer| answer.text().replace(answer.header("x-request-id").unwrap(), "REQUEST");
            assert_eq!(there.problem(), problem, "{}", there.text());
            assert_eq!((there.status, struck(&there)), (not.status, struck(&not)));
        };
        let (duty, late) = (town.signed_in(Seat::SocialCare, 0), town.signed_in(Seat::SocialCare, 360));
        // All that is wrong with the caller or the form is said before the case is looked at.
        alike(&late, &case, &body, "step-up-required");
        alike(&duty, &case, &json!({"reason": "curiosity"}), "invalid");
        for hours in [json!(0), json!(4), json!(255)] {
            alike(&duty, &case, &json!({"reason": "missing_child", "hours": hours}), "invalid");
        }
        for hours in [json!(1.5), json!("2"), json!(-1), json!(256)] {
            let refused = to_break(&duty, &case, &json!({"reason": "missing_child", "hours": hours}));
            assert!([400, 422].contains(&refused.status), "{}", refused.text());
        }
        for seat in [Seat::Health, Seat::School, Seat::Provider, Seat::Auditor, Seat::Administrator, Seat::PoliceLocal]
        {
            alike(&town.signed_in(seat, 0), &case, &body, "not-allowed");
        }
        alike(&town.signed_in(Seat::NeighbourCoordinator, 0), &case, &body, "not-found");
        let path = format!("/api/v1/cases/{case}/break-glass");
        assert_eq!(duty.post(&path, &body).problem(), "purpose-required");
        assert_eq!(duty.purpose("case_work").post(&path, &body).problem(), "purpose-required");
        // Restricted to others: as if it were not there.
        let people = json!({"people": [running.borough.person(Seat::Coordinator)]});
        town.seat(Seat::Coordinator)
            .request("PUT", &format!("/api/v1/cases/{shut}/restriction"))
            .json(&people)
            .send()
            .expect(204);
        alike(&duty, &shut, &body, "not-found");
        alike(&town.signed_in(Seat::Chair, 0), &shut, &body, "not-found");
        // Recused after the glass was broken: from then on nothing.
        breaks(&town, Seat::Mash, &case);
        look(&behind(&town, Seat::Mash), &case).expect(200);
        town.post(Seat::Mash, &case, "recusals", &json!({}));
        look(&behind(&town, Seat::Mash), &case).expect(404);
        alike(&town.signed_in(Seat::Mash, 0), &case, &body, "not-found");
        // And the one for whom nothing stands in the way still may.
        breaks(&town, Seat::SocialCare, &case);
    });
}

fn signals(town: &Town<'_>, seat: Seat) -> Vec<Value> {
    let list = town.seat(seat).get("/api/v1/signals").expect(200).json();
    list["signals"].as_array().unwrap().clone()
}

#[test]
fn two_break_at_once_and_chair_auditor_ledger_and_log_are_told() {
    strict_on_both(|running| {
        alarms::listen();
        let (town, mark) = (Town::new(running), alarms::mark());
        let case = full_case(&town, "Meadowsweet");
        std::thread::scope(|scope| {
            for seat in [Seat::SocialCare, Seat::Mash] {
                let (town, case) = (&town, &case);
                scope.spawn(move || breaks(town, seat, case));
            }
        });
        for seat in [Seat::SocialCare, Seat::Mash] {
            look(&behind(&town, seat), &case).expect(200);
        }
        let (auditors, chairs) = (signals(&town, Seat::Auditor), signals(&town, Seat::Chair));
        assert_eq!((auditors.len(), chairs.len()), (2, 2));
        let lid = auditors[0]["ledgerId"].as_str().unwrap().to_owned();
        look(&town.seat(Seat::Chair), &case).expect(404);
        for (auditors, chairs) in auditors.iter().zip(&chairs) {
            assert_eq!((&auditors["kind"], &auditors["reason"]), (&json!("break_glass"), &json!("threat_to_life")));
            assert_eq!((&auditors["ledgerId"], auditors.get("case")), (&json!(lid), None));
            assert_eq!(
                (&chairs["case"], chairs.get("ledgerId")),
                (&json!(case), None),
                "the chair, who cannot open it"
            );
            for field in ["person", "agency", "role", "from", "until", "displayName"] {
                assert!(auditors[field].is_string() && auditors[field] == chairs[field], "{field}: {auditors}");
            }
        }
        let people: BTreeSet<&str> = auditors.iter().map(|signal| signal["person"].as_str().unwrap()).collect();
        assert_eq!(
            people,
            [Seat::SocialCare, Seat::Mash]
                .map(|seat| running.borough.person(seat).to_string())
                .iter()
                .map(String::as_str)
                .collect()
        );
        for seat in [Seat::Coordinator, Seat::Administrator, Seat::SchoolLead, Seat::PoliceCt] {
            assert_eq!(town.seat(seat).get("/api/v1/signals").problem(), "not-allowed", "{}", seat.name());
        }
        assert!(signals(&town, Seat::NeighbourChair).is_empty(), "another panel's");
        in_the_ledger(&town, &lid);
        in_the_log(mark, &lid);
        // A chair who may know nothing of the case hears nothing of it; the auditors do.
        let people = json!({"people": [running.borough.person(Seat::Coordinator)]});
        let path = format!("/api/v1/cases/{case}/restriction");
        town.seat(Seat::Coordinator).request("PUT", &path).json(&people).send().expect(204);
        assert_eq!((signals(&town, Seat::Auditor).len(), signals(&town, Seat::Chair).len()), (2, 0));
        offline(running);
    });
}

fn in_the_ledger(town: &Town<'_>, lid: &str) {
    let set = town.seat(Seat::Auditor).get(&entered::entries_path("purpose=break_glass")).expect(200).json();
    let entries: Vec<&Value> = set["entries"].as_array().unwrap().iter().map(|entry| &entry["body"]).collect();
    assert!(entries.iter().all(|entry| entry["purpose"] == "break_glass"));
    let of = |operation: &str| entries.iter().filter(|entry| entry["operation"] == operation).count();
    assert_eq!((of("breakGlass"), of("openCase"), entries.len()), (2, 2, 4));
    assert!(entries.iter().all(|entry| entry["cases"][0]["id"] == lid));
    let bad = town.seat(Seat::Auditor).get(&entered::entries_path("purpose=nosiness"));
    assert_eq!(bad.problem(), "invalid");
}

fn in_the_log(mark: usize, lid: &str) {
    let text = alarms::since(mark);
    let lines: Vec<&str> =
        text.lines().filter(|line| line.contains("a glass was broken") && line.contains(lid)).collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        let said: Value = serde_json::from_str(line).unwrap();
        assert_eq!(said["level"], "WARN");
        let fields: BTreeSet<&str> = said["fields"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["case", "hours", "membership", "message", "person", "reason", "request", "role"].into());
    }
}

/// An export's report has them as a set of their own, as many as there are.
fn offline(running: &Running) {
    let reader = || running.service.store.reader().unwrap();
    Town::new(running).until("the last checkpoint", || {
        let size = reader().latest_checkpoint().unwrap().map(|row| row.size);
        (reader().queue_is_empty().unwrap() && size == Some(reader().entry_count().unwrap())).then_some(())
    });
    let folder = running.folder.join("export");
    running.export(&folder);
    let report = verify(&folder, &[running.vkey.parse().unwrap()], None, None);
    assert!(report.ok(), "{report}");
    assert_eq!((report.behind_glass, report.glass.len()), (4, 4));
    assert!(report.to_string().contains("broken glass 4 entries"), "{report}");
    assert!(report.glass.iter().all(|entry| entry.person.is_some() && entry.cases.len() == 1));
}
