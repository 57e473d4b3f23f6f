//! `POST /transfers/{transfer}/answer`: the chair's yes or no.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::session::Session;
use crate::app::transfers::answer::{TransferAnswered, TransferReply, answer_transfer};
use crate::casework::ids::TransferId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "answerTransfer",
    method: "POST",
    path: "/transfers/{transfer}/answer",
    summary: "Take a case that another panel offers, or not",
    action: "answer_transfer",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: Some(BodySpec::of::<TransferReply>()),
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<TransferAnswered>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    answer_transfer(session, TransferId(call.params.id("transfer")?), &call.form::<TransferReply>()?)
}
