//! How a client's JSON becomes a typed form: one reading for every form, and the rules that any text or date must keep.
//! It must never repeat what was sent: a refused value, or a key that no form of ours has, may itself be somebody's name.

use super::by_name::ByName;
use crate::error::{Kind, Problem, Violations};
use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};
use std::fmt::Write;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc, is_nfc_quick};

/// Reads `value` as a `T`. Strings are first brought to NFC with `\n` line ends, so that a name typed on another
/// keyboard is the same name; what is stored is the form, never the raw body.
///
/// # Errors
/// `invalid` with one violation: `field` is `base_pointer` plus the JSON pointer inside `value`, built from our own
/// field names and array positions only; `rule` is `unknown_field`, `missing`, `wrong_type`, `unknown_code`,
/// `not_a_date`, `not_an_id`, `out_of_range` or `malformed`.
pub fn parse<T: DeserializeOwned>(value: &Value, base_pointer: &str) -> Result<T, Problem> {
    let tidied = tidy(value);
    serde_path_to_error::deserialize(ByName(&tidied)).map_err(|e| {
        let (tail, rule, message) = explain(&e.inner().to_string());
        let keep = if rule == "unknown_field" { KeepLast::No } else { KeepLast::Yes };
        let mut field = pointer_of(base_pointer, e.path(), keep);
        if let Some(name) = tail {
            field.push('/');
            field.push_str(&name);
        }
        Problem::field(Kind::Invalid, &field, rule, message)
    })
}

enum KeepLast {
    Yes,
    No,
}

/// Our own field names are camelCase; a segment of any other look is a client's key in a place where we take free keys,
/// and the pointer stops there.
fn pointer_of(base: &str, path: &Path, keep: KeepLast) -> String {
    let segments: Vec<&Segment> =
        path.iter().filter(|s| matches!(s, Segment::Map { .. } | Segment::Seq { .. })).collect();
    let count = match keep {
        KeepLast::Yes => segments.len(),
        KeepLast::No => segments.len().saturating_sub(1),
    };
    let mut out = base.to_owned();
    for segment in segments.into_iter().take(count) {
        match segment {
            Segment::Map { key } if is_our_name(key) => {
                out.push('/');
                out.push_str(key);
            }
            Segment::Seq { index } => {
                let _ = write!(out, "/{index}");
            }
            _ => break,
        }
    }
    out
}

fn is_our_name(key: &str) -> bool {
    key.len() <= 40
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.chars().all(|c| c.is_ascii_alphanumeric())
}

/// serde's messages quote the client; only their fixed beginnings are read, and a missing field's name, which is ours.
fn explain(message: &str) -> (Option<String>, &'static str, &'static str) {
    if let Some(rest) = message.strip_prefix("missing field `") {
        let name = rest.split('`').next().filter(|n| is_our_name(n)).map(str::to_owned);
        return (name, "missing", "This field is required");
    }
    let (rule, text) = if message.starts_with("unknown field") {
        ("unknown_field", "This form has no such field")
    } else if message.starts_with("duplicate field") {
        ("duplicate_field", "A field is given twice")
    } else if message.starts_with("unknown variant") {
        ("unknown_code", "This is not a code of the list")
    } else if message.starts_with("invalid type") {
        ("wrong_type", "This is of the wrong JSON type")
    } else if message.starts_with("invalid value: integer") || message.starts_with("invalid value: floating") {
        ("out_of_range", "This number is out of range")
    } else if message.starts_with("UUID parsing failed") || message.starts_with("invalid length: expected length 32") {
        ("not_an_id", "This is not an identifier")
    } else if is_date_message(message) {
        ("not_a_date", "This must be a date, YYYY-MM-DD")
    } else {
        ("malformed", "This could not be read")
    };
    (None, rule, text)
}

/// chrono's parse errors, which are fixed texts.
fn is_date_message(message: &str) -> bool {
    const TEXTS: [&str; 6] = [
        "input contains invalid characters",
        "input is out of range",
        "no possible date and time matching input",
        "premature end of input",
        "trailing input",
        "input is not enough for unique date and time",
    ];
    TEXTS.iter().any(|t| message.starts_with(t))
}

fn tidy(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(tidy_text(text)),
        Value::Array(items) => Value::Array(items.iter().map(tidy).collect()),
        Value::Object(fields) => Value::Object(fields.iter().map(|(k, v)| (k.clone(), tidy(v))).collect()),
        other => other.clone(),
    }
}

/// NFC, with the line ends of every browser and system made `\n`.
pub fn tidy_text(text: &str) -> String {
    let lines = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() };
    if is_nfc_quick(lines.chars()) == IsNormalized::Yes { lines } else { lines.nfc().collect() }
}

/// A text of any script: not blank, at most `max_chars` characters, NFC, no control characters but newline and tab.
/// Direction overrides are refused too: they make a sentence read otherwise than it is stored.
pub fn text(value: &str, pointer: &str, max_chars: usize, violations: &mut Violations) {
    if value.trim().is_empty() {
        violations.add(pointer, "blank", "This must not be blank");
    }
    if value.chars().nth(max_chars).is_some() {
        violations.add(pointer, "too_long", "This is longer than the field allows");
    }
    if value.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202d}' | '\u{202e}')) {
        violations.add(pointer, "control_character", "This holds a control character");
    }
    if !is_nfc(value) {
        violations.add(pointer, "not_nfc", "This must be in Unicode normalisation form C");
    }
}

/// As `text`, where the field may be left out.
pub fn optional_text(value: Option<&str>, pointer: &str, max_chars: usize, violations: &mut Violations) {
    if let Some(value) = value {
        text(value, pointer, max_chars, violations);
    }
}

/// A list of texts, at least `min` and at most `max` of them; a violation points at the item.
pub fn texts(values: &[String], pointer: &str, min: usize, max: usize, max_chars: usize, violations: &mut Violations) {
    count(values.len(), pointer, min, max, violations);
    for (index, value) in values.iter().take(max).enumerate() {
        text(value, &format!("{pointer}/{index}"), max_chars, violations);
    }
}

/// How many items a list may hold.
pub fn count(len: usize, pointer: &str, min: usize, max: usize, violations: &mut Violations) {
    if len < min {
        violations.add(pointer, "too_few", "More of these are needed");
    }
    if len > max {
        violations.add(pointer, "too_many", "There are more of these than the field allows");
    }
}

/// A date from `earliest` to `latest`, both included.
pub fn date_between(
    value: NaiveDate,
    pointer: &str,
    earliest: NaiveDate,
    latest: NaiveDate,
    violations: &mut Violations,
) {
    if value < earliest {
        violations.add(pointer, "too_early", "This date is earlier than it can be");
    }
    if value > latest {
        violations.add(pointer, "too_late", "This date is later than it can be");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Form {
        name: String,
        #[serde(default)]
        kind: Option<Code>,
        #[serde(default)]
        seen_on: Option<NaiveDate>,
        #[serde(default)]
        rows: Vec<Row>,
        #[serde(default)]
        person: Option<crate::casework::ids::PersonId>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Code {
        First,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Row {
        #[expect(dead_code, reason = "only its range matters here")]
        sessions_planned: u8,
    }

    fn refusal(value: &Value) -> (String, &'static str) {
        let problem = parse::<Form>(value, "/content").expect_err("refused");
        assert!(!format!("{problem:?}").contains("SECRET"), "{problem:?}");
        let violation = &problem.violations[0];
        (violation.field.clone(), violation.rule)
    }

    #[test]
    fn names_the_field_and_the_rule_and_never_the_value() {
        let cases = [
            (json!({}), "/content/name", "missing"),
            (json!({"name": "a", "SECRET": 1}), "/content", "unknown_field"),
            (json!({"name": "a", "secret": 1}), "/content", "unknown_field"),
            (json!({"name": 7}), "/content/name", "wrong_type"),
            (json!({"name": "a", "kind": "SECRET"}), "/content/kind", "unknown_code"),
            (json!({"name": "a", "kind": {"SECRET": 1}}), "/content/kind", "unknown_code"),
            (json!({"name": "a", "seenOn": "SECRET"}), "/content/seenOn", "not_a_date"),
            (json!({"name": "a", "seenOn": "2023-02-29"}), "/content/seenOn", "not_a_date"),
            (json!({"name": "a", "seenOn": "2023-02"}), "/content/seenOn", "not_a_date"),
            (json!({"name": "a", "person": "SECRET"}), "/content/person", "not_an_id"),
            (json!({"name": "a", "person": "0"}), "/content/person", "not_an_id"),
            (
                json!({"name": "a", "rows": [{"sessionsPlanned": 1}, {"sessionsPlanned": 900}]}),
                "/content/rows/1/sessionsPlanned",
                "out_of_range",
            ),
            (json!({"name": "a", "rows": [{"SECRET": 1}]}), "/content/rows/0", "unknown_field"),
            (json!({"name": "a", "rows": "SECRET"}), "/content/rows", "wrong_type"),
            (json!("SECRET"), "/content", "wrong_type"),
            // A form is read by its fields' names, never by their order.
            (json!(["SECRET"]), "/content", "wrong_type"),
            (json!({"name": "a", "rows": [[1]]}), "/content/rows/0", "wrong_type"),
        ];
        for (value, field, rule) in cases {
            assert_eq!(refusal(&value), (field.to_owned(), rule), "{value}");
        }
    }

    #[test]
    fn text_is_brought_to_nfc_and_newlines() {
        let form: Form = parse(&json!({"name": "Ame\u{301}lie\r\nb"}), "").expect("read");
        assert_eq!(form.name, "Am\u{e9}lie\nb");
        assert!(form.kind.is_none() && form.seen_on.is_none() && form.rows.is_empty() && form.person.is_none());
    }

    #[test]
    fn any_script_is_text_and_control_characters_are_not() {
        let rules = |value: &str| -> Vec<&'static str> {
            let mut v = Violations::default();
            text(value, "/x", 12, &mut v);
            v.finish().err().map(|p| p.violations.iter().map(|v| v.rule).collect()).unwrap_or_default()
        };
        for fine in ["Ólafur", "محمد", "张伟", "ਗੁਰਪ੍ਰੀਤ", "O’Neill", "a\nb\tc"] {
            assert!(rules(fine).is_empty(), "{fine}");
        }
        assert_eq!(rules(" \n\t\u{a0}"), ["blank"]);
        assert_eq!(rules("a\0b"), ["control_character"]);
        assert_eq!(rules("a\u{202e}b"), ["control_character"]);
        assert_eq!(rules("1234567890123"), ["too_long"]);
        assert_eq!(rules("e\u{301}"), ["not_nfc"]);
    }
}
