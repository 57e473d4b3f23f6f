//! `PUT /meetings/{meeting}/order`: in which order the cases are heard, and which together.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::meetings::order::{AgendaOrder, order};
use crate::app::session::Session;
use crate::casework::ids::MeetingId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "orderAgenda",
    method: "PUT",
    path: "/meetings/{meeting}/order",
    summary: "Put the items in order, and linked cases together",
    action: "hold_meetings",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::PanelMeeting),
    query: &[],
    body: Some(BodySpec::of::<AgendaOrder>()),
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    order(session, MeetingId(call.params.id("meeting")?), &call.form::<AgendaOrder>()?)
}
