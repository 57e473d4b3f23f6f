//! `POST /cases/{case}/information-requests`: a question to an agency.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::add_log_note::Written;
use crate::app::answer::Answer;
use crate::app::session::Session;
use crate::app::work::request_information;
use crate::casework::ids::CaseId;
use crate::casework::records::information::InformationRequest;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "requestInformation",
    method: "POST",
    path: "/cases/{case}/information-requests",
    summary: "Ask an agency what it knows",
    action: "request_information",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: Some(BodySpec::of::<InformationRequest>()),
    success: 201,
    answer: AnswerSpec::Json(BodySpec::of::<Written>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    request_information(session, CaseId(call.params.id("case")?), &call.form::<InformationRequest>()?)
}
