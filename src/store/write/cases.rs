//! Writing cases. Each change begins with [`Tx::insert_case`] or [`Tx::update_case`], whose row lock orders everything after it.

use super::Tx;
use crate::casework::category::Category;
use crate::casework::ids::CaseId;
use crate::store::StoreError;
use crate::store::decode::{due_text, stored, text};
use crate::store::rows::{CaseRow, EventRow, HeaderVersionRow, RecordRow, VersionRow};
use crate::store::schema::{case_file, case_header_version, case_record, case_version, event};
use diesel::dsl::max;
use diesel::prelude::*;

pub(super) fn single(row: &CaseRow, category: Category) -> Option<&str> {
    row.singles.get(&category).map(String::as_str)
}

/// Everything of a case that a change may alter. Not its wrapped keys: they may have been wrapped anew since it was read. A macro, because diesel's types of it fill a page.
macro_rules! changeable {
    ($row:expr) => {
        (
            (
                case_file::version.eq($row.version),
                case_file::subject_id.eq($row.subject.to_string()),
                case_file::stage.eq(&$row.stage),
                case_file::due_on.eq(due_text($row.due_on)),
                case_file::review_on.eq(due_text($row.review_on)),
                case_file::header.eq(&$row.header),
                case_file::header_tag.eq(&$row.header_tag),
            ),
            (
                case_file::identity.eq(single($row, Category::Identity)),
                case_file::contact.eq(single($row, Category::Contact)),
                case_file::source.eq(single($row, Category::Source)),
                case_file::concern.eq(single($row, Category::Concern)),
                case_file::ideology.eq(single($row, Category::Ideology)),
                case_file::monitoring.eq(single($row, Category::Monitoring)),
                case_file::social_care.eq(single($row, Category::SocialCare)),
                case_file::social_care_summary.eq(single($row, Category::SocialCareSummary)),
                case_file::health.eq(single($row, Category::Health)),
                case_file::health_summary.eq(single($row, Category::HealthSummary)),
                case_file::education.eq(single($row, Category::Education)),
                case_file::education_summary.eq(single($row, Category::EducationSummary)),
                case_file::police.eq(single($row, Category::Police)),
                case_file::plan.eq(single($row, Category::Plan)),
                case_file::safety.eq(single($row, Category::Safety)),
            ),
        )
    };
}
pub(super) use changeable;

impl Tx<'_> {
    /// # Errors
    /// `Unique` if the id is taken; `Refused` for an unknown panel. `Unavailable` in every function of a transaction.
    pub fn insert_case(&mut self, row: &CaseRow) -> Result<(), StoreError> {
        let fixed = (
            case_file::id.eq(row.id.to_string()),
            case_file::panel_id.eq(row.panel.to_string()),
            case_file::ledger_id.eq(row.ledger_id.to_string()),
            case_file::wrapped_keys.eq(&row.wrapped_keys),
        );
        self.one(StoreError::Swallowed, |c| {
            diesel::insert_into(case_file::table).values((fixed, changeable!(row))).execute(c)
        })
    }

    /// Keeps a case where it is until this transaction has ended: something stands on it.
    ///
    /// # Errors
    /// `Stale` if it has been changed.
    pub fn hold_case(&mut self, id: CaseId, version: i64) -> Result<(), StoreError> {
        let read = case_file::table.filter(case_file::id.eq(id.to_string())).filter(case_file::version.eq(version));
        self.one(StoreError::Stale, |c| diesel::update(read).set(case_file::version.eq(version)).execute(c))
    }

    /// Writes the whole row over the version that was read, but for panel, ledger id and keys, which no change alters.
    ///
    /// # Errors
    /// `Stale` if the row is at another version by now, or gone.
    pub fn update_case(&mut self, row: &CaseRow, expected_version: i64) -> Result<(), StoreError> {
        let read = case_file::table
            .filter(case_file::id.eq(row.id.to_string()))
            .filter(case_file::version.eq(expected_version));
        self.one(StoreError::Stale, |c| diesel::update(read).set(changeable!(row)).execute(c))
    }

    /// # Errors
    /// `Unique` if the category has this version already.
    pub fn append_version(&mut self, row: &VersionRow) -> Result<(), StoreError> {
        let values = (
            case_version::case_id.eq(row.case.to_string()),
            case_version::category.eq(row.category.name()),
            case_version::version.eq(stored(row.version)?),
            case_version::sealed.eq(&row.sealed),
            case_version::recorded_at.eq(row.recorded_at.0),
            case_version::membership.eq(text(row.membership)),
        );
        self.one(StoreError::Swallowed, |c| diesel::insert_into(case_version::table).values(values).execute(c))
    }

    /// # Errors
    /// `Unique` if the case has this version already.
    pub fn append_header(&mut self, row: &HeaderVersionRow) -> Result<(), StoreError> {
        let values = (
            case_header_version::case_id.eq(row.case.to_string()),
            case_header_version::version.eq(row.version),
            case_header_version::header.eq(&row.header),
            case_header_version::header_tag.eq(&row.header_tag),
            case_header_version::recorded_at.eq(row.recorded_at.0),
        );
        self.one(StoreError::Swallowed, |c| diesel::insert_into(case_header_version::table).values(values).execute(c))
    }

    /// Appends a record and gives its place in the case; `row.seq` is ignored. The case's row must be locked by this
    /// transaction already, or two appends may want the same place (and one is `Unique`).
    ///
    /// # Errors
    /// `Unique` if this version of the record exists.
    pub fn append_record(&mut self, row: &RecordRow) -> Result<i64, StoreError> {
        let seq = self.next_record(row.case)?;
        let values = (
            case_record::case_id.eq(row.case.to_string()),
            case_record::seq.eq(seq),
            case_record::category.eq(row.category.name()),
            case_record::record_id.eq(row.record.to_string()),
            case_record::record_version.eq(stored(row.record_version)?),
            case_record::kind.eq(&row.kind),
            case_record::occurred_on.eq(text(row.occurred_on)),
            case_record::recorded_at.eq(row.recorded_at.0),
            case_record::by_membership.eq(text(row.by_membership)),
            case_record::agency.eq(text(row.agency)),
            case_record::on_behalf.eq(text(row.on_behalf)),
            case_record::sealed.eq(&row.sealed),
        );
        self.one(StoreError::Swallowed, |c| diesel::insert_into(case_record::table).values(values).execute(c))?;
        Ok(seq)
    }

    /// Appends an event and gives its place; `row.seq` is ignored. Locking as for [`Tx::append_record`].
    ///
    /// # Errors
    /// `Unique` if another transaction took the place.
    pub fn append_event(&mut self, row: &EventRow) -> Result<i64, StoreError> {
        let seq = self.next_event(row.case)?;
        let values = (
            event::case_id.eq(row.case.to_string()),
            event::seq.eq(seq),
            event::name.eq(&row.name),
            event::occurred_on.eq(row.occurred_on.to_string()),
            event::recorded_at.eq(row.recorded_at.0),
            event::membership.eq(text(row.membership)),
            event::agency.eq(text(row.agency)),
            event::role.eq(row.role.map(|role| role.name())),
        );
        self.one(StoreError::Swallowed, |c| diesel::insert_into(event::table).values(values).execute(c))?;
        Ok(seq)
    }

    fn next_record(&mut self, case: CaseId) -> Result<i64, StoreError> {
        let of_case = case_record::table.filter(case_record::case_id.eq(case.to_string()));
        let last: Option<i64> = self.run(|c| of_case.select(max(case_record::seq)).first(c))?;
        last.unwrap_or(0).checked_add(1).ok_or(StoreError::Refused)
    }

    fn next_event(&mut self, case: CaseId) -> Result<i64, StoreError> {
        let of_case = event::table.filter(event::case_id.eq(case.to_string()));
        let last: Option<i64> = self.run(|c| of_case.select(max(event::seq)).first(c))?;
        last.unwrap_or(0).checked_add(1).ok_or(StoreError::Refused)
    }
}
