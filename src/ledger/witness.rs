//! A witness of other people's logs, by the rules of C2SP tlog-witness: it cosigns a checkpoint only if it is the one that it
//! cosigned last, or a log that grew out of it.
//! It must never cosign a smaller log or another past, never give its word before it has written down what for, and never
//! believe the log: what it knows is in its own folder.

use crate::clock::Moment;
use crate::digest::sha256;
use crate::ledger::body::{hex, unhex};
use crate::ledger::files::{read_small, replace};
use crate::ledger::note::{self, Checkpoint, NoteError, VKey, WitnessKey};
use crate::ledger::signer::{SignerError, take_lock};
use crate::ledger::tree::{Hash, empty_root, verify_consistency};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

const HEADING: &str = "cp-witness-v1";

/// C2SP tlog-witness: the most hashes of a proof.
const MOST_HASHES: usize = 63;

/// Why a checkpoint is not cosigned; with the status that C2SP tlog-witness answers with.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("400: the request is not written as C2SP tlog-witness says")]
    Malformed,
    #[error("403: {0}")]
    NotSigned(NoteError),
    #[error("404: this witness does not know the log")]
    UnknownLog,
    /// Also a fork at that size.
    #[error("409: this witness cosigned the log at {0} entries, and the request does not begin there")]
    Elsewhere(u64),
    #[error("422: the proof does not lead from what was cosigned to this checkpoint")]
    Proof,
    #[error("what this witness has cosigned is damaged: put its folder back from a backup")]
    Damaged,
    #[error("the witness's files cannot be read or written")]
    Io(#[from] io::Error),
}

impl Refusal {
    /// The status of C2SP tlog-witness.
    pub fn status(&self) -> u16 {
        match self {
            Refusal::Malformed => 400,
            Refusal::NotSigned(_) => 403,
            Refusal::UnknownLog => 404,
            Refusal::Elsewhere(_) => 409,
            Refusal::Proof => 422,
            Refusal::Damaged | Refusal::Io(_) => 500,
        }
    }
}

/// What C2SP tlog-witness calls `add-checkpoint`: where the log was, how it grew from there, and the signed note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub old: u64,
    pub proof: Vec<Hash>,
    pub checkpoint: String,
}

impl Request {
    pub fn print(&self) -> String {
        let hashes: String = self.proof.iter().map(|hash| STANDARD.encode(hash) + "\n").collect();
        format!("old {}\n{hashes}\n{}", self.old, self.checkpoint)
    }

    /// Reads exactly what `print` writes.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= note::MAX_NOTE)?;
        let (head, checkpoint) = text.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let old = lines.next()?.strip_prefix("old ")?.parse().ok()?;
        let hash = |line: &str| STANDARD.decode(line).ok()?.try_into().ok();
        let proof: Vec<Hash> = lines.take(MOST_HASHES.saturating_add(1)).map(hash).collect::<Option<_>>()?;
        let request = Self { old, proof, checkpoint: checkpoint.to_owned() };
        (request.proof.len() <= MOST_HASHES && request.print() == text).then_some(request)
    }
}

/// Holds the folder's lock for as long as it lives: one checks and writes at a time.
pub struct Witness {
    dir: PathBuf,
    key: WitnessKey,
    /// The logs that it knows.
    logs: Vec<VKey>,
    _lock: File,
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witness").field("logs", &self.logs.len()).finish_non_exhaustive()
    }
}

impl Witness {
    /// `dir` is made with mode 0700 if it is not there.
    ///
    /// # Errors
    /// `Locked`, or the files.
    pub fn open(dir: &Path, key: WitnessKey, logs: Vec<VKey>) -> Result<Self, SignerError> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let lock = take_lock(dir)?;
        Ok(Self { dir: dir.to_owned(), key, logs, _lock: lock })
    }

    /// The signature line for the checkpoint of a request. It is on disk before the line is given.
    ///
    /// # Errors
    /// [`Refusal`]: nothing was cosigned, and what this witness knows is as it was.
    pub fn add_checkpoint(&self, request: &[u8], now: Moment) -> Result<String, Refusal> {
        let request = Request::parse(request).ok_or(Refusal::Malformed)?;
        let origin = request.checkpoint.split('\n').next().unwrap_or_default();
        let of_log: Vec<VKey> = self.logs.iter().filter(|log| log.name() == origin).cloned().collect();
        if of_log.is_empty() {
            return Err(Refusal::UnknownLog);
        }
        let new = note::open(request.checkpoint.as_bytes(), &of_log).map_err(Refusal::NotSigned)?;
        if request.old > new.size {
            return Err(Refusal::Malformed);
        }
        let known = self.known(&new.origin)?;
        if request.old != known.size || (request.old == new.size && known.root != new.root) {
            return Err(Refusal::Elsewhere(known.size));
        }
        if !verify_consistency(known.size, &known.root, new.size, &new.root, &request.proof) {
            return Err(Refusal::Proof);
        }
        replace(&self.dir, &file_of(&new.origin), print_state(&new).as_bytes())?;
        Ok(self.key.cosign(&request.checkpoint, now))
    }

    /// What was cosigned last of a log; the empty log before the first.
    ///
    /// # Errors
    /// `Damaged`; the files.
    pub fn known(&self, origin: &str) -> Result<Checkpoint, Refusal> {
        let path = self.dir.join(file_of(origin));
        if !fs::exists(&path)? {
            return Ok(Checkpoint { origin: origin.to_owned(), size: 0, root: empty_root() });
        }
        parse_state(&read_small(&path)?, origin).ok_or(Refusal::Damaged)
    }
}

/// An origin is no file name.
fn file_of(origin: &str) -> String {
    format!("log-{}", hex(&sha256(&[origin.as_bytes()])))
}

fn print_state(checkpoint: &Checkpoint) -> String {
    let text = format!("{HEADING}\n{}\n{}\n{}\n", checkpoint.origin, checkpoint.size, hex(&checkpoint.root));
    let sum = sha256(&[text.as_bytes()]);
    text + &hex(&sum) + "\n"
}

fn parse_state(bytes: &[u8], origin: &str) -> Option<Checkpoint> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines().skip(2);
    let (size, root) = (lines.next()?.parse().ok()?, unhex(lines.next()?)?);
    let checkpoint = Checkpoint { origin: origin.to_owned(), size, root };
    // Heading, origin, checksum and form are checked by writing it again.
    (print_state(&checkpoint) == text).then_some(checkpoint)
}
