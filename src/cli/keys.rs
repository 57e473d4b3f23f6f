//! `keys …`: the key folder and the log's signing key, from making keys to destroying them. No secret is ever printed.

use super::{Failed, plan};
use crate::app::compose::{Plan, compose_beside};
use crate::app::keep_keys::{self, KeysError, Waiting};
use crate::app::service::Service;
use crate::clock::Clock;
use crate::ledger::key_files::LOG_KEY;
use crate::ledger::signer::{Signer, create_key, load_key};
use crate::seal::key_file::FileKeks;
use crate::seal::key_folder::{self, Mode};
use crate::seal::{Bucket, KekId, Retention};
use chrono::Months;
use clap::Subcommand;
use std::collections::BTreeSet;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::runtime::Runtime;

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
        /// Look into the database too: what lives under each key, and which erasures are not complete
        #[arg(long)]
        erasures: bool,
    },
    /// Make the next key of every domain: of one quarter, or of each that has keys
    Rotate {
        #[arg(long)]
        config: PathBuf,
        /// As 2033-Q1
        #[arg(long)]
        bucket: Option<String>,
    },
    /// Wrap what lives under older keys with the newest; may be broken off and run again, beside the running service
    Rewrap {
        #[arg(long)]
        config: PathBuf,
    },
    /// Destroy a key under which nothing lives, when no backup needs it any more
    Destroy {
        #[arg(long)]
        config: PathBuf,
        /// As health.2033-Q1
        kek: String,
    },
}

pub fn run(command: Command) -> Result<ExitCode, Failed> {
    match command {
        Command::Init { config, years, accept_log } => {
            let (_, plan) = plan::read(&config)?;
            let made = make(&plan.keys, Mode::Serve, years)?;
            let key = plan.signer.join(LOG_KEY);
            if plan.signs {
                make_signer(&plan.signer, &plan.origin, accept_log)?;
            } else if !key.exists() {
                // The log has one key: a second would speak for a log that nobody signs.
                return Err(Failed::from(format!("{}: copy it from the instance that signs", key.display())));
            }
            println!("{made} key-encryption keys made in {}", plan.keys.display());
            println!("the log's public key: {}", load_key(&key, &plan.origin)?.vkey());
            Ok(ExitCode::SUCCESS)
        }
        Command::Status { config, erasures } => {
            let (config, plan) = plan::read(&config)?;
            let sound = status(&plan.keys)?;
            if erasures {
                unfinished(plan, config.keys.backup_horizon_days)?;
            }
            Ok(sound)
        }
        Command::Rotate { config, bucket } => {
            let (_, plan) = plan::read(&config)?;
            for kek in rotate(&plan.keys, bucket.as_deref())? {
                println!("{kek}  made");
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Rewrap { config } => {
            let (_, plan) = plan::read(&config)?;
            let folder = plan.keys.clone();
            let rows = beside(plan, |service, runtime| runtime.block_on(keep_keys::rewrap(service, &folder)))?;
            println!("{rows} rows wrapped anew");
            Ok(ExitCode::SUCCESS)
        }
        Command::Destroy { config, kek } => {
            let (config, plan) = plan::read(&config)?;
            let kek: KekId = kek.parse().map_err(|_| Failed::from("this is no key's name".to_owned()))?;
            let (folder, horizon) = (plan.keys.clone(), config.keys.backup_horizon_days);
            let provider = FileKeks::open(&folder, Mode::Serve)?;
            beside(plan, |service, runtime| {
                runtime.block_on(keep_keys::destroy(service, &provider, &folder, kek, horizon))
            })?;
            println!("{kek}  destroyed");
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn rotate(folder: &Path, bucket: Option<&str>) -> Result<Vec<KekId>, Failed> {
    let buckets: BTreeSet<Bucket> = match bucket {
        Some(text) => [text.parse().map_err(|()| Failed::from("a quarter is written as 2033-Q1".to_owned()))?].into(),
        None => key_folder::status(folder)?.into_iter().map(|known| known.kek.bucket).collect(),
    };
    let mut made = Vec::new();
    for bucket in buckets {
        made.extend(key_folder::rotate(folder, Mode::Serve, bucket)?);
    }
    Ok(made)
}

/// On the service's database, which may be running.
pub fn beside<T, E: std::fmt::Display>(
    plan: Plan,
    work: impl FnOnce(&Service, &Runtime) -> Result<T, E>,
) -> Result<T, Failed> {
    let composed = compose_beside(plan)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = work(&composed.service, &runtime);
    drop(composed);
    done.map_err(|error| Failed::from(error.to_string()))
}

fn unfinished(plan: Plan, horizon: u16) -> Result<(), Failed> {
    let folder = plan.keys.clone();
    let (census, waits) = beside(plan, |service, _| {
        Ok::<_, KeysError>((keep_keys::census(service)?, keep_keys::unfinished(service, &folder, horizon)?))
    })?;
    for (kek, rows) in census {
        println!("{kek}  {rows} rows live under it");
    }
    for (kek, (erasures, why)) in &waits {
        let why = match why {
            Waiting::InUse(rows) => format!("{rows} rows live under it: run `keys rotate` and `keys rewrap`"),
            Waiting::NotRetired => "run `keys rewrap`".to_owned(),
            Waiting::Until(on) => format!("it can be destroyed from {on} on"),
        };
        println!("{kek}  {erasures} erasures are not complete until it is destroyed: {why}");
    }
    if waits.is_empty() {
        println!("every erasure is complete");
    }
    Ok(())
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
