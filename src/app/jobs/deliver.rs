//! Sends what lies in the outbox, and tries again later what could not be sent: a letter is taken in hand by one instance, for a
//! while, and under a name that stays. It must never log an address.

use crate::app::notices::receivers::address;
use crate::app::notices::{Outbox, Undelivered, is_ours};
use crate::app::service::Service;
use crate::error::{Kind, Problem};
use crate::store::rows::{NoticeRow, NoticeState};
use crate::store::{CommitError, StoreError, Tx};

/// Letters a turn.
const MOST: i64 = 50;
/// Seconds for which a letter is in one instance's hand: more than a server can take over every one of its answers. Only where
/// that instance dies with it is it tried again afterwards, by whichever comes.
const IN_HAND: i64 = 10 * 60;
/// Seconds until the second try; twice as long until each further one, up to the longest.
const FIRST_WAIT: i64 = 60;
const LONGEST_WAIT: i64 = 6 * 60 * 60;
/// For so long a letter is remembered that was sent, so that there is no second of the same thing: longer than a meeting is
/// planned ahead.
const REMEMBERED: i64 = 500 * 24 * 60 * 60;

/// Gives how many letters were sent.
///
/// # Errors
/// `unavailable`; what was not sent is tried again.
pub fn run(service: &Service) -> Result<usize, Problem> {
    let Some(outbox) = &service.outbox else { return Ok(0) };
    let mut sent = 0_usize;
    for row in service.store.reader()?.notices_due(service.clock.instant(), MOST)? {
        if service.is_stopping() {
            break;
        }
        let until = service.clock.instant().plus_seconds(IN_HAND);
        match write(service, |tx| tx.claim_notice(&row, until)) {
            Ok(()) => {}
            // Another instance has it.
            Err(StoreError::Stale) => continue,
            Err(error) => return Err(error.into()),
        }
        let (state, road) = attempt(service, outbox, &row)?;
        let next = service.clock.instant().plus_seconds(wait(row.attempts));
        match write(service, |tx| tx.settle_notice(&row, state, next)) {
            Ok(()) | Err(StoreError::Stale) => {}
            Err(error) => return Err(error.into()),
        }
        sent = sent.saturating_add(usize::from(state == NoticeState::Sent));
        if road == Road::Closed {
            break;
        }
    }
    let before = service.clock.instant().plus_seconds(REMEMBERED.saturating_neg());
    write(service, |tx| tx.forget_notices(before))?;
    Ok(sent)
}

fn wait(attempts: u32) -> i64 {
    FIRST_WAIT.saturating_mul(1_i64.checked_shl(attempts.min(12)).unwrap_or(1)).min(LONGEST_WAIT)
}

/// Whether the next letter may fare better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Road {
    Open,
    Closed,
}

fn attempt(service: &Service, outbox: &Outbox, row: &NoticeRow) -> Result<(NoticeState, Road), Problem> {
    if !is_ours(service, row) {
        tracing::error!(notice = %row.id, "a letter in the outbox is not of our making");
        return Ok((NoticeState::Refused, Road::Open));
    }
    let to = match address(service, row) {
        Ok(Some(to)) => to,
        Ok(None) => return Ok((NoticeState::Dropped, Road::Open)),
        Err(Problem { kind: Kind::Integrity, .. }) => return Ok((NoticeState::Refused, Road::Open)),
        Err(problem) => return Err(problem),
    };
    let later =
        || tracing::warn!(notice = %row.id, attempts = row.attempts, "a letter could not be sent and is tried again");
    Ok(match outbox.send(row, &to) {
        Ok(()) => (NoticeState::Sent, Road::Open),
        Err(Undelivered::Later) => {
            later();
            (NoticeState::Waiting, Road::Open)
        }
        Err(Undelivered::NoRoad) => {
            later();
            (NoticeState::Waiting, Road::Closed)
        }
        Err(Undelivered::Refused) => {
            tracing::error!(notice = %row.id, person = %row.person, "a letter was refused and is not tried again");
            (NoticeState::Refused, Road::Open)
        }
    })
}

fn write<R>(service: &Service, work: impl FnOnce(&mut Tx<'_>) -> Result<R, StoreError>) -> Result<R, StoreError> {
    service.store.writer()?.transaction(work).map_err(|error| match error {
        CommitError::RolledBack(error) => error,
        CommitError::Unknown => StoreError::Unavailable,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_try_waits_twice_as_long_and_none_for_ever() {
        assert_eq!([0, 1, 2, 8].map(wait), [60, 120, 240, 15_360]);
        assert_eq!([9, 12, 40, u32::MAX].map(wait), [LONGEST_WAIT; 4]);
    }
}
