//! Entries: the body reads back byte for byte, and nothing that could be client text gets in.

use super::{draft, entry};
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::LedgerId;
use channel_panel::clock::Moment;
use channel_panel::ledger::body::{Body, BodyError, hex};
use channel_panel::ledger::entry::{Actor, DetailValue, EntryError, leaf_bytes, leaf_hash};
use proptest::prelude::*;

#[test]
fn a_body_reads_back_and_only_as_written() {
    let made = entry(1, LedgerId::new(), 3, true);
    let body = Body::parse(&made.body).unwrap();
    assert_eq!((body.n, &*body.writer, body.at), (1, "w1", made.at));
    assert_eq!(body.cases.len(), 1);
    for (from, to) in [
        ("{\"v\":1", "{ \"v\":1"),
        ("\"v\":1", "\"v\":2"),
        ("\"n\":1,", "\"n\":1,\"n\":1,"),
        ("w1", "\\u00771"),
        ("\"n\":1", "\"n\":01"),
    ] {
        assert!(made.body.contains(from), "{from}");
        assert!(Body::parse(&made.body.replacen(from, to, 1)).is_err(), "{to}");
    }
    assert!(Body::parse(&format!("{} ", made.body)).is_err());
}

#[test]
fn the_order_of_fields_is_fixed() {
    let made = entry(1, LedgerId::new(), 3, true);
    let names = [
        "v",
        "writer",
        "n",
        "at",
        "panel",
        "actor",
        "operation",
        "outcome",
        "problem",
        "cases",
        "policy",
        "purpose",
        "manifest",
        "request",
        "detail",
    ];
    let places: Vec<_> = names.iter().map(|name| made.body.find(&format!("\"{name}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{}", made.body);
}

#[test]
fn the_commitment_is_as_documented() {
    // Computed with Python's hashlib from docs/ledger-format.md.
    assert_eq!(hex(&leaf_bytes(&[0; 32], b"{}")), "01058119d63a71f681cb68bc202da7817aef432cc4908184da215058d6c3870e83");
    assert_eq!(hex(&leaf_hash(&[0; 32], b"{}")), "8d1b79671033dc2b1d671fa6912418a8e169edae5cc4656dce5db6f4dac5cb1b");
}

#[test]
fn text_that_is_no_name_fails_the_entry() {
    for text in ["Amir is at risk", "Zo\u{eb}", "a\"b", "", "tab\tbed", &"x".repeat(129)] {
        let mut made = draft(LedgerId::new(), 1, false);
        made.manifest[0].shown.insert(Category::Concern, vec![text.to_owned()]);
        assert_eq!(made.finish("w", 1, Moment(0), [0; 32]).unwrap_err(), EntryError::Body(BodyError::Name));
    }
}

#[test]
fn refuses_what_cannot_be_an_entry() {
    let made = draft(LedgerId::new(), 1, false);
    assert_eq!(made.finish("w", 0, Moment(0), [0; 32]).unwrap_err(), EntryError::Body(BodyError::Counter));
    assert_eq!(made.finish("w", 1, Moment(i64::MAX), [0; 32]).unwrap_err(), EntryError::Body(BodyError::Time));
    assert_eq!(made.finish("a writer", 1, Moment(0), [0; 32]).unwrap_err(), EntryError::Body(BodyError::Name));
    let mut two = made.clone();
    two.manifest.extend(made.manifest.clone());
    assert_eq!(two.finish("w", 1, Moment(0), [0; 32]).unwrap_err(), EntryError::ManifestCount);
    let mut large = made;
    large.detail = vec![("population", DetailValue::Number(1)); 5_000];
    assert_eq!(large.finish("w", 1, Moment(0), [0; 32]).unwrap_err(), EntryError::TooLarge);
}

#[test]
fn nobody_is_a_dash() {
    let mut made = draft(LedgerId::new(), 1, false);
    made.actor = Actor::default();
    let entry = made.finish("w", 1, Moment(0), [0; 32]).unwrap();
    assert!(entry.body.contains("\"actor\":\"-\","));
    assert!(Body::parse(&entry.body).is_ok());
    assert!(!format!("{entry:?}").contains("actor"));
}

proptest! {
    #[test]
    fn bytes_never_panic_the_body_parser(text in ".{0,200}", cut in 0usize..900, put in any::<char>()) {
        let _ = Body::parse(&text);
        let mut body: Vec<char> = entry(1, LedgerId::new(), 1, true).body.chars().collect();
        if let Some(at) = body.get_mut(cut) { *at = put; }
        let _ = Body::parse(&body.into_iter().collect::<String>());
    }
}
