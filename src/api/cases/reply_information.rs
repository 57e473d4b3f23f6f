//! `POST /cases/{case}/information-requests/{record}/reply`: its answer.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::add_log_note::Written;
use crate::app::answer::Answer;
use crate::app::session::Session;
use crate::app::work::{Answered, reply_information};
use crate::casework::ids::CaseId;
use crate::casework::ids::RecordId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "replyInformation",
    method: "POST",
    path: "/cases/{case}/information-requests/{record}/reply",
    summary: "Answer a question put to one's agency",
    action: "reply_information",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: Some(BodySpec::of::<Answered>()),
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<Written>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    reply_information(
        session,
        CaseId(call.params.id("case")?),
        RecordId(call.params.id("record")?),
        &call.form::<Answered>()?,
    )
}
