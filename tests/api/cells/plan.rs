//! Which cells are tried, in which order, by whom.
//! It must never leave an operation, a seat or a condition out: what does not fit is sampled by stage, by a fixed seed.

use super::ground::Ground;
use super::judge::{Judge, Tally};
use super::oracle::Oracle;
use super::questions::Probe;
use super::setting::{Condition, Member, Setting, conditions};
use super::table::{Tried, is_of_case, probes};
use channel_panel::api::OPERATIONS;
use channel_panel::api::operation::Operation;
use channel_panel::casework::role::Role;
use channel_panel::casework::state::Stage;
use channel_panel::demo::seats::{Body, Seat};
use std::sync::atomic::{AtomicUsize, Ordering};

const SEED: u64 = 0x2015_0036;

pub struct Plan {
    /// As laid and, in a control, as described otherwise.
    pub conditions: Vec<(Condition, Option<Condition>)>,
    pub stages: Vec<Stage>,
    pub operations: Vec<&'static Operation>,
    /// Of the requests that take turns, one in so many.
    pub one_in: u64,
    /// Everything at once, as under the first condition.
    pub whole: bool,
    next: AtomicUsize,
}

/// How many of an operation's requests are tried here.
enum Take {
    None,
    Leading,
    One(u64),
}

impl Plan {
    pub fn of_everything(one_in: u64) -> Self {
        let conditions = conditions().into_iter().map(|condition| (condition, None)).collect();
        Self::of(conditions, Stage::ALL.to_vec(), OPERATIONS.to_vec(), one_in, false)
    }

    pub fn of(
        conditions: Vec<(Condition, Option<Condition>)>,
        stages: Vec<Stage>,
        operations: Vec<&'static Operation>,
        one_in: u64,
        whole: bool,
    ) -> Self {
        Self { conditions, stages, operations, one_in, whole, next: AtomicUsize::new(0) }
    }

    /// Takes conditions until none is left.
    pub fn work(&self, oracle: &Oracle, ground: &Ground<'_>) -> Tally {
        let mut tally = Tally::default();
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some((laid, described)) = self.conditions.get(number) else { return tally };
            for (turn, stage) in self.stages.iter().enumerate() {
                let setting = laid.at(*stage);
                let told = described.as_ref().map_or_else(|| setting.clone(), |other| other.at(*stage));
                ground.set(&setting);
                for seat in Seat::ALL {
                    let tried = Tried { ground, setting: &setting, seat: *seat };
                    self.try_seat(oracle, &tried, &told, &laid.name, (number, turn), &mut tally);
                }
            }
        }
    }

    fn try_seat(
        &self,
        oracle: &Oracle,
        tried: &Tried<'_>,
        told: &Setting,
        name: &str,
        (number, turn): (usize, usize),
        tally: &mut Tally,
    ) {
        let judge = Judge::new(oracle, tried, told, tried.ground.town.nobody());
        for operation in &self.operations {
            let all = probes(operation.id, tried);
            let chosen: Vec<&Probe> = match self.take(operation, tried, number, turn) {
                Take::None => Vec::new(),
                Take::Leading => all.iter().filter(|probe| probe.leads).collect(),
                Take::One(which) => all.get(usize::try_from(which).unwrap() % all.len()).into_iter().collect(),
            };
            for probe in chosen {
                let let_in = judge.try_one(operation, probe, name, tally);
                if let_in && probe.changes {
                    tried.ground.mend(tried.setting);
                }
            }
        }
    }

    fn take(&self, operation: &Operation, tried: &Tried<'_>, number: usize, turn: usize) -> Take {
        let lot = lot(&[operation.id, tried.seat.name(), &number.to_string()]);
        let (stages, turn) = (u64::try_from(self.stages.len()).unwrap(), u64::try_from(turn).unwrap());
        let chosen = (lot / 64).is_multiple_of(self.one_in);
        let whole = self.whole || (number == 0 && self.one_in == 1);
        if !is_of_case(operation.path) {
            // The same at every stage, and whatever becomes of a case: tried once, under the conditions that it can be about.
            let here = turn == lot % stages && (whole || (chosen && !self.conditions[number].0.of_case()));
            return if here { Take::Leading } else { Take::None };
        }
        let elsewhere = is_elsewhere(tried) && !self.whole;
        if whole && !elsewhere {
            return Take::Leading;
        }
        // One answer holds a cell for each category, and so it is asked for more often.
        let often = operation.id == "openCase" && !elsewhere;
        let every = if often { stages.div_ceil(3) } else { stages };
        let by_turns = !elsewhere || whole || (lot / 8).is_multiple_of(3);
        let here = (lot + turn).is_multiple_of(every) && chosen && by_turns;
        if here { Take::One(lot / 512 + turn) } else { Take::None }
    }
}

/// Seats that have no case whatever is so: that they have none is tried by turns.
fn is_elsewhere(tried: &Tried<'_>) -> bool {
    let neighbour = (tried.seat.body() == Body::NeighbourCouncil) != (tried.setting.member == Member::OtherPanel);
    neighbour || matches!(tried.seat.role(), Role::Referrer | Role::Administrator)
}

/// FNV-1a with a last stir: the same on every machine and in every run.
fn lot(words: &[&str]) -> u64 {
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    let sum =
        bytes.fold(0xcbf2_9ce4_8422_2325 ^ SEED, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (sum ^ (sum >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8
}
