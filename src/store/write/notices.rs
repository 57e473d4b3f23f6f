//! The outbox: one letter for each person, kind, thing and round, and how far its sending has come.

use super::Tx;
use crate::clock::Moment;
use crate::store::StoreError;
use crate::store::connection::AnyConnection;
use crate::store::decode::stored;
use crate::store::rows::{NoticeRow, NoticeState};
use crate::store::schema::notice;
use diesel::prelude::*;

impl Tx<'_> {
    /// Puts a letter into the outbox; gives whether it was not there already.
    ///
    /// # Errors
    /// `Refused` for an unknown person.
    pub fn put_notice(&mut self, row: &NoticeRow) -> Result<bool, StoreError> {
        let values = (
            notice::id.eq(row.id.to_string()),
            notice::panel_id.eq(row.panel.to_string()),
            notice::person.eq(row.person.to_string()),
            notice::kind.eq(&row.kind),
            notice::thing.eq(row.thing.to_string()),
            notice::round.eq(&row.round),
            notice::made_at.eq(row.made_at.0),
            notice::payload.eq(&row.payload),
            notice::tag.eq(&row.tag),
            notice::state.eq(row.state.name()),
            notice::attempts.eq(stored(row.attempts)?),
            notice::next_at.eq(row.next_at.0),
        );
        let put = diesel::insert_into(notice::table).values(values);
        let rows = self.run(|c| match c {
            AnyConnection::Pg(c) => put.on_conflict_do_nothing().execute(c),
            AnyConnection::Sqlite(c) => put.on_conflict_do_nothing().execute(c),
        })?;
        Ok(rows == 1)
    }

    /// Takes a letter in hand until `until`: of two instances one.
    ///
    /// # Errors
    /// `Stale` where another has it, or it is sent.
    pub fn claim_notice(&mut self, row: &NoticeRow, until: Moment) -> Result<(), StoreError> {
        let mine = notice::table
            .filter(notice::id.eq(row.id.to_string()))
            .filter(notice::state.eq(NoticeState::Waiting.name()))
            .filter(notice::attempts.eq(stored(row.attempts)?));
        let more = (notice::attempts.eq(stored(row.attempts.saturating_add(1))?), notice::next_at.eq(until.0));
        self.one(StoreError::Stale, |c| diesel::update(mine).set(more).execute(c))
    }

    /// What became of a letter that was taken in hand as `row` was read; `next_at` is when one that waits is tried again.
    ///
    /// # Errors
    /// `Stale` where another took it meanwhile, or it is gone.
    pub fn settle_notice(&mut self, row: &NoticeRow, state: NoticeState, next_at: Moment) -> Result<(), StoreError> {
        let held = notice::table
            .filter(notice::id.eq(row.id.to_string()))
            .filter(notice::state.eq(NoticeState::Waiting.name()))
            .filter(notice::attempts.eq(stored(row.attempts.saturating_add(1))?));
        let set = (notice::state.eq(state.name()), notice::next_at.eq(next_at.0));
        self.one(StoreError::Stale, |c| diesel::update(held).set(set).execute(c))
    }

    /// Lets what is in one state be tried again, as if it never had been; gives how many.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn retry_notices(&mut self, state: NoticeState, now: Moment) -> Result<usize, StoreError> {
        let these = notice::table.filter(notice::state.eq(state.name()));
        let waiting = NoticeState::Waiting.name();
        let set = (notice::state.eq(waiting), notice::attempts.eq(0), notice::next_at.eq(now.0));
        self.run(|c| diesel::update(these).set(set).execute(c))
    }

    /// Forgets letters that are settled and were made before `before`; gives how many.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn forget_notices(&mut self, before: Moment) -> Result<usize, StoreError> {
        let old =
            notice::table.filter(notice::state.ne(NoticeState::Waiting.name())).filter(notice::made_at.lt(before.0));
        self.run(|c| diesel::delete(old).execute(c))
    }
}
