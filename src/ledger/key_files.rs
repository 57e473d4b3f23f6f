//! The log's key files, in the signer's folder: the key that signs, and beside it, while the log changes its key, the next.
//! At no moment may there be no current key, nor two that nobody announced.

use crate::ledger::note::{LogKey, VKey};
use crate::ledger::signer::{SignerError, create_key, load_key};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The key that signs.
pub const LOG_KEY: &str = "log.key";
/// The one that signs beside it and will take its place.
pub const NEXT_KEY: &str = "log.key.next";

/// As they are in the folder.
#[derive(Debug)]
pub struct LogKeys {
    pub current: LogKey,
    pub next: Option<LogKey>,
}

impl LogKeys {
    /// Their public keys: either is to be believed of what both sign.
    pub fn vkeys(&self) -> Vec<VKey> {
        std::iter::once(&self.current).chain(&self.next).map(|key| key.vkey().clone()).collect()
    }
}

/// # Errors
/// `KeyFile` where one is open to others; the files.
pub fn load_keys(folder: &Path, origin: &str) -> Result<LogKeys, SignerError> {
    let next = folder.join(NEXT_KEY);
    let next = if fs::exists(&next)? { Some(load_key(&next, origin)?) } else { None };
    Ok(LogKeys { current: load_key(&folder.join(LOG_KEY), origin)?, next })
}

/// Makes the next key, or gives the one that was made: a rotation that broke off goes on.
///
/// # Errors
/// The files.
pub fn make_next(folder: &Path, origin: &str) -> Result<VKey, SignerError> {
    match load_keys(folder, origin)?.next {
        Some(next) => Ok(next.vkey().clone()),
        None => Ok(create_key(&folder.join(NEXT_KEY), origin)?.vkey().clone()),
    }
}

/// The next key takes the current one's place, which is kept under a name that says its id, or gone.
///
/// # Errors
/// The files; `KeyFile` where there is no next.
pub fn promote(folder: &Path, origin: &str, destroy: bool) -> Result<Option<PathBuf>, SignerError> {
    let LogKeys { current, next } = load_keys(folder, origin)?;
    if next.is_none() {
        return Err(SignerError::KeyFile);
    }
    let (log, retired) = (folder.join(LOG_KEY), folder.join(format!("{LOG_KEY}.retired-{:08x}", current.vkey().id())));
    if !destroy {
        match fs::hard_link(&log, &retired) {
            // Left by a run that broke off.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            linked => linked?,
        }
    }
    // In one step: at no moment is there no key.
    fs::rename(folder.join(NEXT_KEY), &log)?;
    File::open(folder)?.sync_all()?;
    Ok((!destroy).then_some(retired))
}
