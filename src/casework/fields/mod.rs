//! What may stand in a field of a form, as data: one table a form, read by the check, by amendments and by the tests.
//! A field without a rule here must never exist: what is not in the table is checked by nothing.

mod check;

use crate::error::Violations;
use chrono::NaiveDate;
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
    /// Three letters of a passport's nationality field (ICAO 9303), which knows stateless (XXA) and unspecified (X three times).
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
        Self { kind, required: false, most: None, as_sent: false }
    }

    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub const fn most(self, items: usize) -> Self {
        Self { most: Some(items), ..self }
    }

    pub const fn as_sent(self) -> Self {
        Self { as_sent: true, ..self }
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
        check::walk(Self::FIELDS, &self.to_map(), at, context, violations);
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
