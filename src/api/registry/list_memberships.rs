//! `GET /memberships`: who belongs.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::list_appointments::{MembershipList, list_memberships};
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "listMemberships",
    method: "GET",
    path: "/memberships",
    summary: "Memberships of the panel; a sponsor sees the agency's",
    action: "list_members",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::Administration),
    query: &[],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<MembershipList>()),
    run,
};

fn run(session: &Session<'_>, _call: &Call) -> Result<Answer, Problem> {
    list_memberships(session)
}
