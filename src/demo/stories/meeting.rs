//! A meeting of the panel in a story: who sits, what is decided, how it ends.
//! It must never seat somebody by a membership that they do not hold.

use super::super::seats::Seat;
use super::telling::{StoryFailed, Telling, text};
use chrono::NaiveDate;
use serde_json::{Value, json};

/// Who sits, in which capacity.
pub type Table<'t> = &'t [(Seat, &'static str)];

/// The council in the chair and the police of the area (s.37).
pub const QUORUM: [(Seat, &str); 2] = [(Seat::Chair, "chair"), (Seat::PoliceCt, "police")];

/// A decision, with the meeting it stands on.
pub fn at_meeting(mut form: Value, meeting: &str) -> Value {
    super::forms::put(&mut form, "", "meeting", Some(Value::from(meeting)));
    form
}

impl Telling<'_> {
    /// A meeting about one case, held that day and keyed afterwards: open, with these at the table. Gives its id.
    ///
    /// # Errors
    /// A step of it is refused.
    pub fn meets(&mut self, case: &str, on: NaiveDate, present: Table<'_>) -> Result<String, StoryFailed> {
        let plan = json!({"forum": "extraordinary", "on": on});
        let planned = self.post("plan a meeting", Seat::Coordinator, "/meetings", &plan, 201)?;
        let meeting = self.needed("plan a meeting", &planned, "/meetings/0")?;
        self.puts_on(&meeting, case, "It was heard that day.")?;
        self.seats(&meeting, present)?;
        self.meeting_step(&meeting, "open")?;
        Ok(meeting)
    }

    /// Puts a case on an agenda, saying why.
    ///
    /// # Errors
    /// It is refused.
    pub fn puts_on(&mut self, meeting: &str, case: &str, reason: &str) -> Result<(), StoryFailed> {
        let item = json!({"case": case, "reason": reason});
        let path = format!("/meetings/{meeting}/items");
        self.post("put the case on the agenda", Seat::Coordinator, &path, &item, 201).map(|_| ())
    }

    /// Records who came.
    ///
    /// # Errors
    /// It is refused.
    pub fn seats(&mut self, meeting: &str, present: Table<'_>) -> Result<(), StoryFailed> {
        let mut came = Vec::new();
        for (seat, capacity) in present {
            let me = self.get("by which membership", *seat, "/me")?;
            let acting = me.get("memberships").and_then(Value::as_array).into_iter().flatten();
            let acting = acting.filter(|m| m.get("acting") == Some(&Value::Bool(true)));
            let membership: Option<String> = acting.filter_map(|m| text(m, "/id")).next();
            came.push(json!({"membership": membership, "capacity": capacity, "confidentiality": true}));
        }
        let path = format!("/meetings/{meeting}/attendance");
        let present = json!({"present": came});
        self.send("record who came", Seat::Coordinator, ("PUT", &path), Some(&present), &[], 204).map(|_| ())
    }

    /// Decides on the case at a quorate meeting of that day, and closes it.
    ///
    /// # Errors
    /// A step of it is refused.
    pub fn decides(&mut self, case: &str, name: &str, on: NaiveDate, form: Value) -> Result<(), StoryFailed> {
        let meeting = self.meets(case, on, &QUORUM)?;
        self.step(Seat::Chair, case, name, on, at_meeting(form, &meeting))?;
        self.meeting_step(&meeting, "close")
    }

    /// # Errors
    /// It is refused.
    pub fn meeting_step(&mut self, meeting: &str, step: &str) -> Result<(), StoryFailed> {
        let path = format!("/meetings/{meeting}/steps");
        self.post(step, Seat::Coordinator, &path, &json!({"step": step}), 204).map(|_| ())
    }
}
