//! `POST /meetings/{meeting}/items`: a case comes before a meeting.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::add_log_note::Written;
use crate::app::answer::Answer;
use crate::app::meetings::items::{NewItem, add};
use crate::app::session::Session;
use crate::casework::ids::MeetingId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "addAgendaItem",
    method: "POST",
    path: "/meetings/{meeting}/items",
    summary: "Put a case on the agenda, with a reason",
    action: "list_item",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::PanelMeeting),
    query: &[],
    body: Some(BodySpec::of::<NewItem>()),
    success: 201,
    answer: AnswerSpec::Json(BodySpec::of::<Written>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    add(session, MeetingId(call.params.id("meeting")?), &call.form::<NewItem>()?)
}
