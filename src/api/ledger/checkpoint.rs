//! `GET /ledger/checkpoint`: the newest signed checkpoint.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::read_ledger::{CheckpointView, read_checkpoint};
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "readCheckpoint",
    method: "GET",
    path: "/ledger/checkpoint",
    summary: "The newest signed checkpoint",
    action: "read_ledger",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::Audit),
    query: &[],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<CheckpointView>()),
    run,
};

fn run(session: &Session<'_>, _call: &Call) -> Result<Answer, Problem> {
    read_checkpoint(session)
}
