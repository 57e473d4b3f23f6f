//! `suspend` and `reinstate`: a person, a system or an issuer, beside the running service. It must never print a name:
//! what it says ends in terminals and tickets.

use super::{Failed, plan};
use crate::access::{Issuer, PersonKind};
use crate::app::compose::compose_beside;
use crate::app::suspend::{Done, Who, Whom, suspend};
use crate::casework::ids::PersonId;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct Options {
    #[arg(long)]
    config: PathBuf,
    #[command(subcommand)]
    target: Target,
}

#[derive(Debug, Subcommand)]
enum Target {
    /// A person
    Person(Named),
    /// A partner's system
    System(Named),
    /// Everybody and everything that an issuer vouches for
    Issuer {
        /// As in the configuration
        url: String,
    },
}

/// By the id of the register, or by the sign-in.
#[derive(Args)]
struct Named {
    #[arg(required_unless_present = "subject", conflicts_with_all = ["issuer", "subject"])]
    id: Option<PersonId>,
    /// The token's `iss`
    #[arg(long, requires = "subject")]
    issuer: Option<String>,
    /// The token's `sub`
    #[arg(long, requires = "issuer")]
    subject: Option<String>,
}

impl std::fmt::Debug for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Named")
    }
}

impl Named {
    fn who(&self) -> Result<Who<'_>, Failed> {
        match (self.id, &self.issuer, &self.subject) {
            (Some(id), None, None) => Ok(Who::Id(id)),
            (None, Some(issuer), Some(subject)) => Ok(Who::SignIn { issuer, subject }),
            _ => Err(Failed::unusable("give an id, or --issuer and --subject")),
        }
    }
}

pub fn run(options: &Options, suspended: bool) -> Result<ExitCode, Failed> {
    let (_, plan) = plan::read(&options.config)?;
    let whom = match &options.target {
        Target::Person(named) => Whom::Person(PersonKind::Person, named.who()?),
        Target::System(named) => Whom::Person(PersonKind::System, named.who()?),
        Target::Issuer { url } => Whom::Issuer(configured(&plan.issuers, url)?),
    };
    let composed = compose_beside(plan)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(suspend(&composed.service, whom, suspended));
    drop(composed);
    let kind = whom.kind();
    match done.map_err(|error| format!("not done: {error}"))? {
        Done::Changed { row, version, since, request } => {
            let what = if suspended { "suspended" } else { "reinstated" };
            println!("{what}: {kind} {row}, version {version}, entry of request {request}");
            println!("in force on every instance for all requests since {}", since.rfc3339());
        }
        Done::Already { row, version } => {
            let what = if suspended { "is suspended already" } else { "is not suspended" };
            println!("nothing done: {kind} {row}, version {version}, {what}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A mistyped issuer would be suspended without any effect, and nobody would notice.
fn configured<'a>(issuers: &[Issuer], url: &'a str) -> Result<&'a str, Failed> {
    if issuers.iter().any(|known| known.issuer == url) {
        return Ok(url);
    }
    let known: Vec<&str> = issuers.iter().map(|known| known.issuer.as_str()).collect();
    Err(Failed::from(format!("the configuration has no such issuer; it has: {}", known.join(", "))))
}
