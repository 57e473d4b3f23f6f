//! `demo-clock`: lets days pass in a demonstration. It must never touch a folder that `demo` did not make, nor take the calendar
//! back behind a day on which something was written down.

use super::{Failed, demo, keys};
use crate::clock::Clock;
use crate::demo::calendar;
use crate::seal::key_folder::Mode;
use crate::store::{Settings, Store};
use chrono::{Datelike, NaiveDate};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct Options {
    /// The demonstration's folder; it may be running
    #[arg(long)]
    data: PathBuf,
    /// The day it shall be there
    #[arg(long)]
    to: NaiveDate,
}

/// Bank holidays are known to the end of this year.
const LAST_YEAR: i32 = 2030;

pub fn run(options: &Options) -> Result<ExitCode, Failed> {
    let (url, _, _) = demo::places(&options.data)?;
    if !demo::is_whole(&options.data) {
        return Err(Failed::unusable(format!("{}: the demonstration was not made to its end", options.data.display())));
    }
    let to = options.to;
    if to.year() > LAST_YEAR {
        return Err(Failed::unusable(format!("{to}: the calendar's bank holidays end with {LAST_YEAR}")));
    }
    let store = Store::open(&url, &Settings::default())?;
    if let Some(last) = store.reader()?.last_recorded_day()?.filter(|last| *last > to) {
        return Err(Failed::from(format!(
            "{to}: something was written down on {last}, and no day before it can come again"
        )));
    }
    let real = Clock::default().today();
    // A case opened then needs a key that lives as long as it.
    let years = u32::try_from(to.year().saturating_sub(real.year())).unwrap_or(0).saturating_add(1);
    keys::make(&options.data.join("keys"), Mode::Demo, years)?;
    let days = to.signed_duration_since(real).num_days();
    demo::write_private(&options.data.join(calendar::FILE), calendar::text(days).as_bytes())?;
    println!("it is {to} there; a demonstration that runs follows within seconds");
    Ok(ExitCode::SUCCESS)
}
