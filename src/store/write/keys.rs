//! Writing keys that were wrapped anew. It must never write over other keys than those that were read.

use super::Tx;
use crate::store::StoreError;
use crate::store::rows::{KeyHolder, KeysRow};
use crate::store::schema::{case_file, consultation, referral, transfer};
use diesel::prelude::*;

macro_rules! swap {
    ($self:ident, $table:ident, $row:expr, $new:expr) => {{
        let read = $table::table
            .filter($table::id.eq($row.id.to_string()))
            .filter($table::wrapped_keys.eq(&$row.wrapped_keys));
        $self.one(StoreError::Stale, |c| diesel::update(read).set($table::wrapped_keys.eq($new)).execute(c))
    }};
}

impl Tx<'_> {
    /// # Errors
    /// `Stale` where the row has other keys by now, or none: it was erased.
    pub fn rewrap(&mut self, row: &KeysRow, new: &str) -> Result<(), StoreError> {
        match row.holder {
            KeyHolder::Case => swap!(self, case_file, row, new),
            KeyHolder::Referral => swap!(self, referral, row, new),
            KeyHolder::Consultation => swap!(self, consultation, row, new),
            KeyHolder::Transfer => swap!(self, transfer, row, new),
        }
    }
}
