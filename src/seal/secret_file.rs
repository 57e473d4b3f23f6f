//! Files that hold one key: made whole or not at all, read only if nobody else could have.
//! It must never print what a file holds, follow a link, or "repair" a mode: a key that others could read is spent.

use super::SecretKey;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use thiserror::Error;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What is wrong with a key file or its folder. Says the rule, never a byte of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Fault {
    #[error("is missing")]
    Missing,
    #[error("must be a plain file, not a link or anything else")]
    NotAFile,
    #[error("must be a folder")]
    NotAFolder,
    #[error(
        "must have mode 0600 (folder: 0700); somebody else may have read it, so replace the key rather than the mode"
    )]
    Mode,
    #[error("must belong to the user that runs the service")]
    Owner,
    #[error("does not hold one key in the expected form")]
    Form,
    #[error("holds the key of another name")]
    Name,
    #[error("was destroyed")]
    Destroyed,
    #[error("cannot be read")]
    Unreadable,
    #[error("cannot be written")]
    Unwritable,
    #[error("belongs to a demonstration, which must not be served")]
    Demo,
    #[error("was not made by a demonstration, which may use only its own")]
    NotDemo,
}

/// The effective user of this process. From `/proc`, because asking the C library needs `unsafe`.
pub(super) fn own_uid() -> Result<u32, Fault> {
    let status = fs::read_to_string("/proc/self/status").map_err(|_| Fault::Owner)?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("Uid:"))
        .and_then(|ids| ids.split_whitespace().nth(1))
        .and_then(|effective| effective.parse().ok())
        .ok_or(Fault::Owner)
}

/// Whether a file with this mode and owner is ours alone.
pub(super) fn ours_alone(mode: u32, owner: u32, expected_mode: u32, uid: u32) -> Result<(), Fault> {
    if owner != uid {
        return Err(Fault::Owner);
    }
    if mode & 0o7777 == expected_mode { Ok(()) } else { Err(Fault::Mode) }
}

fn check_file(meta: &Metadata, uid: u32) -> Result<(), Fault> {
    if !meta.is_file() {
        return Err(Fault::NotAFile);
    }
    ours_alone(meta.permissions().mode(), meta.uid(), 0o600, uid)
}

pub(super) fn check_folder(path: &Path, uid: u32) -> Result<(), Fault> {
    let meta = fs::symlink_metadata(path).map_err(missing)?;
    if !meta.is_dir() {
        return Err(Fault::NotAFolder);
    }
    ours_alone(meta.permissions().mode(), meta.uid(), 0o700, uid)
}

fn missing(error: io::Error) -> Fault {
    if error.kind() == io::ErrorKind::NotFound { Fault::Missing } else { Fault::Unreadable }
}

/// Which bytes a file held when it was read: any replacement or rewriting changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp(u64, u64, i64, i64, i64, i64);

fn stamp(meta: &Metadata) -> Stamp {
    Stamp(meta.dev(), meta.ino(), meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec())
}

/// Looks at a key file without reading it.
pub(super) fn inspect(path: &Path, uid: u32) -> Result<Stamp, Fault> {
    let meta = fs::symlink_metadata(path).map_err(missing)?;
    check_file(&meta, uid)?;
    Ok(stamp(&meta))
}

/// Reads a small file after checking the very file that was opened, not only its name.
pub(super) fn read(path: &Path, uid: u32) -> Result<(Zeroizing<Vec<u8>>, Stamp), Fault> {
    let named = fs::symlink_metadata(path).map_err(missing)?;
    check_file(&named, uid)?;
    let file = File::open(path).map_err(missing)?;
    let meta = file.metadata().map_err(|_| Fault::Unreadable)?;
    check_file(&meta, uid)?;
    // A link put in place between the two looks would show another inode.
    if (named.dev(), named.ino()) != (meta.dev(), meta.ino()) {
        return Err(Fault::NotAFile);
    }
    // Room enough that the buffer never grows: growing would leave a copy of the key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(1024));
    file.take(512).read_to_end(&mut bytes).map_err(|_| Fault::Unreadable)?;
    Ok((bytes, stamp(&meta)))
}

/// The lines of a small file of words: under the same rules as a key.
///
/// # Errors
/// `Fault`.
pub fn lines(path: &Path) -> Result<Vec<Zeroizing<String>>, Fault> {
    let (bytes, _) = read(path, own_uid()?)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Fault::Form)?;
    if bytes.len() >= 512 || text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Fault::Form);
    }
    Ok(text.lines().map(|line| Zeroizing::new(line.to_owned())).collect())
}

/// Writes a file that did not exist, whole and durable, or not at all. `Ok(false)`: one of that name is there already.
pub(super) fn create(folder: &Path, name: &str, content: &[u8]) -> Result<bool, Fault> {
    let temporary = folder.join(format!(".{}.new", Uuid::new_v4().simple()));
    let made = write_new(&temporary, content).and_then(|()| {
        // A hard link refuses an existing name and shows the file only when it is whole.
        match fs::hard_link(&temporary, folder.join(name)) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(e) => Err(e),
        }
    });
    let gone = fs::remove_file(&temporary);
    let made = made.map_err(|_| Fault::Unwritable)?;
    gone.map_err(|_| Fault::Unwritable)?;
    sync_folder(folder)?;
    Ok(made)
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

pub(super) fn sync_folder(folder: &Path) -> Result<(), Fault> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(|_| Fault::Unwritable)
}

/// Makes the folder with mode 0700, or checks the one that is there.
pub(super) fn ensure_folder(path: &Path, uid: u32) -> Result<(), Fault> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        Err(_) => return Err(Fault::Unwritable),
    }
    check_folder(path, uid)
}

/// Overwrites a key with zeros and removes it. On copy-on-write or flash storage old blocks may survive: such a host
/// needs an encrypted volume, and its backups of this folder an end of their own.
pub(super) fn shred(folder: &Path, name: &str) -> Result<(), Fault> {
    let path = folder.join(name);
    let mut file = OpenOptions::new().write(true).open(&path).map_err(missing)?;
    let length = file.metadata().map_err(|_| Fault::Unwritable)?.len().min(4096);
    let zeros = vec![0u8; usize::try_from(length).unwrap_or(4096)];
    file.write_all(&zeros).and_then(|()| file.sync_all()).map_err(|_| Fault::Unwritable)?;
    fs::remove_file(&path).map_err(|_| Fault::Unwritable)?;
    sync_folder(folder)
}

const HEX: &[u8; 16] = b"0123456789abcdef";

pub(super) fn hex(bytes: &[u8]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(bytes.len().saturating_mul(2)));
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            out.push(HEX.get(usize::from(nibble)).copied().map_or('0', char::from));
        }
    }
    out
}

/// Lower-case hex of exactly 32 bytes.
pub(super) fn unhex(text: &str) -> Result<SecretKey, Fault> {
    let nibble = |c: u8| HEX.iter().position(|h| *h == c).and_then(|i| u8::try_from(i).ok()).ok_or(Fault::Form);
    if text.len() != 64 {
        return Err(Fault::Form);
    }
    SecretKey::fill_with(|out| {
        for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let (Some(high), Some(low)) = (pair.first(), pair.last()) else { return Err(Fault::Form) };
            *byte = nibble(*high)? << 4 | nibble(*low)?;
        }
        Ok(())
    })
}
