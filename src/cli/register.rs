//! `register`: takes a register into the registry, with its entry. It must never confirm what the file does not.

use super::{Failed, plan};
use crate::app::compose::compose_beside;
use crate::app::register::{Register, take_in};
use std::path::Path;
use std::process::ExitCode;

pub fn run(config: &Path, file: &Path) -> Result<ExitCode, Failed> {
    let (_, plan) = plan::read(config)?;
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let register: Register = serde_json::from_slice(&bytes).map_err(|error| {
        format!(
            "{}: line {}, column {}: does not have the form of a register",
            file.display(),
            error.line(),
            error.column()
        )
    })?;
    let composed = compose_beside(plan)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let taken = runtime.block_on(take_in(&composed.service, register));
    drop(composed);
    match taken {
        Ok(()) => {
            println!("taken in");
            Ok(ExitCode::SUCCESS)
        }
        Err(problem) => {
            let rules: Vec<String> = problem.violations.iter().map(|v| format!("{}: {}", v.field, v.message)).collect();
            Err(Failed::from(format!("not taken in: {} {}", problem.kind.slug(), rules.join("; "))))
        }
    }
}
