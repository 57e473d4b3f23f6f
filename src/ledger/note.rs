//! Signed checkpoints: C2SP signed-note and tlog-checkpoint, Ed25519 (signature type 0x01).
//! It must never take a note of which a known key's signature fails, nor one that is signed only by keys we do not know.

use crate::clock::Moment;
use crate::digest::sha256;
use crate::ledger::tree::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The most bytes of a note and the most signature lines: as Go's `sumdb/note`.
pub const MAX_NOTE: usize = 1_000_000;
const MAX_SIGNATURES: usize = 100;
const MAX_NAME: usize = 255;

/// Whose key it is, which is a type of signature in C2SP signed-note: a witness's must not pass for a log's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// Plain Ed25519 over the text.
    Log,
    /// A cosignature (C2SP tlog-cosignature, Ed25519): over the text and a time.
    Witness,
}

impl Speaker {
    fn kind(self) -> u8 {
        match self {
            Speaker::Log => 0x01,
            Speaker::Witness => 0x04,
        }
    }

    fn of(kind: u8) -> Option<Self> {
        [Speaker::Log, Speaker::Witness].into_iter().find(|speaker| speaker.kind() == kind)
    }
}

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
    speaker: Speaker,
    id: [u8; 4],
    key: [u8; 32],
}

impl VKey {
    /// # Errors
    /// `Key` for a name that signed-note does not allow.
    pub fn new(name: &str, key: [u8; 32]) -> Result<Self, NoteError> {
        Self::of(Speaker::Log, name, key)
    }

    fn of(speaker: Speaker, name: &str, key: [u8; 32]) -> Result<Self, NoteError> {
        if !is_key_name(name) {
            return Err(NoteError::Key);
        }
        let [a, b, c, d, ..] = sha256(&[name.as_bytes(), b"\n", &[speaker.kind()], &key]);
        Ok(Self { name: name.to_owned(), speaker, id: [a, b, c, d], key })
    }

    /// The log's origin, or the witness's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn speaker(&self) -> Speaker {
        self.speaker
    }

    /// Whether this key made the signature, which says nothing of whose it is. No witness vouches.
    pub(crate) fn vouches(&self, text: &[u8], signature: &[u8; 64]) -> bool {
        self.speaker == Speaker::Log && UnparsedPublicKey::new(&ED25519, self.key).verify(text, signature).is_ok()
    }

    /// The Ed25519 public key.
    pub fn public_key(&self) -> [u8; 32] {
        self.key
    }

    /// The key id, as signatures begin with it.
    pub fn id(&self) -> u32 {
        u32::from_be_bytes(self.id)
    }

    /// Whether this key made the signature, which begins with the key's id.
    pub(crate) fn has_signed(&self, text: &[u8], signature: &[u8]) -> bool {
        let bytes = signature.strip_prefix(&self.id).and_then(|bytes| bytes.try_into().ok());
        bytes.is_some_and(|bytes| self.vouches(text, bytes))
    }
}

impl fmt::Display for VKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut typed = vec![self.speaker.kind()];
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
        let (kind, key) = typed.split_first().ok_or(NoteError::Key)?;
        let speaker = Speaker::of(*kind).ok_or(NoteError::Key)?;
        let key = VKey::of(speaker, name, key.try_into().map_err(|_| NoteError::Key)?)?;
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
    open_cosigned(note, keys).map(|cosigned| cosigned.checkpoint)
}

/// A checkpoint, and which of the believed witnesses cosigned it when (seconds since 1970), by verifier key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    pub checkpoint: Checkpoint,
    pub witnesses: BTreeMap<String, u64>,
}

/// What a cosignature is over.
fn cosigned_text(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// As [`open`], with the cosignatures: among `keys` are witnesses'.
///
/// # Errors
/// As for `open`. A witness's signature does not stand for the log's.
pub fn open_cosigned(note: &[u8], keys: &[VKey]) -> Result<Cosigned, NoteError> {
    let (text, signatures) = split_note(note)?;
    let (mut signers, mut witnesses) = (Vec::new(), BTreeMap::new());
    for line in &signatures {
        let Some(key) = keys.iter().find(|key| key.name == line.name && key.id == line.id) else {
            continue;
        };
        let holds = |text: &str, signature: &[u8]| {
            let verified = UnparsedPublicKey::new(&ED25519, key.key).verify(text.as_bytes(), signature);
            verified.map_err(|_| NoteError::BadSignature)
        };
        match key.speaker {
            Speaker::Log => {
                holds(text, &line.signature)?;
                signers.push(key.name.as_str());
            }
            Speaker::Witness => {
                let (time, signature) = line.signature.split_first_chunk::<8>().ok_or(NoteError::BadSignature)?;
                let time = u64::from_be_bytes(*time);
                holds(&cosigned_text(time, text), signature)?;
                witnesses.insert(key.to_string(), time);
            }
        }
    }
    if signers.is_empty() {
        return Err(NoteError::NoKnownSignature);
    }
    let checkpoint = Checkpoint::parse(text)?;
    let speaks = signers.contains(&checkpoint.origin.as_str());
    if speaks { Ok(Cosigned { checkpoint, witnesses }) } else { Err(NoteError::Origin) }
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
        format!("{}\n{}", checkpoint.text(), self.line(checkpoint))
    }

    /// The signature line alone, for a note that another key of the log has signed. Only `signer` may call this.
    pub(crate) fn line(&self, checkpoint: &Checkpoint) -> String {
        let signature = STANDARD.encode(self.signature(&checkpoint.text()));
        format!("\u{2014} {} {signature}\n", self.vkey.name)
    }

    /// The signature of a receipt's text, which must be no checkpoint's: only `receipt` may call this.
    pub(crate) fn sign_receipt(&self, text: &str) -> Vec<u8> {
        self.signature(text)
    }

    /// The signature under a writer's beginning, whose text must be no checkpoint's: only `attest` may call this.
    ///
    /// # Errors
    /// `Key` cannot happen for Ed25519.
    pub(crate) fn vouch(&self, text: &str) -> Result<[u8; 64], NoteError> {
        self.pair.sign(text.as_bytes()).as_ref().try_into().map_err(|_| NoteError::Key)
    }

    fn signature(&self, text: &str) -> Vec<u8> {
        let mut bytes = self.vkey.id.to_vec();
        bytes.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        bytes
    }
}

/// A witness's private key, under the witness's name.
pub struct WitnessKey {
    vkey: VKey,
    pair: Ed25519KeyPair,
}

impl fmt::Debug for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WitnessKey").field("vkey", &self.vkey.to_string()).finish_non_exhaustive()
    }
}

impl WitnessKey {
    /// # Errors
    /// As for a log's key.
    pub fn from_pkcs8(name: &str, pkcs8: &[u8]) -> Result<Self, NoteError> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| NoteError::Key)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| NoteError::Key)?;
        Ok(Self { vkey: VKey::of(Speaker::Witness, name, public)?, pair })
    }

    pub fn vkey(&self) -> &VKey {
        &self.vkey
    }

    /// The signature line for a note that was believed. Only `witness` may call this, once it has written down for what.
    pub(crate) fn cosign(&self, note: &str, now: Moment) -> String {
        // The last empty line divides text from signatures, as for whoever reads it.
        let text = note.rfind("\n\n").and_then(|at| note.get(..=at)).unwrap_or(note);
        let time = u64::try_from(now.0.div_euclid(1_000_000)).unwrap_or(0);
        let mut bytes = self.vkey.id.to_vec();
        bytes.extend_from_slice(&time.to_be_bytes());
        bytes.extend_from_slice(self.pair.sign(cosigned_text(time, text).as_bytes()).as_ref());
        format!("\u{2014} {} {}\n", self.vkey.name, STANDARD.encode(bytes))
    }
}
