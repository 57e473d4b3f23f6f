//! Wrapped keys of everything that has some, for wrapping them anew.

use super::{Reader, all};
use crate::store::StoreError;
use crate::store::decode::parsed;
use crate::store::rows::{KeyHolder, KeysRow};
use crate::store::schema::{case_file, consultation, referral, transfer};
use diesel::prelude::*;
use uuid::Uuid;

macro_rules! page {
    ($self:ident, $table:ident, $after:expr, $limit:expr) => {{
        let page = $table::table
            .filter($table::id.gt($after))
            // What was erased has none.
            .filter($table::wrapped_keys.ne(""))
            .order($table::id)
            .limit($limit)
            .select(($table::id, $table::panel_id, $table::wrapped_keys));
        $self.run(|c| page.load::<(String, String, String)>(c))?
    }};
}

impl Reader {
    /// Rows with keys, in the order of their ids.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    pub fn wrapped_keys(
        &mut self,
        holder: KeyHolder,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<KeysRow>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let raw = match holder {
            KeyHolder::Case => page!(self, case_file, &after, limit),
            KeyHolder::Referral => page!(self, referral, &after, limit),
            KeyHolder::Consultation => page!(self, consultation, &after, limit),
            KeyHolder::Transfer => page!(self, transfer, &after, limit),
        };
        all(raw, |(id, panel, wrapped_keys)| {
            Ok(KeysRow { holder, id: parsed(&id)?, panel: parsed(&panel)?, wrapped_keys })
        })
    }
}
