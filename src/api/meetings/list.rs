//! `GET /meetings`: which meetings there are.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule, Query};
use crate::app::answer::Answer;
use crate::app::meetings::list::{MeetingList, list};
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "listMeetings",
    method: "GET",
    path: "/meetings",
    summary: "Meetings of the panel",
    action: "read_meetings",
    effect: Effect::Reads,
    purpose: PurposeRule::Default(Purpose::PanelMeeting),
    query: &[("from", Query::Day), ("to", Query::Day)],
    body: None,
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<MeetingList>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    list(session, call.date("from")?, call.date("to")?)
}
