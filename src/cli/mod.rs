//! Commands, one a file. Every command that touches case data opens a session as a named principal;
//! those that only look at files, keys or exports open none.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to the person who typed it")]

mod check_config;
mod demo;
mod keys;
mod ledger;
mod migrate;
mod plan;
mod policy;
#[cfg(feature = "prover")]
mod prove;
mod register;
mod serve;
mod suspend;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "channel-panel", version, about = "Case management for Channel panels: sealed, redacted and recorded")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API
    Serve {
        #[arg(long)]
        config: PathBuf,
    },
    /// Make a synthetic borough in a folder of its own and serve it on loopback
    Demo(demo::Options),
    /// Bring the database's schema up to this program's
    Migrate {
        #[arg(long)]
        config: PathBuf,
    },
    /// Read a configuration and say what is wrong with it
    CheckConfig {
        #[arg(long)]
        config: PathBuf,
    },
    /// Make or look at the key folder and the log's signing key
    #[command(subcommand)]
    Keys(keys::Command),
    /// Take panels, agencies, people, memberships and agreements into the registry from a JSON file
    Register {
        #[arg(long)]
        config: PathBuf,
        file: PathBuf,
    },
    /// Shut a person, a system or an issuer out, at once and on every instance
    Suspend(suspend::Options),
    /// End a suspension
    Reinstate(suspend::Options),
    /// Export the access log, or verify an export without database or network
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Check the policies, print the matrices they make, explain a decision, prove what can never be
    #[command(subcommand)]
    Policy(policy::Command),
    /// Print the OpenAPI 3.1 document
    Openapi,
    /// Print the transition table as Markdown
    Transitions,
}

/// Why a command failed, in one line for the person who typed it; and its exit code.
#[derive(Debug)]
pub struct Failed {
    message: String,
    code: u8,
}

impl<E: std::fmt::Display> From<E> for Failed {
    fn from(error: E) -> Self {
        Failed { message: error.to_string(), code: 1 }
    }
}

impl Failed {
    /// The command could not even begin: exit code 2.
    fn unusable(message: impl Into<String>) -> Self {
        Failed { message: message.into(), code: 2 }
    }
}

/// Runs the command that was typed.
pub fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(failed) => {
            eprintln!("channel-panel: {}", failed.message);
            ExitCode::from(failed.code)
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Failed> {
    match command {
        Command::Serve { config } => serve::run(&config),
        Command::Demo(options) => demo::run(&options),
        Command::Migrate { config } => migrate::run(&config),
        Command::CheckConfig { config } => check_config::run(&config),
        Command::Keys(command) => keys::run(command),
        Command::Register { config, file } => register::run(&config, &file),
        Command::Suspend(options) => suspend::run(&options, true),
        Command::Reinstate(options) => suspend::run(&options, false),
        Command::Ledger(command) => ledger::run(command),
        Command::Policy(command) => policy::run(command),
        Command::Openapi => {
            println!("{}", serde_json::to_string_pretty(&crate::api::openapi::document())?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Transitions => {
            print!("{}", crate::casework::transitions::document());
            Ok(ExitCode::SUCCESS)
        }
    }
}
