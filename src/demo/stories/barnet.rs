//! The 38 contacts of Barnet's Table 1 (council report of 2018, paragraph 1.2.3), keyed late with their dates of 2017-18.
//! The table's figures are a council's own; the people here are invented and none of them stands for anybody.
//!
//! Of the 16 contacts that ended in advice, those about nobody in particular are consultations (a school or a parent rang to
//! ask: 9 in all); the others named somebody and are referrals closed at triage (7). Figures count events by their day, as
//! the table must have: in its last quarter two were accepted and only one sent to SO15, so that one of the two was a contact
//! of the quarter before. Two contacts of that quarter are in no column: they are left in triage, undetermined.

use super::super::caller::Caller;
use super::super::seats::{Body, Seat};
use super::forms::{self, Person, Referrer, TEACHER};
use super::telling::{StoryFailed, Telling, Told, text};
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

/// What became of a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Accepted,
    NotSuitable,
    Advice,
    Undetermined,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    pub contacts: usize,
    pub to_so15: usize,
    pub accepted: usize,
    pub advice: usize,
}

struct Quarter {
    name: &'static str,
    from: (i32, u32),
    consultations: u64,
    /// (days from the quarter's first to the contact, what became of it).
    referrals: &'static [(u64, Fate)],
    printed: Figures,
}

use Fate::{Accepted, Advice, NotSuitable, Undetermined};

static QUARTERS: [Quarter; 4] = [
    // 16 contacts: 10 to SO15, 4 of them accepted; 6 advised, 3 by telephone.
    Quarter {
        name: "Q3 2017/18",
        from: (2017, 10),
        consultations: 3,
        referrals: &[
            (1, Accepted),
            (4, Accepted),
            (8, Accepted),
            (15, Accepted),
            (18, NotSuitable),
            (22, NotSuitable),
            (29, NotSuitable),
            (36, NotSuitable),
            (43, NotSuitable),
            (50, NotSuitable),
            (53, Advice),
            (57, Advice),
            (64, Advice),
        ],
        printed: Figures { contacts: 16, to_so15: 10, accepted: 4, advice: 6 },
    },
    // 9 contacts: 5 to SO15, none accepted; 4 advised, 2 by telephone.
    Quarter {
        name: "Q4 2017/18",
        from: (2018, 1),
        consultations: 2,
        referrals: &[
            (8, NotSuitable),
            (15, NotSuitable),
            (22, NotSuitable),
            (36, NotSuitable),
            (50, NotSuitable),
            (57, Advice),
            (64, Advice),
        ],
        printed: Figures { contacts: 9, to_so15: 5, accepted: 0, advice: 4 },
    },
    // 5 contacts: 4 to SO15, one accepted at once and one (the last) only in the next quarter; 1 advised by telephone.
    Quarter {
        name: "Q1 2018/19",
        from: (2018, 4),
        consultations: 1,
        referrals: &[(3, Accepted), (16, NotSuitable), (30, NotSuitable), (77, Accepted)],
        printed: Figures { contacts: 5, to_so15: 4, accepted: 1, advice: 1 },
    },
    // 8 contacts "so far": 1 to SO15 and accepted, 5 advised (3 by telephone), 2 in no column.
    Quarter {
        name: "Q2 2018/19",
        from: (2018, 7),
        consultations: 3,
        referrals: &[(2, Accepted), (20, Advice), (34, Advice), (69, Undetermined), (72, Undetermined)],
        printed: Figures { contacts: 8, to_so15: 1, accepted: 2, advice: 5 },
    },
];

/// Invented, one for each referral: 29.
const NAMES: [(&str, &str); 29] = [
    ("Arlo", "Quenby"),
    ("Soraya", "Linklater"),
    ("Bertrand", "Okoli"),
    ("Delphine", "Hartigan"),
    ("Emeka", "Sprowle"),
    ("Fionnuala", "Desrosiers"),
    ("Gideon", "Pashley"),
    ("Halima", "Winterbourne"),
    ("Ivo", "Castlemaine"),
    ("Jocasta", "Mbali"),
    ("Kwabena", "Thistlewood"),
    ("Lucinda", "Varga"),
    ("Milo", "Greyfriars"),
    ("Nadezhda", "Appleyard"),
    ("Orson", "Bhattal"),
    ("Perpetua", "Lowry"),
    ("Quentin", "Sadiq"),
    ("Rosamund", "Eze"),
    ("Stellan", "Umarov"),
    ("Tabitha", "Corrigan"),
    ("Ulric", "Fontaine"),
    ("Verity", "Nakamura"),
    ("Wojciech", "Blundell"),
    ("Xiomara", "Penrose"),
    ("Yannick", "Drummond"),
    ("Zuleika", "Ashgrove"),
    ("Caspian", "Villiers"),
    ("Dunja", "Merrick"),
    ("Evander", "Kowalczuk"),
];

/// # Errors
/// The first step that went otherwise.
pub fn tell(caller: &mut dyn Caller) -> Result<Told, StoryFailed> {
    let mut t = Telling::begin("barnet", caller);
    let mut names = NAMES.iter();
    for quarter in &QUARTERS {
        for number in 0..quarter.consultations {
            consult(&mut t, quarter, number)?;
        }
        for (after, fate) in quarter.referrals {
            let Some((forenames, surname)) = names.next() else {
                return Err(t.failed("name a person", "29 names", "fewer"));
            };
            let made = day(quarter, *after);
            let person = Person {
                forenames,
                surname,
                alias: "",
                born: before(made, 16 * 365),
                postcode: "ZZ9 1AA",
                phone: "020 7946 0900",
            };
            refer(&mut t, &person, made, *fate)?;
        }
    }
    Ok(t.told)
}

/// The table as it was printed: (quarter, row).
pub fn printed() -> Vec<(&'static str, Figures)> {
    QUARTERS.iter().map(|quarter| (quarter.name, quarter.printed)).collect()
}

fn day(quarter: &Quarter, after: u64) -> NaiveDate {
    let (year, month) = quarter.from;
    let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default();
    later(first, after)
}

fn later(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

fn before(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

fn consult(t: &mut Telling<'_>, quarter: &Quarter, number: u64) -> Result<(), StoryFailed> {
    let on = day(quarter, number.saturating_mul(21).saturating_add(9));
    let school = json!({"date": on, "channel": "phone", "sector": "education", "educationPhase": "secondary",
        "typeOfConcern": "mixed_unstable_unclear", "advice": ["continue_safeguarding", "training_offered"],
        "adviceGiven": "A Year 9 pupil: talk to the parents first.", "minutes": 20});
    let parent = json!({"date": on, "channel": "phone", "sector": "friends_and_family", "advice": ["signposted"], "minutes": 35});
    let form = if number.is_multiple_of(2) { school } else { parent };
    t.post("key a consultation", Seat::Coordinator, "/consultations", &form, 201)?;
    Ok(())
}

fn refer(t: &mut Telling<'_>, person: &Person<'_>, made: NaiveDate, fate: Fate) -> Result<(), StoryFailed> {
    let school =
        Referrer { organisation: "a secondary school", name: "the safeguarding lead", channel: "email", ..TEACHER };
    let mut form = forms::referral(person, &school, made, "mixed_unstable_unclear", "As it stands in the paper file.");
    forms::put(&mut form, "/ideology", "localTypeOfConcern", Some(json!("other")));
    let told = forms::told_by("a secondary school", None, "the safeguarding lead", made);
    forms::put(&mut form, "/referrer", "onBehalfOf", Some(told));
    let case = t.refer_and_find(Seat::Coordinator, &form)?;
    t.step(Seat::Coordinator, &case, "begin_triage", later(made, 1), json!({"earlierCasesSearched": true}))?;
    match fate {
        Fate::Undetermined => Ok(()),
        Fate::Advice => {
            let close = json!({"outcome": "advice_given", "reason": "No more was needed.", "advice": "Given by telephone.",
                "onwardConsidered": "Considered."});
            t.step(Seat::Coordinator, &case, "advise_and_close", later(made, 3), close).map(|_| ())
        }
        Fate::NotSuitable => not_suitable(t, &case, made),
        Fate::Accepted => accepted(t, &case, made),
    }
}

fn not_suitable(t: &mut Telling<'_>, case: &str, made: NaiveDate) -> Result<(), StoryFailed> {
    t.step(Seat::Coordinator, case, "send_to_gateway", later(made, 2), json!({"referralComplete": true}))?;
    let answer =
        json!({"reason": "misguided", "grounds": "Looked into; nothing for Channel.", "needIdentified": false});
    t.step(Seat::PoliceCt, case, "gateway_not_suitable", later(made, 6), answer)?;
    let close = json!({"outcome": "not_suitable", "reason": "As SO15 answered."});
    t.step(Seat::Coordinator, case, "close", later(made, 7), close)?;
    Ok(())
}

/// Sent, assessed, offered, and then removed, as the report says of those it follows to their end.
fn accepted(t: &mut Telling<'_>, case: &str, made: NaiveDate) -> Result<(), StoryFailed> {
    let council = t.agency(Body::Council)?;
    t.step(Seat::Coordinator, case, "send_to_gateway", later(made, 2), json!({"referralComplete": true}))?;
    t.step(Seat::PoliceCt, case, "gateway_clear", later(made, 6), json!({}))?;
    t.step(Seat::Coordinator, case, "begin_assessment", later(made, 7), json!({"reason": "As SO15 answered."}))?;
    t.step(Seat::PoliceCt, case, "section36_decide", later(made, 10), json!({"grounds": "As in the paper file."}))?;
    let held = forms::held_elsewhere(later(made, 14), "As in the paper file.");
    t.step(Seat::PoliceCt, case, "record_assessment", later(made, 15), held)?;
    t.step(Seat::Coordinator, case, "write_plan", later(made, 16), forms::plan("mentoring", "a mentor", None))?;
    let meets = later(made, 30);
    t.step(Seat::Coordinator, case, "list_for_panel", later(made, 20), json!({"meetingDate": meets}))?;
    let adopt = forms::decision_with_review(&council, "As minuted.", later(meets, 30));
    t.decides(case, "adopt", meets, adopt)?;
    let refused = json!({"by": "parent", "reassessOn": later(meets, 60)});
    t.step(Seat::Coordinator, case, "refuse_consent", later(meets, 10), refused)?;
    let concluded = forms::concluded("Removed, as minuted.", "As minuted.");
    t.decides(case, "conclude_without_consent", later(meets, 60), concluded)?;
    let close = json!({"outcome": "consent_refused", "reason": "Removed, as minuted."});
    t.step(Seat::Coordinator, case, "close", later(meets, 61), close)?;
    Ok(())
}

/// The figures as the service can give them, counted by the day of each event.
///
/// # Errors
/// Cases, histories or consultations cannot be read.
pub fn figures(caller: &mut dyn Caller) -> Result<Vec<(&'static str, Figures)>, StoryFailed> {
    let mut t = Telling::begin("barnet", caller);
    let mut rows: Vec<(&'static str, Figures)> = QUARTERS.iter().map(|q| (q.name, Figures::default())).collect();
    let consultations = t.get("count consultations", Seat::Coordinator, "/consultations")?;
    for consultation in items(&consultations, "consultations") {
        if let Some(row) = row_of(&mut rows, consultation) {
            row.contacts = row.contacts.saturating_add(1);
            row.advice = row.advice.saturating_add(1);
        }
    }
    for case in all_cases(&mut t)? {
        let history = t.send(
            "read a history",
            Seat::Coordinator,
            ("GET", &format!("/cases/{case}/history")),
            None,
            &earlier(),
            200,
        )?;
        for event in items(&history.body, "events") {
            let Some(row) = row_of(&mut rows, event) else { continue };
            let count = match event.get("name").and_then(Value::as_str) {
                Some("referred") => &mut row.contacts,
                Some("send_to_gateway") => &mut row.to_so15,
                Some("adopt") => &mut row.accepted,
                Some("advise_and_close") => &mut row.advice,
                _ => continue,
            };
            *count = count.saturating_add(1);
        }
    }
    Ok(rows)
}

/// Closed cases are history: opened for a purpose that is said, with a reason.
fn earlier() -> [(&'static str, String); 2] {
    [("access-purpose", "earlier_history".to_owned()), ("access-reason", "lessons_learned".to_owned())]
}

fn all_cases(t: &mut Telling<'_>) -> Result<Vec<String>, StoryFailed> {
    let mut cases = Vec::new();
    let mut path = "/cases".to_owned();
    loop {
        let page = t.send("list every case", Seat::Coordinator, ("GET", &path), None, &earlier(), 200)?.body;
        cases.extend(items(&page, "cases").filter_map(|line| text(line, "/id")));
        match text(&page, "/next") {
            Some(next) => path = format!("/cases?after={next}"),
            None => return Ok(cases),
        }
    }
}

fn items<'v>(body: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    body.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn row_of<'r>(rows: &'r mut [(&'static str, Figures)], dated: &Value) -> Option<&'r mut Figures> {
    let on: NaiveDate = dated.get("occurredOn")?.as_str()?.parse().ok()?;
    let at = QUARTERS.iter().position(|q| day(q, 0) <= on && on < later(day(q, 0), days_of(q)))?;
    rows.get_mut(at).map(|(_, figures)| figures)
}

/// October to December has 92 days, January to March 90 (2018), April to June 91, July to September 92.
fn days_of(quarter: &Quarter) -> u64 {
    match quarter.from.1 {
        1 => 90,
        4 => 91,
        _ => 92,
    }
}
