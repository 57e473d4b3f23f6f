//! Small files that must outlive a power cut: the signer's memory, a witness's, what was delivered.
//! None may ever be found half written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// A state has at most 64 subtree roots of 65 bytes; a key file some 83 bytes.
pub(crate) const MAX_FILE: u64 = 8_192;

/// Writes beside, syncs, renames, syncs the directory: after a power cut the old bytes or the new are there, whole.
pub(crate) fn replace(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    replace_as(dir, name, bytes, 0o600)
}

/// The same, for others to read where `mode` says so.
pub(crate) fn replace_as(dir: &Path, name: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
    let beside = dir.join(format!("{name}.new"));
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(mode).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, dir.join(name))?;
    File::open(dir)?.sync_all()
}

/// A file that somebody keeps at a path of their own.
pub(crate) fn replace_path(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().and_then(|name| name.to_str()).ok_or(io::ErrorKind::InvalidInput)?;
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    replace_as(dir, name, bytes, 0o644)
}

pub(crate) fn read_small(path: &Path) -> io::Result<Vec<u8>> {
    read_most(path, MAX_FILE)
}

/// A longer file is cut, and no whole note, request or state is left of it.
pub(crate) fn read_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
