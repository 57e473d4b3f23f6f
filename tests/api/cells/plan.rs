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

/// Of an operation by a seat under the conditions, the ordinary run tries one in so many.
const ORDINARILY: usize = 16;

/// A drill of an hour is heard of so often.
const HEARD_OF: usize = 20;

/// How much of the world's cells a plan tries. The file that runs the plans says what that comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Ordinary,
    Everything,
    /// Of the conditions, one of an operation by a seat in so many, and where nothing is broken no more.
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
    /// The leading ones, but one in three of those that take turns.
    Ordinary(usize),
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

    /// Takes a condition at a stage until none is left.
    pub fn work(&self, oracle: &Oracle, ground: &Ground<'_>) -> Tally {
        let mut tally = Tally::default();
        loop {
            let next = self.next.fetch_add(1, Ordering::Relaxed);
            let (number, turn) = (next / self.stages.len(), next % self.stages.len());
            let Some((laid, described)) = self.conditions.get(number) else { return tally };
            if self.reach == Reach::Everything && next.is_multiple_of(HEARD_OF) {
                let (all, cells) = (self.conditions.len() * self.stages.len(), tally.cells());
                eprintln!(
                    "{next} of {all} settings begun; {cells} cells by this worker, {} differ",
                    tally.different.len()
                );
                tally.different.iter().take(20).for_each(|one| eprintln!("  {one}"));
            }
            let setting = laid.at(self.stages[turn]);
            let told = described.as_ref().map_or_else(|| setting.clone(), |other| other.at(self.stages[turn]));
            let tries: Vec<Try<'_>> = Seat::ALL
                .iter()
                .map(|seat| self.chosen(Tried { ground, setting: &setting, seat: *seat }, number, turn))
                .filter(|one| !one.requests.is_empty())
                .collect();
            if !tries.is_empty() {
                ground.set(&setting);
            }
            for one in &tries {
                one.compare(oracle, &told, &laid.name, &mut tally);
            }
        }
    }

    /// What this seat is to ask here.
    fn chosen<'t>(&self, tried: Tried<'t>, number: usize, turn: usize) -> Try<'t> {
        let mut requests = Vec::new();
        for operation in &self.operations {
            let take = self.take(operation, &tried, number, turn);
            if matches!(take, Take::None) {
                continue;
            }
            let all = probes(operation.id, &tried);
            let count = all.len();
            let ordinary = |(n, probe): (usize, Probe), from: usize| {
                (probe.leads && (!probe.takes_turns || n % 3 == from % 3)).then_some(probe)
            };
            let of_it: Vec<Probe> = match take {
                Take::None => Vec::new(),
                Take::Leading => all.into_iter().filter(|probe| probe.leads).collect(),
                Take::Ordinary(from) => all.into_iter().enumerate().filter_map(|one| ordinary(one, from)).collect(),
                Take::One(which) => all.into_iter().skip(which % count).take(1).collect(),
            };
            requests.extend(of_it.into_iter().map(|probe| (*operation, probe)));
        }
        Try { tried, requests }
    }

    fn take(&self, operation: &Operation, tried: &Tried<'_>, number: usize, turn: usize) -> Take {
        let lot = lot(&[operation.id, tried.seat.name(), &number.to_string()]);
        let (which, stages) = (lot / 512 + turn, self.stages.len());
        let condition = &self.conditions[number].0;
        let one_in = match self.reach {
            Reach::Ordinary => ORDINARILY,
            Reach::OneIn(so_many) => so_many,
            Reach::Everything | Reach::InFull => 1,
        };
        // By turns and not by lot: so that no operation is left without a seat.
        let place = Seat::ALL.iter().position(|seat| *seat == tried.seat).unwrap();
        let chosen = (place + self::lot(&[operation.id, &number.to_string()])).is_multiple_of(one_in);
        let unbroken = number == 0 && !matches!(self.reach, Reach::OneIn(_));
        let in_full = self.reach == Reach::InFull || (unbroken && self.reach == Reach::Everything);
        if !is_of_case(operation.path) {
            // The same at every stage, and whatever becomes of a case: tried once, under the conditions that it can be about.
            let about = number == 0 || !condition.of_case() || in_full;
            return match turn == lot % stages && about {
                true if unbroken || in_full => Take::Leading,
                true if chosen => Take::One(which),
                _ => Take::None,
            };
        }
        // The seats take turns at the stages. One answer to `openCase` holds a cell for each category.
        let everywhere = self.reach == Reach::Everything;
        let here = everywhere
            || (lot + turn).is_multiple_of(stages) && (chosen || (operation.id == "openCase" && one_in <= ORDINARILY));
        match operation.id {
            _ if in_full => Take::Leading,
            _ if everywhere && operation.path.contains("{category}") => Take::Leading,
            _ if unbroken && !is_elsewhere(tried) => Take::Ordinary(which),
            _ if unbroken || here => Take::One(which),
            _ => Take::None,
        }
    }
}

/// One seat in one setting, and what it asks there.
struct Try<'t> {
    tried: Tried<'t>,
    requests: Vec<(&'static Operation, Probe)>,
}

impl Try<'_> {
    fn compare(&self, oracle: &Oracle, told: &Setting, condition: &str, tally: &mut Tally) {
        let judge = Judge::new(oracle, &self.tried, told, self.tried.ground.town.nobody());
        for (operation, probe) in &self.requests {
            let let_in = judge.try_one(operation, probe, condition, tally);
            if let_in && probe.changes {
                self.tried.ground.mend(self.tried.setting);
            }
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
