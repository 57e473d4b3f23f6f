//! `ledger …`: the access log as files, its proof without database, service or network, and its witnesses.
//! Verifying must never trust anything that comes with the export: the key is the auditor's own.

use super::verify::{Asked, check};
use super::watch::{Source, look};
use super::witness::{self, keys};
use super::{Failed, plan, rotate_key};
use crate::app::ask_witness::ask_witness;
use crate::app::ledger_export;
use crate::ledger::key_files::load_keys;
use crate::ledger::note::Speaker;
use crate::store::rows::Published;
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
    /// Change the log's signing key: make the next, which signs beside the current; with --finish, alone; with --retire, the
    /// former ones are believed of nothing more
    RotateKey {
        #[arg(long)]
        config: PathBuf,
        /// The current key signs no more, and the next takes its place
        #[arg(long)]
        finish: bool,
        /// When every instance has the new key: the log says that the former ones are its own no more
        #[arg(long, conflicts_with = "finish")]
        retire: bool,
        /// Destroy the former key, which is kept else
        #[arg(long, requires = "finish")]
        destroy: bool,
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
        /// Where to write the checkpoint, if all is good: the next run's --known
        #[arg(long)]
        write_known: Option<PathBuf>,
        /// Hold the database of --config or --data to the export: its log, and every row that the log attests
        #[arg(long)]
        against_db: bool,
        /// The service's configuration
        #[arg(long, requires = "against_db", conflicts_with = "data")]
        config: Option<PathBuf>,
        /// The folder of a demonstration
        #[arg(long, requires = "against_db")]
        data: Option<PathBuf>,
    },
    /// Look whether a log has grown out of what it was; exit code 1 for a fork, a log that went back or stands still
    Watch {
        /// The log's public key
        #[arg(long, required = true)]
        key: Vec<String>,
        /// What is known of the log, kept from one run to the next
        #[arg(long)]
        state: PathBuf,
        /// The folder to which its service delivers checkpoints, or
        #[arg(long, conflicts_with = "export")]
        drop: Option<PathBuf>,
        /// an export of the log
        #[arg(long)]
        export: Option<PathBuf>,
        /// Minutes without growth that are too many
        #[arg(long)]
        stale: Option<u32>,
    },
}

pub fn run(command: Command) -> Result<ExitCode, Failed> {
    match command {
        Command::Export { folder, config, data } => export(&folder, config.as_deref(), data.as_deref()),
        Command::AskWitness { config, data, old } => {
            let Places { url, .. } = places(config.as_deref(), data.as_deref())?;
            print!("{}", ask_witness(&Store::open(&url, &Settings::default())?, old)?.print());
            Ok(ExitCode::SUCCESS)
        }
        Command::RotateKey { config, retire: true, .. } => rotate_key::retire_formers(&config),
        Command::RotateKey { config, finish, destroy, .. } => rotate_key::run(&config, finish, destroy),
        Command::Witness(command) => witness::run(&command),
        Command::Verify {
            folder,
            key,
            known,
            receipt,
            witness,
            quorum,
            partial,
            write_known,
            against_db,
            config,
            data,
        } => {
            let keys = [keys(&key, Speaker::Log, "--key")?, keys(&witness, Speaker::Witness, "--witness")?];
            let database = against_db.then(|| {
                let Places { url, .. } = places(config.as_deref(), data.as_deref())?;
                Ok::<_, Failed>(Store::open(&url, &Settings::default())?)
            });
            let (receipts, database) = (receipt, database.transpose()?);
            let quorum = quorum.unwrap_or(witness.len());
            check(&folder, &Asked { keys, known, receipts, quorum, partial, write_known, database })
        }
        Command::Watch { key, state, drop, export, stale } => {
            let source = match (drop, export) {
                (Some(folder), None) => Source::Drop(folder),
                (None, Some(folder)) => Source::Export(folder),
                _ => return Err(Failed::unusable("give --drop or --export")),
            };
            look(&keys(&key, Speaker::Log, "--key")?, &state, &source, stale)
        }
    }
}

/// Where a log is, and what counts of it.
struct Places {
    url: String,
    signer: PathBuf,
    origin: String,
    published: Published,
}

fn places(config: Option<&Path>, data: Option<&Path>) -> Result<Places, Failed> {
    match (config, data) {
        (Some(config), None) => {
            let (_, plan) = plan::read(config)?;
            Ok(Places { url: plan.database_url, signer: plan.signer, origin: plan.origin, published: plan.published })
        }
        (None, Some(data)) => {
            let (url, signer, origin) = super::demo::places(data)?;
            Ok(Places { url, signer, origin, published: Published::Signed })
        }
        _ => Err(Failed::unusable("give --config or --data")),
    }
}

fn export(folder: &Path, config: Option<&Path>, data: Option<&Path>) -> Result<ExitCode, Failed> {
    let Places { url, signer, origin, published } = places(config, data)?;
    let keys = load_keys(&signer, &origin)?.vkeys();
    let store = Store::open(&url, &Settings::default())?;
    let entries = ledger_export::write(&store, folder, &keys, published)?;
    println!("{entries} entries written to {}", folder.display());
    // While the key changes, either will do.
    for key in &keys {
        println!("verify with: channel-panel ledger verify {} --key {key}", folder.display());
    }
    Ok(ExitCode::SUCCESS)
}
