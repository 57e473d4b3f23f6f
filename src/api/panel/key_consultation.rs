//! `POST /consultations`: an approach about nobody in particular.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::consultations::{ConsultationKeyed, key_consultation};
use crate::app::session::Session;
use crate::casework::intake::consultation::Consultation;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "keyConsultation",
    method: "POST",
    path: "/consultations",
    summary: "Key a consultation",
    action: "key_consultation",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: Some(BodySpec::of::<Consultation>()),
    success: 201,
    answer: AnswerSpec::Json(BodySpec::of::<ConsultationKeyed>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    key_consultation(session, &call.form::<Consultation>()?)
}
