//! Every way to change one thing in a policy: take out what stands there (the policy, a condition, one operand, an entry of
//! a list, an action), turn it round, or widen it. In Cedar's JSON form, from the policies as they are.

use super::siblings::Siblings;
use cedar_policy::{Policy, PolicyId};
use serde_json::{Map, Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    PolicyDropped,
    ConditionDropped,
    OperandDropped,
    EntryDropped,
    ActionDropped,
    ActionAdded,
    ScopeWidened,
    Negated,
    ComparisonTurned,
    ConnectiveTurned,
    ClauseTurned,
    AttributeSwapped,
}

impl Kind {
    /// Something that stands in a policy is gone: where that makes no difference, it was dead text.
    pub fn removes(self) -> bool {
        matches!(
            self,
            Kind::PolicyDropped
                | Kind::ConditionDropped
                | Kind::OperandDropped
                | Kind::EntryDropped
                | Kind::ActionDropped
        )
    }
}

pub struct Mutant {
    pub of: PolicyId,
    pub kind: Kind,
    pub what: String,
    /// None where the policy is dropped.
    pub policy: Option<Policy>,
}

/// Actions added to a permit, one at a time.
const ADDED: usize = 5;

/// What was changed, how, and what it became.
type Changed = (Kind, String, Value);

pub fn mutants(policy: &Policy, siblings: &Siblings) -> Vec<Mutant> {
    let form = policy.to_json().unwrap();
    let mut all = in_scope(&form, siblings);
    all.extend(in_conditions(&form, siblings));
    let changed = |(kind, what, form)| Mutant {
        of: policy.id().clone(),
        kind,
        what,
        policy: Some(Policy::from_json(Some(policy.id().clone()), form).unwrap()),
    };
    let dropped =
        Mutant { of: policy.id().clone(), kind: Kind::PolicyDropped, what: "dropped".to_owned(), policy: None };
    std::iter::once(dropped).chain(all.into_iter().map(changed)).collect()
}

fn with(node: &Value, key: &str, value: Value) -> Value {
    let mut changed = node.clone();
    changed[key] = value;
    changed
}

fn without(list: &[Value], at: usize) -> Value {
    list.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, value)| value.clone()).collect()
}

fn node(operator: &str, of: Value) -> Value {
    json!(Map::from_iter([(operator.to_owned(), of)]))
}

fn in_scope(form: &Value, siblings: &Siblings) -> Vec<Changed> {
    let mut all = Vec::new();
    let scope = &form["action"];
    let named: Vec<Value> = match scope["op"].as_str() {
        Some("==") => vec![scope["entity"].clone()],
        Some("in") => scope["entities"].as_array().unwrap().clone(),
        _ => Vec::new(),
    };
    let listed = |entities: Value| with(form, "action", json!({ "op": "in", "entities": entities }));
    if named.len() > 1 {
        for (at, action) in named.iter().enumerate() {
            all.push((Kind::ActionDropped, format!("without {}", action["id"]), listed(without(&named, at))));
        }
    }
    // A guard of more is no loosening, and where a permit names its actions they say on what.
    let Some(first) = named.first().filter(|_| form["effect"] == "permit") else { return all };
    for action in added(form, &named, siblings) {
        let more: Vec<Value> = named.iter().cloned().chain([with(first, "id", action.into())]).collect();
        all.push((Kind::ActionAdded, format!("with {action}"), listed(more.into())));
    }
    for end in ["action", "principal"] {
        all.push((Kind::ScopeWidened, format!("for any {end}"), with(form, end, json!({ "op": "All" }))));
    }
    all
}

/// A few actions more, spread over all there are. The matrix of categories tries no circumstances but its own, so a permit
/// that asks for some is given verbs.
fn added<'a>(form: &Value, named: &[Value], siblings: &'a Siblings) -> Vec<&'a str> {
    let asks = form["conditions"].to_string().contains(r#""Var":"context""#);
    let content = |action: &str| action.starts_with("read_") || action.starts_with("write_");
    let more: Vec<&str> = siblings
        .of_action(named[0]["id"].as_str().unwrap())
        .filter(|action| named.iter().all(|known| known["id"] != *action) && !(asks && content(action)))
        .collect();
    more.iter().step_by(more.len().div_ceil(ADDED).max(1)).copied().collect()
}

fn in_conditions(form: &Value, siblings: &Siblings) -> Vec<Changed> {
    let conditions = form["conditions"].as_array().unwrap();
    let mut all = Vec::new();
    for (at, condition) in conditions.iter().enumerate() {
        let put = |condition: Value| {
            let mut changed = conditions.clone();
            changed[at] = condition;
            with(form, "conditions", changed.into())
        };
        let rest = with(form, "conditions", without(conditions, at));
        all.push((Kind::ConditionDropped, "without its condition".to_owned(), rest));
        let other = if condition["kind"] == "when" { "unless" } else { "when" };
        all.push((Kind::ClauseTurned, format!("{other} instead"), put(with(condition, "kind", other.into()))));
        let place = Place { truth: true, within: "" };
        for (kind, what, body) in variants(&condition["body"], place, siblings) {
            all.push((kind, what, put(with(condition, "body", body))));
        }
    }
    all
}

/// Where an expression stands: whether as something true or false, and in which operator.
#[derive(Clone, Copy)]
struct Place<'a> {
    truth: bool,
    within: &'a str,
}

fn variants(expression: &Value, place: Place<'_>, siblings: &Siblings) -> Vec<Changed> {
    let Some((operator, of)) = expression.as_object().and_then(|node| node.iter().next()) else { return Vec::new() };
    let mut all = here(expression, operator, of, place, siblings);
    let children = match of {
        Value::Object(fields) => fields.iter().map(|(key, child)| (json!(key), child)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, child)| (json!(at), child)).collect(),
        _ => Vec::new(),
    };
    let truth = ["&&", "||", "!"].contains(&operator.as_str()) || (place.truth && operator == "if-then-else");
    for (key, child) in children {
        for (kind, what, inner) in variants(child, Place { truth, within: operator }, siblings) {
            let mut changed = of.clone();
            match (key.as_str(), key.as_u64()) {
                (Some(key), _) => changed[key] = inner,
                (_, at) => changed[at.unwrap() as usize] = inner,
            }
            all.push((kind, what, node(operator, changed)));
        }
    }
    all
}

fn here(expression: &Value, operator: &str, of: &Value, place: Place<'_>, siblings: &Siblings) -> Vec<Changed> {
    let other = match operator {
        "&&" => "||",
        "||" => "&&",
        "==" => "!=",
        _ => "==",
    };
    let turned = |kind| (kind, format!("{operator} is {other}: {}", brief(of)), node(other, of.clone()));
    match operator {
        "&&" | "||" => {
            let mut all = if place.within == operator { Vec::new() } else { operands_dropped(expression, operator) };
            all.push(turned(Kind::ConnectiveTurned));
            all
        }
        "!" => vec![(Kind::Negated, format!("not negated: {}", brief(&of["arg"])), of["arg"].clone())],
        "==" | "!=" => vec![turned(Kind::ComparisonTurned)],
        "Set" => entries_dropped(of),
        _ => {
            let mut all = Vec::new();
            if place.truth && place.within != "!" && operator != "if-then-else" {
                all.push((
                    Kind::Negated,
                    format!("negated: {}", brief(expression)),
                    node("!", json!({ "arg": expression })),
                ));
            }
            if operator == "." {
                let swap =
                    |other| (Kind::AttributeSwapped, format!("{} is {}", brief(expression), brief(&other)), other);
                all.extend(siblings.of_attribute(of).into_iter().map(swap));
            }
            all
        }
    }
}

/// Of `a && b && c`, which Cedar nests to the left, each in turn.
fn operands_dropped(chain: &Value, operator: &str) -> Vec<Changed> {
    fn flat<'a>(node: &'a Value, operator: &str, into: &mut Vec<&'a Value>) {
        match node.get(operator) {
            Some(of) => ["left", "right"].iter().for_each(|side| flat(&of[side], operator, into)),
            None => into.push(node),
        }
    }
    let mut operands = Vec::new();
    flat(chain, operator, &mut operands);
    let join = |left: Value, right: &&Value| node(operator, json!({ "left": left, "right": right }));
    let rest = |at: usize| {
        let mut rest = operands.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, operand)| operand);
        let first = (*rest.next().unwrap()).clone();
        rest.fold(first, join)
    };
    let what = |operand| format!("{operator} without {}", brief(operand));
    operands.iter().enumerate().map(|(at, operand)| (Kind::OperandDropped, what(operand), rest(at))).collect()
}

fn entries_dropped(list: &Value) -> Vec<Changed> {
    let Some(entries) = list.as_array().filter(|entries| entries.len() > 1) else { return Vec::new() };
    let what = |entry| format!("list without {}", brief(entry));
    let rest = |at| node("Set", without(entries, at));
    entries.iter().enumerate().map(|(at, entry)| (Kind::EntryDropped, what(entry), rest(at))).collect()
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    text.chars().filter(|c| !"{}\"".contains(*c)).take(110).collect()
}
