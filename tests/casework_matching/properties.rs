//! What must hold for any input, and the few cases that explain the rules.

use super::*;
use channel_panel::casework::matching::{LEAST_SCORE, RULE_VERSION};
use proptest::prelude::*;

fn any_birth() -> impl Strategy<Value = Born> {
    prop_oneof![
        Just(Born::Unknown),
        (1900i32..2030, 1u32..366).prop_map(|(y, d)| Born::Date(NaiveDate::from_yo_opt(y, d).unwrap())),
        (any::<u8>(), 1900i32..2030, 1u32..366)
            .prop_map(|(age, y, d)| Born::ApproxAge { age, on: NaiveDate::from_yo_opt(y, d).unwrap() }),
        Just(Born::Date(NaiveDate::MIN)),
        Just(Born::Date(NaiveDate::MAX)),
    ]
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "\\PC{0,24}",
        3 => "[A-Za-z' -]{0,16}",
        1 => any::<String>(),
        2 => prop::sample::select(vec!["Mohammed", "Khan", "al-", "bin", "O'", "Mac", "Abdul", "محمد", "خان", "王", "小明", "Иван", "Sasha", "-", "'", "J"]).prop_map(str::to_owned),
    ]
}

fn any_identity() -> impl Strategy<Value = Identity> {
    (
        prop::collection::vec(any_name(), 0..4),
        prop::option::of(any_name()),
        prop::collection::vec(any_name(), 0..4),
        any_birth(),
        prop::collection::vec("\\PC{0,12}", 0..3),
        prop::collection::vec("[0-9+ ]{0,14}", 0..3),
        prop::collection::vec("\\PC{0,12}", 0..3),
    )
        .prop_map(|(forenames, surname, aliases, born, postcodes, phones, handles)| Identity {
            forenames,
            surname,
            aliases,
            born,
            postcodes,
            phones,
            handles,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_two_people_compare_the_same_both_ways(a in any_identity(), b in any_identity()) {
        let (x, y) = (prepare(&a), prepare(&b));
        let found = compare(&x, &y);
        prop_assert_eq!(&found, &compare(&y, &x));
        prop_assert_eq!(&found, &compare(&prepare(&a), &prepare(&b)));
        if let Some(found) = found {
            prop_assert!((LEAST_SCORE..=100).contains(&found.score));
            prop_assert!(!found.reasons.is_empty());
        }
    }

    #[test]
    fn a_person_is_never_unsymmetric_to_a_variant(a in any_identity(), other in any_name(), birth in any_birth()) {
        let b = Identity { surname: Some(other), born: birth, ..a.clone() };
        prop_assert_eq!(compare(&prepare(&a), &prepare(&b)), compare(&prepare(&b), &prepare(&a)));
    }

    #[test]
    fn the_order_of_lists_changes_nothing(a in any_identity(), b in any_identity()) {
        let mut turned = a.clone();
        turned.aliases.reverse();
        turned.postcodes.reverse();
        turned.phones.reverse();
        turned.handles.reverse();
        prop_assert_eq!(compare(&prepare(&a), &prepare(&b)), compare(&prepare(&turned), &prepare(&b)));
        prop_assert_eq!(compare(&prepare(&a), &prepare(&a)), compare(&prepare(&turned), &prepare(&a)));
    }

    #[test]
    fn a_full_name_and_a_birth_date_match_themselves(given in "[A-Z][a-z]{2,9}", family in "[A-Z][a-z]{2,12}", year in 1930i32..2020, day in 1u32..366) {
        let born = Born::Date(NaiveDate::from_yo_opt(year, day).unwrap());
        let one = prepare(&person(&[&given], &family, born));
        prop_assert!(score(&one, &one) >= 90);
    }
}

#[test]
fn nobody_is_like_everybody() {
    let nobody = Identity::default();
    let blank = Identity {
        forenames: texts(&["", " ", "--"]),
        surname: Some("'".into()),
        aliases: texts(&["", "…"]),
        ..Identity::default()
    };
    let someone = person(&["Tobias"], "Harkwell", born("2006-03-14"));
    for empty in [&nobody, &blank] {
        assert_eq!(codes(empty, &someone), Vec::<&str>::new());
        assert_eq!(codes(empty, &nobody), Vec::<&str>::new());
        assert_eq!(codes(empty, &blank), Vec::<&str>::new());
    }
}

#[test]
fn each_reason_is_given_for_what_it_says() {
    let d = "2006-03-14";
    let of = |given: &str, family: &str| person(&[given], family, born(d));
    let tobias = of("Tobias", "Harkwell");
    let has =
        |a: &Identity, b: &Identity, code: &str| assert!(codes(a, b).contains(&code), "{code}: {:?}", codes(a, b));
    has(&tobias, &tobias, "exact_name");
    has(&tobias, &tobias, "dob_exact");
    has(&tobias, &of("Tobais", "Harkwell"), "similar_name");
    has(&of("Mohammed", "Bhatwari"), &of("محمد", "Bhatwari"), "transliteration");
    has(&tobias, &of("Harkwell", "Tobias"), "swapped_names");
    has(&of("Lucia", "Garcia Lopez"), &of("Lucia", "Garcia"), "compound_surname");
    has(&tobias, &of("T", "Harkwell"), "initials");
    has(&of("William", "Harkwell"), &of("Bill", "Harkwell"), "nickname");
    has(&of("Kian", "Wrexford"), &of("Kian", "Rexforde"), "phonetic");
    has(&tobias, &person(&["Tobias"], "Harkwell", born("2006-03-15")), "dob_one_digit");
    has(
        &person(&["Tobias"], "Harkwell", born("2006-03-04")),
        &person(&["Tobias"], "Harkwell", born("2006-04-03")),
        "dob_swapped_day_month",
    );
    has(
        &tobias,
        &person(&["Tobias"], "Harkwell", Born::ApproxAge { age: 16, on: "2022-06-01".parse().unwrap() }),
        "approx_age",
    );
    let with = |alias: &str| Identity {
        aliases: texts(&[alias]),
        postcodes: texts(&["ZX1 1AA"]),
        phones: texts(&["07700 900123"]),
        handles: texts(&["@Night"]),
        ..tobias.clone()
    };
    let other = Identity {
        postcodes: texts(&["zx11aa"]),
        phones: texts(&["+44 7700 900123"]),
        handles: texts(&["night"]),
        ..of("Bilal", "Harkwell")
    };
    for code in ["alias", "postcode", "phone", "handle"] {
        has(&with("Bilal"), &other, code);
    }
}

#[test]
fn an_age_is_of_the_day_it_was_given() {
    let known = prepare(&person(&["Kofi"], "Asantewaa", born("2004-09-02")));
    let said =
        |age, on: &str| prepare(&person(&["Kofi"], "Asantewaa", Born::ApproxAge { age, on: on.parse().unwrap() }));
    assert!(score(&known, &said(12, "2017-01-10")) > 0);
    assert!(score(&known, &said(19, "2024-01-10")) > 0);
    assert_eq!(score(&known, &said(12, "2024-01-10")), 0);
    assert_eq!(score(&known, &said(30, "2001-01-10")), 0, "born after somebody judged the age");
}

#[test]
fn twins_and_generations_are_kept_apart() {
    let twin = |given| {
        prepare(&Identity {
            postcodes: texts(&["ZX1 1AA"]),
            phones: texts(&["020 7946 0123"]),
            ..person(&[given], "Odunbaku", born("2008-11-02"))
        })
    };
    assert_eq!(score(&twin("Samuel"), &twin("Daniel")), 0);
    let at_home =
        |birth| prepare(&Identity { postcodes: texts(&["ZX1 1AA"]), ..person(&["Nadeem"], "Barlasi", born(birth)) });
    assert_eq!(score(&at_home("1976-02-20"), &at_home("2006-07-11")), 0);
}

#[test]
fn nothing_personal_is_printed() {
    let identity = person(&["Tobias"], "Harkwell", born("2006-03-14"));
    let all = format!("{identity:?} {:?} {:?}", identity.born, prepare(&identity));
    assert!(!all.contains("Tobias") && !all.contains("Harkwell") && !all.contains("2006"), "{all}");
    assert!(!RULE_VERSION.is_empty());
}
