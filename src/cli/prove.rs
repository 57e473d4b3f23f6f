//! `policy prove`: every theorem and every policy's health, put to the solver. It must never exit with 0 where anything
//! was refuted, proved nothing, or was not answered.

use super::Failed;
use crate::access::Policies;
use crate::prover::{Fault, Ground, Outcome, Theorem, Verdict, prove, share, workers};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

#[derive(Debug, Args)]
pub struct Options {
    /// A file of policies to try: each takes the place of its namesake, or stands beside the others
    #[arg(long, value_name = "FILE")]
    with: Vec<PathBuf>,
    /// Only these theorems
    #[arg(value_name = "THEOREM")]
    only: Vec<String>,
}

pub fn run(policies: &Policies, options: &Options) -> Result<ExitCode, Failed> {
    let begun = Instant::now();
    let mut amended = policies.clone();
    for file in &options.with {
        let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        amended = amended.amended(&file.display().to_string(), &text)?;
    }
    let ground = Ground::new(&amended)?;
    let theorems = chosen(&options.only)?;
    let outcomes = prove(&ground, &theorems)?;
    for (theorem, outcome) in theorems.iter().zip(&outcomes) {
        show(theorem, outcome);
    }
    let held = outcomes.iter().filter(|outcome| matches!(outcome.verdict, Verdict::Holds { .. })).count();
    println!("\n{held} of {} theorems hold", theorems.len());
    let ill = if options.only.is_empty() { ailing(&ground)? } else { 0 };
    println!("in {:.1} s", begun.elapsed().as_secs_f64());
    Ok(if held == theorems.len() && ill == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn chosen(only: &[String]) -> Result<Vec<Theorem>, Failed> {
    let mut theorems = Theorem::all()?;
    if let Some(unknown) = only.iter().find(|name| !theorems.iter().any(|theorem| theorem.id() == *name)) {
        return Err(Failed::unusable(format!("there is no theorem {unknown}")));
    }
    theorems.retain(|theorem| only.is_empty() || only.iter().any(|name| name == theorem.id()));
    Ok(theorems)
}

fn show(theorem: &Theorem, outcome: &Outcome) {
    let time = outcome.time.as_secs_f64();
    match &outcome.verdict {
        Verdict::Holds { kinds } => println!("holds    {} ({kinds} kinds of request, {time:.2} s)", theorem.id()),
        Verdict::Vacuous => println!("VACUOUS  {} (speaks of no request, {time:.2} s)", theorem.id()),
        Verdict::Refuted(_) => println!("REFUTED  {} ({time:.2} s)", theorem.id()),
    }
    println!("         {}", theorem.claim());
    if let Verdict::Refuted(counterexample) = &outcome.verdict {
        counterexample.to_string().lines().for_each(|line| println!("         | {line}"));
    }
}

/// Names every policy that is dead or errs, and counts them.
fn ailing(ground: &Ground) -> Result<usize, Failed> {
    let policies: Vec<_> = ground.set().policies().cloned().collect();
    let faults = share(&policies, workers(), |prover, policy| prover.fault(ground, policy))?;
    for (policy, fault) in policies.iter().zip(&faults) {
        match fault {
            Some(Fault::Dead) => println!("DEAD     {}: it never makes a difference", policy.id()),
            Some(Fault::Errs(kind)) => println!("ERRS     {}: in {kind}", policy.id()),
            None => {}
        }
    }
    let ill = faults.iter().flatten().count();
    println!("{} of {} policies are alive and never err", policies.len().saturating_sub(ill), policies.len());
    Ok(ill)
}
