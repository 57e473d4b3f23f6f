//! A year of the borough over HTTP, with a calendar that moves: every agenda is as written down by hand, nothing that was due
//! is missed, and the log of the whole year verifies.

use crate::harness::{Backend, Running, running_on_both};
use channel_panel::clock::Clock;
use channel_panel::demo::stories::year::agendas::{Item, MONTHS};
use channel_panel::demo::stories::year::{figures, tell, tell_against};
use channel_panel::ledger::verify::verify;
use chrono::{Datelike, NaiveDate};

fn a_year_on(backend: Backend) {
    let began = std::time::Instant::now();
    let mut running = Running::start(backend);
    let today = running.service.clock.today();
    let told = tell(&mut running.caller()).unwrap_or_else(|failed| panic!("{failed}"));
    assert_eq!((told.referrals.len(), told.cases.len()), (31, 31));
    assert_eq!(running.service.clock.today(), today, "it ends where it began");
    let counted = figures::counted(&mut running.caller()).unwrap_or_else(|failed| panic!("{failed}"));
    assert_eq!(counted, figures::told());
    assert_eq!(counted.consultations + told.referrals.len(), 40, "contacts");
    eprintln!("{backend:?}: {} requests in {:?}", told.requests, began.elapsed());
    running.stop();
    let log = running.folder.join("export");
    let entries = running.export(&log);
    assert!(entries >= u64::try_from(told.requests).unwrap(), "{entries} entries");
    let report = verify(&log, &[running.vkey.parse().unwrap()], None, None);
    assert_eq!(report.status.exit_code(), 0, "{report}");
}

#[test]
fn a_year_of_the_borough_over_http_on_sqlite() {
    a_year_on(Backend::Sqlite);
}

#[test]
fn a_year_of_the_borough_over_http_on_postgresql() {
    a_year_on(Backend::Postgres);
}

/// Days on which a year ends whose meetings have bank holidays before them, at Easter, in May or at Christmas: papers go out
/// sooner then, and agendas gather.
const HARD: [(i32, u32, u32); 4] = [(2026, 11, 25), (2026, 12, 9), (2028, 9, 6), (2030, 6, 5)];

/// The borough is shown on whatever day somebody wants to see it. `YEARS_EVERYTHING` (`make drill`): in every week that the calendar
/// knows the bank holidays of.
#[test]
fn a_year_can_be_told_on_any_day() {
    let mut days: Vec<NaiveDate> = HARD.iter().map(|(y, m, d)| NaiveDate::from_ymd_opt(*y, *m, *d).unwrap()).collect();
    if std::env::var_os("YEARS_EVERYTHING").is_some() {
        let first = Clock::default().today();
        days = first.iter_weeks().take_while(|day| day.year() < 2031).collect();
    }
    let failed: Vec<String> = days.into_iter().filter_map(|day| told_on(day).err()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

fn told_on(day: NaiveDate) -> Result<(), String> {
    let running = Running::start_on(Backend::Sqlite, day);
    tell(&mut running.caller()).map(drop).map_err(|failed| format!("{day}: {failed}"))
}

/// The negative control: a case that the script leaves out of one agenda is noticed there, and so is one too many.
#[test]
fn a_case_that_is_left_out_of_an_agenda_is_noticed() {
    running_on_both(|running| {
        let mut short: Vec<&[Item]> = MONTHS.to_vec();
        short[0] = &MONTHS[0][1..];
        let failed = tell_against(&mut running.caller(), &short).expect_err("amara is on it");
        assert_eq!(failed.step, "the agenda of month 1");
        assert_eq!((failed.expected.as_str(), failed.got.as_str()), ("", "amara (new_referral)"));
    });
}
