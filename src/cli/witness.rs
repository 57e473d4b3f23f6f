//! `ledger witness …`: to be a witness of another authority's log, by the rules of C2SP tlog-witness, with requests as files or over HTTP.
//! It must never cosign what it cannot remember: its folder is its word.

use super::{Failed, witness_serve};
use crate::clock::Clock;
use crate::ledger::note::{Speaker, VKey};
use crate::ledger::signer::{create_witness_key, load_witness_key};
use crate::ledger::witness::Witness;
use clap::Subcommand;
use std::fs::DirBuilder;
use std::io::Read;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// In the witness's folder.
const KEY: &str = "witness.key";

/// More than any request.
const MOST: u64 = 1 << 21;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the witness's key in a folder of its own, and print its public key
    Init {
        folder: PathBuf,
        /// A schemaless URL without spaces, unique to this witness
        #[arg(long)]
        name: String,
    },
    /// Cosign the checkpoint of a request (a file, or standard input) and print the signature line; exit code 1 if refused
    Cosign {
        folder: PathBuf,
        #[arg(long)]
        name: String,
        /// The public key of a log that this witness knows
        #[arg(long, required = true)]
        log: Vec<String>,
        request: Option<PathBuf>,
    },
    /// Cosign over HTTP: `POST /add-checkpoint`, until told to stop
    Serve {
        folder: PathBuf,
        #[arg(long)]
        name: String,
        /// The public key of a log that this witness knows
        #[arg(long, required = true)]
        log: Vec<String>,
        /// Address and port on loopback; a proxy in front of it speaks TLS
        #[arg(long)]
        listen: SocketAddr,
    },
}

pub fn run(command: &Command) -> Result<ExitCode, Failed> {
    match command {
        Command::Init { folder, name } => {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            let key = create_witness_key(&folder.join(KEY), name)?;
            println!("{}", key.vkey());
        }
        Command::Cosign { folder, name, log, request } => {
            let bytes = bytes_of(request.as_deref())?;
            let witness = open(folder, name, log)?;
            print!("{}", witness.add_checkpoint(&bytes, Clock::default().instant())?);
        }
        Command::Serve { folder, name, log, listen } => {
            crate::telemetry::start();
            return witness_serve::run(open(folder, name, log)?, *listen);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn open(folder: &Path, name: &str, log: &[String]) -> Result<Witness, Failed> {
    let logs = keys(log, Speaker::Log, "--log")?;
    Ok(Witness::open(folder, load_witness_key(&folder.join(KEY), name)?, logs)?)
}

fn bytes_of(request: Option<&Path>) -> Result<Vec<u8>, Failed> {
    let mut bytes = Vec::new();
    match request {
        Some(path) => {
            let file = std::fs::File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
            file.take(MOST).read_to_end(&mut bytes)?;
        }
        None => {
            std::io::stdin().take(MOST).read_to_end(&mut bytes)?;
        }
    }
    Ok(bytes)
}

/// Verifier keys that were typed, of those who speak so.
pub fn keys(texts: &[String], speaker: Speaker, option: &str) -> Result<Vec<VKey>, Failed> {
    let key = |text: &String| text.parse::<VKey>().ok().filter(|key| key.speaker() == speaker);
    let keys: Option<Vec<VKey>> = texts.iter().map(key).collect();
    let kind = if speaker == Speaker::Log { "a log" } else { "a witness" };
    keys.ok_or_else(|| Failed::unusable(format!("{option}: it is not the verifier key (name+hash+base64) of {kind}")))
}
