//! Whether somebody outside still takes checkpoints: what readiness says of it.
//! It must never keep a person from the service: a full mailbox elsewhere is no reason to stop here.

use crate::clock::Moment;
use std::sync::atomic::{AtomicI64, Ordering};

/// Shared between who delivers and who answers for it.
#[derive(Debug)]
pub struct Standing {
    /// When one was taken last, in seconds since 1970.
    at: AtomicI64,
    /// Seconds.
    overdue: i64,
}

impl Standing {
    pub fn new(at: Moment, overdue: i64) -> Self {
        Self { at: AtomicI64::new(at.seconds()), overdue }
    }

    pub fn taken(&self, at: Moment) {
        self.at.store(at.seconds(), Ordering::Relaxed);
    }

    pub fn is_overdue(&self, now: Moment) -> bool {
        now.seconds().saturating_sub(self.at.load(Ordering::Relaxed)) > self.overdue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_taken_for_longer_than_allowed_is_overdue() {
        let at = |seconds: i64| Moment(seconds * 1_000_000);
        let standing = Standing::new(at(1_000), 60);
        assert_eq!([1_000, 1_060, 1_061].map(|now| standing.is_overdue(at(now))), [false, false, true]);
        standing.taken(at(1_050));
        assert_eq!([1_110, 1_111].map(|now| standing.is_overdue(at(now))), [false, true]);
    }
}
