//! Commands, one a file. Every command that touches case data opens a session as a named principal;
//! those that only look at files, keys or exports open none.

/// The commands' own, in place of `std`'s, which panics where the reader has gone: `ledger verify … | head` must not.
macro_rules! println {
    () => { $crate::cli::say(format_args!("\n")) };
    ($($text:tt)*) => { $crate::cli::say(format_args!("{}\n", format_args!($($text)*))) };
}

macro_rules! print {
    ($($text:tt)*) => { $crate::cli::say(format_args!($($text)*)) };
}

mod check_config;
mod demo;
mod demo_clock;
mod jobs;
mod keys;
mod ledger;
mod letters;
mod migrate;
mod plan;
mod policy;
#[cfg(feature = "prover")]
mod prove;
mod register;
mod rotate_key;
mod serve;
mod suspend;
mod verify;
mod watch;
mod witness;
mod witness_serve;

use clap::{Parser, Subcommand};
use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

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
    /// Move the calendar of a demonstration, so that a month may pass
    DemoClock(demo_clock::Options),
    /// Do what time brings
    #[command(subcommand)]
    Jobs(jobs::Command),
    /// List the letters that were not sent, and try again what was refused
    Letters(letters::Options),
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

/// Whether something that was to be printed is lost, and not because nobody wants it.
static LOST: AtomicBool = AtomicBool::new(false);

/// A closed pipe is the reader's end of it, not ours: the command goes on in silence and keeps its exit code.
fn heard(written: io::Result<()>) {
    if written.is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe) {
        LOST.store(true, Ordering::Relaxed);
    }
}

/// Prints on standard output.
pub(crate) fn say(text: fmt::Arguments<'_>) {
    heard(io::stdout().write_fmt(text));
}

/// Runs the command that was typed.
pub fn main() -> ExitCode {
    let mut done = run(Cli::parse().command);
    heard(io::stdout().flush());
    if done.is_ok() && LOST.load(Ordering::Relaxed) {
        done = Err(Failed::from("standard output cannot be written"));
    }
    done.unwrap_or_else(|failed| {
        // Where standard error is closed too, the exit code is all that can be said.
        let _ = writeln!(io::stderr(), "channel-panel: {}", failed.message);
        ExitCode::from(failed.code)
    })
}

fn run(command: Command) -> Result<ExitCode, Failed> {
    match command {
        Command::Serve { config } => serve::run(&config),
        Command::Demo(options) => demo::run(&options),
        Command::DemoClock(options) => demo_clock::run(&options),
        Command::Jobs(command) => jobs::run(&command),
        Command::Letters(options) => letters::run(&options),
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
