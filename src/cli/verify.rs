//! `ledger verify`: an export judged by what the auditor brings along, and the database by the export.
//! It must never trust anything that comes with the export, nor keep for the next time what was not good.

use super::Failed;
use crate::app::compare_export::against_database;
use crate::clock::Clock;
use crate::ledger::export::CHECKPOINT;
use crate::ledger::files::replace_path;
use crate::ledger::note::{self, Cosigned, VKey};
use crate::ledger::receipt::Receipt;
use crate::ledger::report::{Report, Status};
use crate::ledger::verify::{Given, verify_given};
use crate::store::Store;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What an auditor brings along, and asks for.
pub struct Asked {
    /// The log's keys, and witnesses'.
    pub keys: [Vec<VKey>; 2],
    pub known: Option<PathBuf>,
    pub receipts: Vec<PathBuf>,
    pub quorum: usize,
    pub partial: bool,
    /// Where the checkpoint goes for the next time.
    pub write_known: Option<PathBuf>,
    /// The database that is held to the export.
    pub database: Option<Store>,
}

pub fn check(folder: &Path, asked: &Asked) -> Result<ExitCode, Failed> {
    let [keys, witnesses] = &asked.keys;
    let known: Option<Cosigned> = match &asked.known {
        None => None,
        Some(path) => {
            let opened = note::open_cosigned(&kept(path)?, &asked.keys.concat());
            Some(opened.map_err(|error| said_of(path, &error))?)
        }
    };
    let receipts = asked.receipts.iter().map(|path| receipt(path, keys)).collect::<Result<Vec<_>, _>>()?;
    let known_by: Vec<String> = known.iter().flat_map(|known| known.witnesses.keys().cloned()).collect();
    let seen = std::io::stderr().is_terminal();
    let given = Given {
        keys,
        known: known.as_ref().map(|known| &known.checkpoint),
        now: Some(Clock::default().instant()),
        receipts: &receipts,
        witnesses,
        known_by: &known_by,
        quorum: asked.quorum,
        progress: seen.then_some(draw),
    };
    let report = verify_given(folder, &given);
    if seen {
        // Over the bar, so that the report begins a line.
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
    let mut report = if asked.partial { report } else { report.must_be_whole() };
    let amiss = match &asked.database {
        // Also where nothing can be said of a receipt: the log was read, and it says what the database must hold.
        Some(store) => against_database(store, &report, keys)?,
        None => Vec::new(),
    };
    if !amiss.is_empty() {
        report.status = Status::Bad;
    }
    println!("{report}");
    for found in &amiss {
        println!("{found}");
    }
    if asked.database.is_some() && amiss.is_empty() && report.size.is_some() {
        println!("database     holds this log, and every row is as far as it attests");
    }
    if let Some(path) = &asked.write_known {
        keep(folder, path, keys, &report)?;
    }
    Ok(ExitCode::from(report.status.exit_code()))
}

/// The checkpoint that was verified, for the next run's `--known`; with the cosignatures that came with it.
fn keep(folder: &Path, path: &Path, keys: &[VKey], report: &Report) -> Result<(), Failed> {
    if !report.ok() {
        println!("known        not written: what is not good is not held against the next export");
        return Ok(());
    }
    let bytes = kept(&folder.join(CHECKPOINT))?;
    let opened = note::open(&bytes, keys).map_err(|error| said_of(path, &error))?;
    // Read again: it must still be the one that was judged.
    if (Some(opened.size), Some(opened.root)) != (report.size, report.root) {
        return Err(Failed::unusable("the export changed while it was verified"));
    }
    replace_path(path, &bytes).map_err(|error| said_of(path, &error))?;
    println!("known        written to {}", path.display());
    Ok(())
}

/// Reads a file that was kept from an answer or an earlier verification.
fn kept(path: &Path) -> Result<Vec<u8>, Failed> {
    std::fs::read(path).map_err(|error| said_of(path, &error))
}

fn said_of(path: &Path, error: &dyn std::fmt::Display) -> Failed {
    Failed::unusable(format!("{}: {error}", path.display()))
}

fn receipt(path: &Path, keys: &[VKey]) -> Result<Receipt, Failed> {
    let bytes = kept(path)?;
    let line = String::from_utf8_lossy(&bytes);
    Receipt::open(line.strip_suffix('\n').unwrap_or(&line), keys).map_err(|error| said_of(path, &error))
}

const WIDTH: u64 = 40;

fn draw(at: u64, of: u64) {
    let _ = write!(std::io::stderr(), "\r{}", bar(at, of));
}

fn bar(at: u64, of: u64) -> String {
    let full = usize::try_from(at.min(of).saturating_mul(WIDTH).checked_div(of).unwrap_or(WIDTH)).unwrap_or(0);
    let rest = usize::try_from(WIDTH).unwrap_or(full).saturating_sub(full);
    format!("[{}{}] {at} of {of} entries", "#".repeat(full), ".".repeat(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_grows_from_empty_to_full_and_never_beyond() {
        assert_eq!(bar(0, 80), format!("[{}] 0 of 80 entries", ".".repeat(40)));
        assert_eq!(bar(41, 80), format!("[{}{}] 41 of 80 entries", "#".repeat(20), ".".repeat(20)));
        assert_eq!(bar(80, 80), format!("[{}] 80 of 80 entries", "#".repeat(40)));
        assert_eq!(bar(9, 0).matches('#').count(), 40);
        assert_eq!(bar(u64::MAX, u64::MAX).len(), bar(0, u64::MAX).len() + 19);
    }
}
