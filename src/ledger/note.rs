//! Signed checkpoints: C2SP signed-note and tlog-checkpoint, Ed25519 (signature type 0x01).
//! It must never take a note of which a known key's signature fails, nor one that is signed only by keys we do not know.

use crate::digest::sha256;
use crate::ledger::tree::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use std::fmt;
use std::str::FromStr;

/// The most bytes of a note and the most signature lines: as Go's `sumdb/note`.
pub const MAX_NOTE: usize = 1_000_000;
const MAX_SIGNATURES: usize = 100;
const MAX_NAME: usize = 255;

/// C2SP signed-note: signature type of plain Ed25519. 0x04 and 0x06 are cosignatures and stay free for witnesses.
const TYPE_ED25519: u8 = 0x01;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("the note is larger than a note may be")]
    TooLarge,
    #[error("the note is not written as C2SP signed-note says")]
    Malformed,
    #[error("the checkpoint's lines are not origin, size and root")]
    Checkpoint,
    #[error("the verifier key is not name+hexid+base64 of an Ed25519 key")]
    Key,
    #[error("the signature of a known key does not verify")]
    BadSignature,
    #[error("no known key has signed the note")]
    NoKnownSignature,
    #[error("the checkpoint's origin is not the name of the key that signed it")]
    Origin,
}

/// A verifier key: whom a checkpoint is believed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VKey {
    name: String,
    id: [u8; 4],
    key: [u8; 32],
}

impl VKey {
    /// # Errors
    /// `Key` for a name that signed-note does not allow.
    pub fn new(name: &str, key: [u8; 32]) -> Result<Self, NoteError> {
        if !is_key_name(name) {
            return Err(NoteError::Key);
        }
        let [a, b, c, d, ..] = sha256(&[name.as_bytes(), b"\n", &[TYPE_ED25519], &key]);
        Ok(Self { name: name.to_owned(), id: [a, b, c, d], key })
    }

    /// The log's origin.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for VKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut typed = vec![TYPE_ED25519];
        typed.extend_from_slice(&self.key);
        write!(f, "{}+{:08x}+{}", self.name, u32::from_be_bytes(self.id), STANDARD.encode(typed))
    }
}

impl FromStr for VKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        // The name has no '+', the base64 may have.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let typed = STANDARD.decode(key).map_err(|_| NoteError::Key)?;
        let Some((&TYPE_ED25519, key)) = typed.split_first() else {
            return Err(NoteError::Key);
        };
        let key = VKey::new(name, key.try_into().map_err(|_| NoteError::Key)?)?;
        // Printing it again checks the key id, its case and its length in one comparison.
        if key.to_string() == text { Ok(key) } else { Err(NoteError::Key) }
    }
}

fn is_key_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// The state of the log that a note speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

impl Checkpoint {
    /// The signed text: origin, decimal size, base64 root, a line each.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    fn parse(text: &str) -> Result<Self, NoteError> {
        let lines = text.strip_suffix('\n').ok_or(NoteError::Checkpoint)?;
        let mut lines = lines.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteError::Checkpoint);
        };
        // What follows are extensions, which a reader ignores but which may not be empty lines.
        if origin.is_empty() || lines.any(str::is_empty) {
            return Err(NoteError::Checkpoint);
        }
        let number: u64 = size.parse().map_err(|_| NoteError::Checkpoint)?;
        let root = STANDARD.decode(root).map_err(|_| NoteError::Checkpoint)?;
        let root = root.try_into().map_err(|_| NoteError::Checkpoint)?;
        if number.to_string() != size {
            return Err(NoteError::Checkpoint);
        }
        Ok(Self { origin: origin.to_owned(), size: number, root })
    }
}

struct SignatureLine<'a> {
    name: &'a str,
    id: [u8; 4],
    signature: Vec<u8>,
}

fn parse_signature(line: &str) -> Result<SignatureLine<'_>, NoteError> {
    let rest = line.strip_prefix("\u{2014} ").ok_or(NoteError::Malformed)?;
    let (name, encoded) = rest.split_once(' ').ok_or(NoteError::Malformed)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| NoteError::Malformed)?;
    match bytes.split_first_chunk::<4>() {
        Some((id, signature)) if is_key_name(name) && !signature.is_empty() => {
            Ok(SignatureLine { name, id: *id, signature: signature.to_vec() })
        }
        _ => Err(NoteError::Malformed),
    }
}

/// Text (with its last newline) and signature lines of a note.
fn split_note(note: &[u8]) -> Result<(&str, Vec<SignatureLine<'_>>), NoteError> {
    if note.len() > MAX_NOTE {
        return Err(NoteError::TooLarge);
    }
    let note = std::str::from_utf8(note).map_err(|_| NoteError::Malformed)?;
    if note.chars().any(|c| c < '\u{20}' && c != '\n') {
        return Err(NoteError::Malformed);
    }
    let at = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
    let (text, rest) = note.split_at_checked(at.saturating_add(1)).ok_or(NoteError::Malformed)?;
    let lines = rest.strip_prefix('\n').and_then(|r| r.strip_suffix('\n')).ok_or(NoteError::Malformed)?;
    let signatures =
        lines.split('\n').take(MAX_SIGNATURES.saturating_add(1)).map(parse_signature).collect::<Result<Vec<_>, _>>()?;
    if signatures.len() > MAX_SIGNATURES { Err(NoteError::TooLarge) } else { Ok((text, signatures)) }
}

/// Reads a checkpoint that at least one of `keys` has signed.
///
/// # Errors
/// Anything malformed; a failing signature of a known key, whatever else is valid; no signature of a known key; an origin
/// that is not the name of a key that signed (a key for one log must not speak for another). Lines of unknown keys are ignored.
pub fn open(note: &[u8], keys: &[VKey]) -> Result<Checkpoint, NoteError> {
    let (text, signatures) = split_note(note)?;
    let mut signers = Vec::new();
    for line in &signatures {
        let Some(key) = keys.iter().find(|key| key.name == line.name && key.id == line.id) else {
            continue;
        };
        UnparsedPublicKey::new(&ED25519, key.key)
            .verify(text.as_bytes(), &line.signature)
            .map_err(|_| NoteError::BadSignature)?;
        signers.push(key.name.as_str());
    }
    if signers.is_empty() {
        return Err(NoteError::NoKnownSignature);
    }
    let checkpoint = Checkpoint::parse(text)?;
    if signers.contains(&checkpoint.origin.as_str()) { Ok(checkpoint) } else { Err(NoteError::Origin) }
}

/// The log's private key, under the log's name.
pub struct LogKey {
    vkey: VKey,
    pair: Ed25519KeyPair,
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogKey").field("vkey", &self.vkey.to_string()).finish_non_exhaustive()
    }
}

impl LogKey {
    /// A new key as PKCS#8 (RFC 8410 with the public key), for the file that will hold it.
    ///
    /// # Errors
    /// `Key` if the system gives no randomness.
    pub fn generate_pkcs8() -> Result<Vec<u8>, NoteError> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| NoteError::Key)?;
        Ok(document.as_ref().to_vec())
    }

    /// # Errors
    /// `Key` for bytes that are not an Ed25519 key in PKCS#8 v2, or a name that cannot be a key's.
    pub fn from_pkcs8(origin: &str, pkcs8: &[u8]) -> Result<Self, NoteError> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| NoteError::Key)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| NoteError::Key)?;
        Ok(Self { vkey: VKey::new(origin, public)?, pair })
    }

    pub fn vkey(&self) -> &VKey {
        &self.vkey
    }

    /// The signed note of a checkpoint. Only `signer` may call this: what is signed twice must be the same log.
    pub(crate) fn sign(&self, checkpoint: &Checkpoint) -> String {
        let text = checkpoint.text();
        let mut bytes = self.vkey.id.to_vec();
        bytes.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        format!("{text}\n\u{2014} {} {}\n", self.vkey.name, STANDARD.encode(bytes))
    }
}
