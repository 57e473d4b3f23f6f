//! What an agency's people did, one by one, as whoever answers for them is told.

use super::entered;
use super::town::Town;
use super::watching::make_lead;
use crate::attacks::sql::Owner;
use crate::harness::{Client, running_on_both};
use channel_panel::clock::Clock;
use channel_panel::demo::seats::{Body, Seat};
use chrono::Days;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

fn path(query: &str) -> String {
    let today = Clock::default().instant().london_date();
    format!("/api/v1/digest/entries?from={}&to={}{query}", today - Days::new(1), today + Days::new(1))
}

fn doings(client: &Client, query: &str) -> Vec<Value> {
    client.get(&path(query)).expect(200).json()["entries"].as_array().unwrap().clone()
}

#[test]
fn a_lead_is_told_what_their_own_people_did_and_nobody_else() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Doing", false);
        town.view(Seat::Coordinator, &case);
        town.seat(Seat::School).get("/api/v1/referrals").expect(200);
        town.seat(Seat::School).get(&format!("/api/v1/cases/{}", Uuid::new_v4())).expect(404);
        let lead = town.seat(Seat::SchoolLead);
        let answer = lead.get(&path("")).expect(200);
        let told = doings(&lead, &format!("&actor={}", town.person(Seat::School)));
        let of = |one: &Value| (one["outcome"].clone(), one["operation"].clone());
        let (shown, refused, changed) = (json!("shown"), json!("refused"), json!("changed"));
        assert_eq!(
            told.iter().map(of).collect::<Vec<_>>(),
            [(refused, Value::Null), (shown, json!("listReferrals")), (changed, Value::Null)]
        );
        assert!(told.iter().all(|one| one["displayName"] == Seat::School.post().person && one["role"] == "referrer"));
        let people: BTreeSet<&str> = told.iter().map(|one| one["person"].as_str().unwrap()).collect();
        assert_eq!(people.len(), 1);
        assert_eq!(answer.json()["entries"].as_array().unwrap().len(), 3, "their own asking is entered afterwards");
        let entry = entered::one(running, &answer);
        assert_eq!((&entry["operation"], &entry["detail"]), (&json!("readDoings"), &json!([["count", 3]])));
        for seat in [Seat::Coordinator, Seat::Chair, Seat::School, Seat::Auditor, Seat::Administrator] {
            assert_eq!(town.seat(seat).get(&path("")).problem(), "not-allowed", "{}", seat.name());
        }
        assert!(doings(&lead, &format!("&actor={}", town.person(Seat::Coordinator))).is_empty(), "of another agency");
        let bare = lead.get("/api/v1/digest/entries");
        assert_eq!(bare.problem(), "invalid");
        let fields: Vec<Value> = bare.json()["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
        assert_eq!(fields, ["from", "to"]);
    });
}

#[test]
fn from_what_colleagues_changed_nothing_leads_to_a_case() {
    running_on_both(|running| {
        let town = Town::new(running);
        make_lead(running, Seat::Deputy);
        let case = town.ended("Changed");
        town.seat(Seat::Coordinator)
            .purpose("earlier_history")
            .with("Access-Reason", "complaint".to_owned())
            .get(&format!("/api/v1/cases/{case}"))
            .expect(200);
        let hold = json!({"reason": "complaint", "words": "She complained."});
        town.at_the_end(Seat::Records, "PUT", &case, "/legal-hold", Some(&hold)).expect(204);
        town.at_the_end(Seat::Records, "GET", &case, "/recipients", None).expect(200);
        let deputy = town.seat(Seat::Deputy);
        let answer = deputy.get(&path("&limit=200")).expect(200);
        let told = doings(&deputy, "&limit=200");
        let opened = told.iter().find(|one| one["operation"] == "openCase").unwrap();
        assert_eq!((&opened["purpose"], opened["cases"].as_array().unwrap().len()), (&json!("earlier_history"), 1));
        assert!(opened["categories"].as_array().unwrap().contains(&json!("identity")));
        // Records are of the council too: that they did something is told, and neither what nor to which case.
        let records: Vec<&Value> = told.iter().filter(|one| one["role"] == "records").collect();
        assert_eq!(records.len(), 2);
        for one in told.iter().filter(|one| one["outcome"] == "changed").chain(records) {
            let keys: BTreeSet<&str> = one.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(keys, BTreeSet::from(["at", "person", "displayName", "role", "outcome"]));
        }
        for hidden in ["placeLegalHold", "readRecipients", "retention", "complaint", &case] {
            assert!(!answer.text().contains(hidden), "{hidden}");
        }
        // Each once, page by page; a cursor goes with its question.
        let first = deputy.get(&path("&limit=1")).expect(200).json();
        let next = first["next"].as_str().unwrap();
        let asked = format!("&actor={}&limit=1&before={next}", town.person(Seat::Coordinator));
        assert_eq!(deputy.get(&path(&asked)).problem(), "invalid");
        deputy.get(&path(&format!("&limit=1&before={next}"))).expect(200);
    });
}

/// Of the council too, and of the people whose day its lead is told: but what they look up for the end of a case says that
/// there is a hold, and for a rights request that somebody asked.
#[test]
fn what_records_look_up_for_the_end_of_a_case_leads_nobody_to_it() {
    running_on_both(|running| {
        let began = Clock::default().instant().london_date();
        let town = Town::new(running);
        make_lead(running, Seat::Deputy);
        let case = town.ended("Lookedup");
        let hold = json!({"reason": "complaint", "words": "She complained."});
        town.at_the_end(Seat::Records, "PUT", &case, "/legal-hold", Some(&hold)).expect(204);
        let shown = town.at_the_end(Seat::Records, "GET", &case, "", None).expect(200).json();
        assert!(shown["categories"]["identity"].is_object() && shown["retention"].is_object(), "{shown}");
        town.at_the_end(Seat::Records, "GET", &case, "/history", None).expect(200);
        let asked = town.seat(Seat::Records).purpose("rights_request");
        asked.get(&format!("/api/v1/cases/{case}")).expect(200);
        let deputy = town.seat(Seat::Deputy);
        let answer = deputy.get(&path("&limit=200")).expect(200);
        let told = doings(&deputy, &format!("&limit=200&actor={}", town.person(Seat::Records)));
        assert_eq!(told.len(), 4);
        for one in told {
            let keys: BTreeSet<&str> = one.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(keys, BTreeSet::from(["at", "person", "displayName", "role", "outcome"]));
        }
        let of_it = format!("SELECT ledger_id AS v FROM case_file WHERE id = '{case}'");
        let named = Owner::of(&running.database).text(&of_it);
        let mut people = Vec::new();
        for day in BTreeSet::from([began, Clock::default().instant().london_date()]) {
            let digest = deputy.get(&format!("/api/v1/digest?date={day}")).expect(200);
            for hidden in ["retention", "rights_request", "complaint", &case, &named] {
                assert!(!answer.text().contains(hidden), "{hidden}: {}", answer.text());
                assert!(!digest.text().contains(hidden), "{hidden}: {}", digest.text());
            }
            people.extend(digest.json()["people"].as_array().unwrap().clone());
        }
        let records: Vec<&Value> = people.iter().filter(|one| one["roles"] == json!(["records"])).collect();
        assert!(!records.is_empty(), "that they were there is told");
        for one in records {
            assert_eq!((&one["casesOpened"], &one["cases"], &one["categories"]), (&json!(0), &json!([]), &json!({})));
        }
    });
}

/// One force, two units: what its counter-terrorism officers were shown is told to their supervisor, who reads it too. To
/// its neighbourhood lead `police` alone would say that the person is known to them.
#[test]
fn of_what_a_colleague_was_shown_a_lead_is_told_what_they_may_read_there_themselves() {
    running_on_both(|running| {
        let day = Clock::default().instant().london_date();
        let town = Town::new(running);
        make_lead(running, Seat::PoliceLocal);
        let (case, other) = (town.open("Shared", false), town.open("Apart", false));
        for case in [&case, &other] {
            town.amend(Seat::PoliceCt, case, "police", &json!({"associates": "Known to us"}));
            town.view(Seat::PoliceCt, case);
        }
        town.ask(&case, Body::Police, "Have you been called there?");
        let named = |case: &str| {
            let of_it = format!("SELECT ledger_id AS v FROM case_file WHERE id = '{case}'");
            json!([Owner::of(&running.database).text(&of_it)])
        };
        let actor = format!("&limit=200&actor={}", town.person(Seat::PoliceCt));
        let shown = |seat: Seat, case: &str| -> BTreeSet<String> {
            let told = doings(&town.seat(seat), &actor);
            let of_it: Vec<&Value> = told.iter().filter(|one| one["cases"] == named(case)).collect();
            assert!(!of_it.is_empty(), "that it was opened is told to {}", seat.name());
            let names = of_it.iter().flat_map(|one| one["categories"].as_array().into_iter().flatten());
            names.map(|name| name.as_str().unwrap().to_owned()).collect()
        };
        let (local, supervisor) = (Seat::PoliceLocal, Seat::PoliceCtSupervisor);
        assert!(shown(supervisor, &case).contains("police") && shown(supervisor, &other).contains("police"));
        assert!(shown(local, &case).contains("identity") && !shown(local, &case).contains("police"));
        assert_eq!(shown(local, &other), BTreeSet::new(), "their force has no part in it");
        let counted = |seat: Seat| -> BTreeSet<String> {
            let days = BTreeSet::from([day, Clock::default().instant().london_date()]);
            let told =
                days.into_iter().map(|day| town.seat(seat).get(&format!("/api/v1/digest?date={day}")).expect(200));
            let people: Vec<Value> = told.flat_map(|day| day.json()["people"].as_array().unwrap().clone()).collect();
            let officer = people.iter().filter(|one| one["person"] == json!(town.person(Seat::PoliceCt)));
            officer.flat_map(|one| one["categories"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()).collect()
        };
        assert!(counted(supervisor).contains("police"));
        assert!(counted(local).contains("identity") && !counted(local).contains("police"));
    });
}
