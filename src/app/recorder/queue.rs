//! Places before the recorder, with a share for each principal. It must never hold more than its limits, nor make one
//! principal's flood another's delay without end.

use super::{Apply, ApplyError, Limits, Share};
use crate::ledger::entry::Draft;
use crate::ledger::receipt::Receipt;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// One entry to commit, with the change it is for, if any.
pub(super) struct Job {
    pub draft: Draft,
    /// Taken when it is run.
    pub apply: Option<Apply<()>>,
    answer: oneshot::Sender<Result<Receipt, ApplyError>>,
    place: Place,
}

impl Job {
    pub fn is_change(&self) -> bool {
        self.apply.is_some()
    }

    /// The place is given back first: whoever has an answer may ask again at once. Nobody may be listening any more;
    /// what was entered stays entered.
    pub fn settle(self, outcome: Result<Receipt, ApplyError>) {
        drop(self.place);
        let _ = self.answer.send(outcome);
    }
}

/// Given back when the job is settled or dropped.
struct Place {
    queue: Arc<Queue>,
    share: Share,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.total = state.total.saturating_sub(1);
        let held = state.held.entry(self.share).or_default();
        *held = held.saturating_sub(1);
        if *held == 0 {
            state.held.remove(&self.share);
        }
    }
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    held: HashMap<Share, usize>,
    total: usize,
    closed: bool,
}

pub(super) struct Queue {
    limits: Limits,
    state: Mutex<State>,
    arrived: Condvar,
}

impl Queue {
    pub fn new(limits: Limits) -> Self {
        Self { limits, state: Mutex::default(), arrived: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn held(&self) -> usize {
        self.lock().total
    }

    /// `None` where there is no place, for this principal or at all.
    pub fn push(
        self: &Arc<Self>,
        share: Share,
        draft: Draft,
        apply: Option<Apply<()>>,
    ) -> Option<oneshot::Receiver<Result<Receipt, ApplyError>>> {
        let most = match share {
            Share::Principal(_) => self.limits.places_of_a_principal,
            Share::Unauthenticated => self.limits.places_of_the_unauthenticated,
        };
        let (answer, receiver) = oneshot::channel();
        let mut state = self.lock();
        let held = state.held.get(&share).copied().unwrap_or(0);
        if state.closed || state.total >= self.limits.places || held >= most {
            return None;
        }
        state.held.insert(share, held.saturating_add(1));
        state.total = state.total.saturating_add(1);
        let place = Place { queue: Arc::clone(self), share };
        state.jobs.push_back(Job { draft, apply, answer, place });
        drop(state);
        self.arrived.notify_one();
        Some(receiver)
    }

    /// Waits for work: all there is, up to `most`; no longer than `patience`, and then there is none. `None` when closed and
    /// empty.
    pub fn take(&self, most: usize, patience: Option<Duration>) -> Option<Vec<Job>> {
        let until = patience.map(|patience| Instant::now() + patience);
        let mut state = self.lock();
        loop {
            if !state.jobs.is_empty() {
                let count = state.jobs.len().min(most.max(1));
                return Some(state.jobs.drain(..count).collect());
            }
            if state.closed {
                return None;
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            state = match left {
                Some(Duration::ZERO) => return Some(Vec::new()),
                Some(left) => self.arrived.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    pub fn batch(&self) -> usize {
        self.limits.batch
    }

    /// Takes no more; what waits is still served.
    pub fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    /// Takes no more and gives up what waits: its thread is gone. Everyone waiting is told at once.
    pub fn abandon(&self) {
        let mut state = self.lock();
        state.closed = true;
        let waiting = std::mem::take(&mut state.jobs);
        drop(state);
        drop(waiting);
    }
}
