//! The folder of key files: making it, looking at it, and telling a demonstration's from a service's.
//! It must never show a key, replace one that exists, or make again one that was destroyed.

use super::aad::push;
use super::secret_file::{self, Fault};
use super::{Bucket, KekId, SecretKey};
use crate::casework::category::KeyDomain;
use chrono::NaiveDate;
use ring::hmac;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::Zeroizing;

pub(super) const ROOT: &str = "root-mac.key";
const DEMO: &str = "DEMO";
const FORM: &str = "cp-key-v1";

/// Whether real cases or a demonstration are sealed with these keys. Neither opens the other's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Serve,
    Demo,
}

/// A file or folder that cannot be used, by name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} {fault}", path.display())]
pub struct FolderError {
    pub path: PathBuf,
    pub fault: Fault,
}

impl FolderError {
    pub(super) fn at(path: impl Into<PathBuf>) -> impl FnOnce(Fault) -> Self {
        let path = path.into();
        move |fault| Self { path, fault }
    }
}

/// One KEK file as `keys status` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KekStatus {
    pub kek: KekId,
    /// `None`: fit for use.
    pub fault: Option<Fault>,
}

pub(super) fn kek_file(kek: &KekId) -> String {
    format!("{kek}.kek")
}

pub(super) fn tombstone(kek: &KekId) -> String {
    format!("{kek}.destroyed")
}

/// Makes what is missing of a key folder: the folder (0700), the root key, and a KEK for every domain and bucket.
/// Keys that exist, or were destroyed, stay as they are. Answers the KEKs it made.
///
/// # Errors
/// The file or folder that is not fit, or cannot be written.
pub fn init(folder: &Path, mode: Mode, buckets: &[Bucket]) -> Result<Vec<KekId>, FolderError> {
    let uid = secret_file::own_uid().map_err(FolderError::at(folder))?;
    let fresh = !folder.exists();
    secret_file::ensure_folder(folder, uid).map_err(FolderError::at(folder))?;
    let empty = fresh || fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    if mode == Mode::Demo && empty {
        secret_file::create(folder, DEMO, b"Keys of a demonstration. Never put real cases under them.\n")
            .map_err(FolderError::at(folder.join(DEMO)))?;
    }
    check_mode(folder, mode)?;
    make_key(folder, ROOT, ROOT)?;
    let mut made = Vec::new();
    for bucket in buckets {
        for domain in KeyDomain::ALL {
            let kek = KekId::first(domain, *bucket);
            let buried = folder.join(tombstone(&kek)).exists();
            if !buried && make_key(folder, &kek_file(&kek), &kek.to_string())? {
                made.push(kek);
            }
        }
    }
    Ok(made)
}

/// Makes the next KEK of every domain of a bucket; from now on new keys are wrapped with it. Answers the KEKs it made.
///
/// # Errors
/// `Missing` for a bucket that has none yet; the file or folder that is not fit, or cannot be written.
pub fn rotate(folder: &Path, mode: Mode, bucket: Bucket) -> Result<Vec<KekId>, FolderError> {
    let uid = secret_file::own_uid().map_err(FolderError::at(folder))?;
    secret_file::check_folder(folder, uid).map_err(FolderError::at(folder))?;
    check_mode(folder, mode)?;
    let known = keks(folder)?;
    let mut made = Vec::new();
    for domain in KeyDomain::ALL {
        let last = known.keys().rfind(|kek| (kek.domain, kek.bucket) == (domain, bucket));
        let Some(last) = last else {
            let first = kek_file(&KekId::first(domain, bucket));
            return Err(FolderError { path: folder.join(first), fault: Fault::Missing });
        };
        let next = KekId { generation: last.generation.saturating_add(1), ..*last };
        if make_key(folder, &kek_file(&next), &next.to_string())? {
            made.push(next);
        }
    }
    Ok(made)
}

fn retirement(kek: &KekId) -> String {
    format!("{kek}.retired")
}

/// Notes that from this day on nothing lives under a KEK, or (`None`) that something does again. A note that stands stays.
///
/// # Errors
/// The file that cannot be written.
pub fn retire(folder: &Path, kek: &KekId, on: Option<NaiveDate>) -> Result<(), FolderError> {
    let (name, path) = (retirement(kek), folder.join(retirement(kek)));
    let unwritable = |_| FolderError { path: path.clone(), fault: Fault::Unwritable };
    match on {
        Some(on) => secret_file::create(folder, &name, format!("{on}\n").as_bytes())
            .map(|_| ())
            .map_err(FolderError::at(path.clone())),
        None if path.exists() => fs::remove_file(&path).map_err(unwritable),
        None => Ok(()),
    }
}

/// Since when nothing lives under a KEK; none where something does, or nobody has looked.
///
/// # Errors
/// The note, if it is not of our making.
pub fn retired(folder: &Path, kek: &KekId) -> Result<Option<NaiveDate>, FolderError> {
    let path = folder.join(retirement(kek));
    match fs::read_to_string(&path) {
        Ok(text) => {
            text.trim_end().parse().map(Some).map_err(|_| FolderError { path: path.clone(), fault: Fault::Form })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(_) => Err(FolderError { path, fault: Fault::Unreadable }),
    }
}

/// The state of every KEK in a folder, in order of domain and bucket; no secret is in the answer.
///
/// # Errors
/// The folder, if it cannot be listed or is not ours alone.
pub fn status(folder: &Path) -> Result<Vec<KekStatus>, FolderError> {
    let uid = secret_file::own_uid().map_err(FolderError::at(folder))?;
    secret_file::check_folder(folder, uid).map_err(FolderError::at(folder))?;
    let mut found = Vec::new();
    for (kek, destroyed) in keks(folder)? {
        let fault = if destroyed {
            Some(Fault::Destroyed)
        } else {
            read_key(folder, &kek_file(&kek), &kek.to_string(), uid).err()
        };
        found.push(KekStatus { kek, fault });
    }
    Ok(found)
}

/// Every KEK that the folder names, and whether it was destroyed.
pub(super) fn keks(folder: &Path) -> Result<BTreeMap<KekId, bool>, FolderError> {
    let unreadable = |_| FolderError { path: folder.to_owned(), fault: Fault::Unreadable };
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        let Some(name) = name.to_str() else { continue };
        let living = name.strip_suffix(".kek").map(|id| (id, false));
        let Some((id, destroyed)) = living.or_else(|| name.strip_suffix(".destroyed").map(|id| (id, true))) else {
            continue;
        };
        if let Ok(kek) = id.parse() {
            *found.entry(kek).or_default() |= destroyed;
        }
    }
    Ok(found)
}

pub(super) fn check_mode(folder: &Path, mode: Mode) -> Result<(), FolderError> {
    match (mode, folder.join(DEMO).exists()) {
        (Mode::Serve, true) => Err(FolderError { path: folder.to_owned(), fault: Fault::Demo }),
        (Mode::Demo, false) => Err(FolderError { path: folder.to_owned(), fault: Fault::NotDemo }),
        _ => Ok(()),
    }
}

/// Binds a key to its name, so that a file copied under another domain's name is refused.
fn check_value(key: &SecretKey, id: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.bytes()), &check_message(id))
}

fn check_message(id: &str) -> Vec<u8> {
    let mut message = Vec::with_capacity(64);
    push(&mut message, b"cp-key-check-v1");
    push(&mut message, id.as_bytes());
    message
}

fn make_key(folder: &Path, file: &str, id: &str) -> Result<bool, FolderError> {
    let path = folder.join(file);
    if path.exists() {
        return Ok(false);
    }
    let key = SecretKey::random().map_err(|_| FolderError { path: path.clone(), fault: Fault::Unwritable })?;
    let secret = secret_file::hex(key.bytes());
    let check = secret_file::hex(check_value(&key, id).as_ref());
    // Sized beforehand: a string that grows leaves a copy of the key behind.
    let mut content = Zeroizing::new(String::with_capacity(256));
    for line in [FORM, secret.as_str(), check.as_str()] {
        content.push_str(line);
        content.push('\n');
    }
    secret_file::create(folder, file, content.as_bytes()).map_err(FolderError::at(path))
}

/// Reads a key file: form, 32 bytes in hex, and the value that binds them to the name.
pub(super) fn read_key(
    folder: &Path,
    file: &str,
    id: &str,
    uid: u32,
) -> Result<(SecretKey, secret_file::Stamp), Fault> {
    let (bytes, stamp) = secret_file::read(&folder.join(file), uid)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Fault::Form)?;
    let body = text.strip_suffix('\n').ok_or(Fault::Form)?;
    let mut lines = body.split('\n');
    let (Some(FORM), Some(secret), Some(check), None) = (lines.next(), lines.next(), lines.next(), lines.next()) else {
        return Err(Fault::Form);
    };
    let (key, check) = (secret_file::unhex(secret)?, secret_file::unhex(check)?);
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key.bytes()), &check_message(id), check.bytes())
        .map_err(|_| Fault::Name)?;
    Ok((key, stamp))
}
