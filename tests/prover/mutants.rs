//! Every way to take one thing out of a policy: itself, a condition, one side of an `&&` or `||`, a negation, an entry of
//! a list, an action of its scope. In Cedar's JSON form.

use cedar_policy::{Policy, PolicyId};
use serde_json::{Map, Value, json};

pub struct Mutant {
    pub of: PolicyId,
    pub what: String,
    /// None where the policy is dropped.
    pub policy: Option<Policy>,
}

pub fn mutants(policy: &Policy) -> Vec<Mutant> {
    let form = policy.to_json().unwrap();
    let mutant = |(what, form): (String, Option<Value>)| Mutant {
        of: policy.id().clone(),
        what,
        policy: form.map(|form| Policy::from_json(Some(policy.id().clone()), form).unwrap()),
    };
    let mut all = vec![("dropped".to_owned(), None)];
    let with = |key: &str, value: Value| {
        let mut form = form.clone();
        form[key] = value;
        Some(form)
    };
    if let Some(actions) = form["action"]["entities"].as_array().filter(|actions| actions.len() > 1) {
        for (at, action) in actions.iter().enumerate() {
            let rest = json!({ "op": "in", "entities": without(actions, at) });
            all.push((format!("without {}", action["id"]), with("action", rest)));
        }
    }
    let conditions = form["conditions"].as_array().unwrap();
    for (at, condition) in conditions.iter().enumerate() {
        all.push(("without its condition".to_owned(), with("conditions", without(conditions, at))));
        for (what, body) in variants(&condition["body"]) {
            let mut changed = conditions.clone();
            changed[at]["body"] = body;
            all.push((what, with("conditions", changed.into())));
        }
    }
    all.into_iter().map(mutant).collect()
}

fn without(list: &[Value], at: usize) -> Value {
    list.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, value)| value.clone()).collect()
}

fn variants(expression: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    match expression {
        Value::Object(node) => {
            for (operator, of) in node {
                all.extend(here(operator, of));
                for (what, inner) in variants(of) {
                    let mut changed = node.clone();
                    changed.insert(operator.clone(), inner);
                    all.push((what, changed.into()));
                }
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                for (what, inner) in variants(item) {
                    let mut changed = items.clone();
                    changed[at] = inner;
                    all.push((what, changed.into()));
                }
            }
        }
        _ => {}
    }
    all
}

fn here(operator: &str, of: &Value) -> Vec<(String, Value)> {
    let turned = |to: &str| json!(Map::from_iter([(to.to_owned(), of.clone())]));
    match operator {
        "&&" | "||" => ["left", "right"]
            .into_iter()
            .map(|side| (format!("only the {side} of {operator}: {}", brief(&of[side])), of[side].clone()))
            .collect(),
        "!" => vec![(format!("not negated: {}", brief(&of["arg"])), of["arg"].clone())],
        "==" => vec![(format!("== turned: {}", brief(of)), turned("!="))],
        "!=" => vec![(format!("!= turned: {}", brief(of)), turned("=="))],
        "Set" => match of.as_array() {
            Some(items) if items.len() > 1 => (0..items.len())
                .map(|at| (format!("list without {}", brief(&items[at])), json!({ "Set": without(items, at) })))
                .collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    text.chars().filter(|c| !"{}\"".contains(*c)).take(90).collect()
}
