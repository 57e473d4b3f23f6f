//! `POST /cases/{case}/candidates/{other}`: same person or not.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::link_cases::{CandidateDecision, decide_candidate};
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "decideCandidate",
    method: "POST",
    path: "/cases/{case}/candidates/{other}",
    summary: "Say whether a candidate is the same person",
    action: "join_case",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: Some(BodySpec::of::<CandidateDecision>()),
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    decide_candidate(
        session,
        CaseId(call.params.id("case")?),
        CaseId(call.params.id("other")?),
        &call.form::<CandidateDecision>()?,
    )
}
