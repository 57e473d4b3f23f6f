//! A small pool of reading connections. It does not ping on check-out (that costs a fifth of the throughput, measured);
//! instead a connection that failed is thrown away. It must never wait without an end.

use super::connection::{AnyConnection, Target, Use};
use super::{Settings, StoreError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

pub(super) struct Pool {
    target: Arc<Target>,
    settings: Settings,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<AnyConnection>,
    /// Connections lent out, or being made.
    lent: usize,
}

impl Pool {
    pub(super) fn new(target: Arc<Target>, settings: Settings) -> Self {
        Self { target, settings, state: Mutex::default(), freed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is two plain fields that no panic can leave half-written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take(pool: &Arc<Self>) -> Result<Lent, StoreError> {
        let until = Instant::now() + pool.settings.checkout_wait;
        let mut state = pool.lock();
        while state.lent >= pool.settings.read_connections.max(1) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(StoreError::Unavailable);
            }
            state = pool.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.lent += 1;
        let idle = state.idle.pop();
        drop(state);
        let mut lent = Lent { pool: Arc::clone(pool), connection: idle };
        if lent.connection.is_none() {
            lent.renew()?;
        }
        Ok(lent)
    }
}

/// A borrowed connection. Empty only between a failure and its renewal.
pub(super) struct Lent {
    pool: Arc<Pool>,
    connection: Option<AnyConnection>,
}

impl Lent {
    pub(super) fn get(&mut self) -> Result<&mut AnyConnection, StoreError> {
        if self.connection.is_none() {
            self.renew()?;
        }
        self.connection.as_mut().ok_or(StoreError::Unavailable)
    }

    pub(super) fn discard(&mut self) {
        self.connection = None;
    }

    fn renew(&mut self) -> Result<(), StoreError> {
        self.connection = Some(self.pool.target.connect(&self.pool.settings, Use::Read)?);
        Ok(())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        state.lent = state.lent.saturating_sub(1);
        if let Some(connection) = self.connection.take() {
            // A panic may have left the connection inside a statement.
            if !std::thread::panicking() {
                state.idle.push(connection);
            }
        }
        drop(state);
        self.pool.freed.notify_one();
    }
}
