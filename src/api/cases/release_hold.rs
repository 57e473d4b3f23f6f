//! `DELETE /cases/{case}/legal-hold`: what it was placed for is over.
//! It must never do more than read the request and name the use case.

use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::legal_hold::release;
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::casework::records::retention::HoldReleased;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "releaseLegalHold",
    method: "DELETE",
    path: "/cases/{case}/legal-hold",
    summary: "Release a legal hold",
    action: "hold_legally",
    effect: Effect::Changes,
    purpose: PurposeRule::MustBeSaid,
    query: &[],
    body: Some(BodySpec::of::<HoldReleased>()),
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    release(session, CaseId(call.params.id("case")?), &call.form::<HoldReleased>()?)
}
