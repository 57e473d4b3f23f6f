//! `ledger watch`: one look of an auditor, or of a sister authority, at another's log; to be run by a timer.
//! It must never let go of what it believed: the state is written only for a log that continues it.

use super::Failed;
use crate::clock::Clock;
use crate::ledger::body::hex;
use crate::ledger::dropped::DropFolder;
use crate::ledger::export::CHECKPOINT;
use crate::ledger::files::replace_path;
use crate::ledger::note::{self, Checkpoint, VKey};
use crate::ledger::report::Status;
use crate::ledger::verify::{Given, verify_given};
use crate::ledger::watch::{Followed, follow};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where checkpoints are found.
pub enum Source {
    /// A folder that `[ledger.delivery]` fills.
    Drop(PathBuf),
    /// A whole export.
    Export(PathBuf),
}

pub fn look(keys: &[VKey], state: &Path, source: &Source, stale_minutes: Option<u32>) -> Result<ExitCode, Failed> {
    let known = read(state, keys)?;
    let followed = match source {
        Source::Drop(folder) => by_drop(folder, keys, known.as_ref()),
        Source::Export(folder) => by_export(folder, keys, known.as_ref()),
    };
    let followed = match followed {
        Ok(followed) => followed,
        Err((said, code)) => {
            println!("{said}");
            return Ok(ExitCode::from(code));
        }
    };
    let Checkpoint { size, root, .. } = &followed.checkpoint;
    let known = known.map(|known| known.size);
    if known != Some(*size) {
        replace_path(state, followed.note.as_bytes()).map_err(|error| said_of(state, &error))?;
        match known {
            Some(known) => println!("GOOD: {size} entries, which continue the {known} known; root {}", hex(root)),
            None => println!("BEGUN: {size} entries, on the key's word alone; root {}", hex(root)),
        }
        return Ok(ExitCode::SUCCESS);
    }
    // The state is written when the log has grown, and at no other time.
    let since = std::fs::metadata(state)?.mtime();
    let minutes = Clock::default().instant().seconds().saturating_sub(since).div_euclid(60);
    if stale_minutes.is_some_and(|stale| minutes >= i64::from(stale)) {
        println!("STALE: nothing beyond {size} entries for {minutes} minutes");
        return Ok(ExitCode::from(1));
    }
    println!("GOOD: {size} entries, as known; root {}", hex(root));
    Ok(ExitCode::SUCCESS)
}

fn read(state: &Path, keys: &[VKey]) -> Result<Option<Checkpoint>, Failed> {
    match std::fs::read(state) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(said_of(state, &error)),
        Ok(bytes) => Ok(Some(note::open(&bytes, keys).map_err(|error| said_of(state, &error))?)),
    }
}

fn said_of(path: &Path, error: &dyn std::fmt::Display) -> Failed {
    Failed::unusable(format!("{}: {error}", path.display()))
}

/// The log that was followed, or what to say and the exit code.
type Look = Result<Followed, (String, u8)>;

fn by_drop(folder: &Path, keys: &[VKey], known: Option<&Checkpoint>) -> Look {
    let origin = keys.first().map(VKey::name).unwrap_or_default();
    follow(&DropFolder::of(folder, origin), keys, known).map_err(|alarm| (alarm.to_string(), alarm.exit_code()))
}

fn by_export(folder: &Path, keys: &[VKey], known: Option<&Checkpoint>) -> Look {
    let undecided = |error: &dyn std::fmt::Display| (format!("UNDECIDED: {error}"), Status::Unusable.exit_code());
    let given = Given { keys, known, now: Some(Clock::default().instant()), ..Given::default() };
    let report = verify_given(folder, &given);
    if !report.ok() {
        return Err((report.to_string(), report.status.exit_code()));
    }
    let bytes = std::fs::read(folder.join(CHECKPOINT)).map_err(|error| undecided(&error))?;
    let checkpoint = note::open(&bytes, keys).map_err(|error| undecided(&error))?;
    // Read again: it must still be the one that was judged.
    if (Some(checkpoint.size), Some(checkpoint.root)) != (report.size, report.root) {
        return Err(undecided(&"the export changed while it was verified"));
    }
    Ok(Followed { checkpoint, note: String::from_utf8_lossy(&bytes).into_owned() })
}
