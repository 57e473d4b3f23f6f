//! Time, in its two meanings: `instant()` for tokens, ledger and caches; `today()` for stages, ages and holidays.
//! It must never let a demonstration's moved calendar reach a token check or a ledger entry.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};
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

/// Where a demonstration's calendar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calendar {
    /// So many days away from the machine's, with which it goes on.
    Away(i64),
    /// On this day until it is moved, whatever becomes of the machine's: who tells what happens on a day has no midnight in it.
    On(NaiveDate),
}

impl From<i64> for Calendar {
    fn from(days: i64) -> Self {
        Self::Away(days)
    }
}

impl From<NaiveDate> for Calendar {
    fn from(day: NaiveDate) -> Self {
        Self::On(day)
    }
}

impl Calendar {
    /// Where the days of `On` begin in one number with those of `Away`: no calendar reaches so far that the two would meet.
    const ON: i64 = 1 << 40;

    fn to_number(self) -> i64 {
        match self {
            Self::Away(days) => days.clamp(-Self::ON / 2, Self::ON / 2),
            Self::On(day) => Self::ON.saturating_add(day.num_days_from_ce().into()),
        }
    }

    /// The day there when the machine has `real`; `real` itself where the calendar ends.
    fn day(number: i64, real: NaiveDate) -> NaiveDate {
        let there = if number > Self::ON / 2 {
            let days = i32::try_from(number.saturating_sub(Self::ON)).ok();
            days.and_then(NaiveDate::from_num_days_from_ce_opt)
        } else {
            let days = Days::new(number.unsigned_abs());
            if number >= 0 { real.checked_add_days(days) } else { real.checked_sub_days(days) }
        };
        there.unwrap_or(real)
    }
}

/// The process's clock. Only the demonstration may move the calendar, and only `today()` follows it.
#[derive(Debug, Default)]
pub struct Clock {
    /// A `Calendar` as one number, so that nobody sees half of a move.
    calendar: AtomicI64,
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
        Calendar::day(self.calendar.load(Ordering::Relaxed), self.instant().london_date())
    }

    /// Demonstration only; `serve` has no road to it.
    pub fn move_calendar(&self, to: impl Into<Calendar>) {
        self.calendar.store(to.into().to_number(), Ordering::Relaxed);
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a clock by itself, whose time nobody lives by")]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_calendar_that_was_told_a_day_stands_over_midnight_and_one_that_is_away_goes_on() {
        let clock = Clock::default();
        let before = Moment::begin_of(day("2024-02-29")).plus_seconds(-1);
        for (calendar, first, second) in [
            (Calendar::Away(0), "2024-02-28", "2024-02-29"),
            (Calendar::Away(1), "2024-02-29", "2024-03-01"),
            (Calendar::Away(-59), "2023-12-31", "2024-01-01"),
            (Calendar::On(day("2024-02-28")), "2024-02-28", "2024-02-28"),
            (Calendar::On(day("1969-07-20")), "1969-07-20", "1969-07-20"),
        ] {
            clock.move_calendar(calendar);
            for (moment, expected) in [(before, first), (before.plus_seconds(1), second)] {
                clock.stop_at(moment);
                assert_eq!(clock.today(), day(expected), "{calendar:?}");
            }
        }
    }

    #[test]
    fn no_move_leads_off_the_calendar() {
        let clock = Clock::default();
        let real = day("2026-11-02");
        clock.stop_at(Moment::begin_of(real));
        for days in [i64::MAX, i64::MIN, i64::from(i32::MAX), i64::from(i32::MIN), Calendar::ON, -Calendar::ON] {
            clock.move_calendar(days);
            assert_eq!(clock.today(), real, "{days}");
        }
        for end in [NaiveDate::MIN, NaiveDate::MAX] {
            clock.move_calendar(end);
            assert_eq!(clock.today(), end);
        }
    }
}
