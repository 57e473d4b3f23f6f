//! `keys init` and `keys status`: the key folder and the log's signing key. No secret is ever printed.

use super::{Failed, plan};
use crate::app::compose::LOG_KEY;
use crate::clock::Clock;
use crate::ledger::signer::{Signer, create_key, load_key};
use crate::seal::key_folder::{self, Mode};
use crate::seal::{Bucket, Retention};
use chrono::Months;
use clap::Subcommand;
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
    },
    /// Say of each key whether it is fit for use
    Status {
        #[arg(long)]
        config: PathBuf,
    },
}

pub fn run(command: Command) -> Result<ExitCode, Failed> {
    match command {
        Command::Init { config, years } => {
            let (_, plan) = plan::read(&config)?;
            let made = make(&plan.keys, Mode::Serve, &plan.signer, &plan.origin, years)?;
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

/// Makes what is missing: key-encryption keys, the root, the log's signing key and the signer's state.
pub fn make(folder: &Path, mode: Mode, signer: &Path, origin: &str, years: u32) -> Result<usize, Failed> {
    let today = Clock::default().today();
    let last = today.checked_add_months(Months::new(years.saturating_mul(12))).unwrap_or(today);
    let made = key_folder::init(folder, mode, &Bucket::span(today, last, Retention::default()))?;
    if !signer.join(LOG_KEY).exists() {
        std::fs::create_dir_all(signer)?;
        let key = create_key(&signer.join(LOG_KEY), origin)?;
        drop(Signer::init(signer, key)?);
    }
    Ok(made.len())
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
