//! `POST /memberships/{membership}/end`: an end.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::decide_membership::end_membership;
use crate::app::session::Session;
use crate::casework::ids::MembershipId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "endMembership",
    method: "POST",
    path: "/memberships/{membership}/end",
    summary: "End a membership at once",
    action: "end_membership",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::Administration),
    query: &[],
    body: None,
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    end_membership(session, MembershipId(call.params.id("membership")?))
}
