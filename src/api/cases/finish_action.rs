//! `POST /cases/{case}/actions/{record}/done`: done, or why not.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::add_log_note::Written;
use crate::app::answer::Answer;
use crate::app::session::Session;
use crate::app::work::finish_action;
use crate::casework::ids::CaseId;
use crate::casework::ids::RecordId;
use crate::casework::records::action::ActionDone;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "finishAction",
    method: "POST",
    path: "/cases/{case}/actions/{record}/done",
    summary: "Say that an action is done, or why not",
    action: "manage_action",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: Some(BodySpec::of::<ActionDone>()),
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<Written>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    finish_action(
        session,
        CaseId(call.params.id("case")?),
        RecordId(call.params.id("record")?),
        &call.form::<ActionDone>()?,
    )
}
