//! Whether each policy is alive and free of evaluation errors. A dead one is a mistake somebody believes in; one that
//! errs is skipped by Cedar, and a skipped `forbid` would open what it guards.

use super::ProverError;
use super::ground::Ground;
use super::solver::Prover;
use cedar_policy::{Effect, Policy, PolicySet};

/// What is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A permit without which nothing less would be allowed; a guard that excludes nothing any permit allows.
    Dead,
    /// In this kind of request.
    Errs(String),
}

impl Prover {
    /// # Errors
    /// Where the solver does not answer.
    pub fn fault(&mut self, ground: &Ground, policy: &Policy) -> Result<Option<Fault>, ProverError> {
        for kind in ground.admitted(policy) {
            if !self.never_errs(&ground.compile(policy, kind)?)? {
                return Ok(Some(Fault::Errs(kind.name().to_owned())));
            }
        }
        Ok((!self.alive(ground, policy)?).then_some(Fault::Dead))
    }

    fn alive(&mut self, ground: &Ground, policy: &Policy) -> Result<bool, ProverError> {
        match policy.effect() {
            Effect::Permit => self.permit_is_alive(ground, policy),
            Effect::Forbid => self.guard_is_alive(ground, policy),
        }
    }

    /// Some request is allowed that nothing else allows.
    fn permit_is_alive(&mut self, ground: &Ground, permit: &Policy) -> Result<bool, ProverError> {
        let rest = chosen(ground, |policy| policy.id() != permit.id())?;
        for kind in ground.admitted(permit) {
            if !self.implies(ground.compiled(kind)?, &ground.compile_set(&rest, kind)?)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Some request is excluded by it that some permit allows.
    fn guard_is_alive(&mut self, ground: &Ground, guard: &Policy) -> Result<bool, ProverError> {
        let permits = chosen(ground, |policy| policy.effect() == Effect::Permit)?;
        let excluded = turned(guard)?;
        for kind in ground.admitted(guard) {
            let excluded = ground.compile(&excluded, kind)?.into_compiled_policyset();
            if !self.disjoint(&ground.compile_set(&permits, kind)?, &excluded)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn chosen(ground: &Ground, keep: impl Fn(&&Policy) -> bool) -> Result<PolicySet, ProverError> {
    PolicySet::from_policies(ground.set().policies().filter(keep).cloned())
        .map_err(|error| ProverError::Solver(error.to_string()))
}

/// A permit for exactly what the guard excludes.
fn turned(guard: &Policy) -> Result<Policy, ProverError> {
    let fault = |error: &dyn std::fmt::Display| ProverError::Solver(error.to_string());
    let mut form = guard.to_json().map_err(|error| fault(&error))?;
    if let Some(effect) = form.get_mut("effect") {
        *effect = "permit".into();
    }
    Policy::from_json(Some(guard.id().clone()), form).map_err(|error| fault(&error))
}
