//! Working days of England and Wales and ages in law: what every deadline and every consent is counted with.
//! It must never look at a clock: the day it is today is handed in.

use crate::error::Problem;
use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The age at which consent is the person's own (Family Law Reform Act 1969 s.1).
pub const MAJORITY: u8 = 18;

const BANK_HOLIDAYS: &str = include_str!("../../data/bank-holidays-england-wales.json");

/// Monday to Friday, less the bank holidays of England and Wales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    holidays: BTreeSet<NaiveDate>,
}

#[derive(Deserialize)]
struct File {
    holidays: Vec<Holiday>,
}

#[derive(Deserialize)]
struct Holiday {
    date: NaiveDate,
}

/// Days on which a hold stopped the clock: `from` counts as stopped, `until` runs again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period {
    pub from: NaiveDate,
    pub until: NaiveDate,
}

impl Period {
    pub fn contains(self, day: NaiveDate) -> bool {
        self.from <= day && day < self.until
    }
}

impl Calendar {
    /// The calendar of `data/bank-holidays-england-wales.json` (2015 to 2030). Outside those years only weekends are
    /// known: a deadline there may fall a day early, never late.
    ///
    /// # Errors
    /// `internal`, if the built-in data cannot be read; a test reads it.
    pub fn england_and_wales() -> Result<Self, Problem> {
        Self::from_json(BANK_HOLIDAYS)
    }

    /// # Errors
    /// `internal`, if the text is not a bank holiday file.
    pub fn from_json(text: &str) -> Result<Self, Problem> {
        let file: File = serde_json::from_str(text).map_err(|_| Problem::internal("bank holiday data"))?;
        Ok(Self { holidays: file.holidays.into_iter().map(|h| h.date).collect() })
    }

    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !self.holidays.contains(&day)
    }

    /// The last day of a term of `days` working days that starts on `start`, which itself does not count.
    /// A day inside a stopped period does not count either: a hold stops its clock.
    pub fn add_working_days(&self, start: NaiveDate, days: u16, stopped: &[Period]) -> NaiveDate {
        let mut left = days;
        let mut day = start;
        while left > 0 {
            let Some(next) = day.succ_opt() else { return day };
            day = next;
            if self.is_working_day(day) && !stopped.iter().any(|p| p.contains(day)) {
                left -= 1;
            }
        }
        day
    }

    /// The working day that lies `days` working days before `day`, which itself does not count.
    pub fn working_days_before(&self, day: NaiveDate, days: u16) -> NaiveDate {
        let mut left = days;
        let mut found = day;
        while left > 0 {
            let Some(before) = found.pred_opt() else { return found };
            found = before;
            left -= u16::from(self.is_working_day(found));
        }
        found
    }

    /// Working days after `from`, up to and with `to`; 0 if `to` is not later.
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> usize {
        from.iter_days().skip(1).take_while(|d| *d <= to).filter(|d| self.is_working_day(*d)).count()
    }
}

/// `day` moved by as many days as holds stopped the clock between `start` and the term they push back.
pub fn put_off(start: NaiveDate, term: NaiveDate, stopped: &[Period]) -> NaiveDate {
    let mut end = term;
    let mut periods: Vec<&Period> = stopped.iter().collect();
    periods.sort();
    // Days on which two holds stood are days once.
    let mut counted = start;
    for period in periods {
        let from = period.from.max(counted);
        if from <= end && from < period.until {
            let days = (period.until - from).num_days().unsigned_abs();
            end = end.checked_add_days(Days::new(days)).unwrap_or(end);
            counted = period.until;
        }
    }
    end
}

/// `months` later, the month's last day where it has no such day; `start` itself beyond the calendar.
pub fn months_after(start: NaiveDate, months: u32) -> NaiveDate {
    start.checked_add_months(Months::new(months)).unwrap_or(start)
}

/// The day that lies so many months before another, or the last of its month where that has fewer days: what is older than it is
/// older than the months, and of 29 February a day older. None before the calendar begins.
pub fn months_before(day: NaiveDate, months: u32) -> Option<NaiveDate> {
    day.checked_sub_months(Months::new(months))
}

/// The day on which somebody born on `born` attains `age`: an age is attained at the commencement of the anniversary
/// (Family Law Reform Act 1969 s.9). The Act does not say which day that is in a common year for a birth on
/// 29 February; we take 1 March, the later, so that a parent's consent is asked for a day longer rather than a day too short.
pub fn attains(born: NaiveDate, age: u8) -> Option<NaiveDate> {
    let year = born.year() + i32::from(age);
    NaiveDate::from_ymd_opt(year, born.month(), born.day()).or_else(|| NaiveDate::from_ymd_opt(year, 3, 1))
}

/// Age in whole years on a day; none before birth or beyond 150 years.
pub fn age_on(born: NaiveDate, on: NaiveDate) -> Option<u8> {
    if on < born {
        return None;
    }
    let years = u8::try_from(on.year() - born.year()).ok().filter(|y| *y <= 150)?;
    let had_birthday = attains(born, years).is_some_and(|day| day <= on);
    if had_birthday { Some(years) } else { years.checked_sub(1) }
}
