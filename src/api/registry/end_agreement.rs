//! `POST /agreements/{agreement}/end`: an end.
//! It must never do more than read the request and name the use case.

use crate::access::Purpose;
use crate::api::operation::{AnswerSpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::keep_agreements::end_agreement;
use crate::app::session::Session;
use crate::casework::ids::AgreementId;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "endAgreement",
    method: "POST",
    path: "/agreements/{agreement}/end",
    summary: "End a sharing agreement at once",
    action: "end_agreement",
    effect: Effect::Changes,
    purpose: PurposeRule::Default(Purpose::Administration),
    query: &[],
    body: None,
    success: 204,
    answer: AnswerSpec::Nothing,
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    end_agreement(session, AgreementId(call.params.id("agreement")?))
}
