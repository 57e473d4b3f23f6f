//! What jobs remember.

use super::Tx;
use crate::store::StoreError;
use crate::store::rows::TurnRow;
use crate::store::schema::job_turn;
use diesel::prelude::*;

impl Tx<'_> {
    /// The first statement of a job's change: of two instances the second waits here, and then gets `Unique`.
    ///
    /// # Errors
    /// `Unique` if the turn was taken.
    pub fn take_turn(&mut self, row: &TurnRow) -> Result<(), StoreError> {
        let values = (
            job_turn::job.eq(&row.job),
            job_turn::panel_id.eq(row.panel.to_string()),
            job_turn::day.eq(row.day.to_string()),
            job_turn::tag.eq(&row.tag),
        );
        self.one(StoreError::Swallowed, |c| diesel::insert_into(job_turn::table).values(values).execute(c))
    }
}
