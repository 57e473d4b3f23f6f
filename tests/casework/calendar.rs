//! Working days, ages, and clocks that holds stop.

use super::canned::day;
use channel_panel::casework::calendar::{Calendar, Period, age_on, attains, months_after, months_before, put_off};
use channel_panel::casework::content::template::Template;
use chrono::{Days, NaiveDate};
use proptest::prelude::*;

fn calendar() -> Calendar {
    Calendar::england_and_wales().expect("calendar")
}

#[test]
fn bank_holidays_of_the_years_that_differ() {
    let c = calendar();
    for holiday in [
        "2015-12-28",
        "2016-12-26",
        "2016-12-27",
        "2017-01-02",
        "2018-05-07",
        "2020-05-08",
        "2020-12-28",
        "2021-12-27",
        "2021-12-28",
        "2022-01-03",
        "2022-06-02",
        "2022-06-03",
        "2022-09-19",
        "2022-12-26",
        "2022-12-27",
        "2023-01-02",
        "2023-05-08",
        "2024-03-29",
        "2024-04-01",
        "2025-04-18",
        "2026-12-28",
        "2027-12-27",
        "2027-12-28",
        "2028-01-03",
        "2030-04-19",
        "2030-12-26",
    ] {
        assert!(!c.is_working_day(day(holiday)), "{holiday}");
    }
    for working in ["2020-05-04", "2022-05-30", "2023-05-30", "2024-04-02", "2022-09-20", "2021-12-29"] {
        assert!(c.is_working_day(day(working)), "{working}");
    }
}

#[test]
fn every_year_has_its_eight_holidays_or_more() {
    let c = calendar();
    for year in 2015..=2030 {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).expect("day");
        let weekdays = first.iter_days().take_while(|d| d.format("%Y").to_string() == year.to_string());
        let (all, working) = weekdays.fold((0, 0), |(a, w), d| {
            let weekday = !["Sat", "Sun"].contains(&d.format("%a").to_string().as_str());
            (a + i32::from(weekday), w + i32::from(c.is_working_day(d)))
        });
        let expected = match year {
            2022 => 10,
            2023 => 9,
            _ => 8,
        };
        assert_eq!(all - working, expected, "{year}");
    }
}

#[test]
fn a_term_skips_easter_and_a_hold() {
    let c = calendar();
    assert_eq!(c.add_working_days(day("2024-03-27"), 2, &[]), day("2024-04-02"));
    let hold = [Period { from: day("2024-06-04"), until: day("2024-06-11") }];
    assert_eq!(c.add_working_days(day("2024-06-03"), 1, &hold), day("2024-06-11"));
    assert_eq!(put_off(day("2024-06-03"), day("2024-07-03"), &hold), day("2024-07-10"));
    assert_eq!(put_off(day("2024-06-20"), day("2024-07-20"), &hold), day("2024-07-20"));
    // A hold that was dated back into another moves nothing by the days that both have.
    let twice = [hold[0], hold[0], Period { from: day("2024-06-06"), until: day("2024-06-13") }];
    assert_eq!(put_off(day("2024-06-03"), day("2024-07-03"), &twice), day("2024-07-12"));
}

/// FLRA 1969 s.9: at the beginning of the anniversary; a birth on 29 February counts to 1 March in a common year.
#[test]
fn ages_in_law() {
    assert_eq!(age_on(day("2006-06-03"), day("2024-06-02")), Some(17));
    assert_eq!(age_on(day("2006-06-03"), day("2024-06-03")), Some(18));
    assert_eq!(attains(day("2004-02-29"), 18), Some(day("2022-03-01")));
    assert_eq!(age_on(day("2004-02-29"), day("2022-02-28")), Some(17));
    assert_eq!(age_on(day("2004-02-29"), day("2022-03-01")), Some(18));
    assert_eq!(attains(day("2004-02-29"), 20), Some(day("2024-02-29")));
    assert_eq!(age_on(day("2024-06-03"), day("2024-06-02")), None);
    assert_eq!(age_on(day("2024-06-03"), day("2024-06-03")), Some(0));
    assert_eq!(age_on(day("1800-01-01"), day("2024-06-03")), None);
    assert_eq!(months_after(day("2024-08-31"), 6), day("2025-02-28"));
}

#[test]
fn the_framework_has_its_22_factors() {
    let vaf = Template::vaf_2012().expect("template");
    let of = |d: &str| vaf.factors.iter().filter(|f| f.dimension == d).count();
    assert_eq!((of("engagement"), of("intent"), of("capability"), vaf.factors.len()), (13, 6, 3, 22));
    assert!(vaf.factors.iter().zip(1u16..).all(|(f, n)| f.number == n));
}

fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0u64..5_800).prop_map(|n| day("2015-01-01") + Days::new(n))
}

#[test]
fn what_is_older_than_years_is_older_by_whole_years_and_a_leap_day_by_a_day_more() {
    let day = |y, m, d| chrono::NaiveDate::from_ymd_opt(y, m, d).unwrap();
    let before = |from, years: u32| months_before(from, years * 12).unwrap();
    assert_eq!(before(day(2032, 11, 23), 6), day(2026, 11, 23));
    // Made on 29 February 2028: six years are over on 28 February 2034, and it goes on 1 March.
    assert!(day(2028, 2, 29) >= before(day(2034, 2, 28), 6));
    assert!(day(2028, 2, 29) < before(day(2034, 3, 1), 6));
    assert_eq!(before(day(2036, 2, 29), 7), day(2029, 2, 28), "kept a day longer, never a day less");
    assert_eq!(months_before(chrono::NaiveDate::MIN, 12), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_term_ends_on_a_working_day_and_counts_as_many(start in any_day(), days in 1u16..60) {
        let c = calendar();
        let end = c.add_working_days(start, days, &[]);
        prop_assert!(c.is_working_day(end) && end > start);
        prop_assert_eq!(c.working_days_between(start, end), usize::from(days));
    }

    #[test]
    fn terms_add_up(start in any_day(), a in 0u16..30, b in 0u16..30) {
        let c = calendar();
        prop_assert_eq!(c.add_working_days(c.add_working_days(start, a, &[]), b, &[]), c.add_working_days(start, a + b, &[]));
    }

    #[test]
    fn a_hold_never_brings_a_term_nearer(start in any_day(), days in 0u16..30, after in 0u64..40, long in 0u64..40) {
        let c = calendar();
        let from = start + Days::new(after);
        let hold = [Period { from, until: from + Days::new(long) }];
        let end = c.add_working_days(start, days, &hold);
        prop_assert!(end >= c.add_working_days(start, days, &[]));
        prop_assert!(days == 0 || !hold[0].contains(end));
    }

    #[test]
    fn an_age_goes_up_on_the_day_it_is_attained(born in any_day(), age in 0u8..100) {
        let on = attains(born, age).expect("a day");
        prop_assert_eq!(age_on(born, on), Some(age));
        prop_assert_eq!(age_on(born, on - Days::new(1)), age.checked_sub(1));
    }
}
