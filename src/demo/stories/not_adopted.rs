//! The panel does not adopt, and considers health and social care instead, as s.36(6) of the Act asks.

use super::super::caller::Caller;
use super::super::seats::{Body, Seat};
use super::forms::{self, Person};
use super::meeting::{QUORUM, at_meeting};
use super::telling::{StoryFailed, Telling, Told};
use super::to_panel;
use serde_json::json;

/// # Errors
/// The first step that went otherwise.
pub fn tell(caller: &mut dyn Caller) -> Result<Told, StoryFailed> {
    let mut t = Telling::begin("not-adopted", caller);
    let person = Person {
        forenames: "Jaspreet",
        surname: "Hollowell",
        alias: "ਜਸਪ੍ਰੀਤ ਹੌਲੋਵੈੱਲ",
        born: t.ago(5_500),
        postcode: "ZZ4 2WN",
        phone: "020 7946 0344",
    };
    let what =
        "She said that nothing matters and that she understands people who hurt others. She has not slept for weeks.";
    let case = to_panel::listed(&mut t, &person, "no_ideology_identified", what, 20)?;
    let meeting = t.meets(&case, t.ago(20), &QUORUM)?;
    let decision = forms::decision("The need is one of health, not of Channel.");
    let mut decision = at_meeting(decision, &meeting);
    t.refused(Seat::Chair, &case, ("not_adopt", t.ago(20)), decision.clone(), "care_considered")?;
    let care = json!({"referred": true, "reason": "Child mental health services are asked to see her this week."});
    forms::put(&mut decision, "", "careConsidered", Some(care));
    t.step(Seat::Chair, &case, "not_adopt", t.ago(20), decision)?;
    t.meeting_step(&meeting, "close")?;
    let health = t.agency(Body::Health)?;
    let onward = json!({"service": "health", "owner": health, "due": t.ago(10), "need": "Sleep, mood and safety."});
    let made = t.step(Seat::Coordinator, &case, "refer_onward", t.ago(20), onward)?;
    let onward = made.first().cloned().ok_or_else(|| t.failed("refer_onward", "a record", "none"))?;
    let close = json!({"outcome": "not_adopted", "reason": "Taken up by health."});
    t.refused(Seat::Coordinator, &case, ("close", t.ago(18)), close.clone(), "no_open_onward")?;
    let answer = json!({"onwardReferral": onward, "answer": "accepted", "acknowledgedBy": "Dr Leocadia Brandt"});
    t.step(Seat::Coordinator, &case, "acknowledge_onward", t.ago(17), answer)?;
    t.step(Seat::Coordinator, &case, "tell_referrer", t.ago(16), json!({"progress": "closed", "toldOn": t.ago(16)}))?;
    t.step(Seat::Coordinator, &case, "close", t.ago(16), close)?;
    Ok(t.told)
}
