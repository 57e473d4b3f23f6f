//! `GET /cases/{case}/links`: linked cases that the reader may open too.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::link_cases::{Links, list_links};
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "listLinks",
    method: "GET",
    path: "/cases/{case}/links",
    summary: "Linked cases the reader may open",
    action: "open_case",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<Links>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    list_links(session, CaseId(call.params.id("case")?))
}
