//! `ledger export` and `ledger verify`: the access log as files, and its proof without database, service or network.
//! Verifying must never trust anything that comes with the export: the key is the auditor's own.

use super::{Failed, plan};
use crate::app::compose::LOG_KEY;
use crate::app::ledger_export;
use crate::clock::Clock;
use crate::ledger::note::{self, VKey};
use crate::ledger::signer::load_key;
use crate::ledger::verify::verify;
use crate::store::{Settings, Store};
use clap::Subcommand;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the log up to its newest checkpoint into a new folder
    Export {
        folder: PathBuf,
        /// The service's configuration, or
        #[arg(long, conflicts_with = "data")]
        config: Option<PathBuf>,
        /// the folder of a demonstration
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Verify an export; exit code 0 good, 1 bad, 2 unusable
    Verify {
        folder: PathBuf,
        /// The log's public key, as `keys init` printed it
        #[arg(long, required = true)]
        key: Vec<String>,
        /// A checkpoint from an earlier verification, which the log must continue
        #[arg(long)]
        known: Option<PathBuf>,
        /// The export is a part handed over by right: bodies that are not there are no fault
        #[arg(long)]
        partial: bool,
    },
}

pub fn run(command: Command) -> Result<ExitCode, Failed> {
    match command {
        Command::Export { folder, config, data } => export(&folder, config.as_deref(), data.as_deref()),
        Command::Verify { folder, key, known, partial } => check(&folder, &key, known.as_deref(), partial),
    }
}

fn export(folder: &Path, config: Option<&Path>, data: Option<&Path>) -> Result<ExitCode, Failed> {
    let (url, signer, origin) = match (config, data) {
        (Some(config), None) => {
            let (_, plan) = plan::read(config)?;
            (plan.database_url, plan.signer, plan.origin)
        }
        (None, Some(data)) => super::demo::places(data)?,
        _ => return Err(Failed::unusable("give --config or --data")),
    };
    let key = load_key(&signer.join(LOG_KEY), &origin)?;
    let key = key.vkey();
    let store = Store::open(&url, &Settings::default())?;
    let entries = ledger_export::write(&store, folder, key)?;
    println!("{entries} entries written to {}", folder.display());
    println!("verify with: channel-panel ledger verify {} --key {key}", folder.display());
    Ok(ExitCode::SUCCESS)
}

fn check(folder: &Path, keys: &[String], known: Option<&Path>, partial: bool) -> Result<ExitCode, Failed> {
    let keys = keys
        .iter()
        .map(|text| text.parse::<VKey>())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| Failed::unusable("a --key is not a verifier key (name+hash+base64)"))?;
    let known = match known {
        None => None,
        Some(path) => {
            let bytes =
                std::fs::read(path).map_err(|error| Failed::unusable(format!("{}: {error}", path.display())))?;
            Some(note::open(&bytes, &keys).map_err(|error| Failed::unusable(format!("{}: {error}", path.display())))?)
        }
    };
    let report = verify(folder, &keys, known.as_ref(), Some(Clock::default().instant()));
    let report = if partial { report } else { report.must_be_whole() };
    println!("{report}");
    Ok(ExitCode::from(report.status.exit_code()))
}
