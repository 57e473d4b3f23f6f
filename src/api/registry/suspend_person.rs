//! `POST /people/{person}/suspend`: somebody is shut out.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::session::Session;
use crate::app::suspend_person::suspend_person;
use crate::casework::ids::PersonId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "suspendPerson",
    method: "POST",
    path: "/people/{person}/suspend",
    summary: "Shut a person out at once; only the operator lets them in again",
    action: "suspend_person",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::Administration),
    query: &[],
    body: None,
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    suspend_person(session, PersonId(call.params.id("person")?))
}
