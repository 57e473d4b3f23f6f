//! `GET /referrals`: one's own referrals.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::read_referrals::list_referrals;
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "listReferrals",
    method: "GET",
    path: "/referrals",
    summary: "One's own referrals and how far each has come",
    action: "read_feedback",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::Referral),
    query: &[],
    body: None,
    success: 200,
    run,
};

fn run(session: &Session<'_>, _call: &Call) -> Result<Answer, Problem> {
    list_referrals(session)
}
