//! `POST /meetings/{meeting}/items/{item}/outcome`: an item ends without a decision on the case.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::meetings::items::{ItemOutcome, settle};
use crate::app::session::Session;
use crate::casework::ids::{MeetingId, RecordId};
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "settleAgendaItem",
    method: "POST",
    path: "/meetings/{meeting}/items/{item}/outcome",
    summary: "Hold an item over, note it, or ratify",
    action: "decide",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::PanelMeeting),
    query: &[],
    body: Some(BodySpec::of::<ItemOutcome>()),
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    settle(
        session,
        MeetingId(call.params.id("meeting")?),
        RecordId(call.params.id("item")?),
        &call.form::<ItemOutcome>()?,
    )
}
