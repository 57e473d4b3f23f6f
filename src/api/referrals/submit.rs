//! `POST /referrals`: a referral.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::session::Session;
use crate::app::submit_referral::{ReferralReceived, submit_referral};
use crate::casework::intake::referral::Referral;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "submitReferral",
    method: "POST",
    path: "/referrals",
    summary: "Send a referral (Idempotency-Key required)",
    action: "submit_referral",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::Referral),
    query: &[],
    body: Some(BodySpec::of::<Referral>()),
    success: 201,
    answer: AnswerSpec::Json(BodySpec::of::<ReferralReceived>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    submit_referral(session, &call.body, &call.form::<Referral>()?, call.idempotency_key.as_deref())
}
