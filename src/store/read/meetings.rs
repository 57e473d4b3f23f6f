//! Meetings, and the cases that lie before one: in few statements, however long the agenda.

use super::cases::{RawCase, RawEvent, RawRecord, case, happened, record};
use super::{Reader, all, asked};
use crate::casework::category::Category;
use crate::casework::ids::{MeetingId, PanelId};
use crate::casework::meeting::MeetingStage;
use crate::store::StoreError;
use crate::store::decode::parsed;
use crate::store::rows::{CaseRow, EventRow, MeetingRow, RecordRow};
use crate::store::schema::{case_file, case_record, event, meeting, meeting_item};
use chrono::NaiveDate;
use diesel::prelude::*;

type RawMeeting = (String, String, String, String, i64, String, Vec<u8>);

fn a_meeting((id, panel, on, stage, version, facts, tag): RawMeeting) -> Result<MeetingRow, StoreError> {
    Ok(MeetingRow { id: parsed(&id)?, panel: parsed(&panel)?, on: parsed(&on)?, stage, version, facts, tag })
}

impl Reader {
    pub fn meeting_by_id(&mut self, id: MeetingId) -> Result<Option<MeetingRow>, StoreError> {
        let id = id.to_string();
        let raw = asked!(self, |c| meeting::table.filter(meeting::id.eq(&id)).first::<RawMeeting>(c).optional())?;
        raw.map(a_meeting).transpose()
    }

    /// A panel's meetings of these days, the latest first.
    pub fn meetings_of_panel(
        &mut self,
        panel: PanelId,
        (from, to): (NaiveDate, NaiveDate),
        limit: i64,
    ) -> Result<Vec<MeetingRow>, StoreError> {
        let (panel, from, to) = (panel.to_string(), from.to_string(), to.to_string());
        let raw = asked!(self, |c| {
            meeting::table
                .filter(meeting::panel_id.eq(&panel))
                .filter(meeting::held_on.between(&from, &to))
                .order((meeting::held_on.desc(), meeting::id.desc()))
                .limit(limit)
                .load::<RawMeeting>(c)
        })?;
        all(raw, a_meeting)
    }

    /// Meetings of every panel that are still to come or open, with a day up to this one.
    pub fn meetings_ahead(&mut self, to: NaiveDate, limit: i64) -> Result<Vec<MeetingRow>, StoreError> {
        let to = to.to_string();
        let planned = MeetingStage::Planned.name();
        let raw = asked!(self, |c| {
            meeting::table
                .filter(meeting::stage.eq(planned))
                .filter(meeting::held_on.le(&to))
                .order((meeting::held_on, meeting::id))
                .limit(limit)
                .load::<RawMeeting>(c)
        })?;
        all(raw, a_meeting)
    }

    /// The cases on an agenda, in no order.
    pub fn cases_of_meeting(&mut self, id: MeetingId) -> Result<Vec<CaseRow>, StoreError> {
        let id = id.to_string();
        let raw = asked!(self, |c| {
            case_file::table
                .inner_join(meeting_item::table.on(meeting_item::case_id.eq(case_file::id)))
                .filter(meeting_item::meeting_id.eq(&id))
                .select(case_file::all_columns)
                .load::<RawCase>(c)
        })?;
        all(raw, case)
    }

    /// All records of those cases in these categories, each case's in its own order. So many, for a list of any length is
    /// never cached.
    pub fn records_of_meeting(&mut self, id: MeetingId, of: [Category; 3]) -> Result<Vec<RecordRow>, StoreError> {
        let id = id.to_string();
        let [one, two, three] = of.map(Category::name);
        let of_these =
            case_record::category.eq(one).or(case_record::category.eq(two)).or(case_record::category.eq(three));
        let raw = asked!(self, |c| {
            case_record::table
                .inner_join(meeting_item::table.on(meeting_item::case_id.eq(case_record::case_id)))
                .filter(meeting_item::meeting_id.eq(&id))
                .filter(of_these)
                .order((case_record::case_id, case_record::seq))
                .select(case_record::all_columns)
                .load::<RawRecord>(c)
        })?;
        all(raw, record)
    }

    /// All that happened to those cases, each case's in its own order.
    pub fn events_of_meeting(&mut self, id: MeetingId) -> Result<Vec<EventRow>, StoreError> {
        let id = id.to_string();
        let raw = asked!(self, |c| {
            event::table
                .inner_join(meeting_item::table.on(meeting_item::case_id.eq(event::case_id)))
                .filter(meeting_item::meeting_id.eq(&id))
                .order((event::case_id, event::seq))
                .select(event::all_columns)
                .load::<RawEvent>(c)
        })?;
        all(raw, happened)
    }
}
