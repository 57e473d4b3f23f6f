//! `migrate`: brings the schema up to this program's. It must never change a schema that is newer.

use super::{Failed, plan};
use crate::store::{Settings, Store};
use std::path::Path;
use std::process::ExitCode;

pub fn run(path: &Path) -> Result<ExitCode, Failed> {
    let (config, _) = plan::read(path)?;
    let store = Store::open(&config.database.url, &Settings::default())?;
    store.migrate()?;
    println!("the schema is this program's");
    Ok(ExitCode::SUCCESS)
}
