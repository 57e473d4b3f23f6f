//! `GET /ledger/tile/…`: the log's tree and its leaves, as C2SP tlog-tiles lays them out.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::read_tile::read_tile;
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "readTile",
    method: "GET",
    path: "/ledger/tile/{tile}",
    summary: "A tile of the log's tree or of its leaves (C2SP tlog-tiles): `0/x001/067`, `1/000.p/8`, `entries/x001/067`",
    action: "read_ledger",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::Audit),
    query: &[],
    body: None,
    success: 200,
    answer: AnswerSpec::Bytes("application/octet-stream"),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    read_tile(session, call.params.tile()?)
}
