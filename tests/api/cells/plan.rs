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

/// How much of the world's cells a plan tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Where nothing is broken every stage; under each condition every operation by every seat once.
    Ordinary,
    /// Every condition at every stage.
    Everything,
    /// Of the ordinary, one operation of a seat in so many, and nothing in full.
    OneIn(usize),
    /// All requests of all that is asked for: for few conditions, stages and operations.
    InFull,
}

pub struct Plan {
    /// As laid and, in a control, as described otherwise.
    pub conditions: Vec<(Condition, Option<Condition>)>,
    pub stages: Vec<Stage>,
    pub operations: Vec<&'static Operation>,
    pub reach: Reach,
    next: AtomicUsize,
}

/// How many of an operation's requests are tried here.
enum Take {
    None,
    Leading,
    /// Of the leading ones, one in three.
    Third(usize),
    One(usize),
}

impl Plan {
    pub fn of_everything(reach: Reach) -> Self {
        let conditions = conditions().into_iter().map(|condition| (condition, None)).collect();
        Self::of(conditions, Stage::ALL.to_vec(), OPERATIONS.to_vec(), reach)
    }

    pub fn of(
        conditions: Vec<(Condition, Option<Condition>)>,
        stages: Vec<Stage>,
        operations: Vec<&'static Operation>,
        reach: Reach,
    ) -> Self {
        Self { conditions, stages, operations, reach, next: AtomicUsize::new(0) }
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
                Take::Third(from) => all.iter().filter(|probe| probe.leads).skip(from).step_by(3).collect(),
                Take::One(which) => all.get(which % all.len()).into_iter().collect(),
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
        let (which, stages) = (lot / 512 + turn, self.stages.len());
        let condition = &self.conditions[number].0;
        let everywhere = matches!(self.reach, Reach::Everything | Reach::InFull);
        let chosen = if let Reach::OneIn(so_many) = self.reach { (lot / 64).is_multiple_of(so_many) } else { true };
        let unbroken = number == 0 && !matches!(self.reach, Reach::OneIn(_));
        let in_full = self.reach == Reach::InFull || (unbroken && self.reach == Reach::Everything);
        if !is_of_case(operation.path) {
            // The same at every stage, and whatever becomes of a case: tried once, under the conditions that it can be about.
            return match turn == lot % stages && chosen && (number == 0 || !condition.of_case() || in_full) {
                true if unbroken || everywhere => Take::Leading,
                true => Take::One(which),
                false => Take::None,
            };
        }
        match operation.id {
            _ if in_full => Take::Leading,
            // Each category's own request, at every stage.
            "amendCategory" if unbroken => Take::Leading,
            "makeTransition" if unbroken && !is_elsewhere(tried) => Take::Third(which % 3),
            _ if unbroken && !is_elsewhere(tried) => Take::Leading,
            _ if unbroken || self.reach == Reach::Everything => Take::One(which),
            // One answer holds a cell for each category, and so it is asked for twice.
            "openCase" if chosen && (lot + turn).is_multiple_of(stages.div_ceil(2)) => Take::One(which),
            _ if chosen && (lot + turn).is_multiple_of(stages) => Take::One(which),
            _ => Take::None,
        }
    }
}

/// Seats that have no case whatever is so: that they have none is tried by turns.
fn is_elsewhere(tried: &Tried<'_>) -> bool {
    let neighbour = (tried.seat.body() == Body::NeighbourCouncil) != (tried.setting.member == Member::OtherPanel);
    neighbour || matches!(tried.seat.role(), Role::Referrer | Role::Administrator)
}

/// FNV-1a with a last stir: the same on every machine and in every run.
fn lot(words: &[&str]) -> usize {
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    let sum =
        bytes.fold(0xcbf2_9ce4_8422_2325 ^ SEED, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    usize::try_from((sum ^ (sum >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8).unwrap()
}
