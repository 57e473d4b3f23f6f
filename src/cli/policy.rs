//! `policy check` and `policy matrix`: what the policies say, without a case. Neither touches a database.

use super::Failed;
use crate::access::{Policies, matrix};
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Validate every policy strictly against the schema
    Check,
    /// Print who reads and writes which category at which stage
    Matrix,
}

pub fn run(command: Command) -> Result<ExitCode, Failed> {
    let policies = Policies::load()?;
    match command {
        Command::Check => println!("{} policies, all valid", policies.ids().len()),
        Command::Matrix => print!("{}", matrix::render(&policies)),
    }
    Ok(ExitCode::SUCCESS)
}
