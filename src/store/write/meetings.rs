//! Writing meetings. The row's version is the guard: two who change one meeting at once cannot both have read it.

use super::Tx;
use crate::casework::ids::{CaseId, MeetingId};
use crate::store::StoreError;
use crate::store::rows::MeetingRow;
use crate::store::schema::{meeting, meeting_item};
use diesel::prelude::*;

impl Tx<'_> {
    /// # Errors
    /// `Stale` if the row is not at the version before; `Unique` if version 1 exists already.
    pub fn put_meeting(&mut self, row: &MeetingRow) -> Result<(), StoreError> {
        let columns = (
            meeting::panel_id.eq(row.panel.to_string()),
            meeting::held_on.eq(row.on.to_string()),
            meeting::stage.eq(&row.stage),
            meeting::version.eq(row.version),
            meeting::facts.eq(&row.facts),
            meeting::tag.eq(&row.tag),
        );
        let id = row.id.to_string();
        if row.version == 1 {
            let values = (meeting::id.eq(id), columns);
            return self.one(StoreError::Swallowed, |c| diesel::insert_into(meeting::table).values(values).execute(c));
        }
        let before = row.version.checked_sub(1).ok_or(StoreError::Stale)?;
        let read = meeting::table.filter(meeting::id.eq(id)).filter(meeting::version.eq(before));
        self.one(StoreError::Stale, |c| diesel::update(read).set(columns).execute(c))
    }

    /// Holds a meeting as it was read until this transaction ends: what rests on it and what changes it exclude each other.
    ///
    /// # Errors
    /// `Stale` if it has been changed.
    pub fn hold_meeting(&mut self, id: MeetingId, version: i64) -> Result<(), StoreError> {
        let read = meeting::table.filter(meeting::id.eq(id.to_string())).filter(meeting::version.eq(version));
        self.one(StoreError::Stale, |c| diesel::update(read).set(meeting::version.eq(version)).execute(c))
    }

    /// # Errors
    /// `Unique` if the case is on this agenda already.
    pub fn put_meeting_item(&mut self, meeting: MeetingId, case: CaseId) -> Result<(), StoreError> {
        let values = (meeting_item::meeting_id.eq(meeting.to_string()), meeting_item::case_id.eq(case.to_string()));
        self.one(StoreError::Swallowed, |c| diesel::insert_into(meeting_item::table).values(values).execute(c))
    }
}
