//! The mutation run: one thing changed in the policies at a time. Each must show in a matrix's golden text or be refuted by
//! a theorem; what neither notices must be proved to make no difference.

use super::POLICIES;
use super::board::{Board, in_threads};
use super::mutants::{Kind, Mutant, mutants};
use super::siblings::Siblings;
use channel_panel::access::probe::scenes;
use channel_panel::prover::{self, Change, Ground, Prover, ProverError, Theorem, Verdict, share, workers};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Catch {
    /// Strict validation refuses it.
    Validation,
    Matrix,
    Theorem,
    /// The solver proved that it allows exactly the same.
    Equivalent,
    /// Less is allowed, and nothing noticed.
    SurvivedTighter,
    /// More is allowed, and nothing noticed.
    SurvivedLooser,
}

struct Run {
    board: Board,
    ground: Ground,
    theorems: Vec<Theorem>,
}

impl Run {
    fn all(&self, mutants: &[Mutant]) -> Vec<Catch> {
        let begun = Instant::now();
        let in_process = in_threads(mutants, |mutant| {
            let fits = mutant.policy.as_ref().is_none_or(|policy| POLICIES.fits(policy).is_ok());
            match fits {
                false => Some(Catch::Validation),
                true => self.board.shows(&mutant.of, mutant.policy.as_ref()).then_some(Catch::Matrix),
            }
        });
        println!("in process {:?}", begun.elapsed());
        let left: Vec<&Mutant> =
            mutants.iter().zip(&in_process).filter(|(_, caught)| caught.is_none()).map(|(mutant, _)| mutant).collect();
        println!("{} left", left.len());
        let mut solved = share(&left, workers(), |prover, mutant| self.solve(prover, mutant)).unwrap().into_iter();
        in_process.into_iter().map(|caught| caught.unwrap_or_else(|| solved.next().unwrap())).collect()
    }

    fn solve(&self, prover: &mut Prover, mutant: &Mutant) -> Result<Catch, ProverError> {
        let changed = POLICIES.clone().exchanged(&mutant.of, mutant.policy.as_ref())?;
        let original = POLICIES.set().policy(&mutant.of).unwrap();
        // What either speaks of: elsewhere nothing has changed.
        let either = [Some(original), mutant.policy.as_ref()].into_iter().flatten();
        let names: BTreeSet<&str> =
            either.flat_map(|policy| self.ground.admitted(policy).map(prover::Kind::name).collect::<Vec<_>>()).collect();
        let ground = self.ground.with(changed.set().clone());
        let mut found = Catch::Equivalent;
        for kind in self.ground.kinds().iter().filter(|kind| names.contains(kind.name())) {
            match prover.change(&self.ground, &ground, kind)? {
                Change::None => {}
                Change::Tightened => found = found.max(Catch::SurvivedTighter),
                Change::Loosened(example) => {
                    if self.theorems.iter().any(|theorem| theorem.excludes(&example.0, &example.1)) {
                        return Ok(Catch::Theorem);
                    }
                    for theorem in &self.theorems {
                        let here = ground.admitted(theorem.policy()).filter(|known| known.name() == kind.name());
                        if matches!(prover.theorem_in(&ground, theorem, here)?, Verdict::Refuted(_)) {
                            return Ok(Catch::Theorem);
                        }
                    }
                    found = Catch::SurvivedLooser;
                }
            }
        }
        Ok(found)
    }
}

#[test]
fn no_line_of_a_policy_can_go_missing() {
    let begun = Instant::now();
    let siblings = Siblings::new();
    let all: Vec<Mutant> = POLICIES.set().policies().flat_map(|policy| mutants(policy, &siblings)).collect();
    println!("{} mutants made {:?}", all.len(), begun.elapsed());
    let run = Run {
        board: Board::new(&scenes()),
        ground: Ground::new(&POLICIES).unwrap(),
        theorems: Theorem::all().unwrap(),
    };
    println!("{} questions {:?}", run.board.questions(), begun.elapsed());
    let caught = run.all(&all);
    let mut counts: BTreeMap<Kind, BTreeMap<Catch, usize>> = BTreeMap::new();
    for (mutant, catch) in all.iter().zip(&caught) {
        *counts.entry(mutant.kind).or_default().entry(*catch).or_default() += 1;
        if *catch > Catch::Theorem {
            println!("{catch:?}: {:?} {} {}", mutant.kind, mutant.of, mutant.what);
        }
    }
    println!("{counts:#?} {:?}", begun.elapsed());
}
