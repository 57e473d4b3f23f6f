//! The policies: embedded, strictly validated before anything is decided, named one by one, and hashed.
//! It must never load a policy from outside the binary, nor let an evaluation error pass for an answer.

use super::action::Action;
use super::decide::Decision;
use super::decided::Decided;
use super::entities::{Names, Posed, World};
use super::facts::{Circumstances, PrincipalFacts, ResourceFacts};
use super::slices::{Guards, Placed, Slice, add};
use crate::digest::Sha256;
use cedar_policy::{
    Authorizer, EntityTypeName, EntityUid, Policy, PolicyId, PolicySet, RequestEnv, Schema, ValidationMode, Validator,
};
use std::collections::{BTreeSet, HashMap};
use std::str::FromStr;
use std::sync::Arc;

/// The schema's file name and text.
pub const SCHEMA: (&str, &str) = ("schema.cedarschema", include_str!("../../policies/schema.cedarschema"));

macro_rules! policy_files {
    ($($name:literal,)*) => {
        /// Every policy file: one a role, what all have in common, breaking the glass and watching, the service's own jobs, and
        /// the guards.
        pub const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../policies/", $name))),)*];
    };
}

policy_files! {
    "administrator.cedar",
    "agreements.cedar",
    "auditor.cedar",
    "break_glass.cedar",
    "chair.cedar",
    "common.cedar",
    "council.cedar",
    "education.cedar",
    "guards.cedar",
    "guest.cedar",
    "health.cedar",
    "mash.cedar",
    "partner.cedar",
    "police_ct.cedar",
    "police_local.cedar",
    "provider.cedar",
    "records.cedar",
    "referrer.cedar",
    "retention.cedar",
    "social_care.cedar",
    "sponsor.cedar",
    "system.cedar",
    "transfers.cedar",
    "watching.cedar",
}

/// A fault in the policies themselves. The service does not start with one.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("the schema cannot be read: {0}")]
    Schema(String),
    #[error("{file} cannot be read: {cause}")]
    Syntax { file: String, cause: String },
    #[error("a policy in {0} has no @id")]
    Unnamed(String),
    #[error("two policies are called {0}")]
    Duplicate(String),
    #[error("the policies do not fit the schema: {0}")]
    Invalid(String),
    #[error("the schema and the service do not know the same actions")]
    Actions,
}

/// What can be asked: action, principal's type, resource's type.
type Question = (EntityUid, EntityTypeName, EntityTypeName);

#[derive(Clone)]
pub struct Policies {
    schema: Schema,
    set: PolicySet,
    /// For each question the schema knows, the policies whose scope admits it: the others cannot speak, and
    /// evaluating them to find that out is most of the cost.
    slices: HashMap<Question, Slice>,
    /// By principal's and resource's type.
    guards: HashMap<(EntityTypeName, EntityTypeName), Guards>,
    /// What these policies said.
    pub(super) decided: Decided,
    pub(super) names: Names,
    pub(super) authorizer: Authorizer,
    hash: [u8; 32],
}

impl std::fmt::Debug for Policies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Policies({})", self.set.num_of_policies())
    }
}

impl Policies {
    /// The embedded policies.
    ///
    /// # Errors
    /// Whatever is wrong with them.
    pub fn load() -> Result<Self, PolicyError> {
        Self::from_sources(SCHEMA.1, FILES)
    }

    /// From given texts: for mutants in tests and proofs.
    ///
    /// # Errors
    /// Whatever is wrong with them.
    pub fn from_sources(schema_text: &str, files: &[(&str, &str)]) -> Result<Self, PolicyError> {
        let (schema, _warnings) =
            Schema::from_cedarschema_str(schema_text).map_err(|error| PolicyError::Schema(error.to_string()))?;
        let mut set = PolicySet::new();
        for (file, text) in files {
            add_file(&mut set, file, text)?;
        }
        Self::assemble(schema, set, hash(schema_text, files))
    }

    fn assemble(schema: Schema, set: PolicySet, hash: [u8; 32]) -> Result<Self, PolicyError> {
        validate(&schema, &set)?;
        check_actions(&schema)?;
        let names = Names::new().ok_or(PolicyError::Actions)?;
        let slices = schema.request_envs().map(|env| (question(&env), Slice::default())).collect();
        let guards = schema
            .request_envs()
            .map(|env| ((env.principal().clone(), env.resource().clone()), Guards::default()))
            .collect();
        let (decided, authorizer) = (Decided::default(), Authorizer::new());
        let mut all = Self { schema, set: PolicySet::new(), slices, guards, decided, names, authorizer, hash };
        for policy in set.policies() {
            all.place(policy)?;
        }
        Ok(all)
    }

    /// The same with the policies of a text in the place of their namesakes, or beside the others: to try a change
    /// before making it, and never for serving. The hash stays that of what was changed.
    ///
    /// # Errors
    /// Whatever is wrong with the text.
    pub fn amended(&self, file: &str, text: &str) -> Result<Self, PolicyError> {
        let mut changes = PolicySet::new();
        add_file(&mut changes, file, text)?;
        changes.policies().try_fold(self.clone(), |all, policy| all.exchanged(policy.id(), Some(policy)))
    }

    /// The same with one policy exchanged, added or left out. Never for serving.
    ///
    /// # Errors
    /// Whatever is wrong with the policy put in.
    pub fn exchanged(mut self, id: &PolicyId, with: Option<&Policy>) -> Result<Self, PolicyError> {
        self.decided = Decided::default();
        if let Some(policy) = self.set.policy(id).cloned() {
            self.slices.values_mut().for_each(|slice| slice.remove(&policy));
            self.guards.values_mut().for_each(|guards| guards.remove(&policy));
            let _ = self.set.remove_static(id.clone());
        }
        if let Some(policy) = with {
            self.fits(policy)?;
            self.place(policy)?;
        }
        Ok(self)
    }

    /// Whether a policy could be one of these, as far as the schema says.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn fits(&self, policy: &Policy) -> Result<(), PolicyError> {
        let alone =
            PolicySet::from_policies([policy.clone()]).map_err(|error| PolicyError::Invalid(error.to_string()))?;
        validate(&self.schema, &alone)
    }

    /// Into the set, and the slice of every question it can speak to.
    fn place(&mut self, policy: &Policy) -> Result<(), PolicyError> {
        add(&mut self.set, policy)?;
        let placed = Arc::new(Placed::new(policy)?);
        for env in policy.get_valid_request_envs(&self.schema) {
            self.slices.entry(question(&env)).or_default().place(&placed);
            let between = (env.principal().clone(), env.resource().clone());
            self.guards.entry(between).or_default().place(&placed)?;
        }
        Ok(())
    }

    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Every policy, under its `@id`.
    pub fn set(&self) -> &PolicySet {
        &self.set
    }

    /// SHA-256 over names and texts of schema and policies: the policy version in every entry.
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    pub fn ids(&self) -> BTreeSet<String> {
        self.set.policies().map(|policy| policy.id().to_string()).collect()
    }

    /// None for a question that the schema does not know.
    pub(super) fn about(&self, action: &EntityUid, principal: &EntityUid, resource: &EntityUid) -> Option<&Slice> {
        self.slices.get(&(action.clone(), principal.type_name().clone(), resource.type_name().clone()))
    }

    /// Whatever bars anything between two types. None where the schema knows no action between the two.
    pub(super) fn guards(&self, principal: &EntityUid, resource: &EntityUid) -> Option<&Guards> {
        self.guards.get(&(principal.type_name().clone(), resource.type_name().clone()))
    }

    /// One question about plain facts. The answer explains; only an `Evaluator` turns answers into a permit.
    pub fn decide(
        &self,
        principal: &PrincipalFacts,
        action: Action,
        resource: &ResourceFacts,
        circumstances: &Circumstances,
    ) -> Decision {
        match Posed::new(&self.names, principal, resource) {
            Some(posed) => World::new(self, &posed).ask(action, circumstances),
            None => Decision::failed(),
        }
    }
}

fn add_file(set: &mut PolicySet, file: &str, text: &str) -> Result<(), PolicyError> {
    let parsed = PolicySet::from_str(text)
        .map_err(|error| PolicyError::Syntax { file: file.to_owned(), cause: error.to_string() })?;
    for policy in parsed.policies() {
        let id =
            policy.annotation("id").filter(|id| !id.is_empty()).ok_or_else(|| PolicyError::Unnamed(file.to_owned()))?;
        set.add(policy.new_id(PolicyId::new(id))).map_err(|_| PolicyError::Duplicate(id.to_owned()))?;
    }
    Ok(())
}

fn question(env: &RequestEnv) -> Question {
    (env.action().clone(), env.principal().clone(), env.resource().clone())
}

fn validate(schema: &Schema, set: &PolicySet) -> Result<(), PolicyError> {
    let result = Validator::new(schema.clone()).validate(set, ValidationMode::Strict);
    if result.validation_passed_without_warnings() { Ok(()) } else { Err(PolicyError::Invalid(result.to_string())) }
}

/// An action the schema lacks could never be allowed, one the service lacks never asked: both are mistakes.
fn check_actions(schema: &Schema) -> Result<(), PolicyError> {
    let declared: BTreeSet<String> = schema.actions().map(|uid| uid.id().unescaped().to_owned()).collect();
    let known: BTreeSet<String> = Action::all().map(Action::name).collect();
    if declared == known { Ok(()) } else { Err(PolicyError::Actions) }
}

fn hash(schema: &str, files: &[(&str, &str)]) -> [u8; 32] {
    let mut sum = Sha256::default();
    let mut put = |text: &str| sum.put(text.as_bytes());
    put("cp-policy-v1");
    put(schema);
    for (name, text) in files {
        put(name);
        put(text);
    }
    sum.finish()
}
