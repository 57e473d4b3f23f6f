//! `POST /meetings`: a meeting is planned.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::meetings::schedule::{MeetingPlan, Planned, schedule};
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "scheduleMeeting",
    method: "POST",
    path: "/meetings",
    summary: "Plan a meeting, or a year of them",
    action: "hold_meetings",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::PanelMeeting),
    query: &[],
    body: Some(BodySpec::of::<MeetingPlan>()),
    success: 201,
    answer: AnswerSpec::Json(BodySpec::of::<Planned>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    schedule(session, &call.form::<MeetingPlan>()?)
}
