//! `POST /meetings/{meeting}/items/{item}/minutes/approval`: minutes that are never changed again.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::meetings::minutes::{Approval, approve};
use crate::app::session::Session;
use crate::casework::ids::{MeetingId, RecordId};
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "approveMinutes",
    method: "POST",
    path: "/meetings/{meeting}/items/{item}/minutes/approval",
    summary: "Approve an item's minutes",
    action: "decide",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::PanelMeeting),
    query: &[],
    body: Some(BodySpec::of::<Approval>()),
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    approve(
        session,
        MeetingId(call.params.id("meeting")?),
        RecordId(call.params.id("item")?),
        &call.form::<Approval>()?,
    )
}
