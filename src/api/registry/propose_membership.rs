//! `POST /memberships`: a proposal.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::propose_membership::{MembershipProposed, NewMembership, propose_membership};
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "proposeMembership",
    method: "POST",
    path: "/memberships",
    summary: "Propose a membership; it counts when the agency's sponsor has confirmed it",
    action: "propose_membership",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::Administration),
    query: &[],
    body: Some(BodySpec::of::<NewMembership>()),
    success: 201,
    answer: AnswerSpec::Json(BodySpec::of::<MembershipProposed>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    propose_membership(session, &call.form::<NewMembership>()?)
}
