//! The property, over all changes; and leaks planted on purpose, which the same comparison must report.

use super::calls;
use super::changes::{self, Chance, Planned};
use super::judge::{Judge, Plant, Verdict, hear, on_case};
use super::sight::{self, Sights};
use super::world::{World, borough};
use crate::harness::Backend;
use crate::store::wait;
use channel_panel::api::OPERATIONS;
use channel_panel::demo::seats::Seat;
use serde_json::Value;
use std::collections::BTreeSet;

/// Another one with NONINTERFERENCE_SEED.
const SEED: u64 = 20_261_122;

fn seed() -> u64 {
    std::env::var("NONINTERFERENCE_SEED").ok().map_or(SEED, |text| text.parse().expect("a number"))
}

/// World after world: what everybody hears before and after each change.
fn run(world: &mut World<'_>, planned: &[Planned], chance: &mut Chance, plant: Plant) -> Verdict {
    let mut sights: Sights = world.sights();
    // Three changes are looked at with the same requests, for each world is the end of one pair and the beginning of another.
    let base = chance.next();
    let salt = |n: usize| base.wrapping_add(u64::try_from(n / 3).unwrap());
    let Some(first) = planned.first() else { return Verdict::default() };
    let mut judge = Judge::new(hear(world, (&[first.target], &[salt(0)]), plant));
    for (n, change) in planned.iter().enumerate() {
        let touches = (change.run)(world, chance);
        world.settle();
        let touched: Vec<_> = touches.iter().flat_map(|touch| touch.cases.clone()).collect();
        let mut now = sights.clone();
        now.extend(sight::all(world, &touched));
        let next = planned.get(n + 1).map_or(change.target, |next| next.target);
        let whole = BTreeSet::from([change.target, next]);
        let salts = BTreeSet::from([salt(n), salt(n + 1)]);
        let (whole, salts): (Vec<_>, Vec<_>) = (whole.into_iter().collect(), salts.into_iter().collect());
        let after = hear(world, (&whole, &salts), plant);
        judge.hear_on(world, &change.name, &touches, [&sights, &now], after);
        sights = now;
    }
    judge.verdict
}

/// Every so many-th, of each case some.
fn some_of(planned: Vec<Planned>, every: usize, from: usize) -> Vec<Planned> {
    planned.into_iter().enumerate().filter(|(n, _)| n % every == from).map(|(_, planned)| planned).collect()
}

fn report(verdict: &Verdict, seed: u64) {
    let seats: Vec<String> = verdict.seats.iter().map(|(seat, pairs)| format!("{} {pairs}", seat.name())).collect();
    println!(
        "{} pairs of worlds ({} with one change between them), {} seats, {} operations, {} comparisons (seed {seed})\npairs a seat: {}\n\
         exceptions: {} times a guard held in one of the two and said no more; {} readings of the ledger by those who watch, who were told {} times of a category",
        verdict.pairs,
        verdict.steps,
        verdict.seats.len(),
        OPERATIONS.len(),
        verdict.comparisons,
        seats.join(", "),
        verdict.held,
        verdict.ledger,
        verdict.watched
    );
}

fn must_be_silent(verdict: &Verdict, seed: u64) {
    report(verdict, seed);
    let first: Vec<&str> = verdict.leaks.iter().take(40).map(String::as_str).collect();
    assert!(verdict.leaks.is_empty(), "seed {seed}: {} leaks\n{}", verdict.leaks.len(), first.join("\n"));
}

#[test]
fn what_a_reader_may_not_read_changes_nothing_for_them() {
    let (running, targets, referrals) = borough(Backend::Sqlite);
    let mut world = World::new(&running, targets, referrals);
    let seed = seed();
    let mut chance = Chance::new(seed);
    let mut planned = changes::all(&mut chance);
    // To look at one kind of change: NONINTERFERENCE_ONLY, part of its name. All of them: that, and empty (the drill).
    let only = std::env::var("NONINTERFERENCE_ONLY").ok();
    match &only {
        Some(part) => planned.retain(|change| change.name.contains(part)),
        None => planned = some_of(planned, 3, chance.below(3)),
    }
    println!("{} changes", planned.len());
    let verdict = run(&mut world, &planned, &mut chance, Plant::None);
    must_be_silent(&verdict, seed);
    if only.as_ref().is_none_or(String::is_empty) {
        assert!(verdict.pairs >= 1000, "{}", verdict.pairs);
        assert_eq!(verdict.seats.len(), Seat::ALL.len(), "a seat from which nothing was ever hidden");
        assert!(
            verdict.watched > verdict.pairs / 10,
            "hardly anybody was told anything of others: {}",
            verdict.watched
        );
    }
    assert!(verdict.comparisons > 20 * verdict.pairs, "hardly anything was compared: {}", verdict.comparisons);
    let absent = absence(&world);
    println!("{absent} comparisons of a case that is not theirs with one that is not there");
}

#[test]
fn it_holds_on_postgresql_too() {
    let (running, targets, referrals) = borough(Backend::Postgres);
    let mut world = World::new(&running, targets, referrals);
    let seed = seed();
    let mut chance = Chance::new(seed);
    let planned = some_of(changes::all(&mut chance), 16, 3);
    must_be_silent(&run(&mut world, &planned, &mut chance, Plant::None), seed);
}

/// Every operation on each case, as each seat that may not know it, against the same on a case that is not there.
fn absence(world: &World<'_>) -> usize {
    let sights = world.sights();
    let mut comparisons = 0;
    for seat in Seat::ALL {
        for target in &world.targets {
            if sights[&(*seat, target.case.parse().unwrap())].knows {
                continue;
            }
            let nowhere = super::targets::Target { case: calls::NOWHERE.to_owned(), ..target.clone() };
            let there = wait(on_case(world, *seat, (target, &Value::Null, 1), |_| true));
            let not = wait(on_case(world, *seat, (&nowhere, &Value::Null, 1), |_| true));
            for (key, (_, hidden)) in &there {
                let missing = &not[key].1;
                let body = hidden.body.replace(&target.case, calls::NOWHERE);
                assert_eq!(
                    (hidden.status, &hidden.headers),
                    (missing.status, &missing.headers),
                    "{}: {key}",
                    seat.name()
                );
                assert_eq!(body, missing.body, "{}: {key}", seat.name());
                comparisons += 1;
            }
        }
    }
    comparisons
}

/// The same comparison, on worlds that leak.
#[test]
fn each_planted_leak_is_found() {
    let (running, targets, referrals) = borough(Backend::Sqlite);
    let mut world = World::new(&running, targets, referrals);
    for (plant, wanted) in [
        (Plant::EtagOfWholeCase, &["triage: police-ct amends police", "triage: health amends health"][..]),
        (Plant::CountOfHidden, &["takes over another case", "refers Feverfew"][..]),
        (Plant::GuardSaysWhy, &["intervention: waits for something else"][..]),
        (Plant::DoingsTellAll, &["triage: health amends health"][..]),
    ] {
        let mut chance = Chance::new(SEED);
        let mut planned = changes::all(&mut chance);
        planned.retain(|change| wanted.iter().any(|name| change.name.contains(name)));
        let verdict = run(&mut world, &planned, &mut chance, plant);
        let (leaks, pairs, told) = (verdict.leaks.len(), verdict.pairs, verdict.watched);
        println!("{plant:?}: {leaks} differences in {pairs} pairs; {told} times a watcher was told of a category");
        assert!(!verdict.leaks.is_empty(), "{plant:?} was not found: the comparison is blind");
    }
}
