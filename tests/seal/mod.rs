//! Sealing: what opens, what is refused, and that the bytes are those of `docs/sealing-format.md`.
//! It must never hold a real person's data; every value is made up.

mod cells;
mod folder;
mod keys;
mod opened_keys;
mod oracle;
mod permits;
mod tokens;

use channel_panel::casework::category::{Category, KeyDomain};
use channel_panel::casework::ids::{PanelId, RequestId};
use channel_panel::clock::Moment;
use channel_panel::seal::{
    Bucket, Grant, KekError, KekId, KekProvider, Limits, Place, RootKey, Sealer, SecretKey, UnwrapContext, WrappedKeys,
};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

pub const NOW: Moment = Moment(1_800_000_000_000_000);

/// A key holder in memory that remembers every question, and refuses on demand: an agency's HSM as the tests see it.
#[derive(Debug, Default)]
pub struct Holder {
    keys: Mutex<HashMap<KekId, [u8; 32]>>,
    pub asked: Mutex<Vec<(KekId, UnwrapContext)>>,
    pub refuse: Mutex<Option<KekError>>,
}

impl Holder {
    fn cipher(&self, kek: &KekId) -> Result<LessSafeKey, KekError> {
        let bytes = self.keys.lock().unwrap().get(kek).copied().ok_or(KekError::UnknownKek)?;
        Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).unwrap()))
    }

    pub fn asked_for(&self) -> Vec<KeyDomain> {
        self.asked.lock().unwrap().iter().map(|(kek, _)| kek.domain).collect()
    }

    /// Another key under the same name, as if the folder had been swapped.
    pub fn replace(&self, kek: KekId) {
        self.keys.lock().unwrap().insert(kek, [0xEE; 32]);
    }
}

impl KekProvider for Holder {
    fn active(&self, domain: KeyDomain, bucket: Bucket) -> Result<KekId, KekError> {
        let kek = KekId::first(domain, bucket);
        let mut keys = self.keys.lock().unwrap();
        keys.entry(kek).or_insert_with(|| {
            let mut bytes = [0; 32];
            SystemRandom::new().fill(&mut bytes).unwrap();
            bytes
        });
        Ok(kek)
    }

    fn wrap(&self, kek: &KekId, key: &SecretKey, aad: &[u8]) -> Result<Vec<u8>, KekError> {
        let mut nonce = [0; 12];
        SystemRandom::new().fill(&mut nonce).unwrap();
        let mut text = key.bytes().to_vec();
        let nonce_of = Nonce::assume_unique_for_key(nonce);
        self.cipher(kek)?.seal_in_place_append_tag(nonce_of, Aad::from(aad), &mut text).unwrap();
        Ok([nonce.to_vec(), text].concat())
    }

    fn unwrap(&self, kek: &KekId, wrapped: &[u8], aad: &[u8], context: &UnwrapContext) -> Result<SecretKey, KekError> {
        self.asked.lock().unwrap().push((*kek, *context));
        if let Some(error) = *self.refuse.lock().unwrap() {
            return Err(error);
        }
        let (nonce, text) = wrapped.split_first_chunk::<12>().ok_or(KekError::Integrity)?;
        let mut text = text.to_vec();
        let plain = self
            .cipher(kek)?
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), &mut text)
            .map_err(|_| KekError::Integrity)?;
        SecretKey::fill_with(|out| {
            out.copy_from_slice(plain);
            Ok(())
        })
    }

    fn destroy(&self, kek: &KekId) -> Result<(), KekError> {
        self.keys.lock().unwrap().remove(kek).map(|_| ()).ok_or(KekError::UnknownKek)
    }

    fn health(&self) -> Result<(), KekError> {
        Ok(())
    }
}

/// A permit as the tests need it.
#[derive(Clone)]
pub struct Allowed {
    pub case: Uuid,
    pub read: Vec<Category>,
    pub write: Vec<Category>,
    pub request: RequestId,
}

impl Grant for Allowed {
    fn covers(&self, case: Uuid, category: Category) -> bool {
        case == self.case && self.read.contains(&category)
    }
    fn may_write(&self, case: Uuid, category: Category) -> bool {
        case == self.case && self.write.contains(&category)
    }
    fn digest(&self) -> [u8; 32] {
        [7; 32]
    }
    fn purpose(&self) -> &'static str {
        "case_work"
    }
    fn request(&self) -> RequestId {
        self.request
    }
}

/// One case with its keys, in a sealer of its own.
pub struct Bench {
    pub holder: Arc<Holder>,
    pub sealer: Sealer,
    pub panel: PanelId,
    pub case: Uuid,
    pub keys: WrappedKeys,
}

pub fn bucket() -> Bucket {
    "2033-Q1".parse().unwrap()
}

pub fn sealer(provider: Arc<dyn KekProvider>, limits: Limits) -> Sealer {
    Sealer::new(provider, RootKey::new(SecretKey::random().unwrap()), limits).unwrap()
}

impl Bench {
    pub fn new() -> Self {
        Self::with(Limits::default())
    }

    pub fn with(limits: Limits) -> Self {
        let holder = Arc::new(Holder::default());
        let sealer = sealer(holder.clone(), limits);
        let (panel, case) = (PanelId::new(), Uuid::new_v4());
        let keys = sealer.new_keys(panel, case, bucket()).unwrap();
        Self { holder, sealer, panel, case, keys }
    }

    pub fn place(&self, category: Category) -> Place {
        Place { panel: self.panel, case: self.case, record: self.case, category, version: 1 }
    }

    pub fn all(&self) -> Allowed {
        everything(self.case)
    }

    pub fn only(&self, read: &[Category], write: &[Category]) -> Allowed {
        Allowed { read: read.to_vec(), write: write.to_vec(), ..everything(self.case) }
    }
}

pub fn everything(case: Uuid) -> Allowed {
    Allowed { case, read: Category::ALL.to_vec(), write: Category::ALL.to_vec(), request: RequestId::new() }
}

pub fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => panic!("not a map"),
    }
}

pub fn sample() -> Map<String, Value> {
    map(json!({ "familyName": "Canaryson-1f3a", "aliases": ["Sparrow-9b2c"], "needsInterpreter": true }))
}

/// A folder that goes when the test does.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("cp-seal-{}", Uuid::new_v4().simple()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// Not yet made.
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

pub fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
