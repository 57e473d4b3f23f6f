//! The cache of opened keys: 60 seconds, bounded, and never a way round a check.

use super::*;

fn at(seconds: i64) -> Moment {
    NOW.plus_seconds(seconds)
}

fn use_at(bench: &Bench, now: Moment) {
    let grant = bench.all();
    let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &grant, now).unwrap();
    ring.seal_map(&bench.place(Category::Identity), &sample()).unwrap();
}

#[test]
fn an_opened_key_lives_sixty_seconds_however_often_it_is_used() {
    let bench = Bench::new();
    for second in [0, 20, 40, 59] {
        use_at(&bench, at(second));
    }
    assert_eq!(bench.holder.asked_for().len(), 1);
    use_at(&bench, at(60));
    assert_eq!(bench.holder.asked_for().len(), 2);
    assert_eq!(bench.sealer.open_keys(), 1);
    use_at(&bench, at(30));
    assert_eq!(bench.holder.asked_for().len(), 3, "a clock set back does not keep a key alive");
    bench.sealer.forget();
    assert_eq!(bench.sealer.open_keys(), 0);
    use_at(&bench, at(31));
    assert_eq!(bench.holder.asked_for().len(), 4);
}

#[test]
fn the_oldest_goes_when_the_bound_is_reached() {
    let bench = Bench::with(Limits { keys: 2, seconds: 60 });
    let grant = bench.all();
    let use_at = |category: Category, second: i64| {
        let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &grant, at(second)).unwrap();
        ring.seal_map(&bench.place(category), &sample()).unwrap();
        assert!(bench.sealer.open_keys() <= 2);
    };
    use_at(Category::Health, 0);
    use_at(Category::Police, 1);
    use_at(Category::Education, 2);
    assert_eq!(bench.sealer.open_keys(), 2);
    use_at(Category::Police, 3);
    use_at(Category::Health, 4);
    let asked = bench.holder.asked_for();
    use KeyDomain::{Education, Health, Police};
    assert_eq!(asked, [Health, Police, Education, Health]);
}
