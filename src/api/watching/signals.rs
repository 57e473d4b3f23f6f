//! `GET /signals`: what stands out in how the panel's cases are read.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule, Query};
use crate::app::answer::Answer;
use crate::app::read_signals::{MOST, SignalList, Wanted, read_signals};
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "readSignals",
    method: "GET",
    path: "/signals",
    summary: "Broken glass, refusals in series, reads far above usual; newest first",
    action: "read_broken_glass",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::Audit),
    query: &[("from", Query::Day), ("to", Query::Day), ("before", Query::Cursor), ("limit", Query::Number)],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<SignalList>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    let wanted = Wanted {
        from: call.date("from")?,
        to: call.date("to")?,
        before: call.query.get("before").map(String::as_str),
        limit: call.number("limit", 1, MOST)?,
    };
    read_signals(session, &wanted)
}
