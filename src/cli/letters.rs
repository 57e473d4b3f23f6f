//! `letters`: what the outbox could not send, and a second chance for what was refused. It must never print an address.

use super::{Failed, plan};
use crate::app::compose::compose_beside;
use crate::app::notices::unsent;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct Options {
    #[arg(long)]
    config: PathBuf,
    /// Try what was refused once more: after an address was mended, or the server's rules
    #[arg(long)]
    again: bool,
}

pub fn run(options: &Options) -> Result<ExitCode, Failed> {
    let (_, plan) = plan::read(&options.config)?;
    let composed = compose_beside(plan)?;
    let failed = |_| Failed::from("the outbox cannot be read");
    if options.again {
        let count = unsent::again(&composed.service).map_err(failed)?;
        println!("{count} to be tried again");
    }
    for row in unsent::list(&composed.service).map_err(failed)? {
        let (id, person, kind, state) = (row.id, row.person, row.kind, row.state.name());
        println!("{id} {kind} to person {person}: {state}, {} tries, made {}", row.attempts, row.made_at.rfc3339());
    }
    drop(composed);
    Ok(ExitCode::SUCCESS)
}
