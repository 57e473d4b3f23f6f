//! Who opened a case, as its chair is told: each opening, and nothing of what the chair may not read.

use super::entered::{self, entries_path};
use super::town::Town;
use crate::harness::{Answer, running_on_both};
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};

fn path(case: &str) -> String {
    format!("/api/v1/cases/{case}/accesses")
}

fn accesses(answer: Answer) -> Vec<Value> {
    answer.expect(200).json()["accesses"].as_array().unwrap().clone()
}

#[test]
fn the_chair_is_told_who_opened_a_case_of_theirs_and_no_category_they_may_not_read() {
    running_on_both(|running| {
        let town = Town::new(running);
        let (case, other) = (town.open("Looked", false), town.open("Overlooked", false));
        let chair = town.seat(Seat::Chair);
        assert_eq!(chair.get(&path(&case)).problem(), "not-found", "not theirs yet");
        town.amend(Seat::PoliceCt, &case, "police", &json!({"associates": "Known to us"}));
        town.sits(&case);
        let before = accesses(chair.get(&path(&case)));
        town.ask(&case, Body::Health, "Is she known to you?");
        town.view(Seat::Health, &case);
        town.view(Seat::Coordinator, &other);
        let police = town.seat(Seat::PoliceCt).get(&format!("/api/v1/cases/{case}")).expect(200);
        town.seat(Seat::Coordinator).get(&format!("/api/v1/cases/{case}/history")).expect(200);
        town.seat(Seat::School).get(&format!("/api/v1/cases/{case}"));
        let answer = chair.get(&path(&case));
        let told = accesses(answer.clone());
        let new = &told[..told.len() - before.len()];
        assert_eq!(told[new.len()..], before, "newest first");
        let of =
            |access: &Value| (access["role"].to_string(), access["operation"].to_string(), access["person"].clone());
        let expected = [
            (Seat::Coordinator, "council", "readHistory"),
            (Seat::PoliceCt, "police", "openCase"),
            (Seat::Health, "health", "openCase"),
        ]
        .map(|(seat, role, operation)| {
            (json!(role).to_string(), json!(operation).to_string(), json!(town.person(seat)))
        });
        assert_eq!(new.iter().map(of).collect::<Vec<_>>(), expected);
        assert_eq!(new[1]["displayName"], Seat::PoliceCt.post().person);
        assert_eq!(new[1]["agency"], town.agency(Body::Police).to_string());
        assert_eq!(new[1]["at"], entered::one(running, &police)["at"]);
        // The log says that the officer was shown the police detail; the chair, who may not read it, is not told.
        let entry = entered::one(running, &police);
        assert!(entry["manifest"][0]["shown"]["police"].is_array());
        let categories = new[1]["categories"].as_array().unwrap();
        assert!(categories.contains(&json!("identity")) && categories.contains(&json!("concern")));
        for hidden in ["police", "health", "social_care", "education", "monitoring", "retention"] {
            assert!(
                !told.iter().any(|access| access["categories"].as_array().unwrap().contains(&json!(hidden))),
                "{hidden}"
            );
        }
        let lid = entry["cases"][0]["id"].as_str().unwrap();
        assert!(!answer.text().contains(lid), "its name in the log is not told");
        // The reading is itself an entry, of this case, and no opening.
        let entry = entered::one(running, &answer);
        assert_eq!(
            (&entry["operation"], &entry["outcome"], &entry["cases"][0]["id"]),
            (&json!("readAccesses"), &json!("shown"), &json!(lid))
        );
        let of_case = town.seat(Seat::Auditor).get(&entries_path(&format!("case={lid}&operation=readAccesses")));
        assert_eq!(of_case.expect(200).json()["entries"].as_array().unwrap().len(), 2);
        for seat in [Seat::Coordinator, Seat::PoliceCt, Seat::Mash] {
            assert_eq!(town.seat(seat).get(&path(&case)).problem(), "not-allowed", "{}", seat.name());
        }
        for seat in [Seat::NeighbourChair, Seat::Provider, Seat::School, Seat::Auditor] {
            assert_eq!(town.seat(seat).get(&path(&case)).problem(), "not-found", "{}", seat.name());
        }
        // A page's cursor goes with its case.
        town.sits(&other);
        let page = chair.get(&format!("{}?limit=1", path(&case))).expect(200).json();
        let next = page["next"].as_str().unwrap();
        let second = accesses(chair.get(&format!("{}?limit=1&before={next}", path(&case))));
        assert_eq!(second[..], told[1..2]);
        assert_eq!(chair.get(&format!("{}?limit=1&before={next}", path(&other))).problem(), "invalid");
        // Recused, the chair is told nothing more.
        town.post(Seat::Chair, &case, "recusals", &json!({}));
        assert_eq!(chair.get(&path(&case)).problem(), "not-found");
    });
}

#[test]
fn why_a_case_was_opened_is_told_where_it_was_behind_a_glass_and_never_that_records_were_asked_for() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Purposed", false);
        town.sits(&case);
        let chair = town.seat(Seat::Chair);
        let care = town.seat(Seat::SocialCare).purpose("break_glass");
        let below = format!("/api/v1/cases/{case}");
        care.post(&format!("{below}/break-glass"), &json!({"reason": "missing_child"})).expect(201);
        care.get(&below).expect(200);
        let told = accesses(chair.get(&path(&case)));
        assert_eq!((&told[0]["role"], &told[0]["purpose"]), (&json!("social_care"), &json!("break_glass")));
        assert!(told[1..].iter().all(|access| access.get("purpose").is_none()));
        town.step(Seat::Coordinator, &case, "close", json!({"outcome": "left_uk", "reason": "Moved"}));
        for purpose in ["retention", "rights_request"] {
            town.seat(Seat::Records).purpose(purpose).get(&below).expect(200);
        }
        let history = chair.purpose("earlier_history").with("Access-Reason", "lessons_learned".to_owned());
        assert_eq!(chair.get(&path(&case)).problem(), "not-found", "closed");
        let answer = history.get(&path(&case));
        let told = accesses(answer.clone());
        let records: Vec<&Value> = told.iter().filter(|access| access["role"] == "records").collect();
        assert_eq!(records.len(), 2);
        assert!(records.iter().all(|access| access.get("purpose").is_none()));
        assert!(!answer.text().contains("retention") && !answer.text().contains("rights"));
    });
}

#[test]
fn whoever_read_an_agenda_is_found_by_each_case_that_was_on_it() {
    running_on_both(|running| {
        let town = Town::new(running);
        let cases = ["Firston", "Secondly", "Thirdby"].map(|surname| town.open(surname, false));
        let absent = town.open("Elsewhere", false);
        let meeting = town.meeting("extraordinary");
        cases.iter().for_each(|case| drop(town.item(&meeting, case)));
        town.seated(&meeting, &[town.attendee(Seat::Chair, "chair"), town.attendee(Seat::PoliceCt, "police")]);
        town.meeting_step(&meeting, "open").expect(204);
        town.sits(&absent);
        let read = town.seat(Seat::PoliceCt).get(&format!("/api/v1/meetings/{meeting}/agenda")).expect(200);
        let entry = entered::one(running, &read);
        let named: Vec<&str> =
            entry["cases"].as_array().unwrap().iter().map(|case| case["id"].as_str().unwrap()).collect();
        assert_eq!(named.len(), cases.len());
        for lid in named {
            let found =
                town.seat(Seat::Auditor).get(&entries_path(&format!("case={lid}&role=police"))).expect(200).json();
            let of_it: Vec<&Value> = found["entries"].as_array().unwrap().iter().map(|entry| &entry["body"]).collect();
            assert!(of_it.contains(&&entry), "{lid}: {found}");
        }
        let chair = town.seat(Seat::Chair);
        let reads = |case: &str| -> Vec<Value> {
            let told = accesses(chair.get(&path(case)));
            told.into_iter().filter(|access| access["operation"] == "readAgenda").collect()
        };
        for case in &cases {
            let told = reads(case);
            assert_eq!(told.len(), 1, "{told:?}");
            assert_eq!((&told[0]["person"], &told[0]["at"]), (&json!(town.person(Seat::PoliceCt)), &entry["at"]));
            assert!(told[0]["categories"].as_array().unwrap().contains(&json!("concern")), "{told:?}");
        }
        assert!(reads(&absent).is_empty());
        // An agency that saw a case on an agenda, and nowhere else, is among those to whom its erasure is passed on.
        for (case, was_there) in cases.iter().map(|case| (case, true)).chain([(&absent, false)]) {
            town.step(Seat::Coordinator, case, "close", json!({"outcome": "left_uk", "reason": "Moved"}));
            let found = town.at_the_end(Seat::Records, "GET", case, "/recipients", None).expect(200).json();
            let police = json!(town.agency(Body::Police));
            let of_them = found["recipients"].as_array().unwrap().iter().find(|one| one["agency"] == police);
            let shown = of_them.is_some_and(|one| one["shown"].as_array().unwrap().contains(&json!("concern")));
            assert_eq!(shown, was_there, "{found}");
        }
    });
}
