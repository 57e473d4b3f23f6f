//! `DELETE /cases/{case}/assignments/{record}`: no longer lead.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::assign::end_lead;
use crate::app::session::Session;
use crate::casework::ids::CaseId;
use crate::casework::ids::RecordId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "endLead",
    method: "DELETE",
    path: "/cases/{case}/assignments/{record}",
    summary: "End a named lead",
    action: "assign",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: None,
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    end_lead(session, CaseId(call.params.id("case")?), RecordId(call.params.id("record")?))
}
