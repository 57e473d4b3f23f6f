//! `GET /digest/entries`: what one's own agency's people did, one by one.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule, Query};
use crate::app::answer::Answer;
use crate::app::entry_pages::MOST;
use crate::app::read_doings::{DoingList, Wanted, read_doings};
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "readDoings",
    method: "GET",
    path: "/digest/entries",
    summary: "What the people of one's own agency did from one day to another, newest first",
    action: "read_digest",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::Audit),
    query: &[
        ("from", Query::Day),
        ("to", Query::Day),
        ("actor", Query::Id),
        ("before", Query::Cursor),
        ("limit", Query::Number),
    ],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<DoingList>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    let wanted = Wanted {
        days: (call.date("from")?, call.date("to")?),
        actor: call.query.get("actor").map(String::as_str),
        before: call.query.get("before").map(String::as_str),
        limit: call.number("limit", 1, MOST)?,
    };
    read_doings(session, &wanted)
}
