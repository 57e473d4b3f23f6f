//! `GET /cases/{case}/recipients`: whom an erasure is passed on to.
//! It must never do more than read the request and name the use case.

use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::recipients::{Recipients, read_recipients};
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "readRecipients",
    method: "GET",
    path: "/cases/{case}/recipients",
    summary: "Which agencies were shown or given something of a closed case",
    action: "read_recipients",
    effect: Effect::Reads,
    purpose: PurposeRule::MustBeSaid,
    query: &[],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<Recipients>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    read_recipients(session, CaseId(call.params.id("case")?))
}
