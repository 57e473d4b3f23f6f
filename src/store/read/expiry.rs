//! Entries whose time may be over. It must never say that it is: columns are copies for queries, and the body decides.

use super::{Reader, all};
use crate::clock::Moment;
use crate::store::StoreError;
use crate::store::decode::hash;
use crate::store::rows::OldEntry;
use crate::store::schema::{ledger_entry, ledger_leaf};
use diesel::prelude::*;

type Raw = (i64, i64, Vec<u8>, String, Vec<u8>, String, i64);

impl Reader {
    /// Among the places `from..to` of the tree the entries older than `before` that have not expired, in the tree's order. Ask for
    /// few places: where all have expired every one of them is looked at.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub fn old_entries(&mut self, from: i64, to: i64, before: Moment) -> Result<Vec<OldEntry>, StoreError> {
        let old = ledger_leaf::table
            .inner_join(ledger_entry::table.on(ledger_entry::id.eq(ledger_leaf::entry_id)))
            .filter(ledger_leaf::seq.ge(from))
            .filter(ledger_leaf::seq.lt(to))
            .filter(ledger_entry::expired_by.is_null())
            .filter(ledger_entry::body.is_not_null().and(ledger_entry::salt.is_not_null()))
            .filter(ledger_entry::at.lt(before.0))
            .filter(ledger_entry::operation.not_like("ledger.%"))
            .order(ledger_leaf::seq)
            .select((
                ledger_leaf::seq,
                ledger_entry::id,
                ledger_leaf::leaf,
                ledger_entry::body.assume_not_null(),
                ledger_entry::salt.assume_not_null(),
                ledger_entry::writer,
                ledger_entry::n,
            ));
        all(self.run(|c| old.load::<Raw>(c))?, |(seq, id, leaf, body, salt, writer, n)| {
            Ok(OldEntry { seq, id, leaf: hash(&leaf)?, body, salt: hash(&salt)?, writer, n })
        })
    }
}
