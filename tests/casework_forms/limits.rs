//! Every field's limit, from the form's own table: no field can be added without being tried here.

use super::{full, refused, rules_at, set, submit};
use channel_panel::casework::fields::{EMAIL_CHARACTERS, Field, Kind, NAME_CHARACTERS, Rule, Span};
use channel_panel::casework::intake::referral::Referral;
use serde_json::{Value, json};

/// (pointer of the first item, rule) of every leaf of a form.
pub fn leaves(fields: &'static [Field], at: &str) -> Vec<(String, Rule)> {
    let mut out = Vec::new();
    for field in fields {
        let here = format!("{at}/{}", field.wire_name());
        let item = if field.rule.most.is_some() { format!("{here}/0") } else { here };
        match field.rule.kind {
            Kind::Form(inner) => out.extend(leaves(inner, &item)),
            _ => out.push((item, field.rule)),
        }
    }
    out
}

fn lists(fields: &'static [Field], at: &str) -> Vec<(String, usize)> {
    let mut out = Vec::new();
    for field in fields {
        let here = format!("{at}/{}", field.wire_name());
        if let Some(most) = field.rule.most {
            out.push((here.clone(), most));
        }
        if let Kind::Form(inner) = field.rule.kind {
            let item = if field.rule.most.is_some() { format!("{here}/0") } else { here };
            out.extend(lists(inner, &item));
        }
    }
    out
}

#[test]
fn the_full_example_fills_every_field_and_is_taken() {
    let example = full();
    for (pointer, _) in leaves(Referral::FIELDS, "") {
        let pointer = pointer.replace("/people/0/identity/approximateAge", "/people/1/identity/approximateAge");
        assert!(example.pointer(&pointer).is_some(), "{pointer} is not tried");
    }
    assert_eq!(refused(&example), []);
}

/// Values that the rule refuses, with the rule's name.
fn bad(kind: Kind) -> Vec<(Value, &'static str)> {
    let long = |n: usize| json!("é".repeat(n.saturating_add(1)));
    let prose = vec![(json!(" \n "), "blank"), (json!("a\u{7}b"), "control_character")];
    let turned = "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    let turned = turned.chars().map(|c| (json!(format!("a{c}b")), "text_direction"));
    let one_line = [(json!("a\nb"), "one_line"), (json!("a\u{200b}b"), "invisible_character")];
    match kind {
        Kind::Text(n) => prose.into_iter().chain(turned).chain([(long(n), "too_long")]).collect(),
        Kind::Line(n) => prose.into_iter().chain(turned).chain(one_line).chain([(long(n), "too_long")]).collect(),
        Kind::Name => prose
            .into_iter()
            .chain(turned)
            .chain(one_line)
            .chain([(long(NAME_CHARACTERS), "too_long"), (json!("123"), "not_a_name")])
            .collect(),
        Kind::Code(_) => vec![(json!("no_such_code"), "unknown_code"), (json!(""), "unknown_code")],
        Kind::Day(Span::Planned) => vec![(json!("2006-12-31"), "too_early"), (json!("2033-01-01"), "too_late")],
        Kind::Day(Span::Done) => vec![(json!("2006-12-31"), "too_early"), (json!("2026-03-03"), "in_the_future")],
        Kind::Day(_) => vec![(json!("1899-12-31"), "too_early"), (json!("2026-03-03"), "in_the_future")],
        Kind::Stated(_) => vec![(json!(false), "must_be_true")],
        Kind::Number(_, most) => vec![(json!(most + 1), "out_of_range")],
        Kind::Phone => ["12", "1234567890123456", "ring me", "07700+900", "", "٠٧٧٠٠"]
            .map(|s| (json!(s), "not_a_phone_number"))
            .into(),
        Kind::Email => {
            let mut out: Vec<_> = [
                "a",
                "a@b",
                "@b.example",
                "a b@c.example",
                "a@b@c.example",
                "a@.example",
                "a@b..example",
                "\u{202e}a@b.example",
            ]
            .map(|s| (json!(s), "not_an_email"))
            .into();
            out.push((json!(format!("a@{}.example", "b".repeat(EMAIL_CHARACTERS))), "not_an_email"));
            out
        }
        Kind::Uprn => ["", "1234567890123", "12a"].map(|s| (json!(s), "not_a_uprn")).into(),
        Kind::NhsNumber => ["943 476 5918", "9434765", "94347659199", "943476591x", "٩٤٣٤٧٦٥٩١٩", ""]
            .map(|s| (json!(s), "not_an_nhs_number"))
            .into(),
        Kind::Country => ["gbr", "GB", "GBRX", "G1R"].map(|s| (json!(s), "not_a_country")).into(),
        Kind::Id => vec![(json!("not-an-id"), "not_an_id")],
        Kind::Flag => vec![(json!("yes"), "wrong_type")],
        Kind::Form(_) => unreachable!("leaves only"),
    }
}

#[test]
fn every_field_refuses_what_breaks_its_rule_and_says_which() {
    for (pointer, rule) in leaves(Referral::FIELDS, "") {
        for (value, code) in bad(rule.kind) {
            let mut example = full();
            set(&mut example, &pointer, value.clone());
            let violations = refused(&example);
            let here = rules_at(&violations, &pointer);
            assert!(here.contains(&code), "{pointer} {code}: {value} gave {violations:?}");
        }
    }
}

#[test]
fn every_text_takes_exactly_its_limit_in_characters_not_bytes() {
    for (pointer, rule) in leaves(Referral::FIELDS, "") {
        let (Kind::Text(most) | Kind::Line(most)) = rule.kind else { continue };
        for letter in ["é", "字", "𐍈"] {
            let mut example = full();
            set(&mut example, &pointer, json!(letter.repeat(most)));
            assert_eq!(refused(&example), [], "{pointer}");
        }
    }
}

#[test]
fn every_field_refuses_another_json_type_by_its_pointer() {
    for (pointer, _) in leaves(Referral::FIELDS, "") {
        let mut example = full();
        set(&mut example, &pointer, json!({"SECRET": ["SECRET"]}));
        let violations = refused(&example);
        assert_eq!(violations.len(), 1, "{pointer}");
        assert_eq!(violations[0].field, pointer);
        assert!(!format!("{violations:?}").contains("SECRET"));
    }
}

#[test]
fn every_list_refuses_one_item_too_many() {
    for (pointer, most) in lists(Referral::FIELDS, "") {
        let mut example = full();
        let item = example.pointer(&format!("{pointer}/0")).unwrap_or_else(|| panic!("{pointer}")).clone();
        set(&mut example, &pointer, json!(vec![item.clone(); most]));
        assert!(submit(&example).is_ok(), "{pointer}: {:?}", refused(&example));
        set(&mut example, &pointer, json!(vec![item; most + 1]));
        assert_eq!(rules_at(&refused(&example), &pointer), ["too_many"], "{pointer}");
    }
}

#[test]
fn every_message_is_a_sentence() {
    for (pointer, rule) in leaves(Referral::FIELDS, "") {
        for (value, _) in bad(rule.kind) {
            let mut example = full();
            set(&mut example, &pointer, value);
            for violation in refused(&example) {
                assert!(
                    violation.message.len() > 15 && violation.message.starts_with(|c: char| c.is_uppercase()),
                    "{violation:?}"
                );
            }
        }
    }
}
