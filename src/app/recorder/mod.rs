//! The one road by which anything leaves this service: reads and refusals are entered here before they are shown, changes
//! commit here together with their entry. It must never answer before the commit, and never make people wait behind a flood:
//! whoever finds no place is told so at once.

mod at_work;
pub mod kept;
mod lane;
mod queue;

use crate::clock::Clock;
use crate::ledger::entry::Draft;
use crate::ledger::note::LogKey;
use crate::ledger::receipt::Receipt;
use crate::store::{Engine, Store, StoreError, Tx};
pub use at_work::AtWork;
use kept::Kept;
use lane::{Lane, With};
use queue::Queue;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::oneshot;
use uuid::Uuid;

/// Whose share of the queue a job takes. Traffic that nobody signed in for has one small share between all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Share {
    /// A person's id, or a system principal's.
    Principal(Uuid),
    Unauthenticated,
}

/// It could not be recorded, so it must not be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the ledger cannot take an entry now")]
pub struct Unavailable;

/// Why a change was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// What was read has changed: decide once more.
    #[error("the row has changed since it was read")]
    Stale,
    #[error("a row like this exists already")]
    Unique,
    /// Another rule of the schema. A fault of ours, or a reference that has gone.
    #[error("the database refused the row")]
    Refused,
    #[error("the ledger or the database cannot take the change now")]
    Unavailable,
    /// The commit's answer was lost and could not be looked up: it may have been made.
    #[error("whether the change was made is not known")]
    UnknownOutcome,
}

impl From<StoreError> for ApplyError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale => ApplyError::Stale,
            StoreError::Unique => ApplyError::Unique,
            StoreError::Refused => ApplyError::Refused,
            _ => ApplyError::Unavailable,
        }
    }
}

type Apply<R> = Box<dyn FnOnce(&mut Tx<'_>, &mut Draft) -> Result<R, ApplyError> + Send>;

/// A change that has been decided and sealed: what to enter, and the rows to write. `apply` begins with a write, does no
/// policy and no crypto, and may add to the draft what only the transaction knows (the place of a record).
pub struct Change<R> {
    pub draft: Draft,
    pub apply: Apply<R>,
}

impl<R> Change<R> {
    pub fn new(
        draft: Draft,
        apply: impl FnOnce(&mut Tx<'_>, &mut Draft) -> Result<R, ApplyError> + Send + 'static,
    ) -> Self {
        Self { draft, apply: Box::new(apply) }
    }
}

impl<R> fmt::Debug for Change<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change").field("operation", &self.draft.operation).finish_non_exhaustive()
    }
}

/// How much may wait. A place is held until the answer, so these also bound what is in flight.
#[derive(Debug, Clone)]
pub struct Limits {
    pub places: usize,
    pub places_of_a_principal: usize,
    pub places_of_the_unauthenticated: usize,
    /// How many entries one commit may carry. The batch forms while the last one is on its way to the disk, and a little longer
    /// while somebody is at work who will bring another.
    pub batch: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { places: 1024, places_of_a_principal: 64, places_of_the_unauthenticated: 64, batch: 64 }
    }
}

/// The process's recorder; dropping it answers what is queued and ends its threads.
pub struct Recorder {
    entries: Arc<Queue>,
    changes: Arc<Queue>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("in_flight", &self.in_flight()).finish_non_exhaustive()
    }
}

impl Recorder {
    /// SQLite: one thread takes entries and changes, for there is one writer. PostgreSQL: one for entries, and
    /// `write_connections` for changes. `epoch` names this run of the process in the ledger: it must never have been used; the
    /// log's key vouches for each of its writers. What is entered goes to `kept` too, where somebody reads it back.
    ///
    /// # Errors
    /// `Unavailable` if no thread can be started.
    pub fn start(
        store: &Store,
        clock: &Arc<Clock>,
        key: &Arc<LogKey>,
        epoch: &str,
        limits: &Limits,
        kept: Option<&Arc<Kept>>,
    ) -> Result<Self, Unavailable> {
        let entries = Arc::new(Queue::new(limits.clone()));
        let (changes, lanes) = match store.engine() {
            Engine::Sqlite => (Arc::clone(&entries), 0),
            Engine::Postgres => (Arc::new(Queue::new(limits.clone())), store.settings().write_connections.max(1)),
        };
        let recorder = Self { entries, changes, threads: Mutex::default() };
        let with = With { store, clock, key, epoch, kept };
        for number in 0..=lanes {
            let queue = if number == 0 { &recorder.entries } else { &recorder.changes };
            let thread = Lane::new(&with, number).start(Arc::clone(queue)).map_err(|_| Unavailable)?;
            recorder.threads().push(thread);
        }
        Ok(recorder)
    }

    /// For a request, from its beginning until its answer: others that are being recorded wait a moment for it.
    pub fn at_work(&self) -> AtWork {
        AtWork::begin(self.entries.working())
    }

    /// Enters a read or a refusal. It takes its place now, not when first polled; dropping the future does not take it back.
    ///
    /// # Errors
    /// `Unavailable` at once where there is no place, or after a failure to commit.
    pub fn record(&self, share: Share, draft: Draft) -> impl Future<Output = Result<(), Unavailable>> + Send + 'static {
        let entered = self.enter(share, draft);
        async move { entered.await.map(|_| ()) }
    }

    /// The same, and says as what it was entered.
    ///
    /// # Errors
    /// As for `record`.
    pub fn enter(
        &self,
        share: Share,
        draft: Draft,
    ) -> impl Future<Output = Result<Receipt, Unavailable>> + Send + 'static {
        let answer = self.entries.push(share, draft, None);
        async move { settled(answer).await.map_err(|_| Unavailable) }
    }

    /// Makes a change and enters it, in one transaction.
    ///
    /// # Errors
    /// What `apply` gave, or [`ApplyError`] for the commit.
    pub fn change<R: Send + 'static>(
        &self,
        share: Share,
        change: Change<R>,
    ) -> impl Future<Output = Result<R, ApplyError>> + Send + 'static {
        let made = self.change_entered(share, change);
        async move { made.await.map(|(made, _)| made) }
    }

    /// The same, and says as what it was entered.
    ///
    /// # Errors
    /// As for `change`.
    pub fn change_entered<R: Send + 'static>(
        &self,
        share: Share,
        change: Change<R>,
    ) -> impl Future<Output = Result<(R, Receipt), ApplyError>> + Send + 'static {
        // The result waits here until the commit is known: it must not travel with an answer that may be withdrawn.
        let result = Arc::new(Mutex::new(None));
        let (Change { draft, apply }, slot) = (change, Arc::clone(&result));
        let apply: Apply<()> = Box::new(move |tx, draft| {
            let made = apply(tx, draft)?;
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
            Ok(())
        });
        let answer = self.changes.push(share, draft, Some(apply));
        async move {
            let entered = settled(answer).await?;
            let made = result.lock().unwrap_or_else(PoisonError::into_inner).take();
            made.map(|made| (made, entered)).ok_or(ApplyError::UnknownOutcome)
        }
    }

    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether every thread that commits is still there.
    pub fn is_alive(&self) -> bool {
        let threads = self.threads();
        !threads.is_empty() && threads.iter().all(|thread| !thread.is_finished())
    }

    /// Answers what is queued, has every writer close, and takes no more.
    pub fn close(&self) {
        self.entries.close();
        self.changes.close();
        let threads = std::mem::take(&mut *self.threads());
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the recorder ended in a panic");
            }
        }
    }

    /// How many jobs hold a place.
    pub fn in_flight(&self) -> usize {
        self.entries.held() + if Arc::ptr_eq(&self.entries, &self.changes) { 0 } else { self.changes.held() }
    }
}

async fn settled(answer: Option<oneshot::Receiver<Result<Receipt, ApplyError>>>) -> Result<Receipt, ApplyError> {
    match answer {
        // A sender dropped without an answer: the thread panicked before the commit.
        Some(answer) => answer.await.unwrap_or(Err(ApplyError::Unavailable)),
        None => Err(ApplyError::Unavailable),
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.close();
    }
}
