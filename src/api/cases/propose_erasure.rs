//! `POST /cases/{case}/erasure`: the first of two words.
//! It must never do more than read the request and name the use case.

use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::decide_erasure::propose;
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::casework::records::retention::ErasureGrounds;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "proposeErasure",
    method: "POST",
    path: "/cases/{case}/erasure",
    summary: "Propose that a closed case be erased",
    action: "propose_erasure",
    effect: Effect::Changes,
    purpose: PurposeRule::MustBeSaid,
    query: &[],
    body: Some(BodySpec::of::<ErasureGrounds>()),
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    propose(session, CaseId(call.params.id("case")?), &call.form::<ErasureGrounds>()?)
}
