//! `GET /cases/{case}/candidates`: possible earlier cases.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::link_cases::{Candidates, list_candidates};
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "listCandidates",
    method: "GET",
    path: "/cases/{case}/candidates",
    summary: "Possible earlier cases of the same person",
    action: "join_case",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<Candidates>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    list_candidates(session, CaseId(call.params.id("case")?))
}
