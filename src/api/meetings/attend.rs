//! `PUT /meetings/{meeting}/attendance`: who came, and who was out of the room.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::meetings::attend::{AttendanceForm, attend};
use crate::app::session::Session;
use crate::casework::ids::MeetingId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "recordAttendance",
    method: "PUT",
    path: "/meetings/{meeting}/attendance",
    summary: "Record who came",
    action: "hold_meetings",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::PanelMeeting),
    query: &[],
    body: Some(BodySpec::of::<AttendanceForm>()),
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    attend(session, MeetingId(call.params.id("meeting")?), &call.form::<AttendanceForm>()?)
}
