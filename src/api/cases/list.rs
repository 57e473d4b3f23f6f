//! `GET /cases`: the queue.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule, Query};
use crate::app::answer::Answer;
use crate::app::list_cases::{CaseList, MOST, Wanted, list_cases};
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "listCases",
    method: "GET",
    path: "/cases",
    summary: "Cases the reader may find, due first",
    action: "list_cases",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[
        ("stage", Query::Word),
        ("overdue", Query::Flag),
        ("deadline", Query::Word),
        ("limit", Query::Number),
        ("after", Query::Cursor),
    ],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<CaseList>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    let wanted = Wanted {
        stage: call.query.get("stage").map(String::as_str),
        overdue: call.flag("overdue")?,
        deadline: call.query.get("deadline").map(String::as_str),
        limit: call.number("limit", 1, MOST)?,
        after: call.query.get("after").map(String::as_str),
    };
    list_cases(session, &wanted)
}
