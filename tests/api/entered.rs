//! What the ledger says of a request, looked up by the request's id: as the auditor sees it, and as it is stored.
//! It must never write.

use super::town::Town;
use crate::harness::{Answer, Running};
use channel_panel::clock::Clock;
use channel_panel::demo::seats::Seat;
use channel_panel::store::{EntryFilter, EntryPage};
use chrono::Days;
use serde_json::Value;
use std::collections::BTreeMap;

/// The bodies of all entries there are, newest first.
pub fn all(running: &Running) -> Vec<Value> {
    let mut reader = running.service.store.reader().unwrap();
    let mut bodies = Vec::new();
    let mut before = None;
    loop {
        let rows = reader.entries(&EntryFilter::default(), EntryPage { before, limit: 1000 }).unwrap();
        bodies.extend(rows.iter().map(|row| serde_json::from_str::<Value>(&row.body).unwrap()));
        match rows.last() {
            Some(last) if rows.len() == 1000 => before = Some(last.place()),
            _ => return bodies,
        }
    }
}

/// All entries by the request they are of.
pub fn by_request(running: &Running) -> BTreeMap<String, Vec<Value>> {
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for body in all(running) {
        found.entry(body["request"].as_str().unwrap().to_owned()).or_default().push(body);
    }
    found
}

/// The one entry of a request, as it is stored.
#[track_caller]
pub fn one(running: &Running, answer: &Answer) -> Value {
    let request = id_of(answer);
    let mut reader = running.service.store.reader().unwrap();
    let rows = reader.entries(&EntryFilter::default(), EntryPage { before: None, limit: 40 }).unwrap();
    let of_it: Vec<Value> = rows
        .iter()
        .map(|row| serde_json::from_str::<Value>(&row.body).unwrap())
        .filter(|body| body["request"] == request)
        .collect();
    assert_eq!(of_it.len(), 1, "entries of request {request}: {of_it:#?}");
    of_it.into_iter().next().unwrap()
}

/// Where the log of the days about now is read, with these filters.
pub fn entries_path(query: &str) -> String {
    let today = Clock::default().instant().london_date();
    let (from, to) = (today - Days::new(1), today + Days::new(1));
    format!("/api/v1/ledger/entries?from={from}&to={to}&{query}")
}

/// The same, as the auditor is shown it over HTTP.
#[track_caller]
pub fn shown_to_auditor(town: &Town<'_>, answer: &Answer) -> Value {
    let request = id_of(answer);
    let stored = one(town.running, answer);
    let path = entries_path(&format!("operation={}&limit=10", stored["operation"].as_str().unwrap()));
    let list = town.seat(Seat::Auditor).get(&path).expect(200).json();
    let bodies = list["entries"].as_array().unwrap().iter().map(|entry| &entry["body"]);
    let of_it: Vec<&Value> = bodies.filter(|body| body["request"] == request).collect();
    assert_eq!(of_it.len(), 1, "entries that the auditor sees of request {request}");
    of_it[0].clone()
}

#[track_caller]
pub fn id_of(answer: &Answer) -> String {
    answer.header("x-request-id").expect("every answer says its request's id").to_owned()
}

/// What an entry says by this name; null where it says nothing.
pub fn detail(entry: &Value, name: &str) -> Value {
    let pairs = entry["detail"].as_array().unwrap();
    pairs.iter().find(|pair| pair[0] == name).map_or(Value::Null, |pair| pair[1].clone())
}

/// How a status is entered.
pub fn outcome(status: u16, changes: bool) -> &'static str {
    match status {
        200..300 if changes => "changed",
        200..300 => "shown",
        404 => "not_found",
        500.. => "failed",
        _ => "refused",
    }
}
