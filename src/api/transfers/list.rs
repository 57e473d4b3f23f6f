//! `GET /transfers`: cases that other panels offer.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::session::Session;
use crate::app::transfers::list::{TransferList, list_transfers};
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "listTransfers",
    method: "GET",
    path: "/transfers",
    summary: "Cases that other panels of the service offer to this one",
    action: "list_transfers",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<TransferList>()),
    run,
};

fn run(session: &Session<'_>, _call: &Call) -> Result<Answer, Problem> {
    list_transfers(session)
}
