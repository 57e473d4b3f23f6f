//! `GET /consultations`: the newest consultations.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::consultations::{ConsultationList, list_consultations};
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "listConsultations",
    method: "GET",
    path: "/consultations",
    summary: "Consultations, newest first",
    action: "list_consultations",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<ConsultationList>()),
    run,
};

fn run(session: &Session<'_>, _call: &Call) -> Result<Answer, Problem> {
    list_consultations(session)
}
