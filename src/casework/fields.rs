//! What may stand in a field of a form, as data: one table a form, read by the check, by amendments and by the tests.
//! It must never put what was sent into a violation; a violation names the field and says the rule.

use super::codes;
use super::form;
use crate::error::Violations;
use chrono::{Days, NaiveDate};
use serde::Serialize;
use serde_json::{Map, Value};

/// What a check measures against: the calendar, and the day whose code lists apply (the day it was told, when keyed late).
#[derive(Debug, Clone, Copy)]
pub struct Context {
    pub today: NaiveDate,
    pub on: NaiveDate,
}

impl Context {
    pub fn today(today: NaiveDate) -> Self {
        Self { today, on: today }
    }
}

/// A field of a form: its name in Rust's letters (the wire has it in camelCase) and its rule.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub rule: Rule,
}

impl Field {
    pub fn wire_name(&self) -> String {
        camel(self.name)
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub kind: Kind,
    pub required: bool,
    /// For lists: how many items at most.
    pub most: Option<usize>,
    /// Written once, with the referral: the referrer's own words, which no amendment changes.
    pub as_sent: bool,
}

#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Prose of at most so many characters, line breaks allowed.
    Text(usize),
    /// One line of at most so many characters.
    Line(usize),
    /// A person's name, in any script.
    Name,
    /// A code of the list so named, in force on the context's day.
    Code(&'static str),
    Day(Span),
    Flag,
    /// A statement that must be made: nothing but true is taken. The text says what is being stated.
    Stated(&'static str),
    Number(u64, u64),
    Phone,
    Email,
    Uprn,
    NhsNumber,
    /// Three letters of a passport's nationality field (ICAO 9303), which knows stateless (XXA) and unspecified (XXX).
    Country,
    /// An identifier of ours; serde has already read it as one.
    Id,
    Form(&'static [Field]),
}

/// Between which days a date must lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// 1900 to today.
    Birth,
    /// 2007, when Channel began, to today.
    Done,
    /// 1900 to today: where somebody lived, when a concern began.
    Past,
    /// 2007 to five years from today.
    Planned,
}

impl Rule {
    const fn of(kind: Kind) -> Self {
        Self {
            kind,
            required: false,
            most: None,
            as_sent: false,
        }
    }

    pub const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    pub const fn most(self, items: usize) -> Self {
        Self {
            most: Some(items),
            ..self
        }
    }

    pub const fn as_sent(self) -> Self {
        Self {
            as_sent: true,
            ..self
        }
    }
}

pub const fn text(characters: usize) -> Rule {
    Rule::of(Kind::Text(characters))
}
pub const fn line(characters: usize) -> Rule {
    Rule::of(Kind::Line(characters))
}
pub const fn name() -> Rule {
    Rule::of(Kind::Name)
}
pub const fn code(list: &'static str) -> Rule {
    Rule::of(Kind::Code(list))
}
pub const fn day(span: Span) -> Rule {
    Rule::of(Kind::Day(span))
}
pub const fn flag() -> Rule {
    Rule::of(Kind::Flag)
}
pub const fn stated(what: &'static str) -> Rule {
    Rule::of(Kind::Stated(what))
}
pub const fn number(least: u64, most: u64) -> Rule {
    Rule::of(Kind::Number(least, most))
}
pub const fn form(fields: &'static [Field]) -> Rule {
    Rule::of(Kind::Form(fields))
}
pub const PHONE: Rule = Rule::of(Kind::Phone);
pub const EMAIL: Rule = Rule::of(Kind::Email);
pub const UPRN: Rule = Rule::of(Kind::Uprn);
pub const NHS_NUMBER: Rule = Rule::of(Kind::NhsNumber);
pub const COUNTRY: Rule = Rule::of(Kind::Country);
pub const ID: Rule = Rule::of(Kind::Id);

/// The longest name: the longest legal names on record are shorter by half.
pub const NAME_CHARACTERS: usize = 200;
pub const EMAIL_CHARACTERS: usize = 254;
pub const PHONE_CHARACTERS: usize = 40;

/// Which fields are not written when they hold nothing: nobody has written them, and absent says so.
pub trait Blank {
    fn is_blank(&self) -> bool;
}
impl<T> Blank for Option<T> {
    fn is_blank(&self) -> bool {
        self.is_none()
    }
}
impl<T> Blank for Vec<T> {
    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

/// A form: typed, with its table of rules and whatever rules bind several of its fields.
pub trait Content: Serialize {
    const FIELDS: &'static [Field];

    /// The rules that no single field can keep: which fields go together, which day comes before which.
    fn relate(&self, _at: &str, _context: &Context, _violations: &mut Violations) {}

    /// Adds every broken rule. `at` is the JSON pointer of this form in the request.
    fn check_at(&self, at: &str, context: &Context, violations: &mut Violations) {
        walk(Self::FIELDS, &self.to_map(), at, context, violations);
        self.relate(at, context, violations);
    }

    fn check(&self, context: &Context, violations: &mut Violations) {
        self.check_at("", context, violations);
    }

    /// The fields that hold something, as they go on the wire.
    fn to_map(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        }
    }
}

/// Declares forms: serde, OpenAPI schema, table of rules, and a Debug that prints the type's name and nothing it holds.
macro_rules! content {
    ($($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty => $rule:expr,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
        pub struct $name {$(
            $(#[$field_meta])*
            #[serde(skip_serializing_if = "crate::casework::fields::Blank::is_blank")]
            pub $field: $type,
        )*}

        impl $name {
            pub const FIELDS: &'static [$crate::casework::fields::Field] =
                &[$($crate::casework::fields::Field { name: stringify!($field), rule: $rule },)*];
        }

        impl $crate::casework::fields::Blank for $name {
            fn is_blank(&self) -> bool {
                *self == Self::default()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )*};
}
pub(crate) use content;

/// Forms whose fields bind nobody but themselves.
macro_rules! plain {
    ($($name:ident),* $(,)?) => {$(
        impl $crate::casework::fields::Content for $name {
            const FIELDS: &'static [$crate::casework::fields::Field] = $name::FIELDS;
        }
    )*};
}
pub(crate) use plain;

/// serde's own camelCase, so that a pointer names the field as the wire does.
pub fn camel(snake: &str) -> String {
    let mut out = String::with_capacity(snake.len());
    let mut upper = false;
    for c in snake.chars() {
        if c == '_' {
            upper = true;
        } else if upper {
            out.push(c.to_ascii_uppercase());
            upper = false;
        } else {
            out.push(c);
        }
    }
    out
}

fn walk(
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
            (None, kind) if field.rule.required => {
                violations.add(pointer, "missing", missing(kind))
            }
            (None, _) => {}
            (Some(Value::Array(items)), _) => {
                many(&field.rule, items, &pointer, context, violations)
            }
            (Some(value), _) => one(field.rule.kind, value, &pointer, context, violations),
        }
    }
}

fn missing(kind: Kind) -> &'static str {
    match kind {
        Kind::Code(list) => {
            codes::list(list).map_or("Choose a value from the list.", |l| l.refusal.as_str())
        }
        Kind::Stated(what) => what,
        Kind::Day(_) => "Give this date, as year-month-day, for example 2025-03-14.",
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
        (Kind::Number(least, most), Value::Number(n)) => {
            if !n.as_u64().is_some_and(|n| (least..=most).contains(&n)) {
                violations.add(
                    at,
                    "out_of_range",
                    "This number is outside what is possible here.",
                );
            }
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
        Kind::Phone if !is_phone(s) => violations.add(at, "not_a_phone_number", "Give a telephone number: digits, spaces and a leading + only, with at least 3 and at most 15 digits."),
        Kind::Email if !is_email(s) => violations.add(at, "not_an_email", "Give an e-mail address, for example name@school.example."),
        Kind::Uprn if !(1..=12).contains(&s.len()) || !s.bytes().all(|b| b.is_ascii_digit()) => violations.add(at, "not_a_uprn", "A UPRN is 1 to 12 digits."),
        Kind::NhsNumber if !is_nhs_number(s) => violations.add(at, "not_an_nhs_number", "An NHS number is 10 digits, of which the last checks the others; please look for a slip."),
        Kind::Country if s.len() != 3 || !s.bytes().all(|b| b.is_ascii_uppercase()) => violations.add(at, "not_a_country", "Give the three capital letters of a passport, for example GBR; XXA is stateless, XXX is not known."),
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
    matches!(
        c,
        '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}' | '\u{2028}' | '\u{2029}'
    )
}

fn check_text(s: &str, most: usize, at: &str, violations: &mut Violations) {
    if s.chars().any(turns_direction) {
        violations.add(at, "text_direction", "Remove the hidden characters that change the direction of the text; retyping it will do.");
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
        violations.add(
            at,
            "invisible_character",
            "Remove the invisible characters; retyping it will do.",
        );
    }
}

fn check_name(s: &str, at: &str, violations: &mut Violations) {
    check_line(s, NAME_CHARACTERS, at, violations);
    if !s.trim().is_empty() && !s.chars().any(char::is_alphabetic) {
        violations.add(
            at,
            "not_a_name",
            "A name has at least one letter, in any script.",
        );
    }
    let mut run = 0_usize;
    let piled = s.chars().any(|c| {
        run = if unicode_normalization::char::is_combining_mark(c) {
            run.saturating_add(1)
        } else {
            0
        };
        run > 6
    });
    if piled {
        violations.add(
            at,
            "piled_marks",
            "There are more accents on one letter than any script uses.",
        );
    }
}

fn check_code(list: &str, s: &str, at: &str, context: &Context, violations: &mut Violations) {
    match codes::list(list) {
        Some(l) if l.accepts(s, context.on) => {}
        Some(l) if l.find(s).is_some() => {
            violations.add(
                at,
                "code_not_in_force",
                "This value was not in use on that date; choose one that was.",
            );
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
        Span::Birth | Span::Past => (
            1900,
            "This date is before 1900; please look for a slip in the year.",
        ),
        Span::Done | Span::Planned => (
            2007,
            "This date is before Channel began in 2007; please look for a slip in the year.",
        ),
    };
    if chrono::Datelike::year(&day) < year {
        violations.add(at, "too_early", early);
    }
    match span {
        Span::Planned => {
            let limit = context
                .today
                .checked_add_days(Days::new(5 * 366))
                .unwrap_or(context.today);
            if day > limit {
                violations.add(
                    at,
                    "too_late",
                    "This date is more than five years away; please look for a slip in the year.",
                );
            }
        }
        _ if day > context.today => {
            violations.add(at, "in_the_future", "This date has not come yet.")
        }
        _ => {}
    }
}

fn is_phone(s: &str) -> bool {
    let digits = s.chars().filter(char::is_ascii_digit).count();
    s.len() <= PHONE_CHARACTERS
        && (3..=15).contains(&digits)
        && s.char_indices().all(|(i, c)| {
            c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')') || (c == '+' && i == 0)
        })
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
    let digits: Vec<u32> = s
        .chars()
        .filter(|c| !matches!(c, ' ' | '-'))
        .map_while(|c| c.to_digit(10))
        .collect();
    let bare = s.chars().filter(|c| !matches!(c, ' ' | '-')).count();
    if digits.len() != 10 || bare != 10 || s.len() > 20 {
        return false;
    }
    let sum: u32 = digits
        .iter()
        .zip((2..=10).rev())
        .map(|(d, weight)| d * weight)
        .sum();
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
