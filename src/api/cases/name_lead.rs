//! `POST /cases/{case}/assignments`: a lead agency.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::add_log_note::Written;
use crate::app::answer::Answer;
use crate::app::assign::{NamedLead, name_lead};
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "nameLead",
    method: "POST",
    path: "/cases/{case}/assignments",
    summary: "Name an agency as lead",
    action: "assign",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: Some(BodySpec::of::<NamedLead>()),
    success: 201,
    answer: AnswerSpec::Json(BodySpec::of::<Written>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    name_lead(session, CaseId(call.params.id("case")?), &call.form::<NamedLead>()?)
}
