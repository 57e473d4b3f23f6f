//! Sealing: every field of case content is a cell under a key that only a permit's categories lead to.
//! Keys of an agency's domain come from that domain's key-encryption key; `docs/sealing-format.md` has the bytes.
//! This room must never decide who may read: it takes a [`Grant`] and refuses whatever the grant does not name.

mod aad;
mod aead;
mod bucket;
mod cache;
mod cell;
pub mod error;
pub mod kdf;
pub mod key_file;
pub mod key_folder;
mod keyring;
mod mac;
mod map;
pub mod provider;
mod random;
mod root;
mod sealer;
mod secret;
pub mod secret_file;
mod token;
mod wrapped;

pub use crate::access::Mac;
pub use bucket::{Bucket, Retention};
pub use error::SealError;
pub use keyring::{Fields, Grant, Keyring, Opened, Place};
pub use map::{SealedMap, SealedParts, chain};
pub use provider::{KekError, KekId, KekProvider, UnwrapContext};
pub use root::RootKey;
pub use sealer::{Limits, Sealer};
pub use secret::SecretKey;
pub use wrapped::WrappedKeys;
