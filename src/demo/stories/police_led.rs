//! Police lead. The others are told that police hold it, and no more; a hold shows them only that the case is paused.

use super::super::caller::Caller;
use super::super::seats::Seat;
use super::forms::{self, Person, TEACHER};
use super::telling::{StoryFailed, Telling, Told};
use serde_json::{Value, json};

/// # Errors
/// The first step that went otherwise.
pub fn tell(caller: &mut dyn Caller) -> Result<Told, StoryFailed> {
    let mut t = Telling::begin("police-led", caller);
    let person = Person {
        forenames: "Samir",
        surname: "Al-Qadir Fenn",
        alias: "سمير القادر",
        born: t.ago(6_300),
        postcode: "ZZ6 9KC",
        phone: "020 7946 0566",
    };
    let what = "He told a friend that something would happen soon and that he had what he needed.";
    let form = forms::referral(&person, &TEACHER, t.ago(25), "conflicted", what);
    let case = t.refer_and_find(Seat::SchoolLead, &form)?;
    t.step(Seat::Coordinator, &case, "begin_triage", t.ago(25), json!({"earlierCasesSearched": true}))?;
    t.step(Seat::Coordinator, &case, "send_to_gateway", t.ago(25), json!({"referralComplete": true}))?;
    t.step(
        Seat::PoliceCt,
        &case,
        "block_contact",
        t.ago(25),
        json!({"instruction": "Nobody is to approach him or the family."}),
    )?;
    let led = json!({"grounds": "An investigation has begun.", "statementForOthers": "Police hold this case."});
    t.step(Seat::PoliceCt, &case, "gateway_police_led", t.ago(24), led)?;
    let call = json!({"on": t.ago(23), "kind": "call", "note": "An attempt that must not be made."});
    t.send("nobody approaches him", Seat::Coordinator, ("POST", &format!("/cases/{case}/log")), Some(&call), &[], 409)?;
    t.step(Seat::PoliceCt, &case, "place_hold", t.ago(23), json!({"kind": "police", "reviewOn": t.ago(3)}))?;
    t.refused(
        Seat::Coordinator,
        &case,
        ("release_hold", t.ago(22)),
        json!({"reason": "Impatience."}),
        "police_release_police_hold",
    )?;
    let view = t.sees(Seat::Coordinator, &case, &["police_outcome"], &["police"])?;
    if view.pointer("/state/gateway").and_then(Value::as_str) != Some("police_led") {
        return Err(t.failed("open the case", "gateway police_led", "another"));
    }
    t.step(Seat::PoliceCt, &case, "release_hold", t.ago(5), json!({"reason": "Charged."}))?;
    let close = json!({"outcome": "police_led", "reason": "Police take it on; nothing is left for Channel."});
    t.step(Seat::Coordinator, &case, "close", t.ago(4), close)?;
    Ok(t.told)
}
