//! `POST /subjects/search`: is this person known?
//! It must never do more than read the request and name the use case.

use crate::api::operation::{AnswerSpec, BodySpec, Call, Effect, Operation, PurposeRule};
use crate::app::answer::Answer;
use crate::app::search_subjects::{Found, search_subjects};
use crate::app::session::Session;
use crate::casework::intake::subject_search::SubjectSearch;
use crate::error::Problem;

pub const OPERATION: Operation = Operation {
    id: "searchSubjects",
    method: "POST",
    path: "/subjects/search",
    summary: "Ask whether a person is known (Access-Purpose required)",
    action: "search_subjects",
    effect: Effect::Reads,
    purpose: PurposeRule::MustBeSaid,
    query: &[],
    body: Some(BodySpec::of::<SubjectSearch>()),
    success: 200,
    answer: AnswerSpec::Json(BodySpec::of::<Found>()),
    run,
};

fn run(session: &Session<'_>, call: &Call) -> Result<Answer, Problem> {
    search_subjects(session, &call.form::<SubjectSearch>()?)
}
