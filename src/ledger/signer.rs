//! The signer: an embedded witness. It keeps size and frontier of the log outside the database and signs only what grows
//! from them. It must never sign a smaller log or another past, whatever a restored backup or a database owner says, and
//! after a refusal it stays stopped until a person has looked.

use crate::digest::sha256;
use crate::ledger::body::{hex, unhex};
use crate::ledger::files::{MAX_FILE, read_small, replace};
use crate::ledger::note::{Checkpoint, LogKey, NoteError, WitnessKey};
use crate::ledger::tree::{Frontier, Hash};
use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const STATE: &str = "state";
const LOCK: &str = "lock";
const ALARM: &str = "alarm";
const HEADING: &str = "cp-signer-v1";

#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    #[error(
        "the signer's state is lost: put it back from a backup, or accept the log as it stands with `keys init --accept-log`"
    )]
    LostState,
    #[error("the signer has a state already")]
    AlreadyInitialised,
    #[error("the signer's state is damaged or of another log")]
    DamagedState,
    #[error(
        "another process holds the signer's state: a further instance of the service has `signs = false` in [ledger]"
    )]
    Locked,
    #[error("refused: the log is smaller than what was signed")]
    Smaller,
    #[error("refused: the log has another root at the size that was signed")]
    OtherRoot,
    #[error("refused: the new entries do not lead from the signed log to the claimed root")]
    Inconsistent,
    #[error("the signer is stopped by an alarm: a person must look, and remove the alarm file")]
    Alarmed,
    #[error("the key file must be a plain file of this user with mode 0600")]
    KeyFile,
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error("the signer's files cannot be read or written")]
    Io(#[from] io::Error),
}

/// Holds the state's lock for as long as it lives.
pub struct Signer {
    dir: PathBuf,
    key: LogKey,
    /// While the log changes its key, the one that comes: both sign.
    next: Option<LogKey>,
    signed: Frontier,
    stopped: bool,
    _lock: File,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("size", &self.signed.size())
            .field("stopped", &self.stopped)
            .finish_non_exhaustive()
    }
}

impl Signer {
    /// Begins a state for an empty log in `dir` (made with mode 0700 if absent). A person's explicit act: it accepts whatever
    /// log it is shown first.
    ///
    /// # Errors
    /// `AlreadyInitialised`, `Locked`, or the files.
    pub fn init(dir: &Path, key: LogKey) -> Result<Self, SignerError> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let lock = take_lock(dir)?;
        if fs::exists(dir.join(STATE))? {
            return Err(SignerError::AlreadyInitialised);
        }
        let signed = Frontier::default();
        let signer = Self { dir: dir.to_owned(), key, next: None, signed, stopped: false, _lock: lock };
        signer.keep(&signer.signed)?;
        Ok(signer)
    }

    /// Whether a state was begun in `dir`.
    ///
    /// # Errors
    /// The files.
    pub fn has_state(dir: &Path) -> Result<bool, SignerError> {
        Ok(fs::exists(dir.join(STATE))?)
    }

    /// Takes up the state in `dir`.
    ///
    /// # Errors
    /// `LostState`, `DamagedState`, `Locked`, `Alarmed`, or the files.
    pub fn open(dir: &Path, key: LogKey) -> Result<Self, SignerError> {
        if !fs::exists(dir.join(STATE))? {
            return Err(SignerError::LostState);
        }
        let lock = take_lock(dir)?;
        if fs::exists(dir.join(ALARM))? {
            return Err(SignerError::Alarmed);
        }
        let state = read_small(&dir.join(STATE))?;
        let signed = parse_state(&state, key.vkey().name()).ok_or(SignerError::DamagedState)?;
        Ok(Self { dir: dir.to_owned(), key, next: None, signed, stopped: false, _lock: lock })
    }

    /// Has this key of the same log sign beside the other.
    #[must_use]
    pub fn with_next(self, next: Option<LogKey>) -> Self {
        Self { next: next.filter(|next| next.vkey().name() == self.key.vkey().name()), ..self }
    }

    /// Size of the log that was last signed: the next `sign` wants the leaf hashes from here on.
    pub fn size(&self) -> u64 {
        self.signed.size()
    }

    pub fn root(&self) -> Hash {
        self.signed.root()
    }

    /// Of the log that was last signed.
    pub fn frontier(&self) -> &Frontier {
        &self.signed
    }

    pub fn key(&self) -> &LogKey {
        &self.key
    }

    /// Signs the log of `size` leaves and `root`, given the leaf hashes since [`Signer::size`], in order. The state is on disk
    /// before the note is returned, so that no crash leaves a signature that the signer does not know of.
    ///
    /// The caller reads size, root and leaves in one snapshot, and all leaves before it calls: a source that fails halfway would
    /// look like a log that lost entries, and stop the signer.
    ///
    /// # Errors
    /// `Smaller`, `OtherRoot`, `Inconsistent`: refused, an alarm file is written, and everything after is `Alarmed`.
    /// `Io`: nothing was signed; may be tried again.
    pub fn sign(
        &mut self,
        size: u64,
        root: Hash,
        new_leaves: impl IntoIterator<Item = Hash>,
    ) -> Result<String, SignerError> {
        if self.stopped {
            return Err(SignerError::Alarmed);
        }
        if size < self.signed.size() {
            return Err(self.stop(SignerError::Smaller));
        }
        let mut grown = self.signed.clone();
        // One more than should come: extra leaves mean that the caller and the log disagree about its size.
        let wanted = size.saturating_sub(grown.size());
        let mut leaves = new_leaves.into_iter();
        for leaf in leaves.by_ref().take(usize::try_from(wanted).unwrap_or(usize::MAX)) {
            grown.push(leaf);
        }
        if grown.size() != size || leaves.next().is_some() {
            return Err(self.stop(SignerError::Inconsistent));
        }
        if grown.root() != root {
            let refusal = if wanted == 0 { SignerError::OtherRoot } else { SignerError::Inconsistent };
            return Err(self.stop(refusal));
        }
        if wanted > 0 {
            self.keep(&grown)?;
            self.signed = grown;
        }
        let checkpoint = Checkpoint { origin: self.key.vkey().name().to_owned(), size, root };
        let beside = self.next.as_ref().map(|next| next.line(&checkpoint)).unwrap_or_default();
        Ok(self.key.sign(&checkpoint) + &beside)
    }

    fn stop(&mut self, refusal: SignerError) -> SignerError {
        self.stopped = true;
        // If the alarm cannot be written, this process is stopped all the same, and the next will meet the same log.
        let _ = replace(&self.dir, ALARM, format!("{refusal}\n").as_bytes());
        refusal
    }

    fn keep(&self, state: &Frontier) -> io::Result<()> {
        replace(&self.dir, STATE, print_state(state, self.key.vkey().name()).as_bytes())
    }
}

fn print_state(state: &Frontier, origin: &str) -> String {
    let mut text = format!("{HEADING}\n{origin}\n{}\n", state.size());
    for root in state.roots() {
        text.push_str(&hex(root));
        text.push('\n');
    }
    let sum = sha256(&[text.as_bytes()]);
    text + &hex(&sum) + "\n"
}

fn parse_state(bytes: &[u8], origin: &str) -> Option<Frontier> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines().skip(2);
    let size = lines.next()?.parse().ok()?;
    let mut roots = lines.map(unhex).collect::<Option<Vec<_>>>()?;
    roots.pop()?;
    let state = Frontier::from_parts(size, roots)?;
    // Heading, origin, checksum and form are checked by writing it again.
    (print_state(&state, origin) == text).then_some(state)
}

pub(crate) fn take_lock(dir: &Path) -> Result<File, SignerError> {
    let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(dir.join(LOCK))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(SignerError::Locked),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Makes a key and its file (mode 0600, never over an existing one).
///
/// # Errors
/// The file exists or cannot be written, or `origin` cannot name a key.
pub fn create_key(path: &Path, origin: &str) -> Result<LogKey, SignerError> {
    let pkcs8 = LogKey::generate_pkcs8()?;
    let key = LogKey::from_pkcs8(origin, &pkcs8)?;
    keep_key(path, &pkcs8)?;
    Ok(key)
}

/// The same for a witness of this name.
///
/// # Errors
/// As for a log's key.
pub fn create_witness_key(path: &Path, name: &str) -> Result<WitnessKey, SignerError> {
    let pkcs8 = LogKey::generate_pkcs8()?;
    let key = WitnessKey::from_pkcs8(name, &pkcs8)?;
    keep_key(path, &pkcs8)?;
    Ok(key)
}

fn keep_key(path: &Path, pkcs8: &[u8]) -> Result<(), SignerError> {
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    file.write_all(pkcs8)?;
    file.sync_all()?;
    Ok(())
}

/// Reads the key file, checked through the open handle, so that it cannot be exchanged between check and use.
///
/// # Errors
/// `KeyFile` if it is not a plain file, is open to others, or is another user's.
pub fn load_key(path: &Path, origin: &str) -> Result<LogKey, SignerError> {
    Ok(LogKey::from_pkcs8(origin, &read_key(path)?)?)
}

/// The same for a witness.
///
/// # Errors
/// As for a log's key.
pub fn load_witness_key(path: &Path, name: &str) -> Result<WitnessKey, SignerError> {
    Ok(WitnessKey::from_pkcs8(name, &read_key(path)?)?)
}

fn read_key(path: &Path) -> Result<zeroize::Zeroizing<Vec<u8>>, SignerError> {
    let file = File::open(path)?;
    let facts = file.metadata()?;
    if !facts.is_file() || facts.mode() & 0o077 != 0 || facts.uid() != effective_user()? {
        return Err(SignerError::KeyFile);
    }
    let mut pkcs8 = zeroize::Zeroizing::new(Vec::new());
    file.take(MAX_FILE).read_to_end(&mut pkcs8)?;
    Ok(pkcs8)
}

/// From `/proc/self/status`: std has no call for it, and the owner of `/proc/self` is root for a process that may not be dumped.
fn effective_user() -> Result<u32, SignerError> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:")).ok_or(SignerError::KeyFile)?;
    line.split_whitespace().nth(1).and_then(|id| id.parse().ok()).ok_or(SignerError::KeyFile)
}
