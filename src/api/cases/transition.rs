//! `POST /cases/{case}/transitions`: one step through the table.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::make_transition::{Step, Stepped, make_transition};
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "makeTransition",
    method: "POST",
    path: "/cases/{case}/transitions",
    summary: "Make a transition of the table",
    action: "transition",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: Some(BodySpec::of::<Step>()),
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<Stepped>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    make_transition(session, CaseId(call.params.id("case")?), &call.form::<Step>()?)
}
