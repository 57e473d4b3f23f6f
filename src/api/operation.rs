//! What an operation is: its name, its road, its action, its body, and the function that serves it.
//! The table of them is the API: the router, the OpenAPI document and the tests all read it.

use super::router::Params;
use crate::access::Purpose;
use crate::app::answer::Answer;
use crate::app::session::Session;
use crate::error::{Kind, Problem};
use chrono::NaiveDate;
use std::borrow::Cow;
use std::collections::BTreeMap;
use utoipa::openapi::{RefOr, Schema};

/// Whether an operation reads or changes; decides the recorder's road and what a client may retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Reads,
    Changes,
}

/// What an operation is for when nothing else is said, or that it must be said with `Access-Purpose`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PurposeRule {
    Default(Purpose),
    MustBeSaid,
}

/// What the OpenAPI document says of a body.
#[derive(Debug, Clone, Copy)]
pub struct BodySpec {
    pub name: fn() -> Cow<'static, str>,
    pub schema: fn() -> RefOr<Schema>,
    /// The component schemas this one refers to.
    pub components: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl BodySpec {
    pub const fn of<T: utoipa::ToSchema>() -> Self {
        Self {
            name: <T as utoipa::ToSchema>::name,
            schema: <T as utoipa::PartialSchema>::schema,
            components: <T as utoipa::ToSchema>::schemas,
        }
    }
}

/// What it says of the answer to what was done.
#[derive(Debug, Clone, Copy)]
pub enum AnswerSpec {
    Nothing,
    Json(BodySpec),
    /// Of this media type.
    Bytes(&'static str),
}

/// What a parameter of the query is, for whoever reads the document; what is given is checked where it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query {
    Id,
    /// One of the API's codes.
    Word,
    /// `YYYY-MM-DD`.
    Day,
    Number,
    Flag,
    /// The `next` of the page before.
    Cursor,
}

/// One operation of the API.
#[derive(Debug)]
pub struct Operation {
    /// `operationId`, and the name in the ledger.
    pub id: &'static str,
    pub method: &'static str,
    /// Below `/api/v1`, with `{name}` for ids and words.
    pub path: &'static str,
    pub summary: &'static str,
    /// The Cedar action asked for; what the OpenAPI document says of who may comes from the policies.
    pub action: &'static str,
    pub effect: Effect,
    pub purpose: PurposeRule,
    pub query: &'static [(&'static str, Query)],
    pub body: Option<BodySpec>,
    pub success: u16,
    pub answer: AnswerSpec,
    pub run: fn(&Session<'_>, &Call) -> Result<Answer, Problem>,
}

/// A request after its bounds were checked: what a use case may look at.
#[derive(Default)]
pub struct Call {
    pub params: Params,
    pub query: BTreeMap<String, String>,
    pub body: Vec<u8>,
    pub if_match: Option<String>,
    pub idempotency_key: Option<String>,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Call")
    }
}

impl Call {
    /// The body as JSON, read strictly (no duplicate keys, bounded depth, nothing after it).
    ///
    /// # Errors
    /// `malformed`, naming the place and the rule.
    pub fn json(&self) -> Result<serde_json::Value, Problem> {
        crate::casework::strict_json::parse_strict(&self.body)
    }

    /// The body as a form.
    ///
    /// # Errors
    /// `malformed` or `invalid`, naming the field and the rule.
    pub fn form<T: serde::de::DeserializeOwned>(&self) -> Result<T, Problem> {
        crate::casework::form::parse(&self.json()?, "")
    }

    /// A query parameter that is `true` or `false`; false where it is absent.
    ///
    /// # Errors
    /// `invalid`, naming the parameter.
    pub fn flag(&self, name: &'static str) -> Result<bool, Problem> {
        match self.query.get(name).map(String::as_str) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Problem::field(Kind::Invalid, name, "wrong_type", "must be true or false")),
        }
    }

    /// A query parameter that is a day (`YYYY-MM-DD`), if it is there.
    ///
    /// # Errors
    /// `invalid`, naming the parameter.
    pub fn date(&self, name: &'static str) -> Result<Option<NaiveDate>, Problem> {
        let bad = || Problem::field(Kind::Invalid, name, "date", "must be a day, written YYYY-MM-DD");
        // Ten characters: the parser would take fewer digits too.
        let day = |text: &String| (text.len() == 10).then(|| text.parse().ok()).flatten().ok_or_else(bad);
        self.query.get(name).map(day).transpose()
    }

    /// A query parameter that must be a whole number within bounds, if it is there.
    ///
    /// # Errors
    /// `invalid`, naming the parameter.
    pub fn number(&self, name: &'static str, low: usize, high: usize) -> Result<Option<usize>, Problem> {
        match self.query.get(name) {
            None => Ok(None),
            Some(text) => match text.parse::<usize>() {
                Ok(n) if (low..=high).contains(&n) => Ok(Some(n)),
                _ => Err(Problem::field(
                    Kind::Invalid,
                    name,
                    "number",
                    "must be a whole number within the allowed range",
                )),
            },
        }
    }
}
