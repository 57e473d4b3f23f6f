//! The road that everybody goes: who rings, who is referred, triage, the police, section 36, assessment, plan, agenda.
//! Each stretch is walked on its own day by all who are on it; nobody may be a stretch ahead of the calendar.

use super::super::super::seats::Seat;
use super::super::forms::{self, Person, Referrer, TEACHER};
use super::super::repeat;
use super::super::telling::StoryFailed;
use super::cast::{Born, CONSULTED, Contact, Fate, REFERRALS};
use super::{Year, shifted};
use chrono::{Months, NaiveDate};
use serde_json::{Value, json};

const CHARITY: Referrer<'static> = Referrer {
    sector: "community",
    phase: None,
    organisation: "Saltmarsh Youth Trust",
    name: "a youth worker",
    relationship: "youth_worker",
    channel: "partner_system",
};

const SURGERY: Referrer<'static> = Referrer {
    sector: "health",
    phase: None,
    organisation: "a surgery",
    name: "a nurse",
    relationship: "health_professional",
    channel: "phone",
};

/// From the contacts of the month to its agenda.
pub fn walk(y: &mut Year<'_>, month: usize) -> Result<(), StoryFailed> {
    let new: Vec<&Contact> = REFERRALS.iter().filter(|contact| contact.month == month).collect();
    y.to(month, -20)?;
    if CONSULTED.contains(&month) {
        consult(y, month)?;
    }
    for contact in &new {
        refer(y, contact)?;
    }
    y.to(month, -19)?;
    for contact in &new {
        triage(y, contact)?;
    }
    y.to(month, -18)?;
    for contact in &new {
        after_triage(y, contact)?;
    }
    y.to(month, -16)?;
    for contact in &new {
        police_answer(y, contact)?;
    }
    let mut to_panel: Vec<&str> = new.iter().filter(|c| c.fate == Fate::Panel).map(|c| c.key).collect();
    if month == 10 {
        // Reopened at the last meeting: police look again, and all that follows is done anew.
        clear(y, "rhoda")?;
        to_panel.push("rhoda");
    }
    y.to(month, -15)?;
    for key in to_panel.iter().filter(|key| **key != "rhoda" || month != 10) {
        y.tells(key, "progressed")?;
        y.step(Seat::Coordinator, key, "begin_assessment", json!({"reason": "A need that support may meet."}))?;
    }
    assessed(y, month, &to_panel)
}

fn assessed(y: &mut Year<'_>, month: usize, to_panel: &[&str]) -> Result<(), StoryFailed> {
    for key in to_panel {
        let grounds = json!({"grounds": "Set out in the referral."});
        y.step(Seat::PoliceCt, key, "section36_decide", grounds)?;
    }
    y.to(month, -14)?;
    for key in to_panel {
        y.assess(key, "Some vulnerability; slight engagement.")?;
    }
    y.to(month, -13)?;
    for key in to_panel {
        let plan = forms::plan("practical_mentoring", "a mentor", None);
        y.step(Seat::Coordinator, key, "write_plan", plan)?;
        let meets = y.day(month, 0);
        y.step(Seat::Coordinator, key, "list_for_panel", json!({"meetingDate": meets}))?;
    }
    Ok(())
}

/// Who came today, when the year is over.
pub fn last_of_all(y: &mut Year<'_>) -> Result<(), StoryFailed> {
    REFERRALS.iter().filter(|contact| contact.fate == Fate::Fresh).try_for_each(|contact| refer(y, contact))
}

fn consult(y: &mut Year<'_>, month: usize) -> Result<(), StoryFailed> {
    let today = y.t.today;
    let school = json!({"date": today, "channel": "phone", "sector": "education", "educationPhase": "secondary",
        "typeOfConcern": "conflicted", "advice": ["continue_safeguarding", "training_offered"],
        "adviceGiven": "A Year 9 pupil: talk to the parents first.", "minutes": 20});
    let parent = json!({"date": today, "channel": "phone", "sector": "friends_and_family", "advice": ["signposted"], "minutes": 35});
    let form = if month.is_multiple_of(2) { parent } else { school };
    y.t.post("key a consultation", Seat::Coordinator, "/consultations", &form, 201).map(|_| ())
}

fn born(y: &Year<'_>, born: Born) -> NaiveDate {
    let (day, years, months) = match born {
        Born::Aged(years) => (y.t.today, years, 4),
        Born::On { years, month, before } => (y.day(month, before.saturating_neg()), years, 0),
    };
    day.checked_sub_months(Months::new(years.saturating_mul(12).saturating_add(months))).unwrap_or(day)
}

fn refer(y: &mut Year<'_>, contact: &Contact) -> Result<(), StoryFailed> {
    let today = y.t.today;
    let phone = format!("020 7946 {:04}", y.cases.len().saturating_add(100));
    let person = Person {
        forenames: contact.forenames,
        surname: contact.surname,
        alias: "",
        born: born(y, contact.born),
        postcode: "ZZ7 3HM",
        phone: &phone,
    };
    let referrer = match contact.by {
        Seat::PartnerSystem => &CHARITY,
        Seat::Coordinator => &SURGERY,
        _ => &TEACHER,
    };
    let mut form = forms::referral(&person, referrer, today, contact.concern, contact.what);
    let told = forms::told_by(referrer.organisation, None, referrer.name, today);
    forms::put(&mut form, "/referrer", "onBehalfOf", (contact.by == Seat::Coordinator).then_some(told));
    let case = y.t.refer_and_find(contact.by, &form)?;
    y.cases.insert(contact.key, case);
    Ok(())
}

fn triage(y: &mut Year<'_>, contact: &Contact) -> Result<(), StoryFailed> {
    y.step(Seat::Coordinator, contact.key, "begin_triage", json!({"earlierCasesSearched": true}))?;
    let child = !matches!(contact.born, Born::Aged(18..));
    let found = json!({"findings": contact.what, "childConcerned": child, "mashInformed": child});
    y.step(Seat::Coordinator, contact.key, "record_triage", found)?;
    Ok(())
}

fn after_triage(y: &mut Year<'_>, contact: &Contact) -> Result<(), StoryFailed> {
    let key = contact.key;
    match contact.fate {
        Fate::InTriage | Fate::Fresh => Ok(()),
        Fate::AtTriage(outcome) => {
            y.tells(key, "closed")?;
            y.step(Seat::Coordinator, key, "advise_and_close", advised(outcome)).map(|_| ())
        }
        Fate::Again(earlier) => again(y, key, earlier),
        Fate::Redirected => {
            let handed = json!({"service": "another_area", "ownerName": "Prevent desk, Oxholme Council",
                "due": y.t.today, "need": "The person lives there."});
            let records = y.step(Seat::Coordinator, key, "refer_onward", handed)?;
            let taken = json!({"onwardReferral": records.first(), "answer": "accepted",
                "acknowledgedBy": "Prevent desk, Oxholme Council"});
            y.step(Seat::Coordinator, key, "acknowledge_onward", taken)?;
            y.closes(key, "redirected", "Another borough's; they have taken it.")
        }
        Fate::Panel | Fate::NotSuitable | Fate::PoliceLed => {
            y.step(Seat::Coordinator, key, "send_to_gateway", json!({"referralComplete": true})).map(|_| ())
        }
    }
}

fn advised(outcome: &str) -> Value {
    let mut form = repeat::advice();
    forms::put(&mut form, "", "outcome", Some(json!(outcome)));
    form
}

/// The same girl, heard as another; closing it takes two people.
fn again(y: &mut Year<'_>, key: &str, earlier: &str) -> Result<(), StoryFailed> {
    let (case, earlier, today) = (y.case(key)?, y.case(earlier)?, y.t.today);
    repeat::same_person(&mut y.t, &case, &earlier)?;
    repeat::closed_by_two(&mut y.t, &case, today)
}

fn clear(y: &mut Year<'_>, key: &str) -> Result<(), StoryFailed> {
    let clear = json!({"grounds": "No trace.", "statementForOthers": "Nothing stands in the way of Channel."});
    y.step(Seat::PoliceCt, key, "gateway_clear", clear).map(|_| ())
}

fn police_answer(y: &mut Year<'_>, contact: &Contact) -> Result<(), StoryFailed> {
    let key = contact.key;
    match contact.fate {
        Fate::Panel => clear(y, key),
        Fate::NotSuitable => {
            let answer = json!({"reason": "misguided", "grounds": "Nothing for Channel.", "needIdentified": false});
            y.step(Seat::PoliceCt, key, "gateway_not_suitable", answer)?;
            y.closes(key, "not_suitable", "As the police answered.")
        }
        Fate::PoliceLed => {
            let led = json!({"grounds": "An investigation has begun.", "statementForOthers": "Police hold this case."});
            y.step(Seat::PoliceCt, key, "gateway_police_led", led)?;
            y.closes(key, "police_led", "Police take it on; nothing is left for Channel.")
        }
        _ => Ok(()),
    }
}

/// The stages that a case had passed, each on its day, for the panel that takes it over.
pub fn evidence(y: &Year<'_>, month: usize) -> Value {
    let listed = y.day(month, 0);
    json!([
        {"guard": "screening_done", "on": shifted(listed, -19), "statement": "Released by Brackenmere, page 1."},
        {"guard": "gateway_clear", "on": shifted(listed, -16), "statement": "Released by Brackenmere, page 1."},
        {"guard": "section36_decided", "on": shifted(listed, -15), "statement": "Released by Brackenmere, page 2.",
            "section36": "decided_by_police"},
        {"guard": "assessed", "on": shifted(listed, -14), "statement": "Released by Brackenmere, page 3."},
    ])
}
