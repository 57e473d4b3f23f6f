//! `GET /ledger/entries`: the access log of the panel.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::read_ledger::{MOST, Wanted, read_ledger};
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "readLedger",
    method: "GET",
    path: "/ledger/entries",
    summary: "Entries of the access log, newest first",
    action: "read_ledger",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::Audit),
    query: &["case", "actor", "agency", "operation", "purpose", "before", "limit"],
    body: None,
    success: 200,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    let text = |name: &str| call.query.get(name).map(String::as_str);
    let wanted = Wanted {
        case: text("case"),
        actor: text("actor"),
        agency: text("agency"),
        operation: text("operation"),
        purpose: text("purpose"),
        before: text("before"),
        limit: call.number("limit", 1, MOST)?,
    };
    read_ledger(session, &wanted)
}
