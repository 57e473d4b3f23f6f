//! `POST /cases/{case}/break-glass`: to read for some hours what is not one's own.
//! It must never do more than read the request and name the use case.

use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::break_glass::{GlassBreaking, GlassBroken, break_glass};
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "breakGlass",
    method: "POST",
    path: "/cases/{case}/break-glass",
    summary: "Break the glass on a case: a life or a serious harm does not wait",
    action: "break_glass",
    effect: Effect::Changes,
    purpose: PurposeRule::MustBeSaid,
    query: &[],
    body: Some(BodySpec::of::<GlassBreaking>()),
    success: 201,
    answer: AnswerSpec::Json(BodySpec::of::<GlassBroken>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    break_glass(session, CaseId(call.params.id("case")?), &call.form::<GlassBreaking>()?)
}
