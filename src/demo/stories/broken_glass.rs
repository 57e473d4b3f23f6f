//! A child is missing at night, and the duty social worker has no part in the case: she breaks the glass, and it is told.

use super::super::caller::Caller;
use super::super::seats::Seat;
use super::forms::{self, Person, TEACHER};
use super::telling::{StoryFailed, Telling, Told};
use serde_json::{Value, json};

const BEHIND: [(&str, &str); 1] = [("access-purpose", "break_glass")];

/// # Errors
/// The first step that went otherwise.
pub fn tell(caller: &mut dyn Caller) -> Result<Told, StoryFailed> {
    let mut t = Telling::begin("broken-glass", caller);
    let person = Person {
        forenames: "Elowen",
        surname: "Tamsett-Iqbal",
        alias: "El",
        born: t.ago(5_500),
        postcode: "ZZ4 1QT",
        phone: "020 7946 0733",
    };
    let what = "She has met somebody online who asked her to come away with him.";
    let form = forms::referral(&person, &TEACHER, t.ago(2), "conflicted", what);
    let case = t.refer_and_find(Seat::SchoolLead, &form)?;
    let alert = json!({"precautions": "The brother is to be rung before anybody goes to the house."});
    t.amend(Seat::Coordinator, &case, "safety", &alert)?;
    let path = format!("/cases/{case}");
    let behind: Vec<(&'static str, String)> = BEHIND.map(|(name, value)| (name, value.to_owned())).into();
    t.send("the case is not hers", Seat::SocialCare, ("GET", &path), None, &[], 404)?;
    let breaking = json!({"reason": "missing_child", "hours": 1});
    let at = ("POST", format!("{path}/break-glass"));
    t.send("break the glass", Seat::SocialCare, (at.0, &at.1), Some(&breaking), &behind, 201)?;
    let view = t.send("read behind the glass", Seat::SocialCare, ("GET", &path), None, &behind, 200)?.body;
    for (category, shown) in
        [("identity", true), ("contact", true), ("safety", true), ("ideology", false), ("source", false)]
    {
        if view.pointer(&format!("/categories/{category}")).is_some() != shown {
            return Err(t.failed("read behind the glass", format!("{category} shown: {shown}"), "otherwise"));
        }
    }
    let note = json!({"on": t.ago(0), "kind": "note", "note": "Nothing is written behind the glass."});
    t.send("nothing is written", Seat::SocialCare, ("POST", &format!("{path}/log")), Some(&note), &behind, 403)?;
    // The chair cannot open the case yet, and is told all the same; so are the auditors.
    for who in [Seat::Chair, Seat::Auditor] {
        let signals = t.get("the signals", who, "/signals")?;
        let kinds = signals.get("signals").and_then(Value::as_array).into_iter().flatten();
        if !kinds.filter_map(|signal| signal.get("kind")?.as_str()).any(|kind| kind == "break_glass") {
            return Err(t.failed("the signals", "a broken glass", "none"));
        }
    }
    Ok(t.told)
}
