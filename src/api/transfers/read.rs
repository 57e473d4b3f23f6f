//! `GET /transfers/{transfer}`: one of them, with what was released.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::session::Session;
use crate::app::transfers::read::{TransferView, read_transfer};
use crate::casework::ids::TransferId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "readTransfer",
    method: "GET",
    path: "/transfers/{transfer}",
    summary: "A case that another panel offers, with what was released of it",
    action: "read_transfer",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<TransferView>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    read_transfer(session, TransferId(call.params.id("transfer")?))
}
