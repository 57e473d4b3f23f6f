//! No category opens without its permit, and no key is asked for that no permitted category needs.

use super::*;
use channel_panel::seal::SealError;

#[test]
fn what_the_grant_does_not_name_is_refused_before_any_key_is_asked_for() {
    let bench = Bench::new();
    let all = bench.all();
    let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &all, NOW).unwrap();
    let sealed: Vec<_> =
        Category::ALL.iter().map(|c| (*c, ring.seal_map(&bench.place(*c), &sample()).unwrap())).collect();
    bench.sealer.forget();
    bench.holder.asked.lock().unwrap().clear();
    let none = bench.only(&[], &[]);
    let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &none, NOW).unwrap();
    for (category, map) in &sealed {
        let place = bench.place(*category);
        assert_eq!(ring.open_map(&place, map).unwrap_err(), SealError::NotPermitted, "{category}");
        assert_eq!(ring.seal_map(&place, &sample()).unwrap_err(), SealError::NotPermitted, "{category}");
    }
    assert!(bench.holder.asked_for().is_empty());
    for (category, map) in &sealed {
        let reader = bench.only(&[*category], &[]);
        let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &reader, NOW).unwrap();
        assert!(ring.open_map(&bench.place(*category), map).is_ok());
        assert_eq!(ring.seal_map(&bench.place(*category), &sample()).unwrap_err(), SealError::NotPermitted);
    }
}

#[test]
fn a_permit_for_another_case_opens_nothing() {
    let bench = Bench::new();
    let elsewhere = everything(Uuid::new_v4());
    let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &elsewhere, NOW).unwrap();
    assert_eq!(ring.seal_map(&bench.place(Category::Log), &sample()).unwrap_err(), SealError::NotPermitted);
    assert!(bench.holder.asked_for().is_empty());
}

#[test]
fn only_the_domains_needed_are_unwrapped_and_the_holder_learns_why() {
    let bench = Bench::new();
    let grant = bench.all();
    let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &grant, NOW).unwrap();
    assert!(bench.holder.asked_for().is_empty(), "opening a keyring unwraps nothing");
    for category in [Category::Health, Category::Identity, Category::Concern, Category::Health] {
        ring.seal_map(&bench.place(category), &sample()).unwrap();
    }
    assert_eq!(bench.holder.asked_for(), [KeyDomain::Health, KeyDomain::Common]);
    let (_, context) = bench.holder.asked.lock().unwrap()[0];
    assert_eq!(context, UnwrapContext { request: grant.request, permit: [7; 32], purpose: "case_work" });
}

#[test]
fn no_canary_leaves_in_the_clear() {
    let bench = Bench::new();
    let grant = bench.all();
    let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &grant, NOW).unwrap();
    let place = bench.place(Category::Identity);
    let sealed = ring.seal_map(&place, &sample()).unwrap();
    let seen = format!(
        "{sealed:?}{}{ring:?}{:?}{:?}{}{:?}{:?}{:?}",
        sealed.as_str(),
        bench.sealer,
        bench.keys,
        bench.keys.as_str(),
        SecretKey::random().unwrap(),
        RootKey::new(SecretKey::random().unwrap()),
        ring.open_map(&Place { version: 9, ..place }, &sealed).map(|_| ()),
    );
    for canary in ["Canaryson-1f3a", "Sparrow-9b2c"] {
        assert!(!seen.contains(canary));
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, canary);
        assert!(!seen.contains(&encoded[..12]));
    }
}
