//! `PATCH /cases/{case}/categories/{category}`: a change to one category.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::amend_category::{Amended, Amendment, amend_category};
use crate::app::answer::Answer;
use crate::app::session::Session;
use crate::casework::category::Category;
use crate::casework::ids::CaseId;
use crate::error::{Kind, Problem};
use std::str::FromStr;

pub const OPERATION: Operation = Operation {
    id: "amendCategory",
    method: "PATCH",
    path: "/cases/{case}/categories/{category}",
    summary: "Amend a category (merge patch, If-Match, reason)",
    action: "write_category",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::CaseWork),
    query: &[],
    body: Some(BodySpec::of::<Amendment>()),
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<Amended>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    let category = Category::from_str(call.params.word("category")?).map_err(|()| Kind::NotFound)?;
    let amendment = call.form::<Amendment>()?;
    amend_category(session, CaseId(call.params.id("case")?), category, call.if_match.as_deref(), &amendment)
}
