//! Adopted, asked twice, refused: no support may be arranged, and the panel says when it looks again.

use super::super::caller::Caller;
use super::super::seats::{Body, Seat};
use super::forms::{self, Person};
use super::telling::{StoryFailed, Telling, Told};
use super::to_panel;
use serde_json::json;

/// # Errors
/// The first step that went otherwise.
pub fn tell(caller: &mut dyn Caller) -> Result<Told, StoryFailed> {
    let mut t = Telling::begin("consent-refused", caller);
    let person = Person {
        forenames: "Kaito",
        surname: "Merriweather",
        alias: "快斗",
        born: t.ago(7_200),
        postcode: "ZZ5 6RM",
        phone: "020 7946 0455",
    };
    let what = "He posts that women owe him, and asks younger boys to join a forum.";
    let case = to_panel::listed(&mut t, &person, "incel", what, 45)?;
    let council = t.agency(Body::Council)?;
    let adopt = forms::decision_with_review(&council, "Worth offering.", t.ago(15));
    t.decides(&case, "adopt", t.ago(45), adopt)?;
    for (days, result) in [(43, "no_answer"), (40, "asked")] {
        let attempt = json!({"askedBy": "Niamh Castellano", "how": "telephone", "result": result});
        t.step(Seat::Coordinator, &case, "ask_consent", t.ago(days), attempt)?;
    }
    let refused = json!({"by": "self", "reason": "He wants nothing to do with it.", "reassessOn": t.ago(10)});
    t.step(Seat::Coordinator, &case, "refuse_consent", t.ago(38), refused)?;
    t.refused(Seat::Coordinator, &case, ("start_intervention", t.ago(37)), json!({}), "consent_given")?;
    let alone = json!({"outcome": "consent_refused", "reason": "He still refuses."});
    t.refused(Seat::Coordinator, &case, ("close", t.ago(11)), alone, "outcome_fits")?;
    let concluded = forms::concluded("He was asked twice more; he still refuses.", "He has a doctor, and sees him.");
    t.decides(&case, "conclude_without_consent", t.ago(10), concluded)?;
    t.step(Seat::Coordinator, &case, "tell_referrer", t.ago(9), json!({"progress": "closed", "toldOn": t.ago(9)}))?;
    let close = json!({"outcome": "consent_refused", "reason": "Looked at again; he still refuses."});
    t.step(Seat::Coordinator, &case, "close", t.ago(9), close)?;
    Ok(t.told)
}
