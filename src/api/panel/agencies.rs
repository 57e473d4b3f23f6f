//! `GET /agencies`: who takes part.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::session::Session;
use crate::app::who_am_i::{AgencyList, list_agencies};
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "listAgencies",
    method: "GET",
    path: "/agencies",
    summary: "Agencies of the panel",
    action: "read_agencies",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<AgencyList>()),
    run,
};

fn run(session: &Session<'_>, _call: &Call) -> Result<Answer, Problem> {
    list_agencies(session)
}
