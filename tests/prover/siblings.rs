//! What can stand in another's place in a policy, by the schema alone: actions with the same ends, attributes of the same
//! type.

use cedar_policy::SchemaFragment;
use channel_panel::access::Policies;
use channel_panel::access::policies::SCHEMA;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Of police alone the two differ, and a policy that asks for a police role instead of a seat is never satisfied: see
/// `a_guard_that_asks_for_the_role_is_refuted` for one that was.
const SAME: [(&str, &str); 2] = [("role", "seat"), ("seat", "role")];

pub struct Siblings {
    /// Each action and the types of its resource.
    actions: BTreeMap<String, String>,
    /// Variable, attribute, type; in the schema's JSON form.
    attributes: BTreeSet<(&'static str, String, String)>,
}

impl Siblings {
    pub fn new() -> Self {
        let (schema, _) = SchemaFragment::from_cedarschema_str(SCHEMA.1).unwrap();
        let form = &schema.to_json_value().unwrap()[""];
        let (mut actions, mut attributes) = (BTreeMap::new(), BTreeSet::new());
        let mut record = |variable, record: &Value| {
            for (name, of) in record["attributes"].as_object().into_iter().flatten() {
                attributes.insert((variable, name.clone(), of.to_string()));
            }
        };
        for (name, action) in form["actions"].as_object().unwrap() {
            let applies = &action["appliesTo"];
            actions.insert(name.clone(), applies["resourceTypes"].to_string());
            for (variable, key) in [("principal", "principalTypes"), ("resource", "resourceTypes")] {
                for of in applies[key].as_array().unwrap() {
                    record(variable, &form["entityTypes"][of.as_str().unwrap()]["shape"]);
                }
            }
        }
        form["commonTypes"].as_object().unwrap().values().for_each(|common| record("context", common));
        Self { actions, attributes }
    }

    /// The other actions on the same types of resource.
    pub fn of_action(&self, action: &str) -> impl Iterator<Item = &str> {
        let ends = &self.actions[action];
        self.actions.iter().filter(move |(name, of)| *name != action && *of == ends).map(|(name, _)| name.as_str())
    }

    /// The other attributes of the same type: of the same variable, and where it is an id, of any.
    pub fn of_attribute(&self, access: &Value) -> Vec<Value> {
        let (variable, attribute) = (access["left"]["Var"].as_str(), access["attr"].as_str().unwrap());
        let Some(variable) = variable else { return Vec::new() };
        let types: BTreeSet<&str> = self.named(variable, attribute).collect();
        let plain = |of: &str| ["Bool", "String", "Boolean"].iter().any(|name| of.contains(&format!("{name}\"")));
        self.attributes
            .iter()
            .filter(|(_, _, of)| types.contains(of.as_str()))
            .filter(|(var, _, of)| *var == variable || !plain(of))
            .filter(|(var, name, _)| {
                *var != variable || (name != attribute && !SAME.contains(&(name.as_str(), attribute)))
            })
            .map(|(var, name, _)| json!({ ".": { "left": { "Var": var }, "attr": name } }))
            .collect()
    }

    fn named<'a>(&'a self, variable: &'a str, attribute: &'a str) -> impl Iterator<Item = &'a str> {
        let this = move |(var, name, _): &&(&str, String, String)| (*var, name.as_str()) == (variable, attribute);
        self.attributes.iter().filter(this).map(|(_, _, of)| of.as_str())
    }
}

#[test]
fn siblings_are_of_one_type() {
    let siblings = Siblings::new();
    let of = |variable: &str, attribute: &str| -> BTreeSet<String> {
        let others = siblings.of_attribute(&json!({ "left": { "Var": variable }, "attr": attribute }));
        others
            .iter()
            .map(|other| format!("{}.{}", other["."]["left"]["Var"], other["."]["attr"]).replace('"', ""))
            .collect()
    };
    let names = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    assert!(of("principal", "agency").is_superset(&names(&["resource.senderAgency"])));
    assert!(of("resource", "listed").is_superset(&names(&["resource.escalated", "resource.decided"])));
    assert!(
        of("resource", "assigned").contains("resource.acting")
            && !of("resource", "assigned").contains("resource.recused")
    );
    assert!(of("context", "own").iter().all(|name| name.starts_with("context.")));
    assert!(siblings.of_action("read_identity").any(|action| action == "decide"));
    assert!(siblings.of_action("read_identity").all(|action| action != "read_referral" && action != "read_identity"));
    assert!(siblings.actions.len() == Policies::load().unwrap().schema().actions().count());
}
