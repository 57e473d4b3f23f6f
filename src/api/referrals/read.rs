//! `GET /referrals/{referral}`: one's own referral.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::read_referrals::{ReferralView, read_referral};
use crate::app::session::Session;
use crate::casework::ids::ReferralId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "readReferral",
    method: "GET",
    path: "/referrals/{referral}",
    summary: "One's own referral and how far it has come",
    action: "read_referral",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::Referral),
    query: &[],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<ReferralView>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    read_referral(session, ReferralId(call.params.id("referral")?))
}
