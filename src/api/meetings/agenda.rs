//! `GET /meetings/{meeting}/agenda`: every case before a meeting, in one call.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::meetings::agenda::{AgendaView, read_agenda};
use crate::app::session::Session;
use crate::casework::ids::MeetingId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "readAgenda",
    method: "GET",
    path: "/meetings/{meeting}/agenda",
    summary: "One's own agenda of a meeting, opened",
    action: "read_meetings",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::PanelMeeting),
    query: &[],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<AgendaView>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    read_agenda(session, MeetingId(call.params.id("meeting")?))
}
