//! `POST /cases`: a case from another panel or from older records.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::session::Session;
use crate::app::take_over_case::{CaseTakenOver, Opened, take_over_case};
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "takeOverCase",
    method: "POST",
    path: "/cases",
    summary: "Open a case that comes from elsewhere, with evidence for what it skips",
    action: "take_over_case",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: Some(BodySpec::of::<CaseTakenOver>()),
    success: 201,
    answer: AnswerSpec::Json(BodySpec::of::<Opened>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    take_over_case(session, &call.form::<CaseTakenOver>()?)
}
