//! `GET /ledger/entries`: the access log of the panel.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule, Query};
use crate::app::answer::Answer;
use crate::app::entry_pages::MOST;
use crate::app::read_ledger::{EntryList, Wanted, read_ledger};
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "readLedger",
    method: "GET",
    path: "/ledger/entries",
    summary: "Entries of the access log from one day to another and of one more filter, newest first",
    action: "read_ledger",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::Audit),
    query: &[
        ("from", Query::Day),
        ("to", Query::Day),
        ("case", Query::Id),
        ("actor", Query::Id),
        ("agency", Query::Id),
        ("role", Query::Word),
        ("operation", Query::Word),
        ("outcome", Query::Word),
        ("purpose", Query::Word),
        ("before", Query::Cursor),
        ("limit", Query::Number),
    ],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<EntryList>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    let text = |name: &str| call.query.get(name).map(String::as_str);
    let wanted = Wanted {
        days: (call.date("from")?, call.date("to")?),
        case: text("case"),
        actor: text("actor"),
        agency: text("agency"),
        role: text("role"),
        operation: text("operation"),
        outcome: text("outcome"),
        purpose: text("purpose"),
        before: text("before"),
        limit: call.number("limit", 1, MOST)?,
    };
    read_ledger(session, &wanted)
}
