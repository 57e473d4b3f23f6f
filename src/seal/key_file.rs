//! Key-encryption keys in a folder of files, each looked at on every use: a key that was destroyed, replaced or
//! opened to others stops working at once. Protects against thieves of the database, not against root on this host.
//! It must never use a file that somebody else could have read.

use super::aead::{Aead, NONCE};
use super::key_folder::{self, FolderError, Mode, ROOT};
use super::secret_file::{self, Fault, Stamp};
use super::{Bucket, KekError, KekId, KekProvider, RootKey, SecretKey, UnwrapContext};
use crate::casework::category::KeyDomain;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// The file key provider: `<domain>.<bucket>.kek`, mode 0600 in a folder of mode 0700.
pub struct FileKeks {
    folder: PathBuf,
    uid: u32,
    held: Mutex<HashMap<KekId, (Stamp, Arc<SecretKey>)>>,
}

impl FileKeks {
    /// Opens a folder that `keys init` (or the demonstration) made, and checks every file in it.
    ///
    /// # Errors
    /// The first file or folder that is not fit for use, by name; a demonstration's folder in `Serve`, and any other in `Demo`.
    pub fn open(folder: &Path, mode: Mode) -> Result<Self, FolderError> {
        let uid = secret_file::own_uid().map_err(FolderError::at(folder))?;
        secret_file::check_folder(folder, uid).map_err(FolderError::at(folder))?;
        key_folder::check_mode(folder, mode)?;
        let keks = Self { folder: folder.to_owned(), uid, held: Mutex::default() };
        keks.root()?;
        for (kek, destroyed) in key_folder::keks(folder)? {
            if !destroyed {
                keks.key(&kek).map_err(FolderError::at(folder.join(key_folder::kek_file(&kek))))?;
            }
        }
        Ok(keks)
    }

    /// The root of the service's own keys.
    ///
    /// # Errors
    /// `root-mac.key` is not fit for use.
    pub fn root(&self) -> Result<RootKey, FolderError> {
        key_folder::read_key(&self.folder, ROOT, ROOT, self.uid)
            .map(|(key, _)| RootKey::new(key))
            .map_err(FolderError::at(self.folder.join(ROOT)))
    }

    fn key(&self, kek: &KekId) -> Result<Arc<SecretKey>, Fault> {
        secret_file::check_folder(&self.folder, self.uid)?;
        let file = key_folder::kek_file(kek);
        // The tombstone counts even where the file is still there: a crash may have come between the two.
        let seen = if self.folder.join(key_folder::tombstone(kek)).exists() {
            Err(Fault::Destroyed)
        } else {
            secret_file::inspect(&self.folder.join(&file), self.uid)
        };
        let seen = seen.inspect_err(|_| self.let_go(kek))?;
        if let Some((stamp, key)) = self.held.lock().unwrap_or_else(PoisonError::into_inner).get(kek)
            && *stamp == seen
        {
            return Ok(Arc::clone(key));
        }
        let (key, stamp) = key_folder::read_key(&self.folder, &file, &kek.to_string(), self.uid)?;
        let key = Arc::new(key);
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(*kek, (stamp, Arc::clone(&key)));
        Ok(key)
    }

    fn let_go(&self, kek: &KekId) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(kek);
    }

    fn usable(&self, kek: &KekId) -> Result<Arc<SecretKey>, KekError> {
        self.key(kek).map_err(|fault| match fault {
            Fault::Missing => KekError::UnknownKek,
            Fault::Destroyed => KekError::Destroyed,
            _ => KekError::Unavailable,
        })
    }
}

impl KekProvider for FileKeks {
    fn active(&self, domain: KeyDomain, bucket: Bucket) -> Result<KekId, KekError> {
        let known = key_folder::keks(&self.folder).map_err(|_| KekError::Unavailable)?;
        let mut of_bucket = known.into_iter().filter(|(kek, _)| (kek.domain, kek.bucket) == (domain, bucket));
        // In order of generation. One that was destroyed is not followed by an older one.
        let (kek, _) = of_bucket.next_back().ok_or(KekError::UnknownKek)?;
        self.usable(&kek).map(|_| kek)
    }

    fn wrap(&self, kek: &KekId, key: &SecretKey, aad: &[u8]) -> Result<Vec<u8>, KekError> {
        let with = self.usable(kek)?;
        let mut nonce = [0u8; NONCE];
        SystemRandom::new().fill(&mut nonce).map_err(|_| KekError::Unavailable)?;
        let mut text = Zeroizing::new(key.bytes().to_vec());
        let aead = Aead::new(with.bytes()).map_err(|_| KekError::Unavailable)?;
        let tag = aead.seal(nonce, aad, &mut text).map_err(|_| KekError::Unavailable)?;
        Ok([nonce.as_slice(), text.as_slice(), tag.as_slice()].concat())
    }

    fn unwrap(&self, kek: &KekId, wrapped: &[u8], aad: &[u8], _: &UnwrapContext) -> Result<SecretKey, KekError> {
        let with = self.usable(kek)?;
        let (nonce, text) = wrapped.split_first_chunk::<NONCE>().ok_or(KekError::Integrity)?;
        let mut text = Zeroizing::new(text.to_vec());
        let aead = Aead::new(with.bytes()).map_err(|_| KekError::Unavailable)?;
        let plain = aead.open(*nonce, aad, &mut text).map_err(|_| KekError::Integrity)?;
        let plain: &[u8] = plain;
        if plain.len() != 32 {
            return Err(KekError::Integrity);
        }
        SecretKey::fill_with(|out| {
            out.copy_from_slice(plain);
            Ok(())
        })
    }

    fn destroy(&self, kek: &KekId) -> Result<(), KekError> {
        // A key whose file is unfit for use can still be destroyed.
        if self.key(kek).is_err_and(|fault| fault == Fault::Missing) {
            return Err(KekError::UnknownKek);
        }
        self.let_go(kek);
        // The tombstone first: whatever happens next, the key is not used again and `keys init` does not make it anew.
        secret_file::create(&self.folder, &key_folder::tombstone(kek), b"destroyed\n")
            .map_err(|_| KekError::Unavailable)?;
        match secret_file::shred(&self.folder, &key_folder::kek_file(kek)) {
            Ok(()) | Err(Fault::Missing) => Ok(()),
            Err(_) => Err(KekError::Unavailable),
        }
    }

    fn health(&self) -> Result<(), KekError> {
        let context =
            UnwrapContext { request: crate::casework::ids::RequestId::new(), permit: [0; 32], purpose: "health" };
        for (kek, destroyed) in key_folder::keks(&self.folder).map_err(|_| KekError::Unavailable)? {
            if destroyed {
                continue;
            }
            let canary = SecretKey::random().map_err(|_| KekError::Unavailable)?;
            let wrapped = self.wrap(&kek, &canary, CANARY)?;
            if self.unwrap(&kek, &wrapped, CANARY, &context)?.bytes() != canary.bytes() {
                return Err(KekError::Integrity);
            }
        }
        Ok(())
    }
}

const CANARY: &[u8] = b"cp-kek-canary-v1";

impl fmt::Debug for FileKeks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKeks(..)")
    }
}
