//! `PUT /cases/{case}/legal-hold`: while it stands nothing is erased.
//! It must never do more than read the request and name the use case.

use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::legal_hold::place;
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::casework::records::retention::HoldPlaced;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "placeLegalHold",
    method: "PUT",
    path: "/cases/{case}/legal-hold",
    summary: "Place a legal hold on a closed case: nothing of it is erased while it stands",
    action: "hold_legally",
    effect: Effect::Changes,
    purpose: PurposeRule::MustBeSaid,
    query: &[],
    body: Some(BodySpec::of::<HoldPlaced>()),
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    place(session, CaseId(call.params.id("case")?), &call.form::<HoldPlaced>()?)
}
