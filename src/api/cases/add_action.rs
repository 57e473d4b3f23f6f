//! `POST /cases/{case}/actions`: an action with an owner.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::add_log_note::Written;
use crate::app::answer::Answer;
use crate::app::session::Session;
use crate::app::work::add_action;
use crate::casework::ids::CaseId;
use crate::casework::records::action::Action;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "addAction",
    method: "POST",
    path: "/cases/{case}/actions",
    summary: "Give an agency an action",
    action: "manage_action",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: Some(BodySpec::of::<Action>()),
    success: 201,
    answer: AnswerSpec::Json(BodySpec::of::<Written>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    add_action(session, CaseId(call.params.id("case")?), &call.form::<Action>()?)
}
