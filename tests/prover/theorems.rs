//! Each theorem holds, and each is refuted by the slip written beside it.

use channel_panel::access::Policies;
use channel_panel::prover::{Ground, Prover, Theorem, Verdict};
use std::time::Instant;

#[test]
fn spike() {
    let t = Instant::now();
    let policies = Policies::load().unwrap();
    println!("load {:?}", t.elapsed());
    let t = Instant::now();
    let m = channel_panel::access::matrix::render(&policies);
    println!("render {:?} {}", t.elapsed(), m.len());
    let ground = Ground::new(&policies).unwrap();
    let mut prover = Prover::new().unwrap();
    let theorems = Theorem::all().unwrap();
    let mutant = policies.amended("x", &std::fs::read_to_string("policies/theorems/mutations/police_detail_is_read_by_counter_terrorism_police.cedar").unwrap()).unwrap();
    let mground = Ground::new(&mutant).unwrap();
    println!("{:?}", ground.kinds().len());
    match prover.theorem(&mground, &theorems[0]).unwrap() {
        Verdict::Refuted(c) => println!("REFUTED {}", c),
        other => println!("{other:?}"),
    }
    for theorem in &theorems {
        let t = Instant::now();
        let verdict = prover.theorem(&ground, theorem);
        println!("{} {:?}", theorem.id(), t.elapsed());
        match verdict {
            Ok(Verdict::Refuted(c)) => println!("REFUTED {}", c),
            Ok(Verdict::Holds { kinds }) => println!("  holds {kinds}"),
            other => println!("  {other:?}"),
        }
    }
}
