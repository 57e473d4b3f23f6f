//! A writer's word for what it entered: the key it begins with, vouched for by the log's, and beats that it signs over all that
//! it entered before. Whoever owns the database can take rows away and make others before they have their place in the tree;
//! this they cannot make.
//! It must never be made before the commit of what it speaks of, and the writer's key must never outlive its process.

use crate::digest::sha256;
use crate::ledger::body::{Body, BodyValue, hex, unhex};
use crate::ledger::entry::{DetailValue, Draft, Outcome};
use crate::ledger::note::{LogKey, NoteError, VKey};
use crate::ledger::tree::Hash;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// The first entry of every writer.
pub const BEGIN: &str = "ledger.writer";
/// What was entered until here, signed.
pub const BEAT: &str = "ledger.beat";
/// The last beat: after it this writer enters nothing.
pub const CLOSE: &str = "ledger.close";

/// What the service found of its own log: a place in the queue without its entry, an entry that was committed and gone, one that
/// is not as it was committed.
pub const MISSING: &str = "ledger.missing";
pub const RESTORED: &str = "ledger.restored";
pub const ALTERED: &str = "ledger.altered";

/// The chain over the leaf hash of each entry, in the writer's order.
pub fn chained(chain: &Hash, leaf: &Hash) -> Hash {
    sha256(&[chain, leaf])
}

fn begin_text(origin: &str, writer: &str, key: &[u8]) -> String {
    format!("cp-writer-v1\n{origin}\n{writer}\n{}\n", hex(key))
}

fn beat_text(operation: &str, writer: &str, upto: i64, chain: &Hash) -> String {
    format!("cp-beat-v1\n{operation}\n{writer}\n{upto}\n{}\n", hex(chain))
}

/// A writer's side. Its key is made for it and dies with it. Cloned, so that a word is taken back with its transaction.
#[derive(Clone)]
pub struct Attester {
    pair: Arc<Ed25519KeyPair>,
    writer: String,
    chain: Hash,
    /// The last number that is in the chain.
    upto: i64,
    /// Number of the last beat.
    beaten: i64,
}

impl fmt::Debug for Attester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attester").field("writer", &self.writer).field("upto", &self.upto).finish_non_exhaustive()
    }
}

impl Attester {
    /// Takes up the word of `writer`, and the draft of its first entry: number 1, committed before any other.
    ///
    /// # Errors
    /// `Key` if the system gives no randomness.
    pub fn begin(key: &LogKey, writer: &str) -> Result<(Self, Draft), NoteError> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| NoteError::Key)?;
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).map_err(|_| NoteError::Key)?;
        let public: [u8; 32] = pair.public_key().as_ref().try_into().map_err(|_| NoteError::Key)?;
        let signature = key.vouch(&begin_text(key.vkey().name(), writer, &public))?;
        let detail = vec![("key", DetailValue::Digest(public)), ("signature", DetailValue::Signature(signature))];
        let attester = Self { pair: Arc::new(pair), writer: writer.to_owned(), chain: [0; 32], upto: 0, beaten: 1 };
        Ok((attester, draft(BEGIN, detail)))
    }

    /// Entry `n` was committed with this leaf. In order, each once.
    pub fn committed(&mut self, n: i64, leaf: &Hash) {
        self.chain = chained(&self.chain, leaf);
        self.upto = n;
    }

    /// The same of a beat: that it was made is no reason for the next.
    pub fn beaten(&mut self, n: i64, leaf: &Hash) {
        self.committed(n, leaf);
        self.beaten = n;
    }

    /// Whether something was entered that no beat speaks of.
    pub fn owes(&self) -> bool {
        self.upto > self.beaten
    }

    /// A beat over all that was committed; the last one closes.
    ///
    /// # Errors
    /// `Key` if it cannot be signed.
    pub fn beat(&self, last: bool) -> Result<Draft, NoteError> {
        let operation = if last { CLOSE } else { BEAT };
        let text = beat_text(operation, &self.writer, self.upto, &self.chain);
        let signature = self.pair.sign(text.as_bytes()).as_ref().try_into().map_err(|_| NoteError::Key)?;
        let detail = vec![
            ("upto", DetailValue::Number(self.upto)),
            ("chain", DetailValue::Digest(self.chain)),
            ("signature", DetailValue::Signature(signature)),
        ];
        Ok(draft(operation, detail))
    }
}

fn draft(operation: &'static str, detail: Vec<(&'static str, DetailValue)>) -> Draft {
    Draft::of_the_log("ledger.writer", operation, Outcome::Changed, detail)
}

/// The public key that a writer begins with, and the signature that is to vouch for it.
pub fn begun(body: &Body) -> Option<([u8; 32], [u8; 64])> {
    let [(k, BodyValue::Text(key)), (s, BodyValue::Text(signature))] = body.detail.as_slice() else { return None };
    let public = unhex(key).filter(|_| k == "key" && s == "signature" && body.n == 1)?;
    Some((public, signature_of(signature)?))
}

/// Whether this key of the log vouched for the writer's key.
pub fn vouched(key: &VKey, writer: &str, public: &[u8; 32], signature: &[u8; 64]) -> bool {
    key.vouches(begin_text(key.name(), writer, public).as_bytes(), signature)
}

/// The log's next key says which was the log's before it: whoever believes the one believes the writers of the other.
pub const KEY: &str = "ledger.key";

fn former_text(origin: &str, former: &[u8; 32]) -> String {
    format!("cp-former-v1\n{origin}\n{}\n", hex(former))
}

/// What the announcement of `next` holds: its bytes and id, and its word for the key before it.
///
/// # Errors
/// `Key` if it cannot be signed.
pub fn announced(next: &LogKey, former: &VKey) -> Result<Vec<(&'static str, DetailValue)>, NoteError> {
    let (next_key, former) = (next.vkey(), former.public_key());
    let signature = next.vouch(&former_text(next_key.name(), &former))?;
    Ok(vec![
        ("key", DetailValue::Digest(next_key.public_key())),
        ("id", DetailValue::Number(i64::from(next_key.id()))),
        ("former", DetailValue::Digest(former)),
        ("signature", DetailValue::Signature(signature)),
    ])
}

/// The former key that such an entry names, and the signature that is to vouch for what it says of it.
pub fn former(body: &Body) -> Option<([u8; 32], [u8; 64])> {
    Some((unhex(body.said("former")?)?, signature_of(body.said("signature")?)?))
}

/// The former key as one of the log's, if `key` says that it was.
pub fn was_before(key: &VKey, former: &[u8; 32], signature: &[u8; 64]) -> Option<VKey> {
    let holds = key.vouches(former_text(key.name(), former).as_bytes(), signature);
    holds.then(|| VKey::new(key.name(), *former).ok()).flatten()
}

/// The log's word that a former key is its own no more, from this entry on.
pub const RETIRED: &str = "ledger.retired";

fn retired_text(origin: &str, former: &[u8; 32]) -> String {
    format!("cp-retired-v1\n{origin}\n{}\n", hex(former))
}

/// What the entry holds by which `key` retires `former`.
///
/// # Errors
/// `Key` if it cannot be signed.
pub fn retirement(key: &LogKey, former: &[u8; 32]) -> Result<Vec<(&'static str, DetailValue)>, NoteError> {
    let signature = key.vouch(&retired_text(key.vkey().name(), former))?;
    Ok(vec![("former", DetailValue::Digest(*former)), ("signature", DetailValue::Signature(signature))])
}

/// Whether `key` said so.
pub fn retires(key: &VKey, former: &[u8; 32], signature: &[u8; 64]) -> bool {
    key.vouches(retired_text(key.name(), former).as_bytes(), signature)
}

/// The log's word that a run of the service is over: after this entry none of its writers enters anything.
pub const FENCE: &str = "ledger.fence";

fn fence_text(origin: &str, epoch: Uuid) -> String {
    format!("cp-fence-v1\n{origin}\n{epoch}\n")
}

/// What the entry holds that fences the run of this name.
///
/// # Errors
/// `Key` if it cannot be signed.
pub fn fence(key: &LogKey, epoch: Uuid) -> Result<Vec<(&'static str, DetailValue)>, NoteError> {
    let signature = key.vouch(&fence_text(key.vkey().name(), epoch))?;
    Ok(vec![("epoch", DetailValue::Id(epoch)), ("signature", DetailValue::Signature(signature))])
}

/// The run that such an entry names, and the signature that is to vouch for it.
pub fn fenced(body: &Body) -> Option<(Uuid, [u8; 64])> {
    let [(e, BodyValue::Text(epoch)), (s, BodyValue::Text(signature))] = body.detail.as_slice() else { return None };
    let epoch =
        Uuid::try_parse(epoch).ok().filter(|id| e == "epoch" && s == "signature" && id.to_string() == **epoch)?;
    Some((epoch, signature_of(signature)?))
}

/// Whether this key of the log said so.
pub fn fences(key: &VKey, epoch: Uuid, signature: &[u8; 64]) -> bool {
    key.vouches(fence_text(key.name(), epoch).as_bytes(), signature)
}

/// The chain that a beat or close gives for all before it, if the writer's own key signed it.
pub fn attested(body: &Body, key: &[u8; 32]) -> Option<Hash> {
    let [(u, BodyValue::Number(upto)), (c, BodyValue::Text(chain)), (s, BodyValue::Text(signature))] =
        body.detail.as_slice()
    else {
        return None;
    };
    let named = u == "upto" && c == "chain" && s == "signature";
    // A writer is one connection: when it beats, nothing of it is in flight.
    let chain = unhex(chain).filter(|_| named && upto.checked_add(1) == Some(body.n))?;
    let text = beat_text(&body.operation, &body.writer, *upto, &chain);
    let verified = UnparsedPublicKey::new(&ED25519, key).verify(text.as_bytes(), &signature_of(signature)?);
    verified.is_ok().then_some(chain)
}

/// 64 bytes from 128 lower-case hex digits.
pub(super) fn signature_of(text: &str) -> Option<[u8; 64]> {
    let (high, low) = text.split_at_checked(64)?;
    let (high, low) = (unhex(high)?, unhex(low)?);
    [high, low].concat().try_into().ok()
}
