//! `POST /cases/{case}/releases/{category}`: a summary for the others.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::amend_category::Amended;
use crate::app::answer::Answer;
use crate::app::release_summary::{Released, release_summary};
use crate::app::session::Session;
use crate::casework::category::Category;
use crate::casework::ids::CaseId;
use crate::error::{Kind, Problem};
use std::str::FromStr;

pub const OPERATION: Operation = Operation {
    id: "releaseSummary",
    method: "POST",
    path: "/cases/{case}/releases/{category}",
    summary: "Release a summary written for the others",
    action: "write_summary",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: Some(BodySpec::of::<Released>()),
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<Amended>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    let summary = Category::from_str(call.params.word("category")?).map_err(|()| Kind::NotFound)?;
    release_summary(session, CaseId(call.params.id("case")?), summary, &call.form::<Released>()?)
}
