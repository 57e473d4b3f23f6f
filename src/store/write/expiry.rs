//! Letting entries' bodies go. It must never leave anything that a body said, nor touch an entry that was let go before.

use super::Tx;
use crate::casework::ids::RequestId;
use crate::store::StoreError;
use crate::store::rows::ExpiringRow;
use crate::store::schema::ledger_entry;
use diesel::prelude::*;

impl Tx<'_> {
    /// All of them, or none: what is left of each is its writer, number, leaf and commitment. The columns for queries are copies of
    /// the body and go with it, the time too: it said when somebody did something.
    ///
    /// # Errors
    /// `Stale` if one expired already, or is not the one that was read.
    pub fn expire_entries(&mut self, entries: &[ExpiringRow], by: RequestId) -> Result<(), StoreError> {
        let by = by.to_string();
        for entry in entries {
            let whole = ledger_entry::table
                .filter(ledger_entry::id.eq(entry.id))
                .filter(ledger_entry::leaf.eq(entry.leaf.to_vec()))
                .filter(ledger_entry::expired_by.is_null());
            let copies = (
                ledger_entry::at.eq(None::<i64>),
                ledger_entry::panel.eq(None::<String>),
                ledger_entry::actor.eq(None::<String>),
                ledger_entry::agency.eq(None::<String>),
                ledger_entry::role.eq(None::<String>),
                ledger_entry::operation.eq(None::<String>),
                ledger_entry::outcome.eq(None::<String>),
                ledger_entry::problem.eq(None::<String>),
                ledger_entry::purpose.eq(None::<String>),
                ledger_entry::case_lid.eq(None::<String>),
                ledger_entry::several.eq(false),
            );
            let body = (ledger_entry::body.eq(None::<String>), ledger_entry::salt.eq(None::<Vec<u8>>));
            let kept = (ledger_entry::commitment.eq(entry.commitment.to_vec()), ledger_entry::expired_by.eq(&by));
            self.one(StoreError::Stale, |c| diesel::update(whole).set((copies, body, kept)).execute(c))?;
        }
        Ok(())
    }
}
