//! The matrices as questions instead of text, and one policy's word on each: for the mutation run, which asks thousands of
//! changed policies what their matrix would show. It grants nothing and must never be fed real facts.

use super::action::Action;
use super::entities::{Posed, World, context};
use super::facts::{Circumstances, PrincipalFacts, ResourceFacts};
use super::policies::Policies;
use super::{matrix, verb_matrix};
use cedar_policy::{Context, PolicySet};

/// One reader before one thing, and the cells of the matrices that are about the two.
#[derive(Debug)]
pub struct Scene {
    pub principal: PrincipalFacts,
    pub resource: ResourceFacts,
    pub cells: Vec<Cell>,
}

/// What one cell asks.
#[derive(Debug)]
pub struct Cell {
    pub action: Action,
    pub tries: Vec<Circumstances>,
    /// Whether the text shows the answer to each try, or only the first that is allowed.
    pub shows_all: bool,
}

/// All that the two golden texts are made from.
pub fn scenes() -> Vec<Scene> {
    matrix::scenes().into_iter().chain(verb_matrix::scenes()).collect()
}

/// A scene in one of its circumstances, in Cedar's form.
pub struct Probe<'a> {
    policies: &'a Policies,
    posed: Posed,
    context: Context,
}

impl std::fmt::Debug for Probe<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Probe")
    }
}

impl<'a> Probe<'a> {
    /// None where the facts do not fit the schema.
    pub fn new(policies: &'a Policies, scene: &Scene, circumstances: &Circumstances) -> Option<Self> {
        let posed = Posed::new(&policies.names, &scene.principal, &scene.resource)?;
        Some(Self { policies, posed, context: context(circumstances)? })
    }

    /// Whether a policy, alone in its set, speaks to this action here; None where it errs.
    pub fn speaks(&self, alone: &PolicySet, action: Action) -> Option<bool> {
        World::new(self.policies, &self.posed).speaks(alone, action, &self.context)
    }
}
