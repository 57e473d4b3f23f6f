//! Cells open at their own place, whole, and nowhere else.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use channel_panel::seal::{SealError, SealedMap, SealedParts, chain};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[test]
fn a_map_comes_back_as_it_was_sealed() {
    let bench = Bench::new();
    let grant = bench.all();
    let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &grant, NOW).unwrap();
    for category in Category::ALL {
        let place = bench.place(*category);
        let sealed = ring.seal_map(&place, &sample()).unwrap();
        let stored = SealedMap::from_stored(sealed.as_str().to_owned());
        assert_eq!(ring.open_map(&place, &stored).unwrap(), sample(), "{category}");
        assert_eq!(stored.fields().unwrap(), ["aliases", "familyName", "needsInterpreter"]);
        assert_eq!(stored.digest(), sealed.digest());
        assert_ne!(ring.seal_map(&place, &sample()).unwrap().digest(), sealed.digest(), "same nonce twice");
    }
    let empty = ring.seal_map(&bench.place(Category::Identity), &Map::new()).unwrap();
    assert_eq!(empty.as_str(), "{}");
    assert!(ring.open_map(&bench.place(Category::Identity), &empty).unwrap().is_empty());
}

/// Each part of a place, changed alone, refuses the map; so does each category's key for every other's.
#[test]
fn a_map_moved_to_any_other_place_is_refused() {
    let bench = Bench::new();
    let grant = bench.all();
    let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &grant, NOW).unwrap();
    for from in Category::ALL {
        let place = bench.place(*from);
        let sealed = ring.seal_map(&place, &sample()).unwrap();
        for to in Category::ALL.iter().filter(|to| *to != from) {
            let moved = ring.open_map(&Place { category: *to, ..place }, &sealed);
            assert_eq!(moved.unwrap_err(), SealError::Integrity, "{from} to {to}");
        }
        let refused = |place| ring.open_map(&place, &sealed).unwrap_err();
        assert_eq!(refused(Place { record: Uuid::new_v4(), ..place }), SealError::Integrity);
        assert_eq!(refused(Place { version: 2, ..place }), SealError::Integrity);
        assert_eq!(refused(Place { panel: PanelId::new(), ..place }), SealError::Misplaced);
        assert_eq!(refused(Place { case: Uuid::new_v4(), ..place }), SealError::Misplaced);
    }
}

#[test]
fn a_map_in_another_case_or_panel_is_refused_under_that_cases_own_keys() {
    let bench = Bench::new();
    let grant = bench.all();
    let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &grant, NOW).unwrap();
    let sealed = ring.seal_map(&bench.place(Category::Identity), &sample()).unwrap();
    for (panel, case) in [(bench.panel, Uuid::new_v4()), (PanelId::new(), bench.case)] {
        let keys = bench.sealer.new_keys(panel, case, bucket()).unwrap();
        let grant = everything(case);
        let ring = bench.sealer.open(&keys, panel, case, &grant, NOW).unwrap();
        let place = Place { panel, case, record: bench.case, category: Category::Identity, version: 1 };
        assert_eq!(ring.open_map(&place, &sealed).unwrap_err(), SealError::Integrity);
    }
}

/// The panel and case are bound by the cell itself too: a key holder tricked into wrapping the same data key for
/// another case or panel does not make its cells readable there.
#[test]
fn a_map_is_refused_elsewhere_even_under_the_same_data_key() {
    let bench = Bench::new();
    let grant = bench.all();
    let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &grant, NOW).unwrap();
    let place = bench.place(Category::Health);
    let sealed = ring.seal_map(&place, &sample()).unwrap();
    let rewrapped = |panel: PanelId, case: Uuid| {
        let kek = KekId::first(KeyDomain::Health, bucket());
        let bound = |panel: PanelId, case: Uuid| {
            let (id, version) = (kek.to_string(), 1u32.to_be_bytes());
            let parts: [&[u8]; 6] =
                [b"cp-dek-v1", id.as_bytes(), panel.as_bytes(), case.as_bytes(), b"health", &version];
            parts.iter().flat_map(|p| [&(p.len() as u32).to_be_bytes()[..], p].concat()).collect::<Vec<u8>>()
        };
        let mut entries: Vec<Value> = serde_json::from_str(bench.keys.as_str()).unwrap();
        let health = entries.iter_mut().find(|k| k["domain"] == "health").unwrap();
        let blob = STANDARD.decode(health["wrapped"].as_str().unwrap()).unwrap();
        let context = UnwrapContext { request: grant.request, permit: [0; 32], purpose: "test" };
        let key = bench.holder.unwrap(&kek, &blob, &bound(bench.panel, bench.case), &context).unwrap();
        let blob = bench.holder.wrap(&kek, &key, &bound(panel, case)).unwrap();
        health["wrapped"] = json!(STANDARD.encode(blob));
        WrappedKeys::from_stored(serde_json::to_string(&entries).unwrap())
    };
    for (panel, case) in [(bench.panel, Uuid::new_v4()), (PanelId::new(), bench.case)] {
        let keys = rewrapped(panel, case);
        let grant = everything(case);
        let ring = bench.sealer.open(&keys, panel, case, &grant, NOW).unwrap();
        let there = Place { panel, case, ..place };
        assert_eq!(ring.open_map(&there, &sealed).unwrap_err(), SealError::Integrity);
        let own = ring.seal_map(&there, &sample()).unwrap();
        assert_eq!(ring.open_map(&there, &own).unwrap(), sample());
    }
}

#[test]
fn a_cell_under_another_field_or_repeated_is_refused() {
    let bench = Bench::new();
    let grant = bench.all();
    let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &grant, NOW).unwrap();
    let place = bench.place(Category::Consent);
    let two = map(json!({ "first": "given", "second": "refused" }));
    let sealed = ring.seal_map(&place, &two).unwrap();
    let cells: BTreeMap<String, String> = serde_json::from_str(sealed.as_str()).unwrap();
    let (first, second) = (&cells["first"], &cells["second"]);
    let open = |json: String| ring.open_map(&place, &SealedMap::from_stored(json)).map_err(|e| e.to_string());
    let integrity = Err(SealError::Integrity.to_string());
    let malformed = Err(SealError::Malformed.to_string());
    assert_eq!(open(format!(r#"{{"first":"{second}","second":"{first}"}}"#)), integrity, "swapped");
    assert_eq!(open(format!(r#"{{"third":"{first}"}}"#)), integrity, "renamed");
    assert_eq!(open(format!(r#"{{"first":"{first}","first":"{first}"}}"#)), malformed, "repeated");
    assert_eq!(open(format!(r#"{{"second":"{second}","first":"{first}"}}"#)), malformed, "unsorted");
    for junk in ["", "[]", "null", "{\"first\":1}", "{\"first\":\"!\"}", "{}x"] {
        assert!(open(junk.to_owned()).is_err(), "{junk}");
    }
}

#[test]
fn every_flipped_bit_and_every_truncation_is_refused() {
    let bench = Bench::new();
    let grant = bench.all();
    let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &grant, NOW).unwrap();
    let place = bench.place(Category::Safety);
    let sealed = ring.seal_map(&place, &map(json!({ "alert": "dog" }))).unwrap();
    let cells: BTreeMap<String, String> = serde_json::from_str(sealed.as_str()).unwrap();
    let cell = STANDARD.decode(&cells["alert"]).unwrap();
    let open = |bytes: &[u8]| {
        let json = format!(r#"{{"alert":"{}"}}"#, STANDARD.encode(bytes));
        ring.open_map(&place, &SealedMap::from_stored(json))
    };
    assert!(open(&cell).is_ok());
    for at in 0..cell.len() {
        for bit in 0..8 {
            let mut bent = cell.clone();
            bent[at] ^= 1 << bit;
            // Bytes 1 to 4 name the key version: there is none of that number.
            let expected = if (1..5).contains(&at) { SealError::NoKey } else { SealError::Integrity };
            assert_eq!(open(&bent).unwrap_err(), expected, "byte {at} bit {bit}");
        }
        assert!(open(&cell[..at]).is_err(), "first {at} bytes");
        assert!(open(&cell[at + 1..]).is_err(), "without the first {at}");
    }
    assert!(open(&[cell.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn the_length_of_a_code_says_nothing() {
    let bench = Bench::new();
    let grant = bench.all();
    let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &grant, NOW).unwrap();
    let length = |value: Value| {
        ring.seal_map(&bench.place(Category::Monitoring), &map(json!({ "x": value }))).unwrap().as_str().len()
    };
    let yes = length(json!(true));
    for value in [json!(null), json!(false), json!(17), json!("a"), json!("b".repeat(58)), json!([]), json!({"a": 1})] {
        assert_eq!(length(value.clone()), yes, "{value}");
    }
    assert!(length(json!("b".repeat(59))) > yes);
}

#[test]
fn evidence_is_sealed_under_its_source() {
    let bench = Bench::new();
    let writer = bench.only(&[], &[Category::Assessment]);
    let record = Uuid::new_v4();
    let place = Place { record, ..bench.place(Category::Assessment) };
    let parts = BTreeMap::from([
        (Category::Assessment, map(json!({ "conclusion": "adopt" }))),
        (Category::Health, map(json!({ "e1": "Canary-diagnosis" }))),
    ]);
    let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &writer, NOW).unwrap();
    let sealed = ring.seal_parts(&place, &parts).unwrap();
    let text = sealed.canonical();
    let stored = SealedParts::from_stored(&text).unwrap();
    assert_eq!(stored.digest(), sealed.digest());
    assert!(ring.open_parts(&place, &stored).is_err(), "writing is not reading");

    let common = bench.only(&[Category::Assessment], &[]);
    let opened = bench
        .sealer
        .open(&bench.keys, bench.panel, bench.case, &common, NOW)
        .unwrap()
        .open_parts(&place, &stored)
        .unwrap();
    assert_eq!(opened.withheld, [Category::Health]);
    assert_eq!(opened.parts.keys().copied().collect::<Vec<_>>(), [Category::Assessment]);
    assert!(!format!("{opened:?}").contains("adopt"));

    let both = bench.only(&[Category::Assessment, Category::Health], &[]);
    let opened = bench
        .sealer
        .open(&bench.keys, bench.panel, bench.case, &both, NOW)
        .unwrap()
        .open_parts(&place, &stored)
        .unwrap();
    assert_eq!(opened.parts, parts);

    let evidence_only = bench.only(&[Category::Health], &[]);
    let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &evidence_only, NOW).unwrap();
    assert_eq!(ring.open_parts(&place, &stored).unwrap_err(), SealError::NotPermitted);

    for bad in [
        "",
        "{",
        r#"{"weather":{}}"#,
        r#"{ "health":{}}"#,
        r#"{"health":{},"assessment":{}}"#,
        r#"{"health":{},"health":{}}"#,
    ] {
        assert!(SealedParts::from_stored(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_chain_depends_on_every_link() {
    let (a, b) = (Uuid::new_v4(), Uuid::new_v4());
    let of = |links: &[(Uuid, u32, u8)]| links.iter().fold([0; 32], |prev, (r, v, d)| chain(prev, *r, *v, [*d; 32]));
    let whole = of(&[(a, 1, 1), (b, 1, 2)]);
    for other in
        [&[(b, 1, 2), (a, 1, 1)][..], &[(a, 1, 1)], &[(b, 1, 2)], &[(a, 2, 1), (b, 1, 2)], &[(a, 1, 3), (b, 1, 2)]]
    {
        assert_ne!(of(other), whole);
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_json_survives(fields in prop::collection::btree_map(any::<String>(), any_json(), 0..6), which in 0..Category::ALL.len()) {
        let bench = Bench::new();
        let grant = bench.all();
        let ring = bench.sealer.open(&bench.keys, bench.panel, bench.case, &grant, NOW).unwrap();
        let content: Map<String, Value> = fields.into_iter().collect();
        let place = bench.place(Category::ALL[which]);
        let sealed = ring.seal_map(&place, &content).unwrap();
        prop_assert_eq!(ring.open_map(&place, &sealed).unwrap(), content);
    }
}
