//! `GET /cases/{case}/accesses`: who opened a case, for its chair.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule, Query};
use crate::app::answer::Answer;
use crate::app::entry_pages::MOST;
use crate::app::read_accesses::{AccessList, read_accesses};
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "readAccesses",
    method: "GET",
    path: "/cases/{case}/accesses",
    summary: "Who opened the case, newest first",
    action: "read_accesses",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[("before", Query::Cursor), ("limit", Query::Number)],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<AccessList>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    let before = call.query.get("before").map(String::as_str);
    read_accesses(session, CaseId(call.params.id("case")?), before, call.number("limit", 1, MOST)?)
}
