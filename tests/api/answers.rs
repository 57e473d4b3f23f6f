//! What the OpenAPI document says of answers, held against the answers that are given: an integrator reads the one and gets the
//! other.

use super::samples::{Ground, sample};
use super::town::Town;
use crate::harness::{Backend, Running};
use channel_panel::api::operation::AnswerSpec;
use channel_panel::api::{OPERATIONS, openapi};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where a value is not of its schema. Of JSON Schema it knows what the document uses, and stops at anything else.
struct Checked<'d> {
    document: &'d Value,
    wrong: Vec<String>,
}

impl<'d> Checked<'d> {
    fn of(document: &'d Value, schema: &'d Value, value: &Value, at: &str) -> Vec<String> {
        let mut checked = Self { document, wrong: Vec::new() };
        checked.check(schema, value, at);
        checked.wrong
    }

    fn resolved(&self, schema: &'d Value) -> &'d Value {
        match schema["$ref"].as_str() {
            Some(target) => self.document.pointer(target.strip_prefix('#').unwrap()).unwrap(),
            None => schema,
        }
    }

    fn check(&mut self, schema: &'d Value, value: &Value, at: &str) {
        let schema = self.resolved(schema);
        if let Some(any) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
            if !any.iter().any(|one| Self::of(self.document, one, value, at).is_empty()) {
                self.wrong.push(format!("{at}: none of several: {value}"));
            }
            return;
        }
        if let Some(allowed) = schema["enum"].as_array().filter(|allowed| !allowed.contains(value)) {
            self.wrong.push(format!("{at}: {value} is none of {allowed:?}"));
        }
        let kinds: Vec<&str> = match &schema["type"] {
            Value::String(kind) => vec![kind],
            Value::Array(kinds) => kinds.iter().map(|kind| kind.as_str().unwrap()).collect(),
            _ => Vec::new(),
        };
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let one_of_them = kinds.contains(&kind) || (kind == "integer" && kinds.contains(&"number"));
        if !kinds.is_empty() && !one_of_them {
            self.wrong.push(format!("{at}: {kind} and not {kinds:?}"));
        }
        if let Value::Array(items) = value {
            items.iter().enumerate().for_each(|(n, item)| self.check(&schema["items"], item, &format!("{at}/{n}")));
        }
        if let Value::Object(fields) = value {
            self.fields(schema, fields, at);
        }
    }

    fn fields(&mut self, schema: &'d Value, fields: &serde_json::Map<String, Value>, at: &str) {
        let mut known: BTreeMap<&str, &'d Value> = BTreeMap::new();
        let mut open = false;
        let mut parts = vec![schema];
        while let Some(part) = parts.pop().map(|part| self.resolved(part)) {
            parts.extend(part["allOf"].as_array().into_iter().flatten());
            open |= part["properties"].is_null() && part["allOf"].is_null();
            known.extend(part["properties"].as_object().into_iter().flatten().map(|(name, of)| (name.as_str(), of)));
            for name in part["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !fields.contains_key(name) {
                    self.wrong.push(format!("{at}: {name} is missing"));
                }
            }
        }
        for (name, field) in fields {
            match known.get(name.as_str()) {
                Some(schema) => self.check(schema, field, &format!("{at}/{name}")),
                None if open => {}
                None => self.wrong.push(format!("{at}: {name} is not described")),
            }
        }
    }
}

#[test]
fn each_answer_is_as_the_document_describes_it() {
    let document = serde_json::to_value(openapi::document()).unwrap();
    let running = Running::start(Backend::Sqlite);
    let town = Town::new(&running);
    let ground = Ground::lay(&town);
    let (mut described, mut wrong) = (0, Vec::new());
    for operation in OPERATIONS {
        let sample = sample(&town, &ground, operation.id);
        let answer = sample.send(&town.seat(sample.seat)).expect(operation.success);
        let at = format!(
            "/paths/{}/{}/responses/{}",
            format!("/api/v1{}", operation.path).replace('/', "~1"),
            operation.method.to_ascii_lowercase(),
            operation.success
        );
        let content = &document.pointer(&at).unwrap()["content"];
        match operation.answer {
            AnswerSpec::Nothing => assert!(answer.body.is_empty() && content.is_null(), "{}", operation.id),
            AnswerSpec::Bytes(media) => {
                assert_eq!(answer.header("content-type"), Some(media));
                assert!(content[media].is_object(), "{}", operation.id);
            }
            AnswerSpec::Json(_) => {
                assert_eq!(answer.header("content-type"), Some("application/json"));
                let schema = &content["application/json"]["schema"];
                assert!(schema.is_object(), "{}", operation.id);
                wrong.extend(Checked::of(&document, schema, &answer.json(), operation.id));
                described += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(described > 40, "{described}");
    // The check can fail: at what is left out, not described, or of another kind.
    let schema = &document["components"]["schemas"]["Written"];
    let id = "7f3f4d0e-6f0e-4a53-8a5c-9f2f2d7e3d11";
    assert_eq!(Checked::of(&document, schema, &json!({"id": id}), ""), Vec::<String>::new());
    for bad in [json!({}), json!({"id": id, "name": "Anwen"}), json!({"id": 7}), json!("id")] {
        assert!(!Checked::of(&document, schema, &bad, "").is_empty(), "{bad}");
    }
}
