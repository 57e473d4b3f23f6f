//! How the log is named, kept, signed and sent out.
//! It must never take a setting that would have two sign one log, or have the log wait for a word that nobody can give.

use super::ConfigError;
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// The log's origin line (C2SP tlog-checkpoint), unique to this log: a schemaless URL.
    pub origin: String,
    /// Where the signer keeps its key and its own memory, outside the database.
    pub signer_directory: PathBuf,
    #[serde(default = "default_sequence_ms")]
    pub sequence_every_ms: u64,
    /// False for every instance but one: there is one signer for a log.
    #[serde(default = "yes")]
    pub signs: bool,
    /// Public keys of witnesses: whose word is waited for.
    #[serde(default)]
    pub witnesses: Vec<String>,
    /// How many of them must have cosigned a checkpoint before it counts.
    #[serde(default)]
    pub cosignatures_required: usize,
    /// Years for which entries keep their bodies: from when they were made, and of cases from their erasure.
    #[serde(default = "default_keep_years")]
    pub keep_years: u32,
    /// Where checkpoints go. They stay on this host without.
    pub delivery: Option<Delivery>,
}

/// Checkpoints leave the host, or whoever has the host has the log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// A folder, on another machine's disk, to which each is written as a file.
    pub directory: Option<PathBuf>,
    /// A program and its arguments, without a shell, that takes each on its standard input and ends with 0.
    #[serde(default)]
    pub command: Vec<String>,
    #[serde(default)]
    pub command_takes: Sends,
    /// Seconds after which the program is ended and nothing was delivered.
    #[serde(default = "default_command_seconds")]
    pub command_seconds: u16,
    #[serde(default = "default_every")]
    pub every_minutes: u32,
    /// A folder in which witnesses' signature lines arrive, as files `SIZE.ANYTHING`.
    pub cosignatures: Option<PathBuf>,
    /// Minutes without a delivery after which readiness says so.
    #[serde(default = "default_overdue")]
    pub overdue_minutes: u32,
}

/// What the program reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sends {
    /// The signed note.
    #[default]
    Checkpoint,
    /// What a witness is asked (C2SP tlog-witness, add-checkpoint), which ends in the note.
    Request,
}

fn default_sequence_ms() -> u64 {
    200
}

fn yes() -> bool {
    true
}

fn default_keep_years() -> u32 {
    6
}

fn default_command_seconds() -> u16 {
    60
}

fn default_every() -> u32 {
    10
}

fn default_overdue() -> u32 {
    60
}

impl Ledger {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let rule = |key, rule| Err(ConfigError::Rule { key, rule });
        if self.origin.trim().is_empty() || self.origin.contains([' ', '\n', '+']) {
            return rule("ledger.origin", "must be a schemaless URL without spaces or '+'");
        }
        if self.cosignatures_required > self.witnesses.len() {
            return rule("ledger.cosignatures_required", "must be at most as many as there are witnesses");
        }
        if self.cosignatures_required == 0 && !self.witnesses.is_empty() {
            return rule("ledger.cosignatures_required", "must say how many of the witnesses are waited for");
        }
        if !(1..=100).contains(&self.keep_years) {
            return rule("ledger.keep_years", "must be from 1 to 100");
        }
        let arrive = self.delivery.as_ref().is_some_and(|delivery| delivery.cosignatures.is_some());
        if self.signs && arrive != (self.cosignatures_required > 0) {
            return rule("ledger.delivery.cosignatures", "goes with [ledger] witnesses and cosignatures_required");
        }
        match &self.delivery {
            Some(_) if !self.signs => rule("ledger.delivery", "belongs to the instance that signs"),
            Some(delivery) => delivery.check(),
            None => Ok(()),
        }
    }
}

impl Delivery {
    fn check(&self) -> Result<(), ConfigError> {
        let rule = |key, rule| Err(ConfigError::Rule { key, rule });
        if self.directory.is_none() && self.command.is_empty() {
            return rule("ledger.delivery", "must have a `directory`, a `command` or both");
        }
        if self.command.first().is_some_and(|program| !program.starts_with('/')) {
            return rule("ledger.delivery.command", "must begin with the absolute path of a program");
        }
        if !(1..=600).contains(&self.command_seconds) {
            return rule("ledger.delivery.command_seconds", "must be from 1 to 600");
        }
        if self.every_minutes == 0 {
            return rule("ledger.delivery.every_minutes", "must be a minute at least");
        }
        if self.overdue_minutes <= self.every_minutes {
            return rule("ledger.delivery.overdue_minutes", "must be longer than every_minutes");
        }
        Ok(())
    }
}
