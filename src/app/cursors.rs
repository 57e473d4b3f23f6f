//! Where a list goes on, given out sealed: for one reader, one list, and one question of it.
//! It must never carry anybody into another list, nor tell who has it where they are.

use super::session::Session;
use crate::error::{Kind, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The cursors of one list.
pub(super) struct Cursors<'s> {
    session: &'s Session<'s>,
    label: String,
    /// Of the request, which has the cursor.
    field: &'static str,
}

impl<'s> Cursors<'s> {
    /// Of a list that goes on `after` its last row.
    pub(super) fn after(session: &'s Session<'s>, list: &str) -> Self {
        Self { session, label: session.own_label(list), field: "after" }
    }

    /// Of a list with the newest first, which goes on `before` its last row.
    pub(super) fn before(session: &'s Session<'s>, list: &str) -> Self {
        Self { field: "before", ..Self::after(session, list) }
    }

    /// # Errors
    /// `internal` for a place without a form in JSON.
    pub(super) fn seal(&self, place: &impl Serialize) -> Result<String, Problem> {
        let bytes = serde_json::to_vec(place).map_err(|_| Problem::internal("a cursor has no JSON form"))?;
        Ok(self.session.service.sealer.seal_token(&self.label, &bytes)?)
    }

    /// # Errors
    /// `invalid` for what is none of this list's, or another reader's.
    pub(super) fn open<T: DeserializeOwned>(&self, token: Option<&str>) -> Result<Option<T>, Problem> {
        let bad = || Problem::field(Kind::Invalid, self.field, "not_a_cursor", "give the `next` of the page before");
        let Some(token) = token else { return Ok(None) };
        let bytes = self.session.service.sealer.open_token(&self.label, token).map_err(|_| bad())?;
        serde_json::from_slice(&bytes).map(Some).map_err(|_| bad())
    }
}
