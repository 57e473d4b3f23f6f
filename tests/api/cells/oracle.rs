//! What Cedar itself says of a cell: the policy files read anew, the entities written by `described`, one question at a time.
//! It must never ask the service's own code for a decision, a fact or a slice: that code is what is being tried.

use super::described::{Said, What, Who};
use cedar_policy::{
    ActionConstraint, Authorizer, Context, Decision, Entities, EntityUid, Policy, PolicyId, PolicySet, Request, Schema,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::str::FromStr;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/policies");

/// The policies that can speak to one action, and whether any of its permits looks at what the record at hand is.
struct Slice {
    policies: PolicySet,
    asks_own: bool,
    asks_on_behalf: bool,
}

pub struct Oracle {
    slices: BTreeMap<String, Slice>,
    schema: Schema,
    authorizer: Authorizer,
}

/// Cedar's answer: what allowed it, or which guards forbade it.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub allowed: bool,
    by: Vec<String>,
}

impl Verdict {
    /// What a caller who may know the thing is told. The service has such a list too; this one is written anew, and a
    /// difference between the two is one of those that the test counts.
    pub fn told(&self) -> &'static str {
        let by = |guards: &[&str]| self.by.iter().any(|id| guards.contains(&id.as_str()));
        if by(&["guard_strong_sign_in"]) {
            "strong-sign-in-required"
        } else if by(&["guard_purpose", "guard_purpose_given"]) {
            "purpose-required"
        } else if self.by.iter().any(|id| id.starts_with("agreement_")) {
            "agreement-not-in-force"
        } else if by(&["guard_recent_sign_in"]) {
            "step-up-required"
        } else {
            "not-allowed"
        }
    }

    /// Whether the membership itself may not act: then nothing is asked of a case at all.
    pub fn may_not_act(&self) -> bool {
        ["guard_in_force", "guard_confirmed", "guard_suspended"]
            .iter()
            .any(|guard| self.by.iter().any(|id| id == guard))
    }
}

impl Oracle {
    pub fn new() -> Self {
        Self::without(None)
    }

    /// With one policy left out: for controls.
    pub fn without(left_out: Option<&str>) -> Self {
        let mut all = policies();
        if let Some(id) = left_out {
            let before = all.len();
            all.retain(|policy| policy.id().to_string() != id);
            assert_eq!(all.len() + 1, before, "there is no policy {id} to leave out");
        }
        let text = std::fs::read_to_string(format!("{FOLDER}/schema.cedarschema")).unwrap();
        let schema = Schema::from_cedarschema_str(&text).unwrap().0;
        let slices = schema.actions().map(|action| (action.id().unescaped().to_owned(), slice(&all, action))).collect();
        Self { slices, schema, authorizer: Authorizer::new() }
    }

    pub fn about(&self, who: &Who, what: &What) -> World<'_> {
        let entities = json!([who.entity(), what.entity()]);
        let entities = Entities::from_json_value(entities, None).unwrap();
        World { oracle: self, entities, principal: uid("Membership", "this"), resource: what.uid() }
    }

    /// That the descriptions have what the schema asks for. Asked once: with the schema each question costs twenty.
    pub fn must_fit(&self, who: &Who, what: &What, said: &Said) {
        let advice = "policies/schema.cedarschema has an attribute that tests/api/cells/described.rs does not describe \
                      (or the reverse): describe it there, from the test's own setting";
        Entities::from_json_value(json!([who.entity(), what.entity()]), Some(&self.schema))
            .unwrap_or_else(|error| panic!("{advice}: {error:?}"));
        let action = uid("Action", "transition");
        Context::from_json_value(said.context(), Some((&self.schema, &action)))
            .unwrap_or_else(|error| panic!("{advice}: {error:?}"));
    }
}

/// Every policy under its `@id`, from the files.
fn policies() -> Vec<Policy> {
    let mut files: Vec<_> = std::fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "cedar"));
    files.sort();
    let parsed = files.iter().flat_map(|path| {
        let set = PolicySet::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        set.policies().cloned().collect::<Vec<_>>()
    });
    parsed.map(|policy| policy.new_id(PolicyId::new(policy.annotation("id").unwrap()))).collect()
}

fn slice(all: &[Policy], action: &EntityUid) -> Slice {
    let speaks = |policy: &&Policy| match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(only) => only == *action,
        ActionConstraint::In(these) => these.contains(action),
    };
    let of_it: Vec<&Policy> = all.iter().filter(speaks).collect();
    let permits = |attribute: &str| {
        let asks = |policy: &&&Policy| policy.to_string().contains(attribute);
        of_it.iter().filter(|policy| policy.effect() == cedar_policy::Effect::Permit).any(|p| asks(&p))
    };
    Slice {
        asks_own: permits("context.own"),
        asks_on_behalf: permits("context.onBehalf"),
        policies: PolicySet::from_policies(of_it.iter().map(|policy| (*policy).clone())).unwrap(),
    }
}

/// As Cedar writes a reference.
pub fn uid(kind: &str, id: &str) -> EntityUid {
    EntityUid::from_json(json!({"type": kind, "id": id})).unwrap()
}

/// One principal and one resource.
pub struct World<'o> {
    oracle: &'o Oracle,
    entities: Entities,
    principal: EntityUid,
    resource: EntityUid,
}

impl World<'_> {
    pub fn ask(&self, action: &str, said: &Said) -> Verdict {
        let slice = self.oracle.slices.get(action).unwrap_or_else(|| panic!("the schema has no action {action}"));
        let context = Context::from_json_value(said.context(), None).unwrap();
        let asked = uid("Action", action);
        let request = Request::new(self.principal.clone(), asked, self.resource.clone(), context, None).unwrap();
        let answer = self.oracle.authorizer.is_authorized(&request, &slice.policies, &self.entities);
        let erred: Vec<String> = answer.diagnostics().errors().map(ToString::to_string).collect();
        assert!(erred.is_empty(), "{action}: {erred:?}");
        let by = answer.diagnostics().reason().map(ToString::to_string).collect();
        Verdict { allowed: answer.decision() == Decision::Allow, by }
    }

    pub fn allows(&self, action: &str, said: &Said) -> bool {
        self.ask(action, said).allowed
    }

    /// Whole, or at least the reader's own part.
    pub fn reads(&self, category: &str, said: &Said) -> Reads {
        let action = format!("read_{category}");
        if self.allows(&action, said) {
            Reads::Whole
        } else if self.oracle.slices[&action].asks_own && self.allows(&action, &said.own()) {
            Reads::Own
        } else {
            Reads::Nothing
        }
    }

    /// In whole, its own part, or for another.
    pub fn writes(&self, category: &str, said: &Said) -> bool {
        let action = format!("write_{category}");
        let slice = &self.oracle.slices[&action];
        self.allows(&action, said)
            || (slice.asks_own && self.allows(&action, &said.own()))
            || (slice.asks_on_behalf && self.allows(&action, &said.on_behalf()))
    }

    /// Whether a case may be known at all: else it is not there.
    pub fn knows(&self, said: &Said) -> bool {
        self.allows("open_case", said) || self.allows("list_case", said)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    Nothing,
    Own,
    Whole,
}

/// A reference to an entity, as a value of an attribute.
pub fn entity(kind: &str, id: &str) -> Value {
    json!({"__entity": {"type": kind, "id": id}})
}
