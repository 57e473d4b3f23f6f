//! `POST /agencies`: an agency.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::register_agency::{AgencyRegistered, NewAgency, register_agency};
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "registerAgency",
    method: "POST",
    path: "/agencies",
    summary: "Register an agency; who may speak for it is configuration",
    action: "register_agency",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::Administration),
    query: &[],
    body: Some(BodySpec::of::<NewAgency>()),
    success: 201,
    answer: AnswerSpec::Json(BodySpec::of::<AgencyRegistered>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    register_agency(session, &call.form::<NewAgency>()?)
}
