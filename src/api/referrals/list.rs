//! `GET /referrals`: one's own referrals, or one's organisation's.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule, Query};
use crate::app::answer::Answer;
use crate::app::list_referrals::{MOST, ReferralList, Wanted, list_referrals};
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "listReferrals",
    method: "GET",
    path: "/referrals",
    summary: "One's own referrals and how far each has come; to a safeguarding lead, their organisation's",
    action: "read_feedback",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::Referral),
    query: &[("limit", Query::Number), ("after", Query::Cursor)],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<ReferralList>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    let wanted = Wanted { limit: call.number("limit", 1, MOST)?, after: call.query.get("after").map(String::as_str) };
    list_referrals(session, &wanted)
}
