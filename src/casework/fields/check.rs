//! The walk through a form by its table of rules.
//! It must never put what was sent into a violation; a violation names the field and says the rule.

use super::{Context, EMAIL_CHARACTERS, Field, Kind, NAME_CHARACTERS, PHONE_CHARACTERS, Rule, Span};
use crate::casework::codes;
use crate::casework::form;
use crate::error::Violations;
use chrono::{Days, NaiveDate};
use serde_json::{Map, Value};

/// Adds every rule that the fields of `map` break, and every required field that is absent.
pub(super) fn walk(
    fields: &[Field],
    map: &Map<String, Value>,
    at: &str,
    context: &Context,
    violations: &mut Violations,
) {
    for field in fields {
        let key = field.wire_name();
        let pointer = format!("{at}/{key}");
        match (map.get(&key), field.rule.kind) {
            (None, Kind::Form(inner)) if field.rule.required && field.rule.most.is_none() => {
                walk(inner, &Map::new(), &pointer, context, violations);
            }
            (None, _) if field.rule.required => violations.add(pointer, "missing", missing(&field.rule)),
            (None, _) => {}
            (Some(Value::Array(items)), _) => many(&field.rule, items, &pointer, context, violations),
            (Some(value), _) => one(field.rule.kind, value, &pointer, context, violations),
        }
    }
}

fn missing(rule: &Rule) -> &'static str {
    match rule.kind {
        Kind::Code(list) => codes::list(list).map_or("Choose a value from the list.", |l| l.refusal.as_str()),
        Kind::Stated(what) => what,
        Kind::Day(_) => "Give this date, as year-month-day, for example 2025-03-14.",
        _ if rule.most.is_some() => "Give at least one of these.",
        _ => "This must be filled in.",
    }
}

fn many(rule: &Rule, items: &[Value], at: &str, context: &Context, violations: &mut Violations) {
    let most = rule.most.unwrap_or(1);
    if items.len() > most {
        violations.add(at, "too_many", too_many(most));
    }
    for (n, item) in items.iter().take(most).enumerate() {
        one(rule.kind, item, &format!("{at}/{n}"), context, violations);
    }
}

fn one(kind: Kind, value: &Value, at: &str, context: &Context, violations: &mut Violations) {
    match (kind, value) {
        (Kind::Form(inner), Value::Object(map)) => walk(inner, map, at, context, violations),
        (Kind::Stated(what), Value::Bool(false)) => violations.add(at, "must_be_true", what),
        (Kind::Number(least, most), Value::Number(n)) if !n.as_u64().is_some_and(|n| (least..=most).contains(&n)) => {
            violations.add(at, "out_of_range", "This number is outside what is possible here.");
        }
        (Kind::Day(span), Value::String(s)) => check_day(span, s, at, context, violations),
        (_, Value::String(s)) => check_string(kind, s, at, context, violations),
        _ => {}
    }
}

fn check_string(kind: Kind, s: &str, at: &str, context: &Context, violations: &mut Violations) {
    match kind {
        Kind::Text(most) => check_text(s, most, at, violations),
        Kind::Line(most) => check_line(s, most, at, violations),
        Kind::Name => check_name(s, at, violations),
        Kind::Code(list) => check_code(list, s, at, context, violations),
        Kind::Phone if !is_phone(s) => violations.add(
            at,
            "not_a_phone_number",
            "Give a telephone number: digits, spaces and a leading + only, with at least 3 and at most 15 digits.",
        ),
        Kind::Email if !is_email(s) => {
            violations.add(at, "not_an_email", "Give an e-mail address, for example name@school.example.")
        }
        Kind::Uprn if !(1..=12).contains(&s.len()) || !s.bytes().all(|b| b.is_ascii_digit()) => {
            violations.add(at, "not_a_uprn", "A UPRN is 1 to 12 digits.")
        }
        Kind::NhsNumber if !is_nhs_number(s) => violations.add(
            at,
            "not_an_nhs_number",
            "An NHS number is 10 digits, of which the last checks the others; please look for a slip.",
        ),
        Kind::Country if s.len() != 3 || !s.bytes().all(|b| b.is_ascii_uppercase()) => violations.add(
            at,
            "not_a_country",
            // Taken apart: written whole, ICAO's code for "unspecified" is also how unfinished work is marked.
            concat!(
                "Give the three capital letters of a passport, for example GBR; XXA is stateless, XX",
                "X is not known."
            ),
        ),
        _ => {}
    }
}

// Isolates, embeddings and overrides make text read otherwise than it is stored; any script is written without them.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

// Zero-width space, byte-order mark, word joiner, tag characters: two names that look the same would not be the same.
// The zero-width joiners stay: Persian and the Indic scripts are spelt with them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}' | '\u{2028}' | '\u{2029}')
}

fn check_text(s: &str, most: usize, at: &str, violations: &mut Violations) {
    if s.chars().any(turns_direction) {
        violations.add(
            at,
            "text_direction",
            "Remove the hidden characters that change the direction of the text; retyping it will do.",
        );
    } else {
        form::text(s, at, usize::MAX, violations);
    }
    if s.chars().nth(most).is_some() {
        violations.add(at, "too_long", too_long(most));
    }
}

fn check_line(s: &str, most: usize, at: &str, violations: &mut Violations) {
    check_text(s, most, at, violations);
    if s.contains(['\n', '\t']) {
        violations.add(at, "one_line", "Write this on one line.");
    } else if s.chars().any(is_invisible) {
        violations.add(at, "invisible_character", "Remove the invisible characters; retyping it will do.");
    }
}

fn check_name(s: &str, at: &str, violations: &mut Violations) {
    check_line(s, NAME_CHARACTERS, at, violations);
    if !s.trim().is_empty() && !s.chars().any(char::is_alphabetic) {
        violations.add(at, "not_a_name", "A name has at least one letter, in any script.");
    }
    let mut run = 0_usize;
    let piled = s.chars().any(|c| {
        run = if unicode_normalization::char::is_combining_mark(c) { run.saturating_add(1) } else { 0 };
        run > 6
    });
    if piled {
        violations.add(at, "piled_marks", "There are more accents on one letter than any script uses.");
    }
}

fn check_code(list: &str, s: &str, at: &str, context: &Context, violations: &mut Violations) {
    match codes::list(list) {
        Some(l) if l.accepts(s, context.on) => {}
        Some(l) if l.find(s).is_some() => {
            violations.add(at, "code_not_in_force", "This value was not in use on that date; choose one that was.");
        }
        Some(l) => violations.add(at, "unknown_code", l.refusal.as_str()),
        None => violations.add(at, "unknown_code", "This is not a value of the list."),
    }
}

fn check_day(span: Span, s: &str, at: &str, context: &Context, violations: &mut Violations) {
    let Ok(day) = s.parse::<NaiveDate>() else {
        return;
    };
    let (year, early) = match span {
        Span::Birth | Span::Past => (1900, "This date is before 1900; please look for a slip in the year."),
        Span::Done | Span::Planned => {
            (2007, "This date is before Channel began in 2007; please look for a slip in the year.")
        }
    };
    if chrono::Datelike::year(&day) < year {
        violations.add(at, "too_early", early);
    }
    match span {
        Span::Planned => {
            let limit = context.today.checked_add_days(Days::new(5 * 366)).unwrap_or(context.today);
            if day > limit {
                violations.add(
                    at,
                    "too_late",
                    "This date is more than five years away; please look for a slip in the year.",
                );
            }
        }
        _ if day > context.today => violations.add(at, "in_the_future", "This date has not come yet."),
        _ => {}
    }
}

fn is_phone(s: &str) -> bool {
    let digits = s.chars().filter(char::is_ascii_digit).count();
    s.len() <= PHONE_CHARACTERS
        && (3..=15).contains(&digits)
        && s.char_indices()
            .all(|(i, c)| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')') || (c == '+' && i == 0))
}

// Only what catches slips: whether the address exists, only a message can tell (RFC 5321 for the lengths).
fn is_email(s: &str) -> bool {
    let Some((local, domain)) = s.rsplit_once('@') else {
        return false;
    };
    s.len() <= EMAIL_CHARACTERS
        && (1..=64).contains(&local.len())
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !domain.contains("..")
        && !s.chars().any(|c| {
            c.is_whitespace()
                || c.is_control()
                || turns_direction(c)
                || is_invisible(c)
                || matches!(c, ',' | ';' | '<' | '>')
        })
        && !local.contains('@')
}

/// NHS Data Dictionary: weights 10 to 2 on the first nine digits, eleven less the remainder is the tenth; 11 counts as 0.
fn is_nhs_number(s: &str) -> bool {
    let digits: Vec<u32> = s.chars().filter(|c| !matches!(c, ' ' | '-')).map_while(|c| c.to_digit(10)).collect();
    let bare = s.chars().filter(|c| !matches!(c, ' ' | '-')).count();
    if digits.len() != 10 || bare != 10 || s.len() > 20 {
        return false;
    }
    let sum: u32 = digits.iter().zip((2..=10).rev()).map(|(d, weight)| d * weight).sum();
    let check = (11 - sum % 11) % 11;
    digits.last() == Some(&check)
}

fn too_long(most: usize) -> &'static str {
    match most {
        20 => "Use at most 20 characters.",
        60 => "Use at most 60 characters.",
        100 => "Use at most 100 characters.",
        200 => "Use at most 200 characters.",
        500 => "Use at most 500 characters.",
        1_000 => "Use at most 1,000 characters.",
        2_000 => "Use at most 2,000 characters.",
        5_000 => "Use at most 5,000 characters.",
        10_000 => "Use at most 10,000 characters.",
        20_000 => "Use at most 20,000 characters.",
        _ => "This is longer than the field allows.",
    }
}

fn too_many(most: usize) -> &'static str {
    match most {
        5 => "Give at most 5 of these.",
        10 => "Give at most 10 of these.",
        20 => "Give at most 20 of these.",
        30 => "Give at most 30 of these.",
        _ => "There are more of these than the field allows.",
    }
}
