//! `DELETE /cases/{case}/erasure`: it does not stand any more.
//! It must never do more than read the request and name the use case.

use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::decide_erasure::withdraw;
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::casework::records::retention::ErasureGrounds;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "withdrawErasure",
    method: "DELETE",
    path: "/cases/{case}/erasure",
    summary: "Take an erasure back, before it is carried out",
    action: "withdraw_erasure",
    effect: Effect::Changes,
    purpose: PurposeRule::MustBeSaid,
    query: &[],
    body: Some(BodySpec::of::<ErasureGrounds>()),
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    withdraw(session, CaseId(call.params.id("case")?), &call.form::<ErasureGrounds>()?)
}
