//! Closed cases by the day on which somebody must look at them, and the cases that are erased.

use super::cases::{CaseCursor, RawCase, case};
use super::{Reader, all};
use crate::casework::ids::PanelId;
use crate::store::StoreError;
use crate::store::decode::{due_text, parsed};
use crate::store::rows::{CaseRow, ErasureRow};
use crate::store::schema::{case_file, erasure};
use chrono::NaiveDate;
use diesel::prelude::*;

const CLOSED: &str = "closed";

impl Reader {
    /// Closed cases of a panel, the first to be looked at first. The cursor's day is the review's.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`. So in every function here.
    pub fn closed_by_review(
        &mut self,
        panel: PanelId,
        after: Option<CaseCursor>,
        limit: i64,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let panel = panel.to_string();
        let (on, id) = after.map(|a| (due_text(a.due_on), a.id.to_string())).unwrap_or_default();
        let later = case_file::review_on.gt(&on).or(case_file::review_on.eq(&on).and(case_file::id.gt(&id)));
        let closed = case_file::table
            .filter(case_file::panel_id.eq(&panel))
            .filter(case_file::stage.eq(CLOSED))
            .filter(case_file::review_on.ge(&on))
            .filter(later)
            .order((case_file::review_on, case_file::id))
            .limit(limit);
        all(self.run(|c| closed.load::<RawCase>(c))?, case)
    }

    /// Closed cases of every panel whose day has come.
    pub fn closed_and_due(
        &mut self,
        today: NaiveDate,
        after: Option<CaseCursor>,
        limit: i64,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let (on, id) = after.map(|a| (due_text(a.due_on), a.id.to_string())).unwrap_or_default();
        let later = case_file::review_on.gt(&on).or(case_file::review_on.eq(&on).and(case_file::id.gt(&id)));
        let due = case_file::table
            .filter(case_file::stage.eq(CLOSED))
            .filter(case_file::review_on.le(today.to_string()))
            .filter(later)
            .order((case_file::review_on, case_file::id))
            .limit(limit);
        all(self.run(|c| due.clone().load::<RawCase>(c))?, case)
    }

    /// Every erasure that the database knows of.
    pub fn erasures(&mut self) -> Result<Vec<ErasureRow>, StoreError> {
        type Raw = (String, String, String, String, Vec<u8>);
        all(self.run(|c| erasure::table.order(erasure::case_id).load::<Raw>(c))?, |(case, panel, on, keks, tag)| {
            Ok(ErasureRow { case: parsed(&case)?, panel: parsed(&panel)?, on: parsed(&on)?, keks, tag })
        })
    }
}
