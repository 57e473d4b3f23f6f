//! Many questions over a few solver processes. It must never drop a question or an answer.

use super::ProverError;
use super::ground::Ground;
use super::solver::{Prover, Verdict};
use super::theorems::Theorem;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How a theorem fared, and how long that took.
#[derive(Debug)]
pub struct Outcome {
    pub verdict: Verdict,
    pub time: Duration,
}

/// As many solver processes as there are processors, four at most.
pub fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get).min(4)
}

/// Every theorem, in their order.
///
/// # Errors
/// The first question that has no answer.
pub fn prove(ground: &Ground, theorems: &[Theorem]) -> Result<Vec<Outcome>, ProverError> {
    share(theorems, workers(), |prover, theorem| {
        let begun = Instant::now();
        let verdict = prover.theorem(ground, theorem)?;
        Ok(Outcome { verdict, time: begun.elapsed() })
    })
}

/// Puts one question for each item to a few solver processes, and gives the answers in the items' order.
///
/// # Errors
/// The first question that has no answer.
pub fn share<T: Sync, R: Send>(
    items: &[T],
    workers: usize,
    ask: impl Fn(&mut Prover, &T) -> Result<R, ProverError> + Sync,
) -> Result<Vec<R>, ProverError> {
    let next = AtomicUsize::new(0);
    let answers: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    let work = || -> Result<(), ProverError> {
        let mut prover = Prover::new()?;
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return Ok(()) };
            let answer = ask(&mut prover, item)?;
            answers.lock().map_err(|_| ProverError::Worker)?.push((at, answer));
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers.max(1)).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| ProverError::Worker)?)
    })?;
    let mut answers = answers.into_inner().map_err(|_| ProverError::Worker)?;
    answers.sort_by_key(|(at, _)| *at);
    if answers.len() != items.len() {
        return Err(ProverError::Worker);
    }
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}
