//! The policies in the form the solver takes them: compiled once for each kind of request, shared by all questions.
//! It must never leave a policy out that could speak to the kind of request at hand.

use super::ProverError;
use crate::access::Policies;
use cedar_policy::{EntityTypeName, Policy, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::{CompiledPolicy, CompiledPolicySet, CompiledSchema, SymEnv};
use std::sync::{Arc, OnceLock};

/// One kind of request: an action between a type of principal and a type of resource.
#[derive(Debug)]
pub struct Kind {
    env: RequestEnv,
    name: String,
    symbolic: Arc<SymEnv>,
    compiled: OnceLock<CompiledPolicySet>,
}

impl Kind {
    /// `Membership read_police Case`
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Types of principal and resource.
    pub(super) fn ends(&self) -> (EntityTypeName, EntityTypeName) {
        (self.env.principal().clone(), self.env.resource().clone())
    }

    /// The action's name, as the schema has it.
    pub fn action(&self) -> &str {
        self.env.action().id().unescaped()
    }
}

/// A policy set ready to be asked about.
#[derive(Debug)]
pub struct Ground {
    schema: Arc<Schema>,
    set: PolicySet,
    kinds: Vec<Kind>,
}

fn solver_error(error: impl std::fmt::Display) -> ProverError {
    ProverError::Solver(error.to_string())
}

impl Ground {
    /// # Errors
    /// Where the schema has something the solver's language lacks.
    pub fn new(policies: &Policies) -> Result<Self, ProverError> {
        let schema = Arc::new(policies.schema().clone());
        let symbolic = CompiledSchema::new(&schema).map_err(solver_error)?;
        let mut kinds = schema
            .request_envs()
            .map(|env| {
                let name = format!("{} {} {}", env.principal(), env.action().id().unescaped(), env.resource());
                let symbolic = Arc::new(symbolic.sym_env(&env).map_err(solver_error)?);
                Ok(Kind { env, name, symbolic, compiled: OnceLock::new() })
            })
            .collect::<Result<Vec<_>, ProverError>>()?;
        kinds.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { schema, set: policies.set().clone(), kinds })
    }

    /// Other policies under the same schema, which saves the work that depends on the schema alone.
    pub fn with(&self, set: PolicySet) -> Self {
        let kind = |kind: &Kind| Kind {
            env: kind.env.clone(),
            name: kind.name.clone(),
            symbolic: kind.symbolic.clone(),
            compiled: OnceLock::new(),
        };
        Self { schema: self.schema.clone(), set, kinds: self.kinds.iter().map(kind).collect() }
    }

    /// Every kind of request the schema knows.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    pub fn set(&self) -> &PolicySet {
        &self.set
    }

    /// The kinds of request that a policy can speak to: its scope admits them, and its conditions are not plainly false.
    pub fn admitted<'a>(&'a self, policy: &Policy) -> impl Iterator<Item = &'a Kind> + use<'a> {
        let envs: Vec<RequestEnv> = policy.get_valid_request_envs(&self.schema).collect();
        self.kinds.iter().filter(move |kind| envs.contains(&kind.env))
    }

    /// All policies, for one kind of request.
    pub(super) fn compiled<'a>(&self, kind: &'a Kind) -> Result<&'a CompiledPolicySet, ProverError> {
        if let Some(known) = kind.compiled.get() {
            return Ok(known);
        }
        let compiled = self.compile_set(&self.set, kind)?;
        Ok(kind.compiled.get_or_init(|| compiled))
    }

    /// Other policies, for the same kind of request. Those whose scope does not admit it are false there.
    pub(super) fn compile_set(&self, set: &PolicySet, kind: &Kind) -> Result<CompiledPolicySet, ProverError> {
        CompiledPolicySet::compile_with_custom_symenv(set, &kind.env, &self.schema, (*kind.symbolic).clone())
            .map_err(solver_error)
    }

    pub(super) fn compile(&self, policy: &Policy, kind: &Kind) -> Result<CompiledPolicy, ProverError> {
        CompiledPolicy::compile_with_custom_symenv(policy, &kind.env, &self.schema, (*kind.symbolic).clone())
            .map_err(solver_error)
    }
}
