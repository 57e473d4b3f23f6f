//! `GET /ledger/export`: the log as a bundle that is verified offline, in one stream.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, Call, Effect, Operation, PurposeRule, Query};
use crate::app::answer::Answer;
use crate::app::export_ledger::export_ledger;
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "exportLedger",
    method: "GET",
    path: "/ledger/export",
    summary: "The log from its beginning, or from the size `from` of an earlier checkpoint, to the newest: a tar archive, zstd",
    action: "export_ledger",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::Audit),
    query: &[("from", Query::Number)],
    body: None,
    success: 200,
    answer: AnswerSpec::Bytes("application/zstd"),
    run,
};

/// Beyond any log.
const MOST: usize = 1 << 53;

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    export_ledger(session, call.number("from", 0, MOST)?)
}
