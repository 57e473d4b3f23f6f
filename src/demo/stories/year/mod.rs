//! A year of the borough with a calendar that moves: forty contacts, thirteen cases that come before the panel, and twelve
//! monthly meetings that gather their agendas by themselves. It begins some twelve months ago and ends today.
//! What a meeting must find before it is written down by hand in `agendas`; it must never be worked out here as the service
//! does it, or both would forget the same case.

mod after;
pub mod agendas;
mod before;
mod cast;
pub mod figures;
mod road;
mod sitting;

use super::super::caller::Caller;
use super::super::seats::{Body, Seat};
use super::forms;
use super::telling::{StoryFailed, Telling, Told, text};
use agendas::Item;
use chrono::{NaiveDate, TimeDelta, Weekday};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The first meeting is so many days ago, or up to six more: the twelfth is then over, whatever the months between.
const FIRST: u64 = 350;

/// What is said by those who look after what is over.
fn at_the_end() -> [(&'static str, String); 1] {
    [("access-purpose", "retention".to_owned())]
}

/// The borough in its year. Months are counted from 1, by their meeting.
struct Year<'c> {
    t: Telling<'c>,
    /// The monthly meetings: id and day.
    meetings: Vec<(String, NaiveDate)>,
    /// By the key of `cast`.
    cases: BTreeMap<&'static str, String>,
    /// Records that a later month comes back to.
    kept: BTreeMap<&'static str, String>,
    council: String,
}

/// # Errors
/// The first step that went otherwise.
pub fn tell(caller: &mut dyn Caller) -> Result<Told, StoryFailed> {
    tell_against(caller, agendas::MONTHS)
}

/// The same, held against these agendas.
///
/// # Errors
/// The first step that went otherwise, or the first agenda that is another.
pub fn tell_against(caller: &mut dyn Caller, expected: &[&[Item]]) -> Result<Told, StoryFailed> {
    let mut year = Year::begin(caller)?;
    let today = year.t.today;
    year.plan()?;
    for (month, agenda) in (1..).zip(expected) {
        road::walk(&mut year, month)?;
        before::month(&mut year, month)?;
        sitting::holds(&mut year, month, agenda)?;
        after::month(&mut year, month)?;
    }
    year.t.move_to(today);
    road::last_of_all(&mut year)?;
    Ok(year.t.told)
}

impl<'c> Year<'c> {
    fn begin(caller: &'c mut dyn Caller) -> Result<Self, StoryFailed> {
        let mut t = Telling::begin("year", caller);
        let council = t.agency(Body::Council)?;
        Ok(Self { t, meetings: Vec::new(), cases: BTreeMap::new(), kept: BTreeMap::new(), council })
    }

    /// Twelve meetings, each on the same Wednesday of its month. Few bank holidays are Wednesdays.
    fn plan(&mut self) -> Result<(), StoryFailed> {
        let first = self.t.ago(FIRST).week(Weekday::Wed).first_day();
        self.t.move_to(shifted(first, -21));
        let plan = json!({"forum": "scheduled", "on": first, "monthly": 12});
        let planned = self.t.post("plan the year", Seat::Coordinator, "/meetings", &plan, 201)?;
        let path = format!("/meetings?to={}", shifted(first, 366));
        let list = self.t.get("list the meetings", Seat::Coordinator, &path)?;
        let known = list.get("meetings").and_then(Value::as_array).into_iter().flatten();
        let days: BTreeMap<String, NaiveDate> =
            known.filter_map(|m| Some((text(m, "/id")?, text(m, "/on")?.parse().ok()?))).collect();
        let ids = planned.get("meetings").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        self.meetings = ids.filter_map(|id| Some((id.to_owned(), *days.get(id)?))).collect();
        match self.meetings.len() {
            12 => Ok(()),
            other => Err(self.t.failed("plan the year", "12 meetings", other.to_string())),
        }
    }

    fn meeting(&self, month: usize) -> Result<String, StoryFailed> {
        let found = self.meetings.get(month.saturating_sub(1)).map(|(id, _)| id.clone());
        found.ok_or_else(|| self.t.failed("find the meeting", "one of twelve", month.to_string()))
    }

    /// So many days after the month's meeting, or before it. The thirteenth month is four weeks after the last.
    fn day(&self, month: usize, days: i64) -> NaiveDate {
        let found = self.meetings.get(month.saturating_sub(1)).map(|(_, on)| *on);
        let next = || self.meetings.last().map(|(_, on)| shifted(*on, 28));
        shifted(found.or_else(next).unwrap_or(self.t.today), days)
    }

    /// Lets time pass. It never goes back: what happens later is keyed later.
    fn to(&mut self, month: usize, days: i64) -> Result<(), StoryFailed> {
        let day = self.day(month, days);
        if day < self.t.today {
            return Err(self.t.failed("move the calendar", format!("no day before {}", self.t.today), day.to_string()));
        }
        self.t.move_to(day);
        Ok(())
    }

    fn case(&self, key: &str) -> Result<String, StoryFailed> {
        self.cases.get(key).cloned().ok_or_else(|| self.t.failed("find a case", key, "not referred yet"))
    }

    fn kept(&self, what: &str) -> Result<String, StoryFailed> {
        self.kept.get(what).cloned().ok_or_else(|| self.t.failed("find a record", what, "not made yet"))
    }

    /// A transition, today.
    fn step(&mut self, who: Seat, key: &str, name: &str, content: Value) -> Result<Vec<String>, StoryFailed> {
        let (case, today) = (self.case(key)?, self.t.today);
        self.t.step(who, &case, name, today, content)
    }

    /// Assessed by the coordinator and read by the deputy.
    fn assess(&mut self, key: &str, conclusion: &str) -> Result<(), StoryFailed> {
        let vaf = forms::vaf(&[("transition", "A hard year.", None)], conclusion);
        self.step(Seat::Coordinator, key, "record_assessment", vaf)?;
        self.step(Seat::Deputy, key, "countersign_assessment", json!({"agreed": true}))?;
        Ok(())
    }

    fn ask(&mut self, key: &str, how: &str, result: &str) -> Result<(), StoryFailed> {
        let attempt = json!({"askedBy": "Niamh Castellano", "how": how, "result": result});
        self.step(Seat::Coordinator, key, "ask_consent", attempt).map(|_| ())
    }

    /// Asked in person, and given: by the person, or for a child by a parent.
    fn consents(&mut self, key: &str, by: &str) -> Result<(), StoryFailed> {
        self.ask(key, "in_person", "asked")?;
        let mut given = json!({"givenBy": by, "giverName": "As signed on the form", "scope": ["mentoring"], "form": "written",
            "capacity": "Understood it, and was free to refuse.", "takenBy": "Niamh Castellano"});
        let view = (by == "parent").then(|| json!("Would like somebody to talk to."));
        forms::put(&mut given, "", "childsView", view);
        self.step(Seat::Coordinator, key, "give_consent", given).map(|_| ())
    }

    fn starts(&mut self, key: &str) -> Result<(), StoryFailed> {
        self.step(Seat::Coordinator, key, "start_intervention", json!({})).map(|_| ())
    }

    /// The referrer hears how far it has come, in one word.
    fn tells(&mut self, key: &str, progress: &str) -> Result<(), StoryFailed> {
        let told = json!({"progress": progress, "toldOn": self.t.today});
        self.step(Seat::Coordinator, key, "tell_referrer", told).map(|_| ())
    }

    /// The referrer is told, and the case ends.
    fn closes(&mut self, key: &str, outcome: &str, reason: &str) -> Result<(), StoryFailed> {
        self.tells(key, "closed")?;
        self.step(Seat::Coordinator, key, "close", json!({"outcome": outcome, "reason": reason})).map(|_| ())
    }
}

fn shifted(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_add_signed(TimeDelta::days(days)).unwrap_or(day)
}
