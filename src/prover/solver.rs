//! One solver process and the questions put to it. A yes is the solver's; a counterexample is tried on Cedar itself
//! before anyone is told. It must never take silence, a time limit or `unknown` for a proof.

use super::ProverError;
use super::ground::{Ground, Kind};
use super::theorems::Theorem;
use cedar_policy::{Authorizer, Decision, Entities, Entity, PolicySet, Request};
use cedar_policy_symcc::solver::LocalSolver;
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicy, CompiledPolicySet, Env};
use std::collections::HashMap;
use std::fmt;

/// How a theorem fared.
#[derive(Debug)]
pub enum Verdict {
    /// No request of any of so many kinds is allowed that the theorem excludes.
    Holds {
        kinds: usize,
    },
    Refuted(Box<Counterexample>),
    /// There is no request the theorem speaks of: it excludes nothing, so nothing was proved.
    Vacuous,
}

/// How one set of policies compares with what it is made from.
#[derive(Debug)]
pub enum Change {
    /// Every request gets the same answer.
    None,
    /// Nothing more is allowed, and something less.
    Tightened,
    /// This request is newly allowed.
    Loosened(Box<(Request, Entities)>),
}

/// A request that the policies allow and the theorem excludes, with the entities it is about.
#[derive(Debug)]
pub struct Counterexample {
    /// The permits it was allowed by.
    pub by: Vec<String>,
    pub request: Request,
    pub entities: Entities,
}

impl fmt::Display for Counterexample {
    /// The request, then each entity with its attributes, as Cedar writes them; actions, which have none, left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |uid: Option<&cedar_policy::EntityUid>| uid.map_or_else(|| "?".to_owned(), ToString::to_string);
        writeln!(f, "principal {}", name(self.request.principal()))?;
        writeln!(f, "action    {}", name(self.request.action()))?;
        writeln!(f, "resource  {}", name(self.request.resource()))?;
        if let Some(context) = self.request.context() {
            writeln!(f, "context   {context}")?;
        }
        let mut entities: Vec<&Entity> = self.entities.iter().collect();
        entities.retain(|entity| entity.attrs().next().is_some());
        entities.sort_by_key(|entity| entity.uid().to_string());
        for entity in entities {
            writeln!(f, "{} {{", entity.uid())?;
            let mut attributes: Vec<(&str, String)> =
                entity.attrs().map(|(key, value)| (key, value.map_or("?".to_owned(), |v| v.to_string()))).collect();
            attributes.sort();
            for (key, value) in attributes {
                writeln!(f, "  {key}: {value},")?;
            }
            writeln!(f, "}}")?;
        }
        write!(f, "allowed by {}", self.by.join(", "))
    }
}

/// One cvc5 process, ended when this is dropped.
pub struct Prover {
    runtime: tokio::runtime::Runtime,
    compiler: CedarSymCompiler<LocalSolver>,
}

impl fmt::Debug for Prover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prover")
    }
}

/// Milliseconds for one question, after which the solver gives up: hundreds of times what the slowest takes, for they pass
/// by the wall clock, and the machine may be busy with ten other things.
const LIMIT: &str = "--tlimit-per=120000";

impl Prover {
    /// # Errors
    /// Where there is no cvc5.
    pub fn new() -> Result<Self, ProverError> {
        let start = |error: &dyn fmt::Display| ProverError::Start(error.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| start(&e))?;
        let compiler = {
            let _inside = runtime.enter();
            let mut command = tokio::process::Command::new(std::env::var_os("CVC5").unwrap_or_else(|| "cvc5".into()));
            let solver = LocalSolver::from_command(command.args(["--lang", "smt", LIMIT]).kill_on_drop(true));
            solver.map_err(|e| start(&e)).and_then(|s| CedarSymCompiler::new(s).map_err(|e| start(&e)))?
        };
        Ok(Self { runtime, compiler })
    }

    /// Whether the policies can allow anything that the theorem excludes, in any kind of request it speaks of.
    ///
    /// # Errors
    /// Where the solver does not answer.
    pub fn theorem(&mut self, ground: &Ground, theorem: &Theorem) -> Result<Verdict, ProverError> {
        self.theorem_in(ground, theorem, ground.admitted(theorem.policy()))
    }

    /// The same, in some kinds of request only.
    ///
    /// # Errors
    /// Where the solver does not answer.
    pub fn theorem_in<'a>(
        &mut self,
        ground: &Ground,
        theorem: &Theorem,
        kinds: impl IntoIterator<Item = &'a Kind>,
    ) -> Result<Verdict, ProverError> {
        let mut covered = 0;
        let mut known = HashMap::new();
        for kind in kinds {
            let excluded = ground.compile(theorem.policy(), kind)?.into_compiled_policyset();
            let compiled = ground.compiled(kind)?;
            if !self.disjoint(compiled, &excluded)? {
                let Some(found) = self.overlap(compiled, &excluded)? else {
                    return Err(ProverError::NoCounterexample(theorem.id().to_owned()));
                };
                return counterexample(ground.set(), theorem, found).map(|c| Verdict::Refuted(Box::new(c)));
            }
            // A theorem that does not look at the action speaks of every action alike, or of none.
            let alike = theorem.is_of_every_action().then(|| kind.ends());
            let speaks = match alike.as_ref().and_then(|ends| known.get(ends)) {
                Some(speaks) => *speaks,
                None => !self.denies_all(&excluded)?,
            };
            known.extend(alike.map(|ends| (ends, speaks)));
            covered += usize::from(speaks);
        }
        Ok(if covered == 0 { Verdict::Vacuous } else { Verdict::Holds { kinds: covered } })
    }

    fn denies_all(&mut self, set: &CompiledPolicySet) -> Result<bool, ProverError> {
        self.runtime.block_on(self.compiler.check_always_denies_opt(set)).map_err(unanswered)
    }

    pub(super) fn disjoint(&mut self, a: &CompiledPolicySet, b: &CompiledPolicySet) -> Result<bool, ProverError> {
        self.runtime.block_on(self.compiler.check_disjoint_opt(a, b)).map_err(unanswered)
    }

    pub(super) fn implies(&mut self, a: &CompiledPolicySet, b: &CompiledPolicySet) -> Result<bool, ProverError> {
        self.runtime.block_on(self.compiler.check_implies_opt(a, b)).map_err(unanswered)
    }

    pub(super) fn never_errs(&mut self, policy: &CompiledPolicy) -> Result<bool, ProverError> {
        self.runtime.block_on(self.compiler.check_never_errors_opt(policy)).map_err(unanswered)
    }

    /// What other policies change in one kind of request; both grounds must have one schema.
    ///
    /// # Errors
    /// Where the solver does not answer.
    pub fn change(&mut self, before: &Ground, after: &Ground, kind: &Kind) -> Result<Change, ProverError> {
        let (old, new) = (before.compiled(kind)?, after.compile_set(after.set(), kind)?);
        let wider = self.compiler.check_implies_with_counterexample_opt(&new, old);
        if let Some(Env { request, entities }) = self.runtime.block_on(wider).map_err(unanswered)? {
            return Ok(Change::Loosened(Box::new((request, entities))));
        }
        Ok(if self.implies(old, &new)? { Change::None } else { Change::Tightened })
    }

    fn overlap(&mut self, a: &CompiledPolicySet, b: &CompiledPolicySet) -> Result<Option<Env>, ProverError> {
        self.runtime.block_on(self.compiler.check_disjoint_with_counterexample_opt(a, b)).map_err(unanswered)
    }
}

fn unanswered(error: cedar_policy_symcc::err::Error) -> ProverError {
    ProverError::Solver(error.to_string())
}

/// The solver's model, tried on Cedar: a fault in the translation must not pass for a fault in the policies.
fn counterexample(set: &PolicySet, theorem: &Theorem, found: Env) -> Result<Counterexample, ProverError> {
    let Env { request, entities } = found;
    let authorizer = Authorizer::new();
    let response = authorizer.is_authorized(&request, set, &entities);
    let mut by: Vec<String> = response.diagnostics().reason().map(ToString::to_string).collect();
    by.sort();
    if response.decision() == Decision::Allow && theorem.excludes(&request, &entities) {
        Ok(Counterexample { by, request, entities })
    } else {
        Err(ProverError::NoCounterexample(theorem.id().to_owned()))
    }
}
