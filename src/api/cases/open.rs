//! `GET /cases/{case}`: one case as its reader may see it.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::open_case::{CaseView, open_case};
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "openCase",
    method: "GET",
    path: "/cases/{case}",
    summary: "Open a case, redacted for its reader",
    action: "open_case",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<CaseView>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    open_case(session, CaseId(call.params.id("case")?))
}
