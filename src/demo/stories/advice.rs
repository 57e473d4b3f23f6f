//! A youth charity's own system sends a referral; triage finds no more than a need for advice.

use super::super::caller::Caller;
use super::super::seats::Seat;
use super::forms::{self, Person, Referrer};
use super::telling::{StoryFailed, Telling, Told, text};
use serde_json::json;

const CHARITY: Referrer<'static> = Referrer {
    sector: "community",
    phase: None,
    organisation: "Saltmarsh Youth Trust",
    name: "Bronwen Adichie-Stone",
    relationship: "youth_worker",
    channel: "partner_system",
};

/// # Errors
/// The first step that went otherwise.
pub fn tell(caller: &mut dyn Caller) -> Result<Told, StoryFailed> {
    let mut t = Telling::begin("advice", caller);
    let person = Person {
        forenames: "Mina",
        surname: "Darroch",
        alias: "مینا داروچ",
        born: t.ago(6_900),
        postcode: "ZZ2 7HB",
        phone: "020 7946 0102",
    };
    let what = "She asked in a group what a slogan meant that she had seen on a wall.";
    let form = forms::referral(&person, &CHARITY, t.ago(40), "no_risk_vulnerability_or_ideology", what);
    let case = t.refer_and_find(Seat::PartnerSystem, &form)?;
    t.send("a system reads no case", Seat::PartnerSystem, ("GET", &format!("/cases/{case}")), None, &[], 404)?;
    t.step(Seat::Coordinator, &case, "begin_triage", t.ago(39), json!({"earlierCasesSearched": true}))?;
    let found = json!({"findings": "A question, honestly asked.", "childConcerned": false});
    t.step(Seat::Coordinator, &case, "record_triage", t.ago(39), found)?;
    let call = json!({"on": t.ago(39), "kind": "call", "with": "the charity", "outcome": "spoke", "note": "Told them what the slogan means."});
    t.post("a note of a call", Seat::Coordinator, &format!("/cases/{case}/log"), &call, 201)?;
    t.step(Seat::Coordinator, &case, "tell_referrer", t.ago(38), json!({"progress": "closed", "toldOn": t.ago(38)}))?;
    let close = json!({"outcome": "advice_given", "reason": "No concern beyond the question.", "advice": "How to talk about symbols.",
        "onwardConsidered": "No other service is needed."});
    t.step(Seat::Coordinator, &case, "advise_and_close", t.ago(38), close)?;
    let referral = t.told.referrals.first().cloned().unwrap_or_default();
    let answer = t.get("the system asks what became of it", Seat::PartnerSystem, &format!("/referrals/{referral}"))?;
    // A system learns the word and nothing of what was sent.
    if text(&answer, "/status").as_deref() == Some("closed") && answer.get("sent").is_none() {
        Ok(t.told)
    } else {
        Err(t.failed("the system asks what became of it", "closed, and no more", "something else"))
    }
}
