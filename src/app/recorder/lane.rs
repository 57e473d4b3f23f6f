//! One thread, one connection, one counter. The counter moves only under a commit, so that a lane's numbers have no gap and a
//! gap means that somebody took a row away. It must never let one bad entry, or a panic, cost the others theirs.

mod word;

use super::ApplyError;
use super::kept::Kept;
use super::queue::{Job, Queue};
use crate::clock::Clock;
use crate::ledger::attest::Attester;
use crate::ledger::entry::{CaseMark, Draft, Entry, Outcome};
use crate::ledger::note::LogKey;
use crate::ledger::receipt::Receipt;
use crate::store::{CommitError, Engine, Store, StoreError, Tx, Writer};
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// After a failed connection everyone is told at once, instead of each waiting for a time-out of his own.
const REST: Duration = Duration::from_millis(500);

/// From one commit's beginning to the next, while somebody is at work who will bring another entry. A disk that answers at once
/// would else be given each by itself, and on PostgreSQL a commit of one costs nearly what a commit of ten does.
const GATHER: Duration = Duration::from_micros(2_500);

/// What every lane of a recorder works with.
pub(super) struct With<'a> {
    pub store: &'a Store,
    pub clock: &'a Arc<Clock>,
    pub key: &'a Arc<LogKey>,
    pub epoch: &'a str,
    pub kept: Option<&'a Arc<Kept>>,
}

pub(super) struct Lane {
    store: Store,
    clock: Arc<Clock>,
    random: SystemRandom,
    /// `epoch/lane`, and `.generation` of it: a new one begins where the last number of the old cannot be known.
    name: String,
    number: usize,
    generation: u64,
    /// The number that the next committed entry will have.
    next: i64,
    writer: Option<Writer>,
    not_before: Option<Instant>,
    /// Vouches for each generation.
    key: Arc<LogKey>,
    /// None until this generation has begun.
    attester: Option<Attester>,
    beat_at: Instant,
    kept: Option<Arc<Kept>>,
}

/// Closes the queue however the thread ends: a queue without a thread would keep people waiting for ever.
struct Alive(Arc<Queue>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl Lane {
    pub(super) fn new(with: &With<'_>, number: usize) -> Self {
        let name = format!("{}/{number}", with.epoch);
        let (store, clock, key) = (with.store.clone(), Arc::clone(with.clock), Arc::clone(with.key));
        Self {
            store,
            clock,
            random: SystemRandom::new(),
            name,
            number,
            generation: 0,
            next: 1,
            writer: None,
            not_before: None,
            key,
            attester: None,
            beat_at: Instant::now(),
            kept: with.kept.cloned(),
        }
    }

    pub(super) fn start(mut self, queue: Arc<Queue>) -> io::Result<JoinHandle<()>> {
        let name = format!("recorder-{}", self.number);
        thread::Builder::new().name(name).spawn(move || {
            let alive = Alive(queue);
            // A change on PostgreSQL has a transaction of its own; the other lanes take the next.
            let most = if self.number == 0 { alive.0.batch() } else { 1 };
            let mut gather_until = None;
            while let Some(jobs) = alive.0.take(most, self.patience(), gather_until) {
                gather_until = Some(Instant::now() + GATHER);
                if catch_unwind(AssertUnwindSafe(|| self.turn(jobs))).is_err() {
                    tracing::error!(lane = %self.name, "a batch of the recorder panicked");
                    self.begin_generation();
                }
            }
            self.beat(true);
        })
    }

    fn writer_name(&self) -> String {
        format!("{}.{}", self.name, self.generation)
    }

    fn begin_generation(&mut self) {
        (self.writer, self.attester) = (None, None);
        self.generation = self.generation.saturating_add(1);
        self.next = 1;
    }

    fn connected(&mut self) -> Result<Writer, StoreError> {
        if let Some(writer) = self.writer.take().filter(|writer| !writer.is_spoilt()) {
            return Ok(writer);
        }
        if self.not_before.is_some_and(|moment| Instant::now() < moment) {
            return Err(StoreError::Unavailable);
        }
        let made = self.store.writer();
        self.not_before = made.is_err().then(|| Instant::now() + REST);
        made
    }

    fn turn(&mut self, jobs: Vec<Job>) {
        if !jobs.is_empty() {
            self.serve(jobs);
        }
        if self.patience().is_some_and(|left| left.is_zero()) {
            self.beat(false);
        }
    }

    fn serve(&mut self, jobs: Vec<Job>) {
        let reached = self.connected().map_err(ApplyError::from).and_then(|mut writer| {
            self.begun(&mut writer)?;
            Ok(writer)
        });
        let Ok(mut writer) = reached else {
            tracing::error!(lane = %self.name, "the recorder cannot reach the database");
            return settle_all(jobs, ApplyError::Unavailable);
        };
        if self.store.engine() == Engine::Sqlite {
            self.together(&mut writer, jobs);
        } else {
            let (changes, entries): (Vec<_>, Vec<_>) = jobs.into_iter().partition(Job::is_change);
            if !entries.is_empty() {
                self.entries(&mut writer, entries);
            }
            for change in changes {
                self.alone(&mut writer, change);
            }
        }
        self.writer = Some(writer).filter(|writer| !writer.is_spoilt());
    }

    fn finish(&self, draft: &Draft, n: i64) -> Result<Entry, StoreError> {
        let mut salt = [0; 32];
        self.random.fill(&mut salt).map_err(|_| StoreError::Unavailable)?;
        draft.finish(&self.writer_name(), n, self.clock.instant(), salt).map_err(|error| {
            tracing::error!(operation = draft.operation, %error, "an entry cannot be made");
            StoreError::Unavailable
        })
    }

    /// One transaction for all jobs, a savepoint for each change: what fails undoes only itself and leaves its number free.
    fn together(&mut self, writer: &mut Writer, mut jobs: Vec<Job>) {
        let mut outcomes: Vec<Result<Receipt, ApplyError>> = Vec::with_capacity(jobs.len());
        let (mut n, mut entries) = (self.next, Vec::with_capacity(jobs.len()));
        let lane = &*self;
        let done = writer.transaction(|tx| {
            entries = lane.group(tx, &jobs, n)?;
            n = n.saturating_add(count(entries.iter()));
            let mut grouped = entries.iter().map(Receipt::of).collect::<Vec<_>>().into_iter();
            for job in &mut jobs {
                if !job.is_change()
                    && let Some(entered) = grouped.next()
                {
                    outcomes.push(Ok(entered));
                    continue;
                }
                let outcome = tx.savepoint(|tx| lane.write(tx, job, n));
                outcomes.push(outcome.map(|entry| {
                    n = n.saturating_add(1);
                    let entered = Receipt::of(&entry);
                    entries.push(entry);
                    entered
                }));
            }
            Ok::<_, ApplyError>(())
        });
        match done {
            Ok(()) => {
                self.next = n;
                self.committed(entries);
                for (job, outcome) in jobs.into_iter().zip(outcomes) {
                    job.settle(outcome);
                }
            }
            Err(CommitError::RolledBack(error)) => settle_all(jobs, error),
            Err(CommitError::Unknown) => self.resolve(jobs.into_iter().zip(outcomes).collect(), entries),
        }
    }

    /// All plain entries in one savepoint; none if any failed: then each gets its own.
    fn group(&self, tx: &mut Tx<'_>, jobs: &[Job], first: i64) -> Result<Vec<Entry>, ApplyError> {
        if jobs.iter().filter(|job| !job.is_change()).nth(1).is_none() {
            return Ok(Vec::new());
        }
        let done = tx.savepoint(|tx| {
            let mut entered = Vec::new();
            for (n, job) in (first..).zip(jobs.iter().filter(|job| !job.is_change())) {
                let entry = self.finish(&job.draft, n)?;
                tx.append_entry(&entry, &[])?;
                entered.push(entry);
            }
            Ok::<_, StoreError>(entered)
        });
        Ok(done.unwrap_or_default())
    }

    /// The rows, and the entry last.
    fn write(&self, tx: &mut Tx<'_>, job: &mut Job, n: i64) -> Result<Entry, ApplyError> {
        if let Some(apply) = job.apply.take() {
            apply(tx, &mut job.draft)?;
        }
        let entry = self.finish(&job.draft, n)?;
        tx.append_entry(&entry, attested(&job.draft))?;
        Ok(entry)
    }

    /// PostgreSQL's change: a transaction of its own.
    fn alone(&mut self, writer: &mut Writer, mut job: Job) {
        let n = self.next;
        let lane = &*self;
        // What was entered waits here too: a commit of unknown outcome may have kept it.
        let mut entered = None;
        let done = writer.transaction(|tx| {
            entered = Some(lane.write(tx, &mut job, n)?);
            Ok::<_, ApplyError>(())
        });
        match (done, entered) {
            (Ok(()), Some(entry)) => {
                self.next = n.saturating_add(1);
                let entered = Receipt::of(&entry);
                self.committed(vec![entry]);
                job.settle(Ok(entered));
            }
            (Err(CommitError::RolledBack(error)), _) => job.settle(Err(error)),
            (Err(CommitError::Unknown), Some(entry)) => {
                self.resolve(vec![(job, Ok(Receipt::of(&entry)))], vec![entry]);
            }
            (Ok(()) | Err(CommitError::Unknown), None) => job.settle(Err(ApplyError::UnknownOutcome)),
        }
    }

    /// PostgreSQL's entries without a change: one statement that commits itself, and one by one if that was refused.
    fn entries(&mut self, writer: &mut Writer, jobs: Vec<Job>) {
        let mut finished = Vec::with_capacity(jobs.len());
        let mut n = self.next;
        for job in jobs {
            match self.finish(&job.draft, n) {
                Ok(entry) => {
                    finished.push((job, entry));
                    n = n.saturating_add(1);
                }
                Err(error) => job.settle(Err(error.into())),
            }
        }
        let (jobs, entries): (Vec<_>, Vec<_>) = finished.into_iter().unzip();
        if entries.is_empty() {
            return;
        }
        match writer.append_entries(&entries) {
            Ok(kept) => {
                self.next = n;
                for ((job, entry), kept) in jobs.into_iter().zip(&entries).zip(kept) {
                    job.settle(if kept { Ok(Receipt::of(entry)) } else { Err(ApplyError::Unavailable) });
                }
                // Those that were swallowed too: their numbers are taken, and nobody else's entry may stand there.
                self.committed(entries);
            }
            Err(CommitError::RolledBack(error)) if jobs.len() == 1 => settle_all(jobs, error.into()),
            Err(CommitError::RolledBack(_)) => {
                for job in jobs {
                    self.entries(writer, vec![job]);
                }
            }
            Err(CommitError::Unknown) => {
                let entered = entries.iter().map(|entry| Ok(Receipt::of(entry)));
                self.resolve(jobs.into_iter().zip(entered).collect(), entries);
            }
        }
    }

    /// The answer to a commit was lost: each entry that is there was committed, with its change, and is to stay.
    fn resolve(&mut self, jobs: Vec<(Job, Result<Receipt, ApplyError>)>, entries: Vec<Entry>) {
        tracing::warn!(lane = %self.name, "the outcome of a commit is unknown");
        let old = self.writer_name();
        // Whether a late commit still arrives must not matter to the numbers that follow.
        self.begin_generation();
        let mut writer = self.store.writer();
        let mut entries: BTreeMap<i64, Entry> = entries.into_iter().map(|entry| (entry.n, entry)).collect();
        for (job, outcome) in jobs {
            let settled = match (outcome, &mut writer) {
                (Err(error), _) => Err(error),
                (Ok(_), Err(_)) => Err(ApplyError::UnknownOutcome),
                (Ok(entered), Ok(writer)) => match writer.has_entry(&old, entered.n) {
                    Ok(true) => {
                        entries.remove(&entered.n).into_iter().for_each(|entry| self.keep(entry));
                        Ok(entered)
                    }
                    Ok(false) => Err(ApplyError::Unavailable),
                    Err(_) => Err(ApplyError::UnknownOutcome),
                },
            };
            job.settle(settled);
        }
    }
}

/// A change attests the versions it wrote; a read attests nothing.
fn attested(draft: &Draft) -> &[CaseMark] {
    if draft.outcome == Outcome::Changed { &draft.cases } else { &[] }
}

fn settle_all(jobs: Vec<Job>, error: ApplyError) {
    for job in jobs {
        job.settle(Err(error));
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> i64 {
    items.fold(0, |sum, _| sum.saturating_add(1))
}
