//! How long two answers take that must not be told apart, measured by turns in random order. A drill for a quiet machine
//! (`make drill`): the suite counts work instead (`work`). It must find a planted delay, or it says nothing. What is told on
//! the beat (`api::grain`) is measured when it leaves; how long it was made for is printed beside it, for whoever tunes a decoy.

use super::calls::NOWHERE;
use super::changes::Chance;
use super::road::{Asked, ask, served};
use super::work::asked;
use super::world::{World, borough};
use crate::api::town::least_referral;
use crate::harness::Backend;
use crate::store::wait;
use channel_panel::demo::seats::Seat;
use serde_json::json;
use std::time::{Duration, Instant};

const PLANTED: Duration = Duration::from_micros(200);
/// Half of what is planted: less than any network between the service and whoever measures adds by itself.
const TOLD: f64 = 100.0;

struct Samples {
    one: Vec<f64>,
    other: Vec<f64>,
}

impl Samples {
    /// Microseconds; in random order, so that neither has the warmer cache or the busier minute.
    fn take(n: usize, chance: &mut Chance, mut one: impl FnMut(), mut other: impl FnMut()) -> Self {
        let mut samples = Self { one: Vec::with_capacity(n), other: Vec::with_capacity(n) };
        while samples.one.len() < n || samples.other.len() < n {
            let first = if samples.one.len() == n { false } else { samples.other.len() == n || chance.below(2) == 0 };
            let began = Instant::now();
            if first {
                one()
            } else {
                other()
            }
            let took = began.elapsed().as_secs_f64() * 1e6;
            if first { samples.one.push(took) } else { samples.other.push(took) }
        }
        samples.one.sort_by(f64::total_cmp);
        samples.other.sort_by(f64::total_cmp);
        samples
    }

    /// The chance that a sample of the one is longer than one of the other (Mann and Whitney): 0.5 where nothing tells.
    fn rank(&self) -> f64 {
        let below: usize = self.one.iter().map(|time| self.other.partition_point(|other| other < time)).sum();
        below as f64 / (self.one.len() * self.other.len()) as f64
    }

    fn difference(&self) -> f64 {
        (trimmed_mean(&self.one) - trimmed_mean(&self.other)).abs()
    }

    fn say(&self, what: &str) {
        let at = |sorted: &[f64], q: f64| sorted[((sorted.len() - 1) as f64 * q) as usize];
        let line = |sorted: &[f64]| {
            [0.1, 0.5, 0.9].map(|q| format!("{:>7.0}", at(sorted, q))).join(" ")
                + &format!("  mean {:>7.1}", trimmed_mean(sorted))
        };
        println!("{what}, {} samples each, us at 10 % 50 % 90 %", self.one.len());
        println!("    {}\n    {}", line(&self.one), line(&self.other));
        println!("    difference {:.1} us, rank {:.3}", self.difference(), self.rank());
    }
}

/// Without the slowest and the quickest tenth.
fn trimmed_mean(sorted: &[f64]) -> f64 {
    let cut = sorted.len() / 10;
    let kept = &sorted[cut..sorted.len() - cut];
    kept.iter().sum::<f64>() / kept.len() as f64
}

#[test]
#[ignore = "measures time: a drill, for a machine with nothing else to do"]
fn what_must_not_be_told_apart_takes_alike() {
    let (running, targets, referrals) = borough(Backend::Sqlite);
    let world = World::new(&running, targets, referrals);
    let mut chance = Chance::new(7);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let send = |seat: Seat, asked: &Asked| {
        let _ = runtime.block_on(ask(&world, seat, asked));
    };
    let reach = |seat: Seat, asked: &Asked| runtime.block_on(served(&world, seat, asked));
    wait(std::future::ready(()));
    let open = |case: &str| asked("openCase", format!("/cases/{case}"), None);
    let missing = open(NOWHERE);
    let mut told = Vec::new();
    let referral = |surname: &str| asked("submitReferral", "/referrals".to_owned(), Some(least_referral(surname)));
    let (known, unknown) = (referral("Larkspur"), referral("Zzyzxover"));
    let samples = Samples::take(1000, &mut chance, || send(Seat::School, &known), || send(Seat::School, &unknown));
    samples.say("school: a referral of somebody known, and of somebody unknown");
    told.push(samples.difference());
    let search = |surname: &str| {
        asked(
            "searchSubjects",
            "/subjects/search".to_owned(),
            Some(json!({"purpose": "duplicate_check", "surname": surname})),
        )
    };
    // Known to the panel, and not to the neighbour who searches: there the two must look alike.
    let (known, unknown) = (search("Tamarisk"), search("Zzyzxover"));
    let seat = Seat::NeighbourCoordinator;
    let samples = Samples::take(1000, &mut chance, || send(seat, &known), || send(seat, &unknown));
    samples.say("neighbour: a search for somebody known elsewhere, and for somebody unknown");
    told.push(samples.difference());

    // Last: each of these is entered in the log, which the sequencer is then busy with.
    for (seat, name) in
        [(Seat::Health, "apart"), (Seat::Partner, "restricted"), (Seat::NeighbourCoordinator, "intervention")]
    {
        let hidden = open(&world.target(name).case);
        let made = Samples::take(1500, &mut chance, || send(seat, &hidden), || send(seat, &missing));
        made.say(&format!("{}: a case not theirs ({name}), and one not there, before the beat", seat.name()));
        let samples = Samples::take(1500, &mut chance, || reach(seat, &hidden), || reach(seat, &missing));
        samples.say("the same, as it leaves");
        told.push(samples.difference());
    }
    let hidden = open(&world.target("apart").case);
    let delayed = || {
        reach(Seat::Health, &hidden);
        let began = Instant::now();
        while began.elapsed() < PLANTED {
            std::hint::spin_loop();
        }
    };
    let planted = Samples::take(1500, &mut chance, delayed, || reach(Seat::Health, &missing));
    planted.say("planted: 200 us more for the one that is there");
    assert!(planted.difference() >= TOLD, "the planted delay was not found: this measures nothing");
    assert!(told.iter().all(|difference| *difference < TOLD), "differences in us: {told:?}");
}
