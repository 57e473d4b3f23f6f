//! Writing the end of a case: what is left is that there was one. It must never leave a wrapped key behind, nor a row by which
//! the log's name of the case could be found.

use super::Tx;
use super::cases::{changeable, single};
use crate::casework::category::Category;
use crate::casework::ids::ReferralId;
use crate::store::StoreError;
use crate::store::decode::due_text;
use crate::store::rows::{CaseRow, ErasureRow};
use crate::store::schema::{
    case_file, case_header_version, case_link, case_record, case_version, erasure, event, match_candidate, referral,
    referral_case,
};
use diesel::prelude::*;

impl Tx<'_> {
    /// Puts `shell` in place of the version that was read, with a new name in the log, and takes away what hangs on the case.
    /// The triggers let its history go because the row says erased by then.
    ///
    /// # Errors
    /// `Stale` if the row is at another version by now, or gone.
    pub fn erase_case(&mut self, shell: &CaseRow, expected_version: i64) -> Result<(), StoreError> {
        let read = case_file::table
            .filter(case_file::id.eq(shell.id.to_string()))
            .filter(case_file::version.eq(expected_version));
        let name = case_file::ledger_id.eq(shell.ledger_id.to_string());
        self.one(StoreError::Stale, |c| diesel::update(read).set((name, changeable!(shell))).execute(c))?;
        let id = shell.id.to_string();
        self.run(|c| diesel::delete(case_version::table.filter(case_version::case_id.eq(&id))).execute(c))?;
        self.run(|c| {
            diesel::delete(case_header_version::table.filter(case_header_version::case_id.eq(&id))).execute(c)
        })?;
        self.run(|c| diesel::delete(case_record::table.filter(case_record::case_id.eq(&id))).execute(c))?;
        self.run(|c| diesel::delete(event::table.filter(event::case_id.eq(&id))).execute(c))?;
        self.run(|c| diesel::delete(match_candidate::table.filter(match_candidate::case_id.eq(&id))).execute(c))?;
        let links = case_link::table.filter(case_link::case_a.eq(&id).or(case_link::case_b.eq(&id)));
        self.run(|c| diesel::delete(links).execute(c))?;
        Ok(())
    }

    /// With what says which cases came from it.
    ///
    /// # Errors
    /// `Stale` if it is gone.
    pub fn erase_referral(&mut self, id: ReferralId) -> Result<(), StoreError> {
        let id = id.to_string();
        self.run(|c| diesel::delete(referral_case::table.filter(referral_case::referral_id.eq(&id))).execute(c))?;
        self.one(StoreError::Stale, |c| diesel::delete(referral::table.filter(referral::id.eq(&id))).execute(c))
    }

    /// Once: a case that is erased again is in the list already.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn note_erasure(&mut self, row: &ErasureRow) -> Result<(), StoreError> {
        let values = (
            erasure::case_id.eq(row.case.to_string()),
            erasure::panel_id.eq(row.panel.to_string()),
            erasure::erased_on.eq(row.on.to_string()),
            erasure::keks.eq(&row.keks),
            erasure::tag.eq(&row.tag),
        );
        let known = erasure::table.select(erasure::case_id).filter(erasure::case_id.eq(row.case.to_string()));
        if self.run(|c| known.first::<String>(c).optional())?.is_some() {
            return Ok(());
        }
        self.one(StoreError::Swallowed, |c| diesel::insert_into(erasure::table).values(values).execute(c))
    }
}
