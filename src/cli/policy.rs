//! `policy …`: what the policies say, without a case. None of these touches a database or is given a real person's facts.

use super::Failed;
use crate::access::action::Action;
use crate::access::explain::Situation;
use crate::access::{Policies, matrix, verb_matrix};
use crate::casework::category::Category;
use crate::casework::role::{Role, Unit};
use clap::{Args, Subcommand, ValueEnum};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Validate every policy strictly against the schema
    Check,
    /// Print who reads and writes which category at which stage, and who does what else
    Matrix,
    /// Say which policy decides, for a made-up member before a made-up case
    Explain(Question),
    /// Prove what the policies can never allow (needs cvc5); exit code 0 only if all of it holds
    #[cfg(feature = "prover")]
    Prove(super::prove::Options),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Verb {
    Read,
    Write,
}

#[derive(Debug, Args)]
pub struct Question {
    /// As in the matrix: mash, social_care, health, police, council, chair, ...
    #[arg(long, value_parser = named::<Role>)]
    role: Role,
    /// Of police: counter_terrorism or local
    #[arg(long, value_parser = named::<Unit>)]
    unit: Option<Unit>,
    #[arg(long, value_parser = named::<Category>)]
    category: Category,
    #[arg(long)]
    verb: Verb,
    /// A fact other than assumed (all conditions met, every part in a case at stage panel), such as stage=closed
    #[arg(long = "fact", value_name = "NAME=VALUE")]
    facts: Vec<String>,
}

fn named<T: std::str::FromStr<Err = ()>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|()| "there is no such name".to_owned())
}

pub fn run(command: Command) -> Result<ExitCode, Failed> {
    let policies = Policies::load()?;
    match command {
        Command::Check => println!("{} policies, all valid", policies.ids().len()),
        Command::Matrix => print!("{}\n{}", matrix::render(&policies), verb_matrix::render(&policies)),
        Command::Explain(question) => explain(&policies, &question)?,
        #[cfg(feature = "prover")]
        Command::Prove(options) => return super::prove::run(&policies, &options),
    }
    Ok(ExitCode::SUCCESS)
}

fn explain(policies: &Policies, question: &Question) -> Result<(), Failed> {
    let mut situation = Situation::new(question.role, question.unit);
    for fact in &question.facts {
        situation.tell(fact).map_err(|fault| Failed::unusable(fault.to_string()))?;
    }
    let action = match question.verb {
        Verb::Read => Action::Read(question.category),
        Verb::Write => Action::Write(question.category),
    };
    let said = situation.explain(policies, action);
    println!("{} {}", action.name(), if said.allowed { "allowed" } else { "denied" });
    match said.by.as_slice() {
        [] => println!("no policy permits it"),
        by => by.iter().for_each(|(file, id)| {
            println!("{} {id} (policies/{file})", if said.allowed { "by" } else { "forbidden by" })
        }),
    }
    Ok(())
}
