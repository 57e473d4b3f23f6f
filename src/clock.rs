//! Time, in its two meanings: `instant()` for tokens, ledger and caches; `today()` for stages, ages and holidays.
//! It must never let a demonstration's moved calendar reach a token check or a ledger entry.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Europe::London;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicI64, Ordering};

/// A point in time: microseconds since 1970-01-01T00:00:00Z. Stored as BIGINT on both databases, one form to hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    /// RFC 3339 in UTC with microseconds; the empty string for a value outside the calendar.
    pub fn rfc3339(self) -> String {
        DateTime::<Utc>::from_timestamp_micros(self.0)
            .map(|t| t.to_rfc3339_opts(chrono::SecondsFormat::Micros, true))
            .unwrap_or_default()
    }

    /// The calendar day in England and Wales at this moment.
    pub fn london_date(self) -> NaiveDate {
        DateTime::<Utc>::from_timestamp_micros(self.0)
            .map(|t| t.with_timezone(&London).date_naive())
            .unwrap_or_default()
    }

    /// When a calendar day begins in England and Wales. No clock there was ever changed at midnight.
    pub fn begin_of(day: NaiveDate) -> Self {
        let midnight = day.and_time(NaiveTime::MIN);
        let begins = midnight.and_local_timezone(London).earliest().map(|t| t.timestamp_micros());
        Self(begins.unwrap_or_else(|| midnight.and_utc().timestamp_micros()))
    }

    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
}

/// The process's clock. Only the demonstration may move the calendar, and only `today()` follows it.
#[derive(Debug, Default)]
pub struct Clock {
    calendar_offset_days: AtomicI64,
    /// Where a test stopped it; 0 while it runs.
    stopped_at: AtomicI64,
}

impl Clock {
    #[allow(clippy::disallowed_methods, reason = "the one place where the machine's time is read")]
    pub fn instant(&self) -> Moment {
        match self.stopped_at.load(Ordering::Relaxed) {
            0 => Moment(Utc::now().timestamp_micros()),
            stopped => Moment(stopped),
        }
    }

    /// Tests only, to stand at the moment when something ends: `clippy.toml` forbids it to the service and the demonstration.
    pub fn stop_at(&self, moment: Moment) {
        self.stopped_at.store(moment.0, Ordering::Relaxed);
    }

    /// Today in Europe/London: what deadlines, ages and bank holidays are counted in.
    pub fn today(&self) -> NaiveDate {
        let real = self.instant().london_date();
        let offset = self.calendar_offset_days.load(Ordering::Relaxed);
        let days = Days::new(offset.unsigned_abs());
        if offset >= 0 { real.checked_add_days(days) } else { real.checked_sub_days(days) }.unwrap_or(real)
    }

    /// Demonstration only; `serve` has no road to it.
    pub fn move_calendar(&self, days: i64) {
        self.calendar_offset_days.store(days, Ordering::Relaxed);
    }
}
