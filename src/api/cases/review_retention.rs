//! `POST /cases/{case}/retention-review`: it is still needed, until a day.
//! It must never do more than read the request and name the use case.

use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::review_retention::keep;
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::casework::records::retention::Kept;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "reviewRetention",
    method: "POST",
    path: "/cases/{case}/retention-review",
    summary: "Keep a closed case until a day, with the reason",
    action: "review_retention",
    effect: Effect::Changes,
    purpose: PurposeRule::MustBeSaid,
    query: &[],
    body: Some(BodySpec::of::<Kept>()),
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    keep(session, CaseId(call.params.id("case")?), &call.form::<Kept>()?)
}
