//! `POST /cases/{case}/links`: siblings, household, incident, group.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::link_cases::link_cases;
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::casework::records::link::CaseLink;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "linkCases",
    method: "POST",
    path: "/cases/{case}/links",
    summary: "Link two cases",
    action: "link_case",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: Some(BodySpec::of::<CaseLink>()),
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    link_cases(session, CaseId(call.params.id("case")?), &call.form::<CaseLink>()?)
}
