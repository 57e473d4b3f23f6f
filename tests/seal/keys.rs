//! Wrapped keys open in their own row, under their own KEK, and nowhere else.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use channel_panel::seal::SealError;

fn entries(keys: &WrappedKeys) -> Vec<Value> {
    serde_json::from_str(keys.as_str()).unwrap()
}

/// As the struct writes it: the order of the fields is part of no check, that of the entries is.
fn stored(entries: &[Value]) -> WrappedKeys {
    WrappedKeys::from_stored(serde_json::to_string(entries).unwrap())
}

fn category_of(domain: KeyDomain) -> Category {
    *Category::ALL.iter().find(|c| c.domain() == domain).unwrap()
}

/// What comes of sealing under these keys, in a sealer that has opened nothing yet.
fn attempt(bench: &Bench, keys: &WrappedKeys, panel: PanelId, case: Uuid, category: Category) -> Result<(), SealError> {
    let grant = everything(case);
    let place = Place { panel, case, record: case, category, version: 1 };
    bench.sealer.forget();
    bench.sealer.open(keys, panel, case, &grant, NOW)?.seal_map(&place, &sample()).map(|_| ())
}

const MOVED: SealError = SealError::Kek(KekError::Integrity);

#[test]
fn each_domain_has_a_key_and_a_kek_of_its_own() {
    let bench = Bench::new();
    let keys = entries(&bench.keys);
    assert_eq!(keys.len(), KeyDomain::ALL.len());
    let mut ids: Vec<_> = keys.iter().map(|k| k["kek"].as_str().unwrap().to_owned()).collect();
    for (key, id) in keys.iter().zip(&ids) {
        assert_eq!(id.split_once('.').unwrap().0, key["domain"].as_str().unwrap());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), KeyDomain::ALL.len(), "two domains share a KEK id");
}

#[test]
fn keys_moved_to_another_case_or_panel_are_refused_even_while_they_are_open() {
    let bench = Bench::new();
    for domain in KeyDomain::ALL {
        let category = category_of(domain);
        assert_eq!(attempt(&bench, &bench.keys, bench.panel, bench.case, category), Ok(()));
        assert_eq!(attempt(&bench, &bench.keys, bench.panel, Uuid::new_v4(), category), Err(MOVED));
        assert_eq!(attempt(&bench, &bench.keys, PanelId::new(), bench.case, category), Err(MOVED));
        // Warm: the blob is in the cache, and the thief's row must not find it there.
        let grant = bench.all();
        let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &grant, NOW).unwrap();
        ring.seal_map(&bench.place(category), &sample()).unwrap();
        let thief = Uuid::new_v4();
        let grant = everything(thief);
        let ring = bench.sealer.open(&bench.keys, bench.panel, thief, &grant, NOW).unwrap();
        let place = Place { case: thief, ..bench.place(category) };
        assert_eq!(ring.seal_map(&place, &sample()).unwrap_err(), MOVED);
    }
}

#[test]
fn a_key_moved_to_another_domain_kek_or_version_is_refused() {
    let bench = Bench::new();
    let keys = entries(&bench.keys);
    let change = |domain: KeyDomain, change: &dyn Fn(&mut Value)| {
        let mut keys = keys.clone();
        change(keys.iter_mut().find(|k| k["domain"] == domain.name()).unwrap());
        attempt(&bench, &stored(&keys), bench.panel, bench.case, category_of(domain))
    };
    for domain in KeyDomain::ALL {
        let other = keys.iter().find(|k| k["domain"] != domain.name()).unwrap();
        let bent = change(domain, &|k| {
            k["wrapped"] = other["wrapped"].clone();
            k["commit"] = other["commit"].clone();
        });
        assert_eq!(bent, Err(MOVED), "another domain's blob");
        let bent = change(domain, &|k| {
            for part in ["wrapped", "commit", "kek"] {
                k[part] = other[part].clone();
            }
        });
        assert_eq!(bent, Err(SealError::Integrity), "another domain's KEK");
        assert_eq!(change(domain, &|k| k["version"] = json!(2)), Err(MOVED), "another version");
        let later = format!("{}.2033-Q2", domain.name());
        assert_eq!(change(domain, &|k| k["kek"] = json!(later)), Err(SealError::Kek(KekError::UnknownKek)));
        bench.holder.active(domain, "2033-Q2".parse().unwrap()).unwrap();
        assert_eq!(change(domain, &|k| k["kek"] = json!(later)), Err(MOVED), "another KEK");
        assert_eq!(
            change(domain, &|k| k["kek"] = json!("../../etc/shadow")),
            Err(SealError::Kek(KekError::UnknownKek))
        );
        assert_eq!(change(domain, &|k| k["commit"] = other["commit"].clone()), Err(SealError::Integrity), "commitment");
    }
    let without: Vec<_> = keys.iter().filter(|k| k["domain"] != "health").cloned().collect();
    assert_eq!(attempt(&bench, &stored(&without), bench.panel, bench.case, Category::Health), Err(SealError::NoKey));
    let twice: Vec<_> = keys.iter().chain(&keys).cloned().collect();
    assert_eq!(attempt(&bench, &stored(&twice), bench.panel, bench.case, Category::Health), Err(SealError::Malformed));
}

#[test]
fn every_flipped_bit_of_blob_and_commitment_is_refused() {
    let bench = Bench::new();
    for part in ["wrapped", "commit"] {
        let mut keys = entries(&bench.keys);
        let at = keys.iter().position(|k| k["domain"] == "police").unwrap();
        let blob = STANDARD.decode(keys[at][part].as_str().unwrap()).unwrap();
        let expected = if part == "wrapped" { MOVED } else { SealError::Integrity };
        for byte in 0..blob.len() {
            for bit in 0..8 {
                let mut bent = blob.clone();
                bent[byte] ^= 1 << bit;
                keys[at][part] = json!(STANDARD.encode(bent));
                let result = attempt(&bench, &stored(&keys), bench.panel, bench.case, Category::Police);
                assert_eq!(result, Err(expected), "{part} byte {byte} bit {bit}");
            }
            keys[at][part] = json!(STANDARD.encode(&blob[..byte]));
            assert_eq!(attempt(&bench, &stored(&keys), bench.panel, bench.case, Category::Police), Err(expected));
        }
    }
}

#[test]
fn a_wrong_or_destroyed_kek_and_an_absent_holder_have_their_own_errors() {
    let bench = Bench::new();
    let kek = KekId::first(KeyDomain::Health, bucket());
    let go = || attempt(&bench, &bench.keys, bench.panel, bench.case, Category::Health);
    for error in [KekError::Unavailable, KekError::Refused] {
        *bench.holder.refuse.lock().unwrap() = Some(error);
        assert_eq!(go(), Err(SealError::Kek(error)));
    }
    *bench.holder.refuse.lock().unwrap() = None;
    assert_eq!(go(), Ok(()));
    bench.holder.replace(kek);
    assert_eq!(go(), Err(MOVED), "wrong KEK");
    bench.holder.destroy(&kek).unwrap();
    assert_eq!(go(), Err(SealError::Kek(KekError::UnknownKek)));
    assert_eq!(
        attempt(&bench, &bench.keys, bench.panel, bench.case, Category::Identity),
        Ok(()),
        "the others still open"
    );
}
