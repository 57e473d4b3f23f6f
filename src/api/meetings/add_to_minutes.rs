//! `POST /meetings/{meeting}/items/{item}/minutes/addenda`: what approved minutes got wrong, beside them.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::add_log_note::Written;
use crate::app::answer::Answer;
use crate::app::meetings::minutes::{MinutesDraft, add};
use crate::app::session::Session;
use crate::casework::ids::{MeetingId, RecordId};
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "addToMinutes",
    method: "POST",
    path: "/meetings/{meeting}/items/{item}/minutes/addenda",
    summary: "Add to approved minutes",
    action: "decide",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::PanelMeeting),
    query: &[],
    body: Some(BodySpec::of::<MinutesDraft>()),
    success: 201,
    answer: AnswerSpec::Json(BodySpec::of::<Written>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    add(
        session,
        MeetingId(call.params.id("meeting")?),
        RecordId(call.params.id("item")?),
        &call.form::<MinutesDraft>()?,
    )
}
