//! The OpenAPI document: sound by its own rules, whole, and never changed without somebody seeing the difference.

use super::town::Town;
use crate::harness::{Backend, Running};
use channel_panel::api::{OPERATIONS, openapi};
use serde_json::Value;
use std::collections::BTreeSet;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");

fn document() -> Value {
    serde_json::to_value(openapi::document()).unwrap()
}

fn each<'v>(value: &'v Value, at: &str, visit: &mut dyn FnMut(&str, &'v Value)) {
    visit(at, value);
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| each(inner, &format!("{at}/{key}"), visit)),
        Value::Array(items) => items.iter().enumerate().for_each(|(n, inner)| each(inner, &format!("{at}/{n}"), visit)),
        _ => {}
    }
}

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(method, operation)| (path.clone(), method.clone(), operation))
        })
        .collect()
}

#[test]
fn every_operation_of_the_table_is_there_and_nothing_else() {
    let document = document();
    let found: BTreeSet<(String, String, String)> = operations(&document)
        .into_iter()
        .map(|(path, method, operation)| (path, method, operation["operationId"].as_str().unwrap().to_owned()))
        .collect();
    let table =
        OPERATIONS.iter().map(|o| (format!("/api/v1{}", o.path), o.method.to_ascii_lowercase(), o.id.to_owned()));
    assert_eq!(found, table.collect());
    assert_eq!(found.len(), OPERATIONS.len(), "an operationId is there twice");
    let ids: BTreeSet<_> = OPERATIONS.iter().map(|o| o.id).collect();
    assert_eq!(ids.len(), OPERATIONS.len(), "an operationId is there twice");
}

#[test]
fn it_is_openapi_3_1_by_structure() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let mut references = 0;
    each(&document, "", &mut |at, value| {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            let pointer = target.strip_prefix('#').unwrap_or_else(|| panic!("{at}: {target} is not in this document"));
            assert!(document.pointer(pointer).is_some(), "{at}: {target} is not there");
            references += 1;
        }
        // JSON Schema 2020-12, which 3.1 speaks, has no `nullable`.
        assert!(value.get("nullable").is_none(), "{at}: nullable is of 3.0");
    });
    assert!(references > 20, "{references}");
    for (path, method, operation) in operations(&document) {
        let at = format!("{method} {path}");
        let parameters = operation["parameters"].as_array().unwrap();
        let named = |place: &str| -> BTreeSet<&str> {
            parameters.iter().filter(|p| p["in"] == place).map(|p| p["name"].as_str().unwrap()).collect()
        };
        let in_path: BTreeSet<&str> = path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(named("path"), in_path, "{at}");
        assert!(parameters.iter().filter(|p| p["in"] == "path").all(|p| p["required"] == true), "{at}");
        let pairs: BTreeSet<(&str, &str)> =
            parameters.iter().map(|p| (p["in"].as_str().unwrap(), p["name"].as_str().unwrap())).collect();
        assert_eq!(pairs.len(), parameters.len(), "{at}: a parameter is there twice");
        assert!(parameters.iter().all(|p| p["schema"].is_object()), "{at}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.contains_key("default"), "{at}: says nothing of refusals");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{at}");
        assert!(responses.values().all(|response| response["description"].is_string()), "{at}");
        assert!(method != "get" || operation.get("requestBody").is_none(), "{at}: a GET with a body");
        assert!(operation["summary"].is_string() && operation["description"].is_string(), "{at}");
        let scheme = operation["security"][0].as_object().unwrap().keys().next().unwrap();
        assert!(document["components"]["securitySchemes"][scheme].is_object(), "{at}");
    }
}

#[test]
fn it_is_served_as_it_is_kept() {
    let text = format!("{}\n", serde_json::to_string_pretty(&document()).unwrap());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(GOLDEN, &text).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap();
    assert!(golden == text, "the API changed; look at docs/openapi.json, then run with UPDATE_GOLDEN=1");
    let running = Running::start(Backend::Sqlite);
    let served = Town::new(&running).nobody().get("/api/v1/openapi.json").expect(200);
    assert_eq!(served.json(), serde_json::from_str::<Value>(&golden).unwrap());
    assert_eq!(served.header("content-type"), Some("application/json"));
}
