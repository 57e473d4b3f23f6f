//! The outbox: what waits to be sent, and what people were told of.

use super::{Reader, all};
use crate::casework::ids::{PanelId, PersonId};
use crate::clock::Moment;
use crate::store::StoreError;
use crate::store::decode::{number, parsed};
use crate::store::rows::{NoticeRow, NoticeState};
use crate::store::schema::notice;
use diesel::prelude::*;
use uuid::Uuid;

#[derive(Queryable)]
struct Raw {
    id: String,
    panel: String,
    person: String,
    kind: String,
    thing: String,
    round: String,
    made_at: i64,
    payload: String,
    tag: Vec<u8>,
    state: String,
    attempts: i32,
    next_at: i64,
}

fn row(raw: Raw) -> Result<NoticeRow, StoreError> {
    Ok(NoticeRow {
        id: parsed(&raw.id)?,
        panel: parsed(&raw.panel)?,
        person: parsed(&raw.person)?,
        kind: raw.kind,
        thing: parsed(&raw.thing)?,
        round: raw.round,
        made_at: Moment(raw.made_at),
        payload: raw.payload,
        tag: raw.tag,
        state: parsed(&raw.state)?,
        attempts: number(raw.attempts)?,
        next_at: Moment(raw.next_at),
    })
}

impl Reader {
    /// What waits and may be tried now, in the order in which it may.
    pub fn notices_due(&mut self, now: Moment, limit: i64) -> Result<Vec<NoticeRow>, StoreError> {
        let due = notice::table
            .filter(notice::state.eq(NoticeState::Waiting.name()))
            .filter(notice::next_at.le(now.0))
            .order((notice::next_at, notice::id))
            .limit(limit);
        all(self.run(|c| due.load::<Raw>(c))?, row)
    }

    /// What waits, and what was given up; the oldest first.
    pub fn notices_unsent(&mut self, limit: i64) -> Result<Vec<NoticeRow>, StoreError> {
        let (waiting, refused) = (NoticeState::Waiting.name(), NoticeState::Refused.name());
        let unsent = notice::table
            .filter(notice::state.eq(waiting).or(notice::state.eq(refused)))
            .order((notice::made_at, notice::id))
            .limit(limit);
        all(self.run(|c| unsent.load::<Raw>(c))?, row)
    }

    /// Who of a panel was told, by letters of this kind, of which things.
    pub fn told(&mut self, panel: PanelId, kind: &str) -> Result<Vec<(PersonId, Uuid)>, StoreError> {
        let of_kind = notice::table
            .filter(notice::panel_id.eq(panel.to_string()))
            .filter(notice::kind.eq(kind))
            .select((notice::person, notice::thing));
        let raw = self.run(|c| of_kind.clone().load::<(String, String)>(c))?;
        all(raw, |(person, thing)| Ok((parsed(&person)?, parsed(&thing)?)))
    }
}
