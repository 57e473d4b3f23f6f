//! Amending a category: what merges, what is refused, and that what nobody touched stays as it was.

use super::{full, rules_at, submit, today};
use channel_panel::casework::categories::{amend, fields_of};
use channel_panel::casework::category::{Category, Shape};
use channel_panel::casework::codes;
use channel_panel::casework::fields::Context;
use channel_panel::error::{Kind, Problem};
use serde_json::{Map, Value, json};

fn apply(category: Category, current: &Value, patch: Value) -> Result<Value, Problem> {
    let empty = Map::new();
    amend(category, current.as_object().unwrap_or(&empty), &patch, &Context::today(today())).map(Value::Object)
}

fn first(result: Result<Value, Problem>) -> (Kind, String, &'static str) {
    let problem = result.expect_err("refused");
    let violation = problem.violations[0].clone();
    (problem.kind, violation.field, violation.rule)
}

#[test]
fn a_patch_sets_merges_and_removes() {
    let now = json!({"forenames": "Amy", "surname": "Smith", "aliases": ["A"], "gender": "female"});
    let after = apply(
        Category::Identity,
        &now,
        json!({"surname": "Jones", "gender": null, "aliases": ["Amy Smith"], "sex": "female"}),
    )
    .unwrap();
    assert_eq!(after, json!({"forenames": "Amy", "surname": "Jones", "aliases": ["Amy Smith"], "sex": "female"}));
    let nested = apply(
        Category::Health,
        &json!({"condition": {"answer": "given", "words": "x"}}),
        json!({"condition": {"words": "y"}}),
    )
    .unwrap();
    assert_eq!(nested, json!({"condition": {"answer": "given", "words": "y"}}));
    let into_nothing =
        apply(Category::Health, &json!({}), json!({"condition": {"answer": "refused", "words": null}})).unwrap();
    assert_eq!(into_nothing, json!({"condition": {"answer": "refused"}}));
}

#[test]
fn a_withheld_marker_is_refused_wherever_it_stands() {
    let marker = json!({"withheld": true, "category": "health"});
    let cases = [
        (marker.clone(), ""),
        (json!({"nhsNumber": marker}), "/nhsNumber"),
        (json!({"condition": {"words": {"withheld": true}}}), "/condition/words"),
        (json!({"list": [1, {"withheld": false}]}), "/list/1"),
        (json!({"Jane Doe": {"withheld": true}}), "/*"),
    ];
    for (patch, pointer) in cases {
        for category in Category::ALL {
            assert_eq!(
                first(apply(*category, &json!({}), patch.clone())),
                (Kind::WithheldMarker, pointer.to_owned(), "withheld_marker")
            );
        }
    }
}

#[test]
fn the_referrers_words_never_change() {
    let split = submit(&full()).unwrap().split(0);
    let concern = Value::Object(split[&Category::Concern].clone());
    for key in
        ["whatHappened", "specificEvent", "header", "dates", "attestation", "referrer", "safeguarding", "threats"]
    {
        for patch in [json!({key: null}), json!({key: "tidied"}), json!({key: {}})] {
            assert_eq!(first(apply(Category::Concern, &concern, patch)), (Kind::Invalid, format!("/{key}"), "as_sent"));
        }
    }
    let after = apply(Category::Concern, &concern, json!({"furtherInformation": "The film was a trailer."})).unwrap();
    assert_eq!(after["whatHappened"], concern["whatHappened"]);
    assert_eq!(
        first(apply(Category::Source, &json!({"confidential": true}), json!({"confidential": false}))).2,
        "as_sent"
    );
}

#[test]
fn what_breaks_a_rule_is_named_by_its_field() {
    let now = json!({"surname": "Smith"});
    assert_eq!(
        first(apply(Category::Identity, &now, json!({"surname": "\u{202e}x"}))),
        (Kind::Invalid, "/surname".into(), "text_direction")
    );
    assert_eq!(first(apply(Category::Identity, &now, json!({"surname": null}))).2, "some_name");
    assert_eq!(
        first(apply(Category::Identity, &now, json!({"sex": "none_such"}))),
        (Kind::Invalid, "/sex".into(), "unknown_code")
    );
    assert_eq!(first(apply(Category::Identity, &now, json!({"diagnosis": "x"}))).2, "unknown_field");
    assert_eq!(first(apply(Category::Identity, &now, json!({}))).2, "nothing_to_change");
    for patch in [json!(null), json!([]), json!("x"), json!(1)] {
        assert_eq!(first(apply(Category::Identity, &now, patch)).2, "wrong_type");
    }
    let part = json!({"parts": [{"support": "careers", "providedBy": "Council", "how": "Weekly", "from": "2026-04-01", "to": "2026-03-01"}]});
    assert_eq!(first(apply(Category::Plan, &json!({}), part)).1, "/parts/0/to");
}

#[test]
fn an_old_code_does_not_keep_a_clerk_from_correcting_something_else() {
    let old = json!({"typeOfConcern": "school_massacre", "sympatheticInterest": "x"});
    assert!(apply(Category::Ideology, &old, json!({"sympatheticInterest": "y"})).is_ok());
    assert_eq!(
        first(apply(Category::Ideology, &json!({}), json!({"typeOfConcern": "school_massacre"}))).2,
        "code_not_in_force"
    );
}

#[test]
fn summaries_are_released_and_records_appended() {
    for category in Category::ALL.iter().copied() {
        let amendable = category.shape() == Shape::Single && !category.is_summary();
        assert_eq!(fields_of(category).is_some(), amendable, "{category}");
        if !amendable {
            let kind = if category.is_summary() { Kind::NotAllowed } else { Kind::Conflict };
            assert_eq!(first(apply(category, &json!({}), json!({"text": "x"}))).0, kind, "{category}");
        }
    }
    assert!(codes::list("amendment_reason").unwrap().accepts("new_information", today()));
}

#[test]
fn every_amendable_field_keeps_its_limit() {
    use channel_panel::casework::fields::Kind as Rule;
    for category in Category::ALL.iter().copied() {
        for field in fields_of(category).unwrap_or_default().iter().filter(|f| !f.rule.as_sent) {
            let (Rule::Text(most) | Rule::Line(most)) = field.rule.kind else { continue };
            let key = field.wire_name();
            let (at, long) = if field.rule.most.is_some() {
                (format!("/{key}/0"), json!(["字".repeat(most + 1)]))
            } else {
                (format!("/{key}"), json!("字".repeat(most + 1)))
            };
            let problem = apply(category, &json!({}), json!({key: long})).expect_err("too long");
            assert_eq!(rules_at(&problem.violations, &at), ["too_long"], "{category} {at}");
        }
    }
}

/// Police answer the gateway through a step, and go on writing their detail beside it.
#[test]
fn what_a_step_laid_into_a_category_stays_and_hinders_no_amendment() {
    let current = json!({"associates": "Two", "gatewayAnswer": {"grounds": "g"}});
    let whole = apply(Category::Police, &current, json!({"associates": "Three"})).expect("amended");
    assert_eq!(whole, json!({"associates": "Three", "gatewayAnswer": {"grounds": "g"}}));
    let problem =
        apply(Category::Police, &current, json!({"gatewayAnswer": {"grounds": "other"}})).expect_err("a step's");
    assert_eq!(problem.violations[0].rule, "unknown_field");
}
