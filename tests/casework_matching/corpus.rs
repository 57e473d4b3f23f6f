//! Recall and precision, overall and by kind of difference.

use super::*;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    half: String,
    kind: String,
    same: bool,
    a: Person,
    b: Person,
}

#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
struct Person {
    forenames: Vec<String>,
    surname: Option<String>,
    aliases: Vec<String>,
    /// `YYYY-MM-DD`, or `~AGE@YYYY-MM-DD`: the age somebody gave on that day.
    born: Option<String>,
    postcodes: Vec<String>,
    phones: Vec<String>,
    handles: Vec<String>,
}

impl Person {
    fn identity(&self) -> Identity {
        let birth = match self.born.as_deref() {
            None => Born::Unknown,
            Some(text) => match text.strip_prefix('~').and_then(|rest| rest.split_once('@')) {
                Some((age, on)) => Born::ApproxAge { age: age.parse().unwrap(), on: on.parse().unwrap() },
                None => born(text),
            },
        };
        Identity {
            forenames: self.forenames.clone(),
            surname: self.surname.clone(),
            aliases: self.aliases.clone(),
            born: birth,
            postcodes: self.postcodes.clone(),
            phones: self.phones.clone(),
            handles: self.handles.clone(),
        }
    }
}

fn pairs() -> Vec<Pair> {
    serde_json::from_str(include_str!("pairs.json")).unwrap()
}

#[derive(Default, Clone, Copy)]
struct Tally {
    found: u32,
    missed: u32,
    wrong: u32,
    apart: u32,
}

impl Tally {
    fn count(&mut self, same: bool, shown: bool) {
        match (same, shown) {
            (true, true) => self.found += 1,
            (true, false) => self.missed += 1,
            (false, true) => self.wrong += 1,
            (false, false) => self.apart += 1,
        }
    }

    fn recall(&self) -> f64 {
        f64::from(self.found) / f64::from((self.found + self.missed).max(1))
    }

    fn precision(&self) -> f64 {
        f64::from(self.found) / f64::from((self.found + self.wrong).max(1))
    }
}

#[test]
fn matching_finds_people_again_and_keeps_others_apart() {
    let pairs = pairs();
    assert!(pairs.len() >= 500, "{}", pairs.len());
    let mut halves: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut kinds: BTreeMap<(bool, &str), Tally> = BTreeMap::new();
    for pair in &pairs {
        let found = compare(&prepare(&pair.a.identity()), &prepare(&pair.b.identity()));
        halves.entry(&pair.half).or_default().count(pair.same, found.is_some());
        kinds.entry((pair.same, &pair.kind)).or_default().count(pair.same, found.is_some());
        // Only the tuning half is looked into; the other is measured and left alone.
        if pair.same != found.is_some() && pair.half == "tune" {
            println!(
                "{} {}: {:?} / {:?} -> {:?}",
                if pair.same { "MISSED" } else { "WRONG" },
                pair.kind,
                pair.a,
                pair.b,
                found
            );
        }
    }
    println!("{:<28}{:>6}{:>8}{:>8}", "kind (same person)", "pairs", "found", "recall");
    for ((_, kind), t) in kinds.iter().filter(|((same, _), _)| *same) {
        println!("{kind:<28}{:>6}{:>8}{:>8.3}", t.found + t.missed, t.found, t.recall());
    }
    println!("{:<28}{:>6}{:>8}", "kind (different people)", "pairs", "shown");
    for ((_, kind), t) in kinds.iter().filter(|((same, _), _)| !*same) {
        println!("{kind:<28}{:>6}{:>8}", t.wrong + t.apart, t.wrong);
    }
    for (half, t) in &halves {
        println!(
            "{half}: recall {:.3} ({}/{}), precision {:.3} ({}/{})",
            t.recall(),
            t.found,
            t.found + t.missed,
            t.precision(),
            t.found,
            t.found + t.wrong
        );
    }
    for (half, t) in &halves {
        assert!(t.recall() >= 0.95, "{half}: recall {:.3}", t.recall());
        assert!(t.precision() >= 0.95, "{half}: precision {:.3}", t.precision());
    }
}

#[test]
fn every_pair_of_the_corpus_is_symmetric_and_deterministic() {
    for pair in pairs() {
        let (a, b) = (prepare(&pair.a.identity()), prepare(&pair.b.identity()));
        let found = compare(&a, &b);
        assert_eq!(found, compare(&b, &a), "{:?} / {:?}", pair.a, pair.b);
        assert_eq!(found, compare(&prepare(&pair.a.identity()), &prepare(&pair.b.identity())));
    }
}

/// The size of a borough's store after six years (DOMAIN.md §9): a print, never an assertion of time.
#[test]
fn one_referral_against_a_borough() {
    let people: Vec<Prepared> =
        pairs().iter().flat_map(|pair| [prepare(&pair.a.identity()), prepare(&pair.b.identity())]).cycle_to(1_500);
    let referral = prepare(&person(&["Mohammed", "Bilal"], "Sherwani", born("2007-04-19")));
    let start = std::time::Instant::now();
    let shown = people.iter().filter(|known| compare(&referral, known).is_some()).count();
    let spent = start.elapsed();
    println!("1 referral against {} people: {spent:?}, {shown} shown", people.len());
}

trait CycleTo: Iterator + Sized {
    /// The corpus again and again until there are `n`.
    fn cycle_to(self, n: usize) -> Vec<Self::Item>;
}

impl<I: Iterator<Item = Prepared>> CycleTo for I {
    fn cycle_to(self, n: usize) -> Vec<Prepared> {
        let mut all: Vec<Prepared> = self.collect();
        while all.len() < n {
            all.extend(pairs().iter().map(|pair| prepare(&pair.a.identity())));
        }
        all.truncate(n);
        all
    }
}
