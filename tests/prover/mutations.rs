//! The mutation run: one thing changed in the policies at a time. Each must show in a matrix's golden text or be refuted by
//! a theorem; what neither notices must be proved to make no difference.

use super::POLICIES;
use super::board::{Board, in_threads};
use super::mutants::{Kind, Mutant, mutants};
use super::siblings::Siblings;
use cedar_policy::Policy;
use channel_panel::access::probe::scenes;
use channel_panel::access::{Action, Policies, matrix, verb_matrix};
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

/// Text without which the policies allow the same, knowingly: a guard says it too, and each of the two is to stand alone.
const SAID_TWICE: &[(&str, &str)] = &[
    ("break_glass_opens", "guards ask for the open glass, and council and police ct have open cases without one"),
    ("council_keys_for_others", "guard_on_behalf lets nobody else key for others"),
    ("guard_detail_on_behalf", "no permit lets the council, which alone keys for others, write a detail"),
    ("records_moves", "guard_purpose_records keeps these purposes to records"),
    ("guard_break_glass_only_reads", "what is decided about the end of a case is allowed for its own purpose alone"),
    ("guard_closed", "guard_purpose_records lets nobody but records and a chair come for retention"),
    (
        "chair_looks_at_what_is_to_be_erased",
        "guard_purpose_records lets a chair come only where an erasure is proposed",
    ),
    ("chair_confirms_erasure", "guard_purpose_records lets a chair come only where an erasure is proposed"),
];

struct Run {
    board: Board,
    ground: Ground,
    theorems: Vec<Theorem>,
}

impl Run {
    fn all(&self, mutants: &[Mutant]) -> Vec<Catch> {
        let begun = Instant::now();
        let of_one: Vec<&[Mutant]> = mutants.chunk_by(|a, b| a.of == b.of).collect();
        let in_process: Vec<Option<Catch>> =
            in_threads(&of_one, |of_one| self.in_process(of_one)).into_iter().flatten().collect();
        let left: Vec<&Mutant> =
            mutants.iter().zip(&in_process).filter(|(_, caught)| caught.is_none()).map(|(mutant, _)| mutant).collect();
        println!("{} left for the solver after {:?}", left.len(), begun.elapsed());
        let mut solved = share(&left, workers(), |prover, mutant| self.solve(prover, mutant)).unwrap().into_iter();
        in_process.into_iter().map(|caught| caught.unwrap_or_else(|| solved.next().unwrap())).collect()
    }

    /// Of changes to one policy.
    fn in_process(&self, mutants: &[Mutant]) -> Vec<Option<Catch>> {
        let fits = |mutant: &Mutant| mutant.policy.as_ref().is_none_or(|policy| POLICIES.fits(policy).is_ok());
        let fitting: Vec<bool> = mutants.iter().map(fits).collect();
        let tried = mutants.iter().zip(&fitting).filter(|(_, fits)| **fits).map(|(mutant, _)| mutant.policy.as_ref());
        let mut shown = self.board.shows(&mutants[0].of, &tried.collect::<Vec<_>>()).into_iter();
        let catch = |fits| match fits {
            false => Some(Catch::Validation),
            true => shown.next().unwrap().then_some(Catch::Matrix),
        };
        fitting.into_iter().map(catch).collect()
    }

    fn solve(&self, prover: &mut Prover, mutant: &Mutant) -> Result<Catch, ProverError> {
        let changed = POLICIES.clone().exchanged(&mutant.of, mutant.policy.as_ref())?;
        let original = POLICIES.set().policy(&mutant.of).unwrap();
        // What either speaks of: elsewhere nothing has changed.
        let either = [Some(original), mutant.policy.as_ref()].into_iter().flatten();
        let names: BTreeSet<&str> = either
            .flat_map(|policy| self.ground.admitted(policy).map(prover::Kind::name).collect::<Vec<_>>())
            .collect();
        let ground = self.ground.with(changed.set().clone());
        let (mut found, mut loosened) = (Catch::Equivalent, Vec::new());
        for kind in ground.kinds().iter().filter(|kind| names.contains(kind.name())) {
            match prover.change(&self.ground, &ground, kind)? {
                Change::None => {}
                Change::Tightened => found = Catch::SurvivedTighter,
                Change::Loosened(example) => {
                    if self.theorems.iter().any(|theorem| theorem.excludes(&example.0, &example.1)) {
                        return Ok(Catch::Theorem);
                    }
                    loosened.push(kind);
                }
            }
        }
        for kind in &loosened {
            if self.refuted(prover, &ground, kind)? {
                return Ok(Catch::Theorem);
            }
        }
        Ok(if loosened.is_empty() { found } else { Catch::SurvivedLooser })
    }

    fn refuted(&self, prover: &mut Prover, ground: &Ground, kind: &prover::Kind) -> Result<bool, ProverError> {
        for theorem in &self.theorems {
            let here = ground.admitted(theorem.policy()).filter(|known| known.name() == kind.name());
            if matches!(prover.theorem_in(ground, theorem, here)?, Verdict::Refuted(_)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn every_mutant() -> Vec<Mutant> {
    let siblings = Siblings::new();
    let policies: Vec<_> = POLICIES.set().policies().cloned().collect();
    in_threads(&policies, |policy| mutants(policy, &siblings)).into_iter().flatten().collect()
}

fn report(mutants: &[Mutant], caught: &[Catch]) {
    let kinds: BTreeSet<Kind> = mutants.iter().map(|mutant| mutant.kind).collect();
    println!("{:<18} mutants validation matrix theorem equivalent survived", "");
    for kind in kinds {
        let of: Vec<Catch> = mutants.iter().zip(caught).filter(|(m, _)| m.kind == kind).map(|(_, c)| *c).collect();
        let count = |catch| of.iter().filter(|c| **c == catch).count();
        println!(
            "{:<18} {:>7} {:>10} {:>6} {:>7} {:>10} {:>8}",
            format!("{kind:?}"),
            of.len(),
            count(Catch::Validation),
            count(Catch::Matrix),
            count(Catch::Theorem),
            count(Catch::Equivalent),
            of.iter().filter(|catch| **catch > Catch::Equivalent).count()
        );
    }
}

#[test]
fn no_line_of_a_policy_can_go_missing() {
    let begun = Instant::now();
    let all = every_mutant();
    let board = Board::new(&scenes());
    let (questions, worlds) = board.size();
    println!("{} mutants, {questions} questions in {worlds} worlds, made in {:?}", all.len(), begun.elapsed());
    let run = Run { board, ground: Ground::new(&POLICIES).unwrap(), theorems: Theorem::all().unwrap() };
    let caught = run.all(&all);
    report(&all, &caught);
    let (mut survived, mut dead, mut same) = (Vec::new(), Vec::new(), 0);
    let mut twice: BTreeMap<String, usize> = BTreeMap::new();
    for (mutant, catch) in all.iter().zip(&caught) {
        let what = format!("{catch:?}: {:?} {} {}", mutant.kind, mutant.of, mutant.what);
        same += usize::from(*catch == Catch::Equivalent);
        match catch {
            Catch::SurvivedTighter | Catch::SurvivedLooser => survived.push(what),
            Catch::Equivalent if mutant.kind.removes() => {
                if SAID_TWICE.iter().any(|(id, _)| *id == mutant.of.to_string()) {
                    *twice.entry(mutant.of.to_string()).or_default() += 1;
                } else {
                    dead.push(what);
                }
            }
            _ => {}
        }
    }
    let real = all.len() - same;
    println!(
        "{} of {real} that make a difference were caught: {:.1} %; {:?}",
        real - survived.len(),
        100.0 * (real - survived.len()) as f64 / real as f64,
        begun.elapsed()
    );
    for (id, why) in SAID_TWICE {
        println!("{id}: {} without effect, for {why}", twice.get(*id).copied().unwrap_or_default());
    }
    let (survived, dead) = (survived.join("\n"), dead.join("\n"));
    assert!(
        survived.is_empty() && dead.is_empty(),
        "nothing noticed:\n{survived}\nthese words change nothing:\n{dead}"
    );
    assert!(SAID_TWICE.iter().all(|(id, _)| twice.contains_key(*id)), "no longer said twice: {twice:?}");
}

/// What the golden texts hold of some actions.
fn text(policies: &Policies, actions: &BTreeSet<Action>) -> String {
    let of = |action: &Action| match action {
        Action::Read(category) | Action::Write(category) => {
            matrix::render_of(&[*category], policies) + &verb_matrix::jobs(policies, *action)
        }
        _ => verb_matrix::render_of(*action, policies),
    };
    actions.iter().map(of).collect()
}

fn named(policy: &Policy) -> BTreeSet<Action> {
    let text = policy.to_json().unwrap()["action"].to_string();
    Action::all().filter(|action| text.contains(&format!("\"{}\"", action.name()))).collect()
}

/// The quick answer must be the text's.
#[test]
fn the_board_shows_what_the_golden_texts_show() {
    let board = Board::new(&scenes());
    let few = |mutant: &Mutant| {
        let actions = mutant.policy.iter().flat_map(named).count();
        (1..=2).contains(&actions) && POLICIES.fits(mutant.policy.as_ref().unwrap()).is_ok()
    };
    let all: Vec<Mutant> = every_mutant().into_iter().filter(few).collect();
    let shows = |mutant: &&Mutant| board.shows(&mutant.of, &[mutant.policy.as_ref()])[0];
    let unseen: Vec<&Mutant> = all.iter().step_by(3).filter(|mutant| !shows(mutant)).take(4).collect();
    let seen: Vec<&Mutant> = all.iter().step_by(all.len() / 5).filter(shows).collect();
    assert!(unseen.len() == 4 && seen.len() > 2);
    for mutant in unseen.into_iter().chain(seen) {
        let changed = POLICIES.clone().exchanged(&mutant.of, mutant.policy.as_ref()).unwrap();
        let either = [POLICIES.set().policy(&mutant.of), mutant.policy.as_ref()];
        let actions = either.into_iter().flatten().flat_map(named).collect();
        let differs = text(&changed, &actions) != text(&POLICIES, &actions);
        assert_eq!(differs, shows(&mutant), "{} {}", mutant.of, mutant.what);
    }
}

/// The run can fail: with no matrix it rests on the theorems, and with the wrong ones everything goes missing.
#[test]
fn what_nothing_speaks_of_survives() {
    let all = every_mutant();
    let few: Vec<Mutant> = all
        .into_iter()
        .filter(|m| {
            (m.of.to_string() == "guard_recused" && m.kind == Kind::PolicyDropped)
                || (m.of.to_string() == "health_asked_reads" && m.what.contains("attr:agencyKind"))
        })
        .collect();
    assert_eq!(few.len(), 2);
    let with = |names: &[&str]| {
        let theorems = Theorem::all().unwrap().into_iter().filter(|theorem| names.contains(&theorem.id())).collect();
        Run { board: Board::new(&[]), ground: Ground::new(&POLICIES).unwrap(), theorems }.all(&few)
    };
    assert_eq!(with(&[]), [Catch::SurvivedLooser, Catch::SurvivedLooser]);
    assert_eq!(with(&["nothing_for_the_recused"]), [Catch::Theorem, Catch::SurvivedLooser]);
}
