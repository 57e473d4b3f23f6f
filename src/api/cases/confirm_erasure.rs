//! `POST /cases/{case}/erasure/confirmation`: the second of two words.
//! It must never do more than read the request and name the use case.

use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::decide_erasure::{ErasureConfirmed, confirm};
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "confirmErasure",
    method: "POST",
    path: "/cases/{case}/erasure/confirmation",
    summary: "Confirm an erasure that somebody else proposed",
    action: "confirm_erasure",
    effect: Effect::Changes,
    purpose: PurposeRule::MustBeSaid,
    query: &[],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<ErasureConfirmed>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    confirm(session, CaseId(call.params.id("case")?))
}
