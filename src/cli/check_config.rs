//! `check-config`: reads the configuration, the key folder, the signer's key and the issuers, and says what is wrong.
//! It must never open the database or change anything.

use super::{Failed, plan};
use crate::access::Policies;
use crate::ledger::key_files::load_keys;
use crate::seal::key_file::FileKeks;
use std::path::Path;
use std::process::ExitCode;

pub fn run(path: &Path) -> Result<ExitCode, Failed> {
    let (config, plan) = plan::read(path)?;
    FileKeks::open(&plan.keys, plan.mode)?;
    load_keys(&plan.signer, &plan.origin)?;
    Policies::load()?;
    if config.issuers.is_empty() {
        return Err(Failed::from("issuers: there is none, so nobody could sign in"));
    }
    println!("the configuration can be served");
    Ok(ExitCode::SUCCESS)
}
