//! `POST /cases/{case}/listings`: papers of an agenda item.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::add_log_note::Written;
use crate::app::answer::Answer;
use crate::app::assign::{Invitation, invite};
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "inviteToItem",
    method: "POST",
    path: "/cases/{case}/listings",
    summary: "Open an item's papers to an agency or a guest",
    action: "list_item",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::PanelMeeting),
    query: &[],
    body: Some(BodySpec::of::<Invitation>()),
    success: 201,
    answer: AnswerSpec::Json(BodySpec::of::<Written>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    invite(session, CaseId(call.params.id("case")?), &call.form::<Invitation>()?)
}
