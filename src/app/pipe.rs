//! A bounded pipe from a thread that makes an answer to whoever sends it: what is made waits for what is taken.
//! It must never hold more than a few pieces, nor wait for a reader who takes nothing.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Pieces that may lie between the two.
const DEPTH: usize = 4;
/// From so many bytes on a piece goes out.
const PIECE: usize = 16 * 1024;

/// The stream ended before its end: whoever has its beginning must not take it for the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer was not made to its end")]
pub struct Broken;

#[derive(Default)]
struct State {
    pieces: VecDeque<Vec<u8>>,
    end: Option<Result<(), Broken>>,
    /// Nobody takes anything any more.
    gone: bool,
    waker: Option<Waker>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    room: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Plain fields, each changed in one step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where it is written to, on a thread that may wait.
pub struct Inlet {
    shared: Arc<Shared>,
    piece: Vec<u8>,
    patience: Duration,
}

/// Where it is taken from, by whoever must not wait.
pub struct Outlet(Arc<Shared>);

impl fmt::Debug for Inlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inlet")
    }
}

impl fmt::Debug for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outlet")
    }
}

/// `patience` is the longest that the writer waits for room.
pub fn pipe(patience: Duration) -> (Inlet, Outlet) {
    let shared = Arc::new(Shared::default());
    (Inlet { shared: Arc::clone(&shared), piece: Vec::new(), patience }, Outlet(shared))
}

impl Inlet {
    fn send(&mut self) -> io::Result<()> {
        let waits = |state: &mut State| state.pieces.len() >= DEPTH && !state.gone;
        let room = self.shared.room.wait_timeout_while(self.shared.lock(), self.patience, waits);
        let (mut state, waited) = room.unwrap_or_else(PoisonError::into_inner);
        if state.gone {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if waited.timed_out() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        state.pieces.push_back(std::mem::take(&mut self.piece));
        wake(state);
        Ok(())
    }

    /// The end, and the whole of it. Without this the reader is told that it is broken.
    ///
    /// # Errors
    /// Nobody takes the last piece.
    pub fn finish(mut self) -> io::Result<()> {
        if !self.piece.is_empty() {
            self.send()?;
        }
        self.shared.lock().end = Some(Ok(()));
        Ok(())
    }
}

fn wake(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Write for Inlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.end.get_or_insert(Err(Broken));
        wake(state);
    }
}

impl Outlet {
    /// The next piece; `None` at the end, an error where it was not made to its end.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Vec<u8>, Broken>>> {
        let mut state = self.0.lock();
        if let Some(piece) = state.pieces.pop_front() {
            drop(state);
            self.0.room.notify_one();
            return Poll::Ready(Some(Ok(piece)));
        }
        match state.end {
            Some(Ok(())) => Poll::Ready(None),
            Some(Err(broken)) => Poll::Ready(Some(Err(broken))),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.gone = true;
        state.pieces.clear();
        drop(state);
        self.0.room.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    const LONG: Duration = Duration::from_secs(60);

    fn next(outlet: &mut Outlet) -> Option<Result<Vec<u8>, Broken>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(poll_fn(|context| outlet.poll_next(context)))
    }

    /// The most bytes that were made and not yet taken.
    fn most_in_flight(total: usize) -> usize {
        let (mut inlet, mut outlet) = pipe(LONG);
        let made = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&made);
        let writer = thread::spawn(move || {
            let bytes = [7; 1000];
            for _ in 0..total / bytes.len() {
                count.fetch_add(bytes.len(), Ordering::SeqCst);
                inlet.write_all(&bytes).unwrap();
            }
            inlet.finish().unwrap();
        });
        let (mut taken, mut most) = (0, 0);
        while let Some(piece) = next(&mut outlet) {
            taken += piece.unwrap().len();
            thread::yield_now();
            most = most.max(made.load(Ordering::SeqCst) - taken);
        }
        writer.join().unwrap();
        assert_eq!(taken, total);
        most
    }

    #[test]
    fn what_lies_between_does_not_grow_with_what_is_sent() {
        let bound = (DEPTH + 1) * (PIECE + 1000);
        for total in [200_000, 20_000_000] {
            assert!(most_in_flight(total) <= bound, "of {total}");
        }
    }

    #[test]
    fn a_writer_is_stopped_by_a_reader_who_left_and_by_one_who_takes_nothing() {
        let (mut inlet, outlet) = pipe(LONG);
        let writer = thread::spawn(move || {
            loop {
                if let Err(error) = inlet.write_all(&[7; PIECE]) {
                    return error.kind();
                }
            }
        });
        drop(outlet);
        assert_eq!(writer.join().unwrap(), io::ErrorKind::BrokenPipe);
        let (mut inlet, _outlet) = pipe(Duration::from_millis(1));
        let mut sent = 0;
        let error = loop {
            match inlet.write_all(&[7; PIECE]) {
                Ok(()) => sent += 1,
                Err(error) => break error.kind(),
            }
        };
        assert_eq!((sent, error), (DEPTH, io::ErrorKind::TimedOut));
    }

    #[test]
    fn what_was_not_finished_is_broken_and_what_was_is_whole() {
        let (mut inlet, mut outlet) = pipe(LONG);
        inlet.write_all(b"beginning").unwrap();
        drop(inlet);
        assert_eq!(next(&mut outlet), Some(Err(Broken)));
        let (mut inlet, mut outlet) = pipe(LONG);
        inlet.write_all(b"whole").unwrap();
        inlet.finish().unwrap();
        assert_eq!((next(&mut outlet), next(&mut outlet)), (Some(Ok(b"whole".to_vec())), None));
    }
}
