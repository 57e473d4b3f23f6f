//! What those are shown who watch others read: that something was done may be new to them, and nothing else.
//! It must never pass over a category of which the watcher could not read the case itself.

use super::judge::Heard;
use super::road::{Answered, Asked};
use super::sight::{self, Sights};
use super::world::World;
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::CaseId;
use channel_panel::casework::role::Role;
use channel_panel::demo::seats::Seat;
use serde_json::Value;
use std::collections::BTreeMap;

/// The auditor is shown by whom in the panel something was done; an agency's sponsor or lead by whom of their own people; a
/// chair who opened the case meanwhile: before it stands what stood there, to the byte.
pub fn only_more_was_done(asked: &Asked, seat: Seat, was: &Answered, is: &Answered) -> bool {
    match asked.operation.id {
        "readLedger" | "readSignals" => seat.role() == Role::Auditor,
        "readAccesses" => newer_before("accesses", was, is),
        "readDoings" => newer_before("entries", was, is),
        "readDigest" => has_grown(was, is),
        _ => false,
    }
}

fn newer_before(list: &str, was: &Answered, is: &Answered) -> bool {
    let listed = |answered: &Answered| answered.json()[list].as_array().cloned();
    let (Some(was), Some(is)) = (listed(was), listed(is)) else { return false };
    // A full page has lost its oldest.
    (0..=is.len()).any(|newer| is[newer..] == was[..was.len().min(is.len() - newer)])
}

/// Everybody who was in it still is, with as much or more of everything.
fn has_grown(was: &Answered, is: &Answered) -> bool {
    let people = |answered: &Answered| -> BTreeMap<String, Value> {
        let people = answered.json()["people"].as_array().cloned().unwrap_or_default();
        people.into_iter().map(|one| (one["person"].to_string(), one)).collect()
    };
    let is = people(is);
    people(was).iter().all(|(person, was)| is.get(person).is_some_and(|is| is_part(was, is)))
}

fn is_part(was: &Value, is: &Value) -> bool {
    match (was, is) {
        (Value::Number(was), Value::Number(is)) => was.as_u64() <= is.as_u64(),
        (Value::Array(was), Value::Array(is)) => was.iter().all(|one| is.contains(one)),
        (Value::Object(was), Value::Object(is)) => {
            was.iter().all(|(name, was)| is.get(name).is_some_and(|is| is_part(was, is)))
        }
        (was, is) => was == is,
    }
}

/// What a digest or a list of doings told of categories beyond what this seat may read of the cases it can be about; and how
/// many categories were looked at.
pub fn told_beyond(world: &World<'_>, seat: Seat, heard: &Heard, sights: &Sights) -> (Vec<String>, usize) {
    let mut beyond = Vec::new();
    let mut looked_at = 0;
    let mut names = None;
    for (key, (asked, answered)) in heard.iter().filter(|(_, (_, answered))| answered.status == 200) {
        for (cases, categories) in told(asked, answered) {
            let names = names.get_or_insert_with(|| by_ledger_name(world));
            let about: Vec<CaseId> = match cases {
                Some(cases) => cases.iter().filter_map(|name| names.get(name).copied()).collect(),
                None => names.values().copied().collect(),
            };
            for name in categories {
                looked_at += 1;
                let category = *Category::ALL.iter().find(|category| category.name() == name).expect("a category");
                if !about.iter().any(|case| reads_whole(world, seat, *case, category, sights)) {
                    beyond.push(format!("{key} tells {} that {name} was shown: {}", seat.name(), answered.body));
                }
            }
        }
    }
    (beyond, looked_at)
}

/// The cases' names, where it says which, and the categories that it says were shown of them.
fn told(asked: &Asked, answered: &Answered) -> Vec<(Option<Vec<String>>, Vec<String>)> {
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().map(|one| one.as_str().unwrap().to_owned()).collect()
    };
    let listed = |list: &str| answered.json()[list].as_array().cloned().unwrap_or_default();
    match asked.operation.id {
        "readDoings" => {
            listed("entries").iter().map(|one| (Some(texts(&one["cases"])), texts(&one["categories"]))).collect()
        }
        "readDigest" => listed("people")
            .iter()
            .map(|one| (None, one["categories"].as_object().unwrap().keys().cloned().collect()))
            .collect(),
        _ => Vec::new(),
    }
}

fn by_ledger_name(world: &World<'_>) -> BTreeMap<String, CaseId> {
    world.cases().into_iter().map(|row| (row.ledger_id.to_string(), row.id)).collect()
}

fn reads_whole(world: &World<'_>, seat: Seat, case: CaseId, category: Category, sights: &Sights) -> bool {
    let known = |sights: &Sights| sights.get(&(seat, case)).map(|sight| sight.knows && sight.reads_whole(category));
    known(sights).unwrap_or_else(|| known(&sight::all(world, &[case])).unwrap())
}
