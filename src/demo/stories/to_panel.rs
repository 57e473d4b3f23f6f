//! The road from a school's referral to the panel's table, for the stories that differ only after it.

use super::super::seats::Seat;
use super::forms::{self, Person, TEACHER};
use super::telling::{StoryFailed, Telling};
use serde_json::json;

/// Refers, triages, assesses and lists; the panel meets `meets` days ago. Gives the case.
///
/// # Errors
/// The first step that went otherwise.
pub fn listed(
    t: &mut Telling<'_>,
    person: &Person<'_>,
    concern: &str,
    what: &str,
    meets: u64,
) -> Result<String, StoryFailed> {
    let made = meets.saturating_add(40);
    let on = |after: u64| made.saturating_sub(after);
    let form = forms::referral(person, &TEACHER, t.ago(made), concern, what);
    let case = t.refer_and_find(Seat::School, &form)?;
    t.step(Seat::Coordinator, &case, "begin_triage", t.ago(on(1)), json!({"earlierCasesSearched": true}))?;
    t.step(Seat::Coordinator, &case, "send_to_gateway", t.ago(on(2)), json!({"referralComplete": true}))?;
    let clear = json!({"grounds": "No trace.", "statementForOthers": "Nothing stands in the way of Channel."});
    t.step(Seat::PoliceCt, &case, "gateway_clear", t.ago(on(5)), clear)?;
    t.step(
        Seat::Coordinator,
        &case,
        "begin_assessment",
        t.ago(on(6)),
        json!({"reason": "A need that support may meet."}),
    )?;
    t.step(Seat::PoliceCt, &case, "section36_decide", t.ago(on(12)), json!({"grounds": "Set out in the referral."}))?;
    let vaf = forms::vaf(&[("transition", "A hard year.", None)], "Some vulnerability; slight engagement.");
    t.step(Seat::Coordinator, &case, "record_assessment", t.ago(on(20)), vaf)?;
    t.step(Seat::Deputy, &case, "countersign_assessment", t.ago(on(21)), json!({"agreed": true}))?;
    t.step(
        Seat::Coordinator,
        &case,
        "write_plan",
        t.ago(on(22)),
        forms::plan("life_skills", "the youth service", None),
    )?;
    t.step(Seat::Coordinator, &case, "list_for_panel", t.ago(on(30)), json!({"meetingDate": t.ago(meets)}))?;
    Ok(case)
}
