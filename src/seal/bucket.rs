//! Expiry buckets: the calendar quarter in which a case's keys fall due for destruction, `2031-Q4`.
//! Backups still hold wrapped keys after a row is shredded; destroying the bucket's KEK ends those too.

use chrono::{Datelike, Months, NaiveDate};
use std::fmt;
use std::str::FromStr;

/// A quarter of a year, 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket {
    year: u16,
    quarter: u8,
}

/// How long keys must live: retention of the record and a margin for closing late, in months. Configuration, for practice differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    pub years: u32,
    pub margin_months: u32,
}

impl Default for Retention {
    /// Six years after the case, and eighteen months that the case itself may last.
    fn default() -> Self {
        Self { years: 6, margin_months: 18 }
    }
}

impl Bucket {
    /// The quarter of a day; days outside 1970-9999 fall into the nearest bucket.
    pub fn of(day: NaiveDate) -> Self {
        let year = u16::try_from(day.year().clamp(1970, 9999)).unwrap_or(9999);
        let quarter = u8::try_from(day.month0() / 3).unwrap_or(3).saturating_add(1);
        Self { year, quarter }
    }

    /// The bucket of a case opened on this day.
    pub fn for_case(opened: NaiveDate, retention: Retention) -> Self {
        let months = retention.years.saturating_mul(12).saturating_add(retention.margin_months);
        Self::of(opened.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX))
    }

    pub fn year(self) -> u16 {
        self.year
    }

    pub fn quarter(self) -> u8 {
        self.quarter
    }

    pub fn next(self) -> Self {
        if self.quarter < 4 {
            Self { year: self.year, quarter: self.quarter.saturating_add(1) }
        } else {
            Self { year: self.year.saturating_add(1).min(9999), quarter: 1 }
        }
    }

    /// The buckets that cases opened from `first` to `last` need, in order: what `keys init` makes.
    pub fn span(first: NaiveDate, last: NaiveDate, retention: Retention) -> Vec<Bucket> {
        let end = Self::for_case(last, retention);
        let mut at = Self::for_case(first, retention);
        let mut all = vec![at];
        while at < end {
            at = at.next();
            all.push(at);
        }
        all
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.year, self.quarter)
    }
}

impl FromStr for Bucket {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (year, quarter) = text.split_once("-Q").ok_or(())?;
        let bucket = Self { year: year.parse().map_err(|_| ())?, quarter: quarter.parse().map_err(|_| ())? };
        let sane = (1970..=9999).contains(&bucket.year) && (1..=4).contains(&bucket.quarter);
        // One spelling only: "2031-Q04" must not be a second name of the same key.
        if sane && bucket.to_string() == text { Ok(bucket) } else { Err(()) }
    }
}
