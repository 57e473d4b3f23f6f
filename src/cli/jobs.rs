//! `jobs run`: what time brings, done once and now, beside the running service or while it is down.
//! It must never do a thing that the service's own turns would not.

use super::{Failed, plan};
use crate::app::compose::compose_beside;
use crate::app::jobs;
use clap::Subcommand;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Do what is to be done today: twice, late or beside a running service comes to the same
    Run {
        #[arg(long)]
        config: PathBuf,
    },
}

pub fn run(command: &Command) -> Result<ExitCode, Failed> {
    let Command::Run { config } = command;
    let (_, plan) = plan::read(config)?;
    crate::telemetry::start();
    let composed = compose_beside(plan)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(jobs::once(&composed.service));
    drop(composed);
    if done {
        println!("done");
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failed::from("not all could be done; the log lines say which, and it is tried again at the next run"))
}
