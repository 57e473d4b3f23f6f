//! `POST /people`: a person or a system.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::register_person::{NewPerson, PersonRegistered, register_person};
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "registerPerson",
    method: "POST",
    path: "/people",
    summary: "Register a person, or a partner's system, by issuer and subject",
    action: "register_person",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::Administration),
    query: &[],
    body: Some(BodySpec::of::<NewPerson>()),
    success: 201,
    answer: AnswerSpec::Json(BodySpec::of::<PersonRegistered>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    register_person(session, &call.form::<NewPerson>()?)
}
