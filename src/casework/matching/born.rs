//! What two births say of each other. It must never read a clock: ages are compared as of the day on which they were said.

use super::{Born, Reason, Why};
use chrono::{Datelike, NaiveDate};

/// Years that make a parent and a child of one name likelier than a slip of the pen.
const GENERATION: i32 = 12;

const CONFLICT: i32 = -25;
const GENERATION_APART: i32 = -60;
const UNKNOWN: i32 = 6;

pub(super) struct Evidence {
    pub points: i32,
    pub exact: bool,
    /// The two cannot both be right by any slip that the rules know.
    pub conflict: bool,
    pub why: Why,
}

impl Evidence {
    fn says(points: i32, reason: Reason) -> Self {
        Self { points, exact: reason == Reason::DobExact, conflict: false, why: Why::of(reason) }
    }

    fn silent(points: i32) -> Self {
        Self { points, exact: false, conflict: points < 0, why: Why::NONE }
    }
}

pub(super) fn compare(a: Born, b: Born) -> Evidence {
    match (a, b) {
        (Born::Unknown, _) | (_, Born::Unknown) => Evidence::silent(UNKNOWN),
        (Born::Date(x), Born::Date(y)) => dates(x, y),
        (Born::Date(date), Born::ApproxAge { age, on }) | (Born::ApproxAge { age, on }, Born::Date(date)) => {
            let then = age_on(date, on);
            by_gap((then - i32::from(age)).abs(), tolerance(age), 20)
        }
        (Born::ApproxAge { age: x, on: on_x }, Born::ApproxAge { age: y, on: on_y }) => {
            let gap = ((on_x.year() - i32::from(x)) - (on_y.year() - i32::from(y))).abs();
            by_gap(gap, tolerance(x.max(y)) + 1, 14)
        }
    }
}

fn dates(x: NaiveDate, y: NaiveDate) -> Evidence {
    if x == y {
        // 1 January stands for "unknown" in many papers, so two people share it more often than any other day.
        let placeholder = x.month() == 1 && x.day() == 1;
        return Evidence::says(if placeholder { 28 } else { 36 }, Reason::DobExact);
    }
    if x.year() == y.year() && x.month() == y.day() && x.day() == y.month() {
        return Evidence::says(30, Reason::DobSwappedDayMonth);
    }
    let apart = (x.year() - y.year()).abs();
    if wrong_digits(x, y) == 1 {
        // Same name, same birthday, decades apart: a slip is possible, a parent as likely. Something else must speak for it.
        return Evidence::says(if apart >= GENERATION { -10 } else { 25 }, Reason::DobOneDigit);
    }
    if apart >= GENERATION {
        return Evidence::silent(GENERATION_APART);
    }
    let same = [x.year() == y.year(), x.month() == y.month(), x.day() == y.day()].iter().filter(|same| **same).count();
    Evidence::silent(if same >= 2 && apart <= 1 { 0 } else { CONFLICT })
}

/// Digits that differ when both are written as eight.
fn wrong_digits(x: NaiveDate, y: NaiveDate) -> usize {
    let digits = |d: NaiveDate| format!("{:04}{:02}{:02}", d.year(), d.month(), d.day());
    let (x, y) = (digits(x), digits(y));
    if x.len() != y.len() {
        return usize::MAX;
    }
    x.bytes().zip(y.bytes()).filter(|(a, b)| a != b).count()
}

/// Completed years on a day; negative before birth.
fn age_on(born: NaiveDate, on: NaiveDate) -> i32 {
    let before_birthday = (on.month(), on.day()) < (born.month(), born.day());
    on.year() - born.year() - i32::from(before_birthday)
}

/// A child's age is judged within a year or so, a grown person's within five.
fn tolerance(age: u8) -> i32 {
    match age {
        0..16 => 1,
        16..25 => 2,
        25..40 => 3,
        _ => 5,
    }
}

fn by_gap(gap: i32, tolerance: i32, points: i32) -> Evidence {
    if gap <= tolerance {
        Evidence::says(points, Reason::ApproxAge)
    } else if gap <= tolerance * 2 {
        Evidence::silent(0)
    } else if gap < GENERATION + tolerance {
        Evidence::silent(CONFLICT)
    } else {
        Evidence::silent(GENERATION_APART)
    }
}
