//! `GET /digest`: who of one's own agency read what on one day.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule, Query};
use crate::app::answer::Answer;
use crate::app::read_digest::{Digest, MOST, Wanted, read_digest};
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "readDigest",
    method: "GET",
    path: "/digest",
    summary: "Who of one's own agency read what on one day",
    action: "read_digest",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::Audit),
    query: &[("date", Query::Day), ("after", Query::Cursor), ("limit", Query::Number)],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<Digest>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    let wanted = Wanted {
        date: call.date("date")?,
        after: call.query.get("after").map(String::as_str),
        limit: call.number("limit", 1, MOST)?,
    };
    read_digest(session, &wanted)
}
