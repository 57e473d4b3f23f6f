//! `GET /me`: who the caller is here.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::session::Session;
use crate::app::who_am_i::{Me, who_am_i};
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "whoAmI",
    method: "GET",
    path: "/me",
    summary: "The caller and their memberships",
    action: "read_codes",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<Me>()),
    run,
};

fn run(session: &Session<'_>, _call: &Call) -> Result<Answer, Problem> {
    who_am_i(session)
}
