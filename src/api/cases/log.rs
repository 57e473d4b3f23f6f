//! `POST /cases/{case}/log`: a dated note.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::add_log_note::{Written, add_log_note};
use crate::app::answer::Answer;
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::casework::records::log::LogNote;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "addLogNote",
    method: "POST",
    path: "/cases/{case}/log",
    summary: "Add a note of a call, visit or attempt",
    action: "write_log",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: Some(BodySpec::of::<LogNote>()),
    success: 201,
    answer: AnswerSpec::Json(BodySpec::of::<Written>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    add_log_note(session, CaseId(call.params.id("case")?), &call.form::<LogNote>()?)
}
