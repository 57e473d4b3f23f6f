//! `GET /codes`: the code lists.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::session::Session;
use crate::app::who_am_i::{CodeLists, list_codes};
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "listCodes",
    method: "GET",
    path: "/codes",
    summary: "Code lists with their dates",
    action: "read_codes",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<CodeLists>()),
    run,
};

fn run(session: &Session<'_>, _call: &Call) -> Result<Answer, Problem> {
    list_codes(session)
}
