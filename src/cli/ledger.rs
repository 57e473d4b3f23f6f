//! `ledger …`: the access log as files, its proof without database, service or network, and its witnesses.
//! Verifying must never trust anything that comes with the export: the key is the auditor's own.

use super::witness::{self, keys};
use super::{Failed, plan};
use crate::app::ask_witness::ask_witness;
use crate::app::compose::LOG_KEY;
use crate::app::ledger_export;
use crate::clock::Clock;
use crate::ledger::note::{self, Cosigned, Speaker, VKey};
use crate::ledger::receipt::Receipt;
use crate::ledger::signer::load_key;
use crate::ledger::verify::{Given, verify_given};
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
    /// Print what a witness is asked (C2SP tlog-witness, add-checkpoint) about the newest checkpoint
    AskWitness {
        /// The service's configuration, or
        #[arg(long, conflicts_with = "data")]
        config: Option<PathBuf>,
        /// the folder of a demonstration
        #[arg(long)]
        data: Option<PathBuf>,
        /// The size that the witness cosigned last
        #[arg(long, default_value_t = 0)]
        old: u64,
    },
    /// Be a witness of another authority's log
    #[command(subcommand)]
    Witness(witness::Command),
    /// Verify an export; exit code 0 good, 1 bad, 2 unusable
    Verify {
        folder: PathBuf,
        /// The log's public key, as `keys init` printed it
        #[arg(long, required = true)]
        key: Vec<String>,
        /// A checkpoint from an earlier verification, which the log must continue
        #[arg(long)]
        known: Option<PathBuf>,
        /// A file with a receipt, the answer's `Ledger-Receipt`, whose entry must be in the log
        #[arg(long)]
        receipt: Vec<PathBuf>,
        /// The public key of a witness, who must have cosigned the export's checkpoint or the known one
        #[arg(long)]
        witness: Vec<String>,
        /// How many of the witnesses must have; all, by default
        #[arg(long)]
        quorum: Option<usize>,
        /// The export is a part handed over by right: bodies that are not there are no fault
        #[arg(long)]
        partial: bool,
    },
}

pub fn run(command: Command) -> Result<ExitCode, Failed> {
    match command {
        Command::Export { folder, config, data } => export(&folder, config.as_deref(), data.as_deref()),
        Command::AskWitness { config, data, old } => {
            let (url, _, _) = places(config.as_deref(), data.as_deref())?;
            print!("{}", ask_witness(&Store::open(&url, &Settings::default())?, old)?.print());
            Ok(ExitCode::SUCCESS)
        }
        Command::Witness(command) => witness::run(&command),
        Command::Verify { folder, key, known, receipt, witness, quorum, partial } => {
            let keys = [keys(&key, Speaker::Log, "--key")?, keys(&witness, Speaker::Witness, "--witness")?];
            let asked = Asked { keys, known, receipts: receipt, quorum: quorum.unwrap_or(witness.len()) };
            check(&folder, &asked, partial)
        }
    }
}

/// Database, signer's folder and origin.
fn places(config: Option<&Path>, data: Option<&Path>) -> Result<(String, PathBuf, String), Failed> {
    match (config, data) {
        (Some(config), None) => {
            let (_, plan) = plan::read(config)?;
            Ok((plan.database_url, plan.signer, plan.origin))
        }
        (None, Some(data)) => super::demo::places(data),
        _ => Err(Failed::unusable("give --config or --data")),
    }
}

fn export(folder: &Path, config: Option<&Path>, data: Option<&Path>) -> Result<ExitCode, Failed> {
    let (url, signer, origin) = places(config, data)?;
    let key = load_key(&signer.join(LOG_KEY), &origin)?;
    let key = key.vkey();
    let store = Store::open(&url, &Settings::default())?;
    let entries = ledger_export::write(&store, folder, key)?;
    println!("{entries} entries written to {}", folder.display());
    println!("verify with: channel-panel ledger verify {} --key {key}", folder.display());
    Ok(ExitCode::SUCCESS)
}

/// Reads a file that was kept from an answer or an earlier verification.
fn kept(path: &Path) -> Result<Vec<u8>, Failed> {
    std::fs::read(path).map_err(|error| said_of(path, &error))
}

fn said_of(path: &Path, error: &dyn std::fmt::Display) -> Failed {
    Failed::unusable(format!("{}: {error}", path.display()))
}

fn receipt(path: &Path, keys: &[VKey]) -> Result<Receipt, Failed> {
    let bytes = kept(path)?;
    let line = String::from_utf8_lossy(&bytes);
    Receipt::open(line.strip_suffix('\n').unwrap_or(&line), keys).map_err(|error| said_of(path, &error))
}

/// What an auditor brings along.
struct Asked {
    /// The log's keys, and witnesses'.
    keys: [Vec<VKey>; 2],
    known: Option<PathBuf>,
    receipts: Vec<PathBuf>,
    quorum: usize,
}

fn check(folder: &Path, asked: &Asked, partial: bool) -> Result<ExitCode, Failed> {
    let [keys, witnesses] = &asked.keys;
    let known: Option<Cosigned> = match &asked.known {
        None => None,
        Some(path) => {
            let opened = note::open_cosigned(&kept(path)?, &asked.keys.concat());
            Some(opened.map_err(|error| said_of(path, &error))?)
        }
    };
    let receipts = asked.receipts.iter().map(|path| receipt(path, keys)).collect::<Result<Vec<_>, _>>()?;
    let known_by: Vec<String> = known.iter().flat_map(|known| known.witnesses.keys().cloned()).collect();
    let given = Given {
        keys,
        known: known.as_ref().map(|known| &known.checkpoint),
        now: Some(Clock::default().instant()),
        receipts: &receipts,
        witnesses,
        known_by: &known_by,
        quorum: asked.quorum,
    };
    let report = verify_given(folder, &given);
    let report = if partial { report } else { report.must_be_whole() };
    println!("{report}");
    Ok(ExitCode::from(report.status.exit_code()))
}
