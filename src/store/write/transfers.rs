//! Writing transfers. The row's version is the guard: of two answers to one offer, or an answer and its withdrawal, one finds
//! what it read.

use super::Tx;
use crate::store::StoreError;
use crate::store::read::transfers::{WAITS, WAITS_NO_MORE};
use crate::store::rows::TransferRow;
use crate::store::schema::transfer;
use diesel::prelude::*;

impl Tx<'_> {
    /// # Errors
    /// `Stale` if the row is not at the version before; `Unique` if version 1 exists already; `Refused` for an unknown panel.
    pub fn put_transfer(&mut self, row: &TransferRow) -> Result<(), StoreError> {
        let columns = (
            transfer::panel_id.eq(row.panel.to_string()),
            transfer::stage.eq(&row.stage),
            transfer::waits.eq(if row.waits { WAITS } else { WAITS_NO_MORE }),
            transfer::offered_on.eq(row.offered_on.to_string()),
            transfer::version.eq(row.version),
            transfer::wrapped_keys.eq(&row.wrapped_keys),
            transfer::sealed.eq(&row.sealed),
            transfer::facts.eq(&row.facts),
            transfer::tag.eq(&row.tag),
        );
        let id = row.id.to_string();
        if row.version == 1 {
            let values = (transfer::id.eq(id), columns);
            return self.one(StoreError::Swallowed, |c| diesel::insert_into(transfer::table).values(values).execute(c));
        }
        let before = row.version.checked_sub(1).ok_or(StoreError::Stale)?;
        let read = transfer::table.filter(transfer::id.eq(id)).filter(transfer::version.eq(before));
        self.one(StoreError::Stale, |c| diesel::update(read).set(columns).execute(c))
    }
}
