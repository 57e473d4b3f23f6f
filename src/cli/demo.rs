//! `demo`: a synthetic borough in a folder of its own, served on loopback. It must never touch a folder it did not make.

use super::Failed;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct Options {
    /// The folder; made if it is not there
    #[arg(long)]
    pub data: PathBuf,
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Agencies and people, but no cases
    #[arg(long)]
    pub empty: bool,
}

pub fn run(options: &Options) -> Result<ExitCode, Failed> {
    let _ = options;
    Err(Failed::unusable("not yet"))
}

/// Database address, signer's folder and origin of a demonstration.
pub fn places(data: &Path) -> Result<(String, PathBuf, String), Failed> {
    Ok((format!("sqlite:{}", data.join("panel.db").display()), data.join("signer"), ORIGIN.to_owned()))
}

pub const ORIGIN: &str = "demo.channel-panel.example/log";
