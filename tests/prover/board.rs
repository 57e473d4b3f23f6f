//! The two matrices in process: every question their golden texts are made from, with the answer and the policies it rests
//! on, so that of a changed policy only the questions need asking whose answer hangs on that one policy.

use super::POLICIES;
use cedar_policy::{ActionConstraint, Effect, EntityUid, Policy, PolicyId, PolicySet};
use channel_panel::access::Action;
use channel_panel::access::facts::Circumstances;
use channel_panel::access::probe::{Probe, Scene};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub struct Board {
    probes: Vec<Probe<'static>>,
    cells: Vec<Cell>,
    actions: Vec<Action>,
    /// The cells of each action.
    of_action: Vec<Vec<usize>>,
    policies: HashMap<PolicyId, Known>,
}

struct Cell {
    /// By its place in `Board::actions`, as everywhere here.
    action: usize,
    shows_all: bool,
    questions: Vec<Question>,
}

/// One question, and how many policies speak to it.
#[derive(Clone, Copy)]
struct Question {
    probe: usize,
    permits: u32,
    forbids: u32,
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
    /// Whether its scope admits each action.
    scope: Vec<bool>,
    looks_at_action: bool,
    /// By probe; where it looks at the action, by action within that.
    known: Vec<Option<Word>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Silent,
    Speaks,
    Errs,
}

impl Reading {
    fn new(policy: &Policy, actions: &[Action], probes: usize) -> Self {
        let named = |action: &Action, uid: &EntityUid| uid.id().unescaped() == action.name();
        let admits = |action: &Action| match policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(uid) => named(action, &uid),
            ActionConstraint::In(uids) => uids.iter().any(|uid| named(action, uid)),
        };
        let looks_at_action = policy.to_json().unwrap()["conditions"].to_string().contains(r#""Var":"action""#);
        Self {
            alone: PolicySet::from_policies([policy.clone()]).unwrap(),
            scope: actions.iter().map(admits).collect(),
            looks_at_action,
            known: vec![None; if looks_at_action { probes * actions.len() } else { probes }],
        }
    }

    fn place(&self, probe: usize, action: usize) -> usize {
        if self.looks_at_action { probe * self.scope.len() + action } else { probe }
    }

    fn word(&mut self, board: &Board, probe: usize, action: usize) -> Word {
        if !self.scope[action] {
            return Word::Silent;
        }
        let place = self.place(probe, action);
        if let Some(known) = self.known[place] {
            return known;
        }
        let word = match board.probes[probe].speaks(&self.alone, board.actions[action]) {
            Some(true) => Word::Speaks,
            Some(false) => Word::Silent,
            None => Word::Errs,
        };
        self.known[place] = Some(word);
        word
    }

    /// Of a reading that has been asked everything.
    fn said(&self, probe: usize, action: usize) -> Word {
        if self.scope[action] { self.known[self.place(probe, action)].unwrap() } else { Word::Silent }
    }
}

impl Question {
    /// The answer, were one of the policies to speak thus that now speaks so.
    fn answer(self, effect: Effect, now: Word, then: Word) -> bool {
        let (before, after) = (u32::from(now == Word::Speaks), u32::from(then == Word::Speaks));
        // As the service has it: where a policy errs, nothing is allowed.
        then != Word::Errs
            && match effect {
                Effect::Permit => self.forbids == 0 && self.permits - before + after > 0,
                Effect::Forbid => self.permits > 0 && self.forbids - before + after == 0,
            }
    }

    fn hangs_on(self, effect: Effect, now: Word) -> bool {
        self.answer(effect, now, Word::Speaks) != self.answer(effect, now, Word::Silent)
    }
}

impl Board {
    pub fn new(scenes: &[Scene]) -> Self {
        let actions: Vec<Action> = Action::all().collect();
        let (probes, cells) = laid_out(scenes, &actions);
        let mut of_action = vec![Vec::new(); actions.len()];
        cells.iter().enumerate().for_each(|(at, cell)| of_action[cell.action].push(at));
        let mut board = Self { probes, cells, actions, of_action, policies: HashMap::new() };
        let policies: Vec<Policy> = POLICIES.set().policies().cloned().collect();
        let readings = in_threads(&policies, |policy| board.read(policy));
        for (policy, reading) in policies.iter().zip(&readings) {
            board.count(policy.effect(), reading);
        }
        for (policy, reading) in policies.iter().zip(readings) {
            let pivots = board.pivots(policy.effect(), &reading);
            board.policies.insert(policy.id().clone(), Known { effect: policy.effect(), reading, pivots });
        }
        board
    }

    /// Questions, and how many of them differ in more than the action.
    pub fn size(&self) -> (usize, usize) {
        (self.cells.iter().map(|cell| cell.questions.len()).sum(), self.probes.len())
    }

    fn read(&self, policy: &Policy) -> Reading {
        let mut reading = Reading::new(policy, &self.actions, self.probes.len());
        for cell in &self.cells {
            for question in &cell.questions {
                assert_ne!(reading.word(self, question.probe, cell.action), Word::Errs, "{}", policy.id());
            }
        }
        reading
    }

    fn count(&mut self, effect: Effect, reading: &Reading) {
        for cell in self.cells.iter_mut().filter(|cell| reading.scope[cell.action]) {
            for question in &mut cell.questions {
                let speaks = u32::from(reading.said(question.probe, cell.action) == Word::Speaks);
                match effect {
                    Effect::Permit => question.permits += speaks,
                    Effect::Forbid => question.forbids += speaks,
                }
            }
        }
    }

    fn pivots(&self, effect: Effect, reading: &Reading) -> Vec<(usize, usize)> {
        let mut pivots = Vec::new();
        for (at, cell) in self.cells.iter().enumerate().filter(|(_, cell)| reading.scope[cell.action]) {
            for (place, question) in cell.questions.iter().enumerate() {
                if question.hangs_on(effect, reading.said(question.probe, cell.action)) {
                    pivots.push((at, place));
                }
            }
        }
        pivots
    }

    /// For each change of one policy (None drops it), whether the golden texts would show it; None for what `fits` refuses.
    pub fn shows(&self, of: &PolicyId, changes: &[Option<&Policy>]) -> Vec<bool> {
        let known = &self.policies[of];
        // Many changes are of the list of actions alone, and their conditions say what they said before.
        let mut words = HashMap::from([(body(POLICIES.set().policy(of).unwrap()), known.reading.known.clone())]);
        let shows = |change: &Option<&Policy>| match change {
            None => known.pivots.iter().any(|at| self.differs(known, *at, &mut |_, _| Word::Silent)),
            Some(policy) => {
                let mut new = Reading::new(policy, &self.actions, self.probes.len());
                let body = body(policy);
                words.remove(&body).into_iter().for_each(|known| new.known = known);
                let shown = self.changed(known, &mut new);
                words.insert(body, new.known);
                shown
            }
        };
        changes.iter().map(shows).collect()
    }

    fn changed(&self, known: &Known, new: &mut Reading) -> bool {
        let added = (0..self.actions.len()).filter(|action| new.scope[*action] && !known.reading.scope[*action]);
        let added: Vec<usize> = added.flat_map(|action| self.of_action[action].iter().copied()).collect();
        let mut word = |probe, action| new.word(self, probe, action);
        known.pivots.iter().any(|at| self.differs(known, *at, &mut word))
            || added
                .into_iter()
                .any(|at| (0..self.cells[at].questions.len()).any(|place| self.differs(known, (at, place), &mut word)))
    }

    fn differs(&self, known: &Known, (at, place): (usize, usize), word: &mut dyn FnMut(usize, usize) -> Word) -> bool {
        let cell = &self.cells[at];
        let mut answers = |question: &Question| {
            let now = known.reading.said(question.probe, cell.action);
            let before = question.answer(known.effect, now, now);
            let hangs = question.hangs_on(known.effect, now);
            (before, if hangs { question.answer(known.effect, now, word(question.probe, cell.action)) } else { before })
        };
        let (before, after) = answers(&cell.questions[place]);
        if before == after || cell.shows_all {
            return before != after;
        }
        let all: Vec<(bool, bool)> = cell.questions.iter().map(answers).collect();
        all.iter().position(|(before, _)| *before) != all.iter().position(|(_, after)| *after)
    }
}

/// A policy without its list of actions.
fn body(policy: &Policy) -> String {
    let form = policy.to_json().unwrap();
    format!("{} {} {}", form["principal"], form["resource"], form["conditions"])
}

fn laid_out(scenes: &[Scene], actions: &[Action]) -> (Vec<Probe<'static>>, Vec<Cell>) {
    let (mut probes, mut cells, mut known) = (Vec::new(), Vec::new(), HashMap::new());
    for scene in scenes {
        // By circumstances, of which a scene has a handful; the two matrices have many scenes in common.
        let mut here: Vec<(&Circumstances, usize)> = Vec::new();
        for cell in &scene.cells {
            let mut question = |circumstances| {
                let probe = here.iter().find(|(known, _)| *known == circumstances).map(|(_, probe)| *probe);
                let probe = probe.unwrap_or_else(|| {
                    let probe = *known.entry((&scene.principal, &scene.resource, circumstances)).or_insert_with(|| {
                        probes.push(Probe::new(&POLICIES, scene, circumstances).unwrap());
                        probes.len() - 1
                    });
                    here.push((circumstances, probe));
                    probe
                });
                Question { probe, permits: 0, forbids: 0 }
            };
            let questions = cell.tries.iter().map(&mut question).collect();
            let action = actions.iter().position(|action| *action == cell.action).unwrap();
            cells.push(Cell { action, shows_all: cell.shows_all, questions });
        }
    }
    (probes, cells)
}

/// On every processor; the answers in the items' order.
pub fn in_threads<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (next, answers) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(items.len())));
    let run = || {
        while let Some((at, item)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, items.get(at)?)))
        {
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
