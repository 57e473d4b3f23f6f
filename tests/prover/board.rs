//! The two matrices in process: every question their golden texts are made from, with the answer and the policies it rests
//! on, so that of a changed policy only the questions need asking whose answer hangs on that one policy.

use super::POLICIES;
use cedar_policy::{ActionConstraint, Effect, Policy, PolicyId, PolicySet};
use channel_panel::access::Action;
use channel_panel::access::probe::{Probe, Scene};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub struct Board {
    probes: Vec<Probe<'static>>,
    cells: Vec<Cell>,
    by_action: BTreeMap<Action, Vec<usize>>,
    policies: HashMap<PolicyId, Known>,
}

struct Cell {
    action: Action,
    shows_all: bool,
    questions: Vec<Question>,
}

/// One question, and how many policies speak to it.
#[derive(Clone, Copy)]
struct Question {
    probe: usize,
    permits: usize,
    forbids: usize,
}

struct Known {
    effect: Effect,
    reading: Reading,
    /// The questions (cell, and place in it) whose answer hangs on this policy.
    pivots: Vec<(usize, usize)>,
}

/// What a policy says, asked once for all actions unless it looks at the action.
struct Reading {
    alone: PolicySet,
    scope: BTreeSet<Action>,
    of_one_action: bool,
    known: HashMap<(usize, Option<Action>), Word>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Silent,
    Speaks,
    Errs,
}

impl Reading {
    fn new(policy: &Policy) -> Self {
        let named = |action: &Action, uid: &cedar_policy::EntityUid| uid.id().unescaped() == action.name();
        let admits = |action: &Action| match policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(uid) => named(action, &uid),
            ActionConstraint::In(uids) => uids.iter().any(|uid| named(action, uid)),
        };
        Self {
            alone: PolicySet::from_policies([policy.clone()]).unwrap(),
            scope: Action::all().filter(admits).collect(),
            of_one_action: policy.to_json().unwrap()["conditions"].to_string().contains(r#""Var":"action""#),
            known: HashMap::new(),
        }
    }

    fn word(&mut self, probes: &[Probe<'_>], probe: usize, action: Action) -> Word {
        if !self.scope.contains(&action) {
            return Word::Silent;
        }
        let key = (probe, self.of_one_action.then_some(action));
        *self.known.entry(key).or_insert_with(|| match probes[probe].speaks(&self.alone, action) {
            Some(true) => Word::Speaks,
            Some(false) => Word::Silent,
            None => Word::Errs,
        })
    }

    /// Of a reading that has been asked everything.
    fn said(&self, probe: usize, action: Action) -> Word {
        let key = (probe, self.of_one_action.then_some(action));
        if self.scope.contains(&action) { self.known[&key] } else { Word::Silent }
    }
}

impl Question {
    /// The answer, were one of the policies to speak thus that now speaks so.
    fn answer(self, effect: Effect, now: Word, then: Word) -> bool {
        let count = |of: Effect, all: usize| {
            let one = |word| usize::from(effect == of && word == Word::Speaks);
            all - one(now) + one(then)
        };
        // As the service has it: where a policy errs, nothing is allowed.
        then != Word::Errs && count(Effect::Permit, self.permits) > 0 && count(Effect::Forbid, self.forbids) == 0
    }

    fn hangs_on(self, effect: Effect, now: Word) -> bool {
        self.answer(effect, now, Word::Speaks) != self.answer(effect, now, Word::Silent)
    }
}

impl Board {
    pub fn new(scenes: &[Scene]) -> Self {
        let (probes, mut cells) = laid_out(scenes);
        let mut by_action: BTreeMap<Action, Vec<usize>> = BTreeMap::new();
        for (at, cell) in cells.iter().enumerate() {
            by_action.entry(cell.action).or_default().push(at);
        }
        let policies: Vec<Policy> = POLICIES.set().policies().cloned().collect();
        let readings = in_threads(&policies, |policy| {
            let mut reading = Reading::new(policy);
            for at in reading.scope.clone().iter().flat_map(|action| by_action.get(action)).flatten() {
                for question in &cells[*at].questions {
                    let word = reading.word(&probes, question.probe, cells[*at].action);
                    assert_ne!(word, Word::Errs, "{}", policy.id());
                }
            }
            reading
        });
        for (policy, reading) in policies.iter().zip(&readings) {
            for at in reading.scope.iter().flat_map(|action| by_action.get(action)).flatten() {
                let action = cells[*at].action;
                for question in &mut cells[*at].questions {
                    let speaks = usize::from(reading.said(question.probe, action) == Word::Speaks);
                    match policy.effect() {
                        Effect::Permit => question.permits += speaks,
                        Effect::Forbid => question.forbids += speaks,
                    }
                }
            }
        }
        let known = |(policy, reading): (&Policy, Reading)| {
            let mut pivots = Vec::new();
            for at in reading.scope.iter().flat_map(|action| by_action.get(action)).flatten() {
                for (place, question) in cells[*at].questions.iter().enumerate() {
                    let now = reading.said(question.probe, cells[*at].action);
                    if question.hangs_on(policy.effect(), now) {
                        pivots.push((*at, place));
                    }
                }
            }
            (policy.id().clone(), Known { effect: policy.effect(), reading, pivots })
        };
        let policies = policies.iter().zip(readings).map(known).collect();
        Self { probes, cells, by_action, policies }
    }

    pub fn questions(&self) -> usize {
        self.cells.iter().map(|cell| cell.questions.len()).sum()
    }

    /// Whether the golden texts would change, were a policy changed so or dropped.
    pub fn shows(&self, of: &PolicyId, changed: Option<&Policy>) -> bool {
        let known = &self.policies[of];
        let mut new = changed.map(Reading::new);
        if self.differs(known, &mut new, known.pivots.iter().copied()) {
            return true;
        }
        let added: Vec<Action> = match &new {
            Some(new) => new.scope.difference(&known.reading.scope).copied().collect(),
            None => Vec::new(),
        };
        let cells = added.iter().flat_map(|action| self.by_action.get(action)).flatten();
        let questions = cells.flat_map(|at| (0..self.cells[*at].questions.len()).map(|place| (*at, place)));
        self.differs(known, &mut new, questions)
    }

    fn differs(
        &self,
        known: &Known,
        new: &mut Option<Reading>,
        mut questions: impl Iterator<Item = (usize, usize)>,
    ) -> bool {
        questions.any(|(at, place)| {
            let cell = &self.cells[at];
            let mut answers = |question: &Question| {
                let now = known.reading.said(question.probe, cell.action);
                let then = match new {
                    Some(new) if question.hangs_on(known.effect, now) => {
                        new.word(&self.probes, question.probe, cell.action)
                    }
                    Some(_) => now,
                    None => Word::Silent,
                };
                (question.answer(known.effect, now, now), question.answer(known.effect, now, then))
            };
            let (before, after) = answers(&cell.questions[place]);
            if before == after || cell.shows_all {
                return before != after;
            }
            let all: Vec<(bool, bool)> = cell.questions.iter().map(answers).collect();
            all.iter().position(|(before, _)| *before) != all.iter().position(|(_, after)| *after)
        })
    }
}

fn laid_out(scenes: &[Scene]) -> (Vec<Probe<'static>>, Vec<Cell>) {
    let (mut probes, mut cells) = (Vec::new(), Vec::new());
    for scene in scenes {
        let mut here = Vec::new();
        for cell in &scene.cells {
            let mut question = |circumstances| {
                let known = here.iter().find(|(known, _)| *known == circumstances).map(|(_, probe)| *probe);
                let probe = known.unwrap_or_else(|| {
                    probes.push(Probe::new(&POLICIES, scene, circumstances).unwrap());
                    here.push((circumstances, probes.len() - 1));
                    probes.len() - 1
                });
                Question { probe, permits: 0, forbids: 0 }
            };
            let questions = cell.tries.iter().map(&mut question).collect();
            cells.push(Cell { action: cell.action, shows_all: cell.shows_all, questions });
        }
    }
    (probes, cells)
}

/// On every processor; the answers in the items' order.
pub fn in_threads<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (next, answers) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(items.len())));
    let run = || {
        while let Some((at, item)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, items.get(at)?))) {
            let answer = work(item);
            answers.lock().unwrap().push((at, answer));
        }
    };
    std::thread::scope(|scope| {
        (0..channel_panel::prover::workers()).for_each(|_| drop(scope.spawn(run)));
    });
    let mut answers = answers.into_inner().unwrap();
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
