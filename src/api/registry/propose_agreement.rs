//! `POST /agreements`: a proposal.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::keep_agreements::{AgreementProposed, NewAgreement, propose_agreement};
use crate::app::session::Session;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "proposeAgreement",
    method: "POST",
    path: "/agreements",
    summary: "Propose a sharing agreement; it counts when a council's sponsor has confirmed it",
    action: "propose_agreement",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::Administration),
    query: &[],
    body: Some(BodySpec::of::<NewAgreement>()),
    success: 201,
    answer: AnswerSpec::Json(BodySpec::of::<AgreementProposed>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    propose_agreement(session, &call.form::<NewAgreement>()?)
}
