//! `POST /cases/{case}/recusals`: a conflict of interest.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::restrict_case::{Recusal, recuse};
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "recuse",
    method: "POST",
    path: "/cases/{case}/recusals",
    summary: "Recuse oneself; a chair may record another's",
    action: "recuse_self",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: Some(BodySpec::of::<Recusal>()),
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    recuse(session, CaseId(call.params.id("case")?), &call.form::<Recusal>()?)
}
