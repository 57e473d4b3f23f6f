//! The mutation run: one thing taken out of the policies at a time. Each must show in a matrix's golden text or be refuted
//! by a theorem; what neither notices must be proved to make no difference.

use super::POLICIES;
use super::mutants::{Mutant, mutants};
use channel_panel::access::{Action, matrix, verb_matrix};
use channel_panel::casework::category::Category;
use channel_panel::prover::{Ground, Kind, Prover, ProverError, Theorem, Verdict, share, workers};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Catch {
    /// Strict validation refuses it.
    Validation,
    Matrix,
    Theorem,
    /// The solver proved that it allows exactly the same.
    Equivalent,
    Survived,
}

/// What the matrices say of one action.
fn shown(policies: &channel_panel::access::Policies, action: Action) -> String {
    match action {
        Action::Read(category) | Action::Write(category) => {
            let categories: [Category; 1] = [category];
            matrix::render_of(&categories, policies) + &verb_matrix::jobs(policies, action)
        }
        _ => verb_matrix::render_of(action, policies),
    }
}

struct Run {
    ground: Ground,
    theorems: Vec<Theorem>,
    golden: BTreeMap<String, (Action, String)>,
}

impl Run {
    fn new() -> Self {
        let golden = Action::all().map(|action| (action.name(), (action, shown(&POLICIES, action)))).collect();
        Self { ground: Ground::new(&POLICIES).unwrap(), theorems: Theorem::all().unwrap(), golden }
    }

    fn catch(&self, prover: &mut Prover, mutant: &Mutant) -> Result<Catch, ProverError> {
        let Ok(changed) = POLICIES.clone().exchanged(&mutant.of, mutant.policy.as_ref()) else {
            return Ok(Catch::Validation);
        };
        let original = POLICIES.set().policy(&mutant.of).unwrap();
        // What either speaks of: elsewhere nothing has changed.
        let either = [Some(original), mutant.policy.as_ref()].into_iter().flatten();
        let names: BTreeSet<&str> =
            either.flat_map(|policy| self.ground.admitted(policy).map(Kind::name).collect::<Vec<_>>()).collect();
        let kinds: Vec<&Kind> = self.ground.kinds().iter().filter(|kind| names.contains(kind.name())).collect();
        let actions: BTreeSet<&str> = kinds.iter().map(|kind| kind.action()).collect();
        let differs = |name: &&str| {
            let (action, golden) = &self.golden[*name];
            shown(&changed, *action) != *golden
        };
        if actions.iter().any(differs) {
            return Ok(Catch::Matrix);
        }
        let ground = Ground::new(&changed)?;
        let touched =
            |policy| -> Vec<&Kind> { ground.admitted(policy).filter(|kind| names.contains(kind.name())).collect() };
        for theorem in &self.theorems {
            if matches!(prover.theorem_in(&ground, theorem, touched(theorem.policy()))?, Verdict::Refuted(_)) {
                return Ok(Catch::Theorem);
            }
        }
        let same = prover.equivalent_in(&self.ground, &ground, kinds)?;
        Ok(if same { Catch::Equivalent } else { Catch::Survived })
    }
}

#[test]
#[ignore = "takes longer than a change should wait for; `make drill` runs it"]
fn no_line_of_a_policy_can_go_missing() {
    let begun = Instant::now();
    let run = Run::new();
    let all: Vec<Mutant> = POLICIES.set().policies().flat_map(mutants).collect();
    let caught = share(&all, workers(), |prover, mutant| run.catch(prover, mutant)).unwrap();
    let mut counts: BTreeMap<Catch, usize> = BTreeMap::new();
    assert!(all.len() > 500);
    for (mutant, catch) in all.iter().zip(&caught) {
        *counts.entry(catch.clone()).or_default() += 1;
        if matches!(catch, Catch::Equivalent | Catch::Survived) {
            println!("{catch:?}: {} {}", mutant.of, mutant.what);
        }
    }
    let count = |catch| counts.get(&catch).copied().unwrap_or_default();
    let (survived, equivalent) = (count(Catch::Survived), count(Catch::Equivalent));
    let real = all.len() - equivalent;
    println!(
        "{} mutants in {:?}: {counts:?}; {} of {real} that make a difference were caught: {:.1} %",
        all.len(),
        begun.elapsed(),
        real - survived,
        100.0 * (real - survived) as f64 / real as f64
    );
    assert_eq!(survived, 0);
}
