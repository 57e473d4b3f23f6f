//! Places before the recorder, with a share for each principal. It must never hold more than its limits, nor make one
//! principal's flood another's delay without end.

use super::{Apply, ApplyError, Limits, Share};
use crate::ledger::entry::Draft;
use crate::ledger::receipt::Receipt;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
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
    /// Lanes that wait for whatever comes: nobody else is woken by it.
    idle: usize,
    closed: bool,
}

pub(super) struct Queue {
    limits: Limits,
    state: Mutex<State>,
    arrived: Condvar,
    /// As many wait as one commit may carry, or nobody is at work who would bring another.
    filled: Condvar,
    working: Arc<AtomicUsize>,
}

impl Queue {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            state: Mutex::default(),
            arrived: Condvar::new(),
            filled: Condvar::new(),
            working: Arc::default(),
        }
    }

    /// Requests that are at work, those that wait here among them.
    pub fn working(&self) -> &Arc<AtomicUsize> {
        &self.working
    }

    /// Whether waiting brings nothing more. A request that ends without an entry says so to nobody: the time is short.
    fn is_filled(&self, state: &State, most: usize) -> bool {
        state.closed || state.jobs.len() >= most || state.total >= self.working.load(Ordering::Relaxed)
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
        let (idle, filled) = (state.idle > 0, self.is_filled(&state, self.limits.batch));
        drop(state);
        if idle {
            self.arrived.notify_one();
        } else if filled {
            self.filled.notify_all();
        }
        Some(receiver)
    }

    /// Lets work gather until then, or until it is filled.
    fn gathered(&self, most: usize, until: Instant) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.is_filled(&state, most) {
                return state;
            }
            state = self.filled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for work: all there is, up to `most`, not before `gather_until`; no longer than `patience`, and then there is none.
    /// `None` when closed and empty.
    pub fn take(&self, most: usize, patience: Option<Duration>, gather_until: Option<Instant>) -> Option<Vec<Job>> {
        let until = patience.map(|patience| Instant::now() + patience);
        let mut state = gather_until.map_or_else(|| self.lock(), |until| self.gathered(most, until));
        loop {
            if !state.jobs.is_empty() {
                let count = state.jobs.len().min(most.max(1));
                return Some(state.jobs.drain(..count).collect());
            }
            if state.closed {
                return None;
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Some(Vec::new());
            }
            state.idle = state.idle.saturating_add(1);
            state = match left {
                Some(left) => self.arrived.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
            state.idle = state.idle.saturating_sub(1);
        }
    }

    pub fn batch(&self) -> usize {
        self.limits.batch
    }

    /// Takes no more; what waits is still served.
    pub fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
        self.filled.notify_all();
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

#[cfg(test)]
mod tests {
    use super::super::AtWork;
    use super::*;
    use crate::ledger::entry::Outcome;
    use std::thread;

    const BATCH: usize = 4;
    /// Longer than anybody would let a test stand.
    const FOR_EVER: Duration = Duration::from_secs(3600);

    fn queue() -> Arc<Queue> {
        Arc::new(Queue::new(Limits { batch: BATCH, ..Limits::default() }))
    }

    fn push(queue: &Arc<Queue>) {
        let draft = Draft::of_the_log("test", "test.entered", Outcome::Shown, Vec::new());
        assert!(queue.push(Share::Unauthenticated, draft, None).is_some());
    }

    fn taken(queue: &Queue, gather_until: Option<Instant>) -> Option<usize> {
        queue.take(BATCH, None, gather_until).map(|jobs| jobs.len())
    }

    #[test]
    fn who_is_alone_is_taken_at_once_and_a_gathering_ends_when_it_is_full() {
        let queue = queue();
        let gathering = Some(Instant::now() + FOR_EVER);
        let _alone = AtWork::begin(queue.working());
        push(&queue);
        assert_eq!(taken(&queue, gathering), Some(1));
        let _crowd = [(); BATCH].map(|()| AtWork::begin(queue.working()));
        push(&queue);
        thread::scope(|scope| {
            let lane = scope.spawn(|| taken(&queue, gathering));
            (1..BATCH).for_each(|_| push(&queue));
            assert_eq!(lane.join().unwrap(), Some(BATCH));
        });
        // What is past holds nobody up.
        push(&queue);
        assert_eq!(taken(&queue, Some(Instant::now())), Some(1));
    }

    #[test]
    fn a_gathering_ends_when_everybody_at_work_has_come() {
        let queue = queue();
        let _both = [(); 2].map(|()| AtWork::begin(queue.working()));
        push(&queue);
        thread::scope(|scope| {
            let lane = scope.spawn(|| taken(&queue, Some(Instant::now() + FOR_EVER)));
            push(&queue);
            assert_eq!(lane.join().unwrap(), Some(2));
        });
    }

    #[test]
    fn a_lane_that_waits_hears_of_the_next_and_one_that_gathers_of_the_end() {
        let queue = queue();
        thread::scope(|scope| {
            let lane = scope.spawn(|| taken(&queue, None));
            push(&queue);
            assert_eq!(lane.join().unwrap(), Some(1));
            let _crowd = [(); BATCH].map(|()| AtWork::begin(queue.working()));
            let lane = scope.spawn(|| {
                let gathered = taken(&queue, Some(Instant::now() + FOR_EVER));
                (gathered, taken(&queue, None))
            });
            push(&queue);
            queue.close();
            assert_eq!(lane.join().unwrap(), (Some(1), None));
        });
    }
}
