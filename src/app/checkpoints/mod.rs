//! Checkpoints leave the host: into a folder elsewhere, or by the operator's own program. What was taken is remembered beside
//! the signer's memory, and readiness says when nothing was for too long.
//! Nothing may go out that the log's key did not sign, nor a log smaller than what went out before.

mod command;
mod quorum;
mod standing;

use command::Carried;
pub use command::Courier;
pub use quorum::Quorum;
pub use standing::Standing;

use super::ask_witness::{Unasked, request};
use crate::clock::Clock;
use crate::config::Sends;
use crate::ledger::delivered::Delivered;
use crate::ledger::dropped::DropFolder;
use crate::ledger::note::{self, VKey};
use crate::store::rows::CheckpointRow;
use crate::store::{Store, StoreError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often one looks whether a delivery is due.
const LOOK: Duration = Duration::from_millis(500);

/// Looks between two for what witnesses sent.
const GATHER_EVERY: u64 = 4;

/// Seconds until a delivery that failed is tried again, or as long as the interval if that is shorter.
const AGAIN: i64 = 60;

/// Where checkpoints go, and how often.
#[derive(Debug, Clone)]
pub struct Roads {
    pub directory: Option<PathBuf>,
    pub courier: Option<Courier>,
    pub courier_takes: Sends,
    /// Seconds from one delivery to the next.
    pub every: i64,
    /// Seconds without one after which readiness says so.
    pub overdue: i64,
    /// Whose word is waited for until a checkpoint counts; None where the log's own does.
    pub quorum: Option<Quorum>,
}

/// Why a checkpoint was not delivered. It is tried again.
#[derive(Debug, thiserror::Error)]
pub enum Undelivered {
    #[error(transparent)]
    Unasked(#[from] Unasked),
    #[error("the newest checkpoint in the database is not one that the log's key signed")]
    NotOurs,
    #[error("a larger log was delivered than the database has: an older database was put back")]
    Smaller,
    #[error("the delivery folder cannot be written: {0}")]
    Folder(io::ErrorKind),
    #[error("the delivery command cannot be started")]
    NotStarted,
    #[error("the delivery command took too long and was ended")]
    TooLong,
    #[error("the delivery command did not take the checkpoint")]
    NotTaken,
    #[error("the service is stopping")]
    Stopping,
    #[error("what was delivered cannot be written down beside the signer's memory")]
    Memory,
    #[error("the folder of cosignatures cannot be read or written: {0}")]
    Words(io::ErrorKind),
}

impl From<StoreError> for Undelivered {
    fn from(error: StoreError) -> Self {
        Unasked::from(error).into()
    }
}

/// Delivers. There is one for a log, in the process that holds its signer.
#[derive(Debug)]
pub struct Delivery {
    store: Store,
    clock: Arc<Clock>,
    /// The signer's.
    folder: PathBuf,
    key: VKey,
    roads: Roads,
    last: Delivered,
    standing: Arc<Standing>,
    /// Not before this, in seconds since 1970, after a failure.
    again_at: i64,
}

impl Delivery {
    /// Takes up what is remembered.
    ///
    /// # Errors
    /// The signer's folder.
    pub fn open(store: Store, clock: Arc<Clock>, folder: &Path, key: VKey, roads: Roads) -> io::Result<Self> {
        let last = match Delivered::read(folder) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                tracing::error!("what is remembered of deliveries is damaged: it is begun anew");
                None
            }
            read => read?,
        };
        let last = match last {
            Some(last) => last,
            None => {
                let nothing = Delivered::nothing(clock.instant());
                nothing.keep(folder)?;
                nothing
            }
        };
        // Where witnesses are waited for, a checkpoint that was taken and not cosigned is as good as none.
        let counted = store.reader().and_then(|mut reader| reader.latest_cosigned()).ok().flatten();
        let since = counted.filter(|_| roads.quorum.is_some()).map_or(last.at, |counted| counted.at);
        let standing = Arc::new(Standing::new(since, roads.overdue));
        Ok(Self { store, clock, folder: folder.to_owned(), key, roads, last, standing, again_at: 0 })
    }

    pub fn standing(&self) -> Arc<Standing> {
        Arc::clone(&self.standing)
    }

    /// Delivers if it is time. Gives the size that was taken.
    ///
    /// # Errors
    /// [`Undelivered`]: nothing is remembered, and it is tried again.
    pub fn turn(&mut self, stopped: &Receiver<()>) -> Result<Option<u64>, Undelivered> {
        let now = self.clock.instant().seconds();
        let due = if self.last.size == 0 { 0 } else { self.last.at.seconds().saturating_add(self.roads.every) };
        if now < due.max(self.again_at) {
            return Ok(None);
        }
        let newest = self.store.reader()?.latest_checkpoint()?;
        let Some(newest) = newest else { return Ok(None) };
        self.again_at = now.saturating_add(self.roads.every.min(AGAIN));
        self.deliver(&newest, stopped).map(Some)
    }

    fn deliver(&mut self, newest: &CheckpointRow, stopped: &Receiver<()>) -> Result<u64, Undelivered> {
        let size = self.believe(newest)?;
        if size < self.last.size || (size == self.last.size && newest.root != self.last.root) {
            return Err(Undelivered::Smaller);
        }
        if let Some(directory) = &self.roads.directory {
            self.drop_into(&DropFolder::of(directory, self.key.name()), size, newest)?;
        }
        if let Some(courier) = &self.roads.courier {
            self.carry(courier, newest, stopped)?;
        }
        let taken = Delivered { size, root: newest.root, at: self.clock.instant() };
        taken.keep(&self.folder).map_err(|_| Undelivered::Memory)?;
        self.last = taken;
        self.again_at = 0;
        if self.roads.quorum.is_none() {
            self.standing.taken(taken.at);
        }
        Ok(size)
    }

    /// Looks whether enough witnesses have cosigned a newer checkpoint than the one that counts. Gives its size.
    ///
    /// # Errors
    /// [`Undelivered`]: what counts is as it was.
    pub fn gather(&mut self) -> Result<Option<u64>, Undelivered> {
        let Some(quorum) = &self.roads.quorum else { return Ok(None) };
        let now = self.clock.instant();
        let Some((row, gathered)) = quorum.newest(&self.store, &self.key)? else {
            let mut reader = self.store.reader()?;
            let counts = reader.latest_cosigned()?.map(|row| row.size);
            if counts.is_some() && counts == reader.latest_checkpoint()?.map(|row| row.size) {
                self.standing.taken(now);
            }
            return Ok(None);
        };
        let size = self.believe(&row)?;
        quorum::publish(&self.store, row.size, &gathered.note, now)?;
        self.standing.taken(now);
        if let Some(directory) = &self.roads.directory {
            let folder = DropFolder::of(directory, self.key.name());
            folder.put(size, &gathered.note).map_err(|error| Undelivered::Folder(error.kind()))?;
        }
        Ok(Some(size))
    }

    /// A row of the database is believed by the log's signature alone.
    fn believe(&self, row: &CheckpointRow) -> Result<u64, Undelivered> {
        let signed =
            note::open(row.note.as_bytes(), std::slice::from_ref(&self.key)).map_err(|_| Undelivered::NotOurs)?;
        let same = u64::try_from(row.size) == Ok(signed.size) && row.root == signed.root;
        same.then_some(signed.size).ok_or(Undelivered::NotOurs)
    }

    /// The proof leads from what the folder has, whatever was remembered; and comes before the checkpoint that needs it.
    fn drop_into(&self, folder: &DropFolder, size: u64, newest: &CheckpointRow) -> Result<(), Undelivered> {
        let failed = |error: io::Error| Undelivered::Folder(error.kind());
        let there = folder.sizes().map_err(failed)?.last().copied().unwrap_or(0);
        if there > size {
            return Err(Undelivered::Smaller);
        }
        if there < size {
            folder.put_request(size, &request(&self.store, newest, there)?).map_err(failed)?;
        }
        folder.put(size, &newest.note).map_err(failed)
    }

    fn carry(&self, courier: &Courier, newest: &CheckpointRow, stopped: &Receiver<()>) -> Result<(), Undelivered> {
        if self.roads.courier_takes == Sends::Checkpoint {
            let carried = courier.carry(&newest.note, stopped)?;
            return self.taken(newest, &carried);
        }
        let asked = request(&self.store, newest, self.last.size)?;
        let carried = courier.carry(&asked.print(), stopped)?;
        if carried.accepted {
            return self.taken(newest, &carried);
        }
        // A witness that is elsewhere (409) says where, as C2SP tlog-witness has it: a size in a line.
        let elsewhere = where_it_is(&carried.said).ok_or(Undelivered::NotTaken)?;
        let asked = request(&self.store, newest, elsewhere)?;
        let carried = courier.carry(&asked.print(), stopped)?;
        self.taken(newest, &carried)
    }

    /// What the program said may be a witness's word.
    fn taken(&self, newest: &CheckpointRow, carried: &Carried) -> Result<(), Undelivered> {
        match &self.roads.quorum {
            _ if !carried.accepted => Err(Undelivered::NotTaken),
            Some(quorum) => quorum.arrive(newest, &carried.said, &self.key),
            None => Ok(()),
        }
    }

    /// Delivers as long as the thread lives.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(mut self) -> io::Result<DeliveryThread> {
        let (stop, stopped) = channel::<()>();
        let thread = thread::Builder::new().name("checkpoints".to_owned()).spawn(move || {
            for look in 0_u64.. {
                match self.turn(&stopped) {
                    Ok(Some(size)) => tracing::debug!(size, "a checkpoint was delivered"),
                    Ok(None) | Err(Undelivered::Stopping) => {}
                    Err(error) => tracing::error!(%error, "a checkpoint could not be delivered"),
                }
                if look.is_multiple_of(GATHER_EVERY) {
                    match self.gather() {
                        Ok(Some(size)) => tracing::debug!(size, "a checkpoint was cosigned and counts"),
                        Ok(None) => {}
                        Err(error) => tracing::error!(%error, "cosignatures could not be gathered"),
                    }
                }
                if !matches!(stopped.recv_timeout(LOOK), Err(RecvTimeoutError::Timeout)) {
                    return;
                }
            }
        })?;
        Ok(DeliveryThread { stop: Some(stop), thread: Some(thread) })
    }
}

/// The body of a witness's 409.
fn where_it_is(said: &[u8]) -> Option<u64> {
    let line = std::str::from_utf8(said).ok()?.strip_suffix('\n')?;
    line.parse().ok().filter(|size: &u64| size.to_string() == line)
}

/// Stops, and ends a program that still runs, when dropped.
#[derive(Debug)]
pub struct DeliveryThread {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for DeliveryThread {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the delivery of checkpoints ended in a panic");
        }
    }
}
