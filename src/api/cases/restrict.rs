//! `PUT /cases/{case}/restriction`: named people only.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::restrict_case::{Restriction, restrict};
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "restrictCase",
    method: "PUT",
    path: "/cases/{case}/restriction",
    summary: "Restrict a case to named people",
    action: "restrict_case",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: Some(BodySpec::of::<Restriction>()),
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    restrict(session, CaseId(call.params.id("case")?), &call.form::<Restriction>()?)
}
