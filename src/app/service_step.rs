//! A step of the table that nobody makes: what time or another panel brings, written down by a job of the service.
//! It must never be taken for a person's: its event names no member.

use super::case_edit::{Append, CaseEdit};
use super::case_file::CaseFile;
use crate::casework::engine::{self, ActorRef, Input};
use crate::casework::ids::RecordId;
use crate::casework::transitions;
use crate::error::Problem;
use chrono::NaiveDate;
use serde_json::Value;

/// What happens, and when.
pub struct ServiceStep<'a> {
    /// Of the table.
    pub name: &'static str,
    /// The step's form.
    pub body: &'a Value,
    pub on: NaiveDate,
    /// The subject's, in years, where a guard asks for it.
    pub age: Option<u8>,
}

impl std::fmt::Debug for ServiceStep<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ServiceStep({})", self.name)
    }
}

impl ServiceStep<'_> {
    /// # Errors
    /// `transition-refused` by a guard; `internal` for a step that the table does not have.
    pub fn write(&self, file: &CaseFile<'_>, edit: &mut CaseEdit<'_, '_>) -> Result<(), Problem> {
        let session = file.session();
        let step = transitions::find(self.name).ok_or_else(|| Problem::internal("the table has no such step"))?;
        let input = Input {
            body: self.body,
            occurred_on: self.on,
            today: session.today,
            recorded: session.now,
            actor: ActorRef::SERVICE,
            age_on_occurred: self.age,
            previous: None,
            sitting: None,
            rules: &session.service.rules,
            calendar: &session.service.calendar,
            ids: &RecordId::new,
        };
        let effect = engine::apply(step, &file.header.state, &input, &|_| true)?;
        for record in effect.records {
            edit.record(Append::new(record.record, record.category, record.kind, self.on, record.fields))?;
        }
        edit.header.state = effect.state;
        edit.event(step.name, self.on);
        Ok(())
    }
}
