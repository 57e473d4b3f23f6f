//! `keys init` and `keys status`: the key folder and the log's signing key. No secret is ever printed.

use super::{Failed, plan};
use crate::app::compose::LOG_KEY;
use crate::clock::Clock;
use crate::ledger::signer::{Signer, create_key, load_key};
use crate::seal::key_folder::{self, Mode};
use crate::seal::{Bucket, Retention};
use chrono::Months;
use clap::Subcommand;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the keys that are missing, for cases opened in the next years; never one that was there or was destroyed
    Init {
        #[arg(long)]
        config: PathBuf,
        /// How many years ahead
        #[arg(long, default_value_t = 2)]
        years: u32,
        /// Where the log's key has no state: begin one, and so take the log for right as the database shows it first
        #[arg(long)]
        accept_log: bool,
    },
    /// Say of each key whether it is fit for use
    Status {
        #[arg(long)]
        config: PathBuf,
    },
}

pub fn run(command: Command) -> Result<ExitCode, Failed> {
    match command {
        Command::Init { config, years, accept_log } => {
            let (_, plan) = plan::read(&config)?;
            let made = make(&plan.keys, Mode::Serve, years)?;
            make_signer(&plan.signer, &plan.origin, accept_log)?;
            println!("{made} key-encryption keys made in {}", plan.keys.display());
            println!("the log's public key: {}", load_key(&plan.signer.join(LOG_KEY), &plan.origin)?.vkey());
            Ok(ExitCode::SUCCESS)
        }
        Command::Status { config } => {
            let (_, plan) = plan::read(&config)?;
            status(&plan.keys)
        }
    }
}

/// Makes what is missing of the key-encryption keys and the root.
pub fn make(folder: &Path, mode: Mode, years: u32) -> Result<usize, Failed> {
    let today = Clock::default().today();
    let last = today.checked_add_months(Months::new(years.saturating_mul(12))).unwrap_or(today);
    let made = key_folder::init(folder, mode, &Bucket::span(today, last, Retention::default()))?;
    Ok(made.len())
}

/// Makes the log's key and the signer's state where there is neither. A key without a state has lost it, or somebody broke off
/// between the two: only a person knows which, for a state begun anew signs whatever log it is shown.
pub fn make_signer(folder: &Path, origin: &str, accept_log: bool) -> Result<(), Failed> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join(LOG_KEY);
    if !path.exists() {
        drop(Signer::init(folder, create_key(&path, origin)?)?);
    } else if accept_log {
        drop(Signer::init(folder, load_key(&path, origin)?)?);
    } else if !Signer::has_state(folder)? {
        let (folder, said) =
            (folder.display(), "the log's key has no signer's state: put the state back from a backup");
        return Err(Failed::from(format!("{folder}: {said}, or accept the log as it stands with --accept-log")));
    }
    Ok(())
}

fn status(folder: &Path) -> Result<ExitCode, Failed> {
    let mut sound = true;
    for kek in key_folder::status(folder)? {
        match kek.fault {
            None => println!("{}  fit for use", kek.kek),
            Some(fault) => {
                sound = false;
                println!("{}  {fault}", kek.kek);
            }
        }
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
