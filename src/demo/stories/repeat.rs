//! The same person twice. The second referral misspells the name; the earlier case is found all the same, and a repeat
//! is not closed at triage by one person alone.

use super::super::caller::Caller;
use super::super::seats::Seat;
use super::forms::{self, Person, TEACHER};
use super::telling::{StoryFailed, Telling, Told};
use chrono::NaiveDate;
use serde_json::{Value, json};

/// # Errors
/// The first step that went otherwise.
pub fn tell(caller: &mut dyn Caller) -> Result<Told, StoryFailed> {
    let mut t = Telling::begin("repeat", caller);
    let person = Person {
        forenames: "Oluwaseun",
        surname: "Adebayo-Finch",
        alias: "Olúwaṣeun Adébáyọ̀",
        born: t.ago(5_700),
        postcode: "ZZ8 5TB",
        phone: "020 7946 0788",
    };
    let first = forms::referral(
        &person,
        &TEACHER,
        t.ago(200),
        "no_ideology_identified",
        "He searched for knives in the library.",
    );
    let earlier = t.refer_and_find(Seat::School, &first)?;
    triaged(&mut t, &earlier, 199)?;
    t.step(Seat::Coordinator, &earlier, "advise_and_close", t.ago(198), advice())?;
    let misspelt =
        Person { forenames: "Oluwasuen", surname: "Adebajo Finch", alias: "", phone: "020 7946 0799", ..person };
    let second = forms::referral(
        &misspelt,
        &TEACHER,
        t.ago(12),
        "fascination_extreme_violence",
        "He asked how many were hurt at a school abroad.",
    );
    let case = t.refer_and_find(Seat::SchoolLead, &second)?;
    triaged(&mut t, &case, 11)?;
    same_person(&mut t, &case, &earlier)?;
    let on = t.ago(9);
    closed_by_two(&mut t, &case, on)?;
    Ok(t.told)
}

fn triaged(t: &mut Telling<'_>, case: &str, days: u64) -> Result<(), StoryFailed> {
    t.step(Seat::Coordinator, case, "begin_triage", t.ago(days), json!({"earlierCasesSearched": true}))?;
    let found = json!({"findings": "Curious and lonely.", "childConcerned": true, "mashInformed": true});
    t.step(Seat::Coordinator, case, "record_triage", t.ago(days), found)?;
    Ok(())
}

pub(super) fn advice() -> Value {
    json!({"outcome": "advice_given", "reason": "The school can meet this.", "advice": "A mentor at school.",
        "onwardConsidered": "Early help was offered and declined."})
}

/// The matching finds the earlier case; the coordinator reads it, and says that it is the same person.
pub(super) fn same_person(t: &mut Telling<'_>, case: &str, earlier: &str) -> Result<(), StoryFailed> {
    let path = format!("/cases/{case}/candidates");
    let list = t.wait_for("look for earlier cases", Seat::Coordinator, &path, "/candidates/0")?;
    let found = list.get("candidates").and_then(Value::as_array).into_iter().flatten();
    if !found.filter_map(|c| c.get("case")?.as_str()).any(|id| id == earlier) {
        return Err(t.failed("look for earlier cases", "the earlier case", "others only"));
    }
    let reading = [("access-purpose", "earlier_history".to_owned()), ("access-reason", "repeat_referral".to_owned())];
    t.send("read the earlier case", Seat::Coordinator, ("GET", &format!("/cases/{earlier}")), None, &reading, 200)?;
    let same = json!({"verdict": "same_person"});
    t.post("the same person", Seat::Coordinator, &format!("{path}/{earlier}"), &same, 204)?;
    Ok(())
}

/// Not by one alone, nor by one who agrees with themselves.
pub(super) fn closed_by_two(t: &mut Telling<'_>, case: &str, on: NaiveDate) -> Result<(), StoryFailed> {
    t.refused(Seat::Coordinator, case, ("advise_and_close", on), advice(), "second_person")?;
    let agreed = json!({"earlierContactsRead": true, "reason": "Read both; the second adds nothing but loneliness."});
    t.step(Seat::Coordinator, case, "agree_closure", on, agreed.clone())?;
    t.refused(Seat::Coordinator, case, ("advise_and_close", on), advice(), "second_person")?;
    t.step(Seat::Deputy, case, "agree_closure", on, agreed)?;
    t.step(Seat::Coordinator, case, "advise_and_close", on, advice())?;
    Ok(())
}
