//! Every leaf of the form lands in exactly one category, unchanged; with a confidential source nothing of it elsewhere.

use super::{full, remove, set, submit};
use channel_panel::casework::categories::{self, Concern, Health, Police, Source};
use channel_panel::casework::category::Category;
use channel_panel::casework::fields::Content;
use channel_panel::casework::form;
use channel_panel::casework::intake::concern::Ideology;
use channel_panel::casework::intake::individual::{Contact, Identity, Monitoring, Safety};
use channel_panel::casework::intake::referral::Referral;
use channel_panel::casework::intake::split::Split;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Pointer -> value of every leaf; a list of plain values is one leaf.
fn flat(value: &Value, at: &str, out: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(k, v)| flat(v, &format!("{at}/{k}"), out)),
        Value::Array(items) if items.iter().all(Value::is_object) => {
            items.iter().enumerate().for_each(|(n, v)| flat(v, &format!("{at}/{n}"), out));
        }
        leaf => {
            out.insert(at.to_owned(), leaf.clone());
        }
    }
}

fn landed(split: &Split) -> BTreeMap<String, Value> {
    let mut out = BTreeMap::new();
    for (category, map) in split {
        flat(&Value::Object(map.clone()), category.name(), &mut out);
    }
    out
}

fn read(value: &Value) -> Referral {
    form::parse(value, "").unwrap()
}

/// Where the leaf at `pointer` lands: what disappears from the split when the leaf does.
fn place(example: &Value, pointer: &str) -> Vec<String> {
    let whole = landed(&read(example).split(0));
    if pointer == "/referrer/confidential" {
        return whole.into_keys().filter(|k| k.ends_with("/confidential")).collect();
    }
    let mut less = example.clone();
    remove(&mut less, pointer);
    let rest = landed(&read(&less).split(0));
    assert!(rest.keys().all(|k| whole.contains_key(k)), "{pointer} moved something else");
    let gone: Vec<String> = whole.keys().filter(|k| !rest.contains_key(*k)).cloned().collect();
    for path in &gone {
        assert_eq!(whole.get(path), example.pointer(pointer), "{pointer} was changed on its way");
    }
    gone
}

#[test]
fn every_leaf_lands_in_exactly_one_category() {
    let open = full();
    let mut confidential = full();
    set(&mut confidential, "/referrer/confidential", json!(true));
    let mut leaves = BTreeMap::new();
    flat(&open, "", &mut leaves);
    let mut table = String::new();
    let mut counted = 0;
    for pointer in leaves.keys().filter(|p| !p.starts_with("/people/1")) {
        let (plain, kept) = (place(&open, pointer), place(&confidential, pointer));
        assert_eq!((plain.len(), kept.len()), (1, 1), "{pointer}: {plain:?} {kept:?}");
        counted += 1;
        table.push_str(&if plain == kept {
            format!("{pointer} -> {}\n", plain[0])
        } else {
            format!("{pointer} -> {} | confidential: {}\n", plain[0], kept[0])
        });
    }
    assert_eq!(landed(&read(&open).split(0)).len(), counted, "something landed that nobody sent");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/referral-fields.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap_or_default(),
        table,
        "run with UPDATE_GOLDEN=1 and review the difference"
    );
}

#[test]
fn a_confidential_source_stands_nowhere_else() {
    let mut example = full();
    set(&mut example, "/referrer/confidential", json!(true));
    let mut source = BTreeMap::new();
    flat(&example["referrer"], "", &mut source);
    let mut split = read(&example).split(0);
    split.remove(&Category::Source).unwrap();
    let elsewhere = landed(&split);
    for word in
        ["Zoë", "Tom Bus", "Ann Lead", "Pat Trust", "EHS-17", "Schools desk", "Example Academy Trust", "020 7946 0003"]
    {
        assert!(source.values().any(|v| v.to_string().contains(word)), "{word} is not tried");
        assert!(!elsewhere.values().any(|v| v.to_string().contains(word)), "{word}");
    }
}

#[test]
fn an_unanswered_confidence_is_kept() {
    let mut example = full();
    remove(&mut example, "/referrer/confidential");
    let split = read(&example).split(0);
    assert!(split.contains_key(&Category::Source) && !split[&Category::Concern].contains_key("referrer"));
}

#[test]
fn health_and_police_hold_their_numbers_and_nobody_else_does() {
    let split = read(&full()).split(0);
    for (number, home) in [("943 476 5919", Category::Health), ("CAD 123/2018", Category::Police)] {
        for (category, map) in &split {
            assert_eq!(Value::Object(map.clone()).to_string().contains(number), *category == home, "{category}");
        }
    }
}

#[test]
fn one_person_never_lands_in_the_case_of_another() {
    let split = read(&full()).split(1);
    let text = format!("{}", json!(landed(&split)));
    assert!(!text.contains("Amélie") && !text.contains("943 476"));
    assert!(!split.contains_key(&Category::Contact) && read(&full()).split(2).is_empty());
}

#[test]
fn what_was_split_is_a_whole_body_of_its_category() {
    for confidential in [true, false] {
        let mut example = full();
        set(&mut example, "/referrer/confidential", json!(confidential));
        for person in [0, 1] {
            for (category, map) in submit(&example).unwrap().split(person) {
                let known = categories::fields_of(category).unwrap();
                for key in map.keys() {
                    assert!(known.iter().any(|f| f.wire_name() == *key), "{category} {key}");
                }
                let value = Value::Object(map.clone());
                let back = match category {
                    Category::Identity => form::parse::<Identity>(&value, "").unwrap().to_map(),
                    Category::Contact => form::parse::<Contact>(&value, "").unwrap().to_map(),
                    Category::Source => form::parse::<Source>(&value, "").unwrap().to_map(),
                    Category::Concern => form::parse::<Concern>(&value, "").unwrap().to_map(),
                    Category::Ideology => form::parse::<Ideology>(&value, "").unwrap().to_map(),
                    Category::Monitoring => form::parse::<Monitoring>(&value, "").unwrap().to_map(),
                    Category::Health => form::parse::<Health>(&value, "").unwrap().to_map(),
                    Category::Police => form::parse::<Police>(&value, "").unwrap().to_map(),
                    Category::Safety => form::parse::<Safety>(&value, "").unwrap().to_map(),
                    other => panic!("{other}"),
                };
                assert_eq!(back, map, "{category}");
            }
        }
    }
}
