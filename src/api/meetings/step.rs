//! `POST /meetings/{meeting}/steps`: a meeting opens, closes or is called off.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::meetings::step::{MeetingStepForm, step};
use crate::app::session::Session;
use crate::casework::ids::MeetingId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "stepMeeting",
    method: "POST",
    path: "/meetings/{meeting}/steps",
    summary: "Open, close or cancel a meeting",
    action: "hold_meetings",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::PanelMeeting),
    query: &[],
    body: Some(BodySpec::of::<MeetingStepForm>()),
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    step(session, MeetingId(call.params.id("meeting")?), &call.form::<MeetingStepForm>()?)
}
