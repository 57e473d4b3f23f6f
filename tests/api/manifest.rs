//! The entry of a reading says what the answer showed: each category, each field, each count, and what was withheld.
//! What is compared is the answer's own bytes; a manifest must never be believed because the code that wrote it says so.

use super::entered;
use super::town::Town;
use crate::harness::running_on_both;
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

type Fields = BTreeMap<String, BTreeSet<String>>;

fn note(fields: &mut Fields, category: &str, map: &Value) {
    let names = map.as_object().into_iter().flat_map(|map| map.keys().cloned());
    fields.entry(category.to_owned()).or_default().extend(names);
}

/// What a case view shows, by category and field, and how many records of which category.
fn in_answer(view: &Value) -> (Fields, BTreeMap<String, u64>) {
    let (mut fields, mut records) = (Fields::new(), BTreeMap::new());
    for (category, shown) in view["categories"].as_object().unwrap() {
        note(&mut fields, category, &shown["fields"]);
        for record in shown["records"].as_array().into_iter().flatten() {
            *records.entry(category.clone()).or_default() += 1;
            note(&mut fields, category, &record["fields"]);
            for (source, map) in record["evidence"].as_object().into_iter().flatten() {
                note(&mut fields, source, map);
            }
        }
    }
    fields.retain(|_, names| !names.is_empty());
    (fields, records)
}

fn in_entry(manifest: &Value) -> (Fields, BTreeMap<String, u64>) {
    let mut fields: Fields = serde_json::from_value(manifest["shown"].clone()).unwrap();
    fields.retain(|_, names| !names.is_empty());
    let records: Vec<(String, u64)> = serde_json::from_value(manifest["records"].clone()).unwrap();
    (fields, records.into_iter().collect())
}

#[test]
fn the_entry_of_an_opened_case_says_what_the_answer_showed() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Wetherspring", true);
        town.amend(Seat::Coordinator, &case, "contact", &json!({"howToReach": "By letter"}));
        let note =
            json!({"on": town.today(), "kind": "call", "with": "The mother", "note": "Rang, and was told to write."});
        town.post(Seat::Coordinator, &case, "log", &note);
        town.ask(&case, Body::Health, "Is she known to you?");
        town.post(Seat::Health, &case, "releases/health_summary", &town.release("Known and well."));
        let mut widest = 0;
        for seat in [Seat::Coordinator, Seat::PoliceCt, Seat::Mash, Seat::Health] {
            let answer = town.seat(seat).get(&format!("/api/v1/cases/{case}")).expect(200);
            let (view, entry) = (answer.json(), entered::one(running, &answer));
            assert_eq!(entry["outcome"], "shown");
            assert_eq!(entry["manifest"].as_array().unwrap().len(), 1, "one case was shown");
            let manifest = &entry["manifest"][0];
            assert_eq!(in_entry(manifest), in_answer(&view), "{}", seat.name());
            assert_eq!(manifest["withheld"], view["withheld"], "{}", seat.name());
            widest = widest.max(in_answer(&view).0.len());
        }
        assert!(widest > 4, "the case holds enough to tell: {widest}");
    });
}

#[test]
fn the_entry_of_a_list_says_which_names_it_showed() {
    running_on_both(|running| {
        let town = Town::new(running);
        for surname in ["Wetherspring", "Larkmoor"] {
            town.open(surname, false);
        }
        let answer = town.seat(Seat::Coordinator).get("/api/v1/cases").expect(200);
        let (list, entry) = (answer.json(), entered::one(running, &answer));
        let shown = list["cases"].as_array().unwrap();
        assert_eq!(entry["cases"].as_array().unwrap().len(), shown.len());
        for manifest in entry["manifest"].as_array().unwrap() {
            let (fields, _) = in_entry(manifest);
            let identity: Vec<&str> = fields["identity"].iter().map(String::as_str).collect();
            assert_eq!(identity, ["forenames", "surname"]);
            assert_eq!(fields.len(), 1, "a line of the list shows a name and nothing else of the content");
        }
    });
}
