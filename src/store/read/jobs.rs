//! What jobs remember, and the last day of the calendar on which anything was written down.

use super::Reader;
use crate::casework::ids::PanelId;
use crate::store::StoreError;
use crate::store::decode::maybe;
use crate::store::schema::{consultation, event, job_turn};
use chrono::NaiveDate;
use diesel::dsl::max;
use diesel::prelude::*;

impl Reader {
    /// The tag of a job's turn, if somebody says that it was taken.
    pub fn job_turn(&mut self, job: &str, panel: PanelId, day: NaiveDate) -> Result<Option<Vec<u8>>, StoreError> {
        let turn = job_turn::table
            .filter(job_turn::job.eq(job))
            .filter(job_turn::panel_id.eq(panel.to_string()))
            .filter(job_turn::day.eq(day.to_string()))
            .select(job_turn::tag);
        self.run(|c| turn.clone().first::<Vec<u8>>(c).optional())
    }

    /// No event, consultation or turn of a job is of a later day. None where nothing was ever written.
    pub fn last_recorded_day(&mut self) -> Result<Option<NaiveDate>, StoreError> {
        let events = self.run(|c| event::table.select(max(event::occurred_on)).first::<Option<String>>(c))?;
        let calls = consultation::table.select(max(consultation::occurred_on));
        let calls = self.run(|c| calls.first::<Option<String>>(c))?;
        let turns = self.run(|c| job_turn::table.select(max(job_turn::day)).first::<Option<String>>(c))?;
        maybe([events, calls, turns].into_iter().flatten().max().as_deref())
    }
}
