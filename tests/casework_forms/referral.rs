//! The referral as a school fills it in: all faults at once, by field, in words; dates that can be; twins.

use super::{day, full, refused, remove, rules_at, set, submit, today};
use channel_panel::casework::codes;
use channel_panel::casework::fields::{Content, Context};
use channel_panel::casework::intake::consultation::Consultation;
use channel_panel::casework::intake::subject_search::SubjectSearch;
use channel_panel::casework::{form, strict_json};
use channel_panel::error::{Violation, Violations};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn an_empty_form_names_everything_that_is_missing_at_once() {
    let violations = refused(&json!({}));
    let fields: Vec<&str> = violations.iter().map(|v| v.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "/header/channel",
            "/header/marking",
            "/header/urgency",
            "/header/notAnEmergency",
            "/people",
            "/concern/whatHappened",
            "/safeguarding/considered",
            "/safeguarding/otherChildrenInHousehold",
            "/referrer/confidential",
            "/referrer/sector",
            "/referrer/referredBy/relationship",
            "/dates/referralMade",
            "/attestation/nothingAboveOfficial",
            "/attestation/nothingFromIntelligenceServices",
        ]
    );
    assert!(violations.iter().all(|v| v.rule == "missing"));
    assert!(violations[3].message.contains("999"));
}

#[test]
fn the_shortest_referral_fits_on_a_card() {
    let short = json!({
        "header": {"channel": "phone", "marking": "official", "urgency": "routine", "notAnEmergency": true},
        "people": [{"identity": {"aliases": ["Big Al"]}}],
        "concern": {"whatHappened": "He said he would go."},
        "safeguarding": {"considered": false, "otherChildrenInHousehold": "not_known"},
        "referrer": {"confidential": true, "sector": "community", "referredBy": {"relationship": "friend"}},
        "dates": {"referralMade": "2026-03-02"},
        "attestation": {"nothingAboveOfficial": true, "nothingFromIntelligenceServices": true},
    });
    assert_eq!(refused(&short), []);
}

#[test]
fn unknown_fields_are_refused_without_repeating_them() {
    for parent in ["", "/header", "/people/0", "/people/0/identity", "/concern/threats", "/referrer/referredBy"] {
        let mut example = full();
        set(&mut example, &format!("{parent}/secretName"), json!(1));
        let violations = refused(&example);
        assert_eq!((violations[0].field.as_str(), violations[0].rule), (parent, "unknown_field"));
        assert!(!format!("{violations:?}").contains("secretName"));
    }
}

#[test]
fn dates_that_cannot_be_are_refused_and_leap_days_are_taken() {
    let dob = "/people/0/identity/dateOfBirth";
    let cases: [(&str, &str, &[&str]); 8] = [
        (dob, "2004-02-29", &[]),
        (dob, "1900-01-01", &[]),
        (dob, "2003-02-29", &["not_a_date"]),
        (dob, "2004-13-01", &["not_a_date"]),
        (dob, "2018-03-01", &["after_referral"]),
        (dob, "2026-03-03", &["in_the_future"]),
        ("/dates/lastSeen", "2018-03-01", &["after_referral"]),
        ("/dates/concernArose", "2018-03-01", &["after_referral"]),
    ];
    for (pointer, value, rules) in cases {
        let mut example = full();
        set(&mut example, pointer, json!(value));
        assert_eq!(rules_at(&refused(&example), pointer), rules, "{pointer} {value}");
    }
}

#[test]
fn a_leap_day_child_is_eighteen_on_the_first_of_march() {
    let person = submit(&full()).unwrap().people.swap_remove(0).identity;
    assert_eq!(person.age_on(day("2022-02-28")), Some(17));
    assert_eq!(person.age_on(day("2022-03-01")), Some(18));
    assert_eq!(person.age_on(day("2024-02-29")), Some(20));
}

#[test]
fn twins_are_two_people() {
    let mut example = full();
    let mut twin = example["people"][0].clone();
    twin["identity"]["forenames"] = json!("Óscar");
    let people = json!([example["people"][0], twin]);
    set(&mut example, "/people", people);
    let referral = submit(&example).unwrap();
    assert_ne!(referral.split(0), referral.split(1));
}

#[test]
fn rules_between_fields_are_said_in_words() {
    type Case = (&'static str, Value, &'static str, &'static str);
    let cases: [Case; 10] = [
        ("/people/0/complexNeeds", json!(["autism", "none_known"]), "/people/0/complexNeeds", "none_or_some"),
        ("/people/0/identity/approximateAge", json!(14), "/people/0/identity/approximateAge", "one_age"),
        ("/people/1/identity", json!({"gender": "male"}), "/people/1/identity", "some_name"),
        ("/header/marking", json!("official"), "/header/marking", "needs_handling"),
        (
            "/safeguarding/otherChildrenInHousehold",
            json!("no"),
            "/safeguarding/otherChildrenInHousehold",
            "children_listed",
        ),
        ("/referrer/sector", json!("police"), "/referrer/educationPhase", "only_for_education"),
        ("/referrer/referredBy", json!({"relationship": "friend"}), "/referrer/referredBy/name", "missing"),
        ("/people/0/contact/addresses/0/to", json!("2011-01-01"), "/people/0/contact/addresses/0/to", "before_start"),
        (
            "/people/0/monitoring/politicalOpinion",
            json!({"answer": "refused", "words": "x"}),
            "/people/0/monitoring/politicalOpinion/words",
            "words_with_given",
        ),
        ("/ideology/typeOfConcern", json!("no_ideology_identified"), "/ideology/typeOfConcern", "code_not_in_force"),
    ];
    for (pointer, value, field, rule) in cases {
        let mut example = full();
        set(&mut example, pointer, value);
        assert_eq!(rules_at(&refused(&example), field), [rule], "{pointer}");
    }
    let mut example = full();
    remove(&mut example, "/header/handlingInstruction");
    assert_eq!(rules_at(&refused(&example), "/header/handlingInstruction"), ["missing"]);
    let mut example = full();
    remove(&mut example, "/referrer/educationPhase");
    assert_eq!(rules_at(&refused(&example), "/referrer/educationPhase"), ["missing"]);
}

#[test]
fn debug_output_holds_nothing_of_the_person() {
    let referral = submit(&full()).unwrap();
    assert_eq!(
        format!("{referral:?} {:?} {:?}", referral.people, referral.referrer),
        "Referral [Individual, Individual] Referrer"
    );
}

fn keyed(value: &Value) -> Vec<Violation> {
    let consultation: Consultation = form::parse(value, "").unwrap();
    let mut violations = Violations::default();
    consultation.check(today(), &mut violations);
    violations.finish().err().map(|p| p.violations).unwrap_or_default()
}

#[test]
fn a_consultation_takes_four_answers_and_a_date_of_2017() {
    let short = json!({"date": "2017-10-04", "channel": "phone", "sector": "education", "advice": ["no_concern"]});
    assert_eq!(keyed(&short), []);
    let missing: Vec<String> = keyed(&json!({})).into_iter().map(|v| v.field).collect();
    assert_eq!(missing, ["/date", "/channel", "/sector", "/advice"]);
    let mut old = short.clone();
    old["typeOfConcern"] = json!("mixed_unstable_unclear");
    assert_eq!(keyed(&old), []);
    old["date"] = json!("2025-10-04");
    assert_eq!(keyed(&old)[0].rule, "code_not_in_force");
    assert!(form::parse::<Consultation>(&json!({"surname": "X"}), "").is_err());
}

#[test]
fn a_search_asks_for_somebody_and_for_a_reason() {
    let check = |value: Value| -> Vec<(String, &'static str)> {
        let search: SubjectSearch = form::parse(&value, "").unwrap();
        let mut violations = Violations::default();
        search.check(&Context::today(today()), &mut violations);
        violations
            .finish()
            .err()
            .map(|p| p.violations.into_iter().map(|v| (v.field, v.rule)).collect())
            .unwrap_or_default()
    };
    assert_eq!(check(json!({"purpose": "new_referral", "surname": "محمد"})), []);
    assert_eq!(check(json!({"surname": "Smith"})), [("/purpose".to_owned(), "missing")]);
    assert_eq!(check(json!({"purpose": "curiosity", "surname": "Smith"})), [("/purpose".to_owned(), "unknown_code")]);
    assert_eq!(check(json!({"purpose": "new_referral", "postcode": "EX1 1EX"})), [(String::new(), "too_wide")]);
}

#[test]
fn every_list_that_a_form_names_exists() {
    for (pointer, rule) in super::limits::leaves(channel_panel::casework::intake::referral::Referral::FIELDS, "") {
        if let channel_panel::casework::fields::Kind::Code(name) = rule.kind {
            assert!(codes::list(name).is_some(), "{pointer}: {name}");
        }
    }
}

proptest! {
    #[test]
    fn whatever_stands_in_a_field_is_never_repeated_and_never_panics(
        n in any::<prop::sample::Index>(),
        noise in prop_oneof!["\\PC{0,40}".prop_map(Value::from), any::<i64>().prop_map(Value::from), any::<bool>().prop_map(Value::from), Just(Value::Null)],
    ) {
        let leaves = super::limits::leaves(channel_panel::casework::intake::referral::Referral::FIELDS, "");
        let mut example = full();
        set(&mut example, &leaves[n.index(leaves.len())].0, match &noise { Value::String(s) => json!(format!("SECRET{s}")), other => other.clone() });
        let bytes = serde_json::to_vec(&example).unwrap();
        let again = strict_json::parse_strict(&bytes).unwrap();
        let text = format!("{:?}", submit(&again).map(|r| (r.split(0), ()).1));
        prop_assert!(!text.contains("SECRET"));
    }
}

#[test]
fn the_schema_says_what_is_required_and_how_dates_look() {
    use utoipa::PartialSchema;
    let schema = |s: utoipa::openapi::RefOr<utoipa::openapi::Schema>| serde_json::to_value(s).unwrap();
    let consultation = schema(Consultation::schema());
    assert_eq!(consultation["required"], json!(["date", "channel", "sector", "advice"]));
    assert_eq!(consultation["properties"]["date"]["type"], "string");
    assert_eq!(consultation["properties"]["date"]["format"], "date");
    assert_eq!(consultation["additionalProperties"], false);
    let referral = schema(channel_panel::casework::intake::referral::Referral::schema());
    assert_eq!(
        referral["required"],
        json!(["header", "people", "concern", "safeguarding", "referrer", "dates", "attestation"])
    );
}
