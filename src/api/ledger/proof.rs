//! `GET /ledger/proof`: that an entry is in the signed log, or that the log of another size grew into it.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule, Query};
use crate::app::answer::Answer;
use crate::app::read_tile::{Claim, ProofView, prove};
use crate::app::session::Session;
use crate::error::{Kind, Problem};

pub const OPERATION: Operation = Operation {
    id: "readProof",
    method: "GET",
    path: "/ledger/proof",
    summary: "An inclusion proof of `index`, or a consistency proof from the size `from`, to the signed log of `size`",
    action: "read_ledger",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::Audit),
    query: &[("index", Query::Number), ("from", Query::Number), ("size", Query::Number)],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<ProofView>()),
    run,
};

/// Beyond any log.
const MOST: usize = 1 << 53;

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    let number = |name: &'static str| call.number(name, 0, MOST).map(|n| n.and_then(|n| u64::try_from(n).ok()));
    let claim = match (number("index")?, number("from")?) {
        (Some(index), None) => Claim::Included(index),
        (None, Some(from)) => Claim::Continued(from),
        (None, None) => return Err(one_of_two("required", "say what is to be proved: `index`, or `from`")),
        (Some(_), Some(_)) => return Err(one_of_two("not_both", "one proof at a time: `index`, or `from`")),
    };
    let size = number("size")?.and_then(|size| i64::try_from(size).ok());
    prove(session, claim, size)
}

fn one_of_two(rule: &'static str, message: &'static str) -> Problem {
    Problem::field(Kind::Invalid, "index", rule, message)
}
