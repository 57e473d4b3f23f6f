//! How many requests are on their way to the recorder: whether it pays to wait for another entry before a commit.
//! It must never be what anything is decided by but when a commit begins.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One request, from its beginning until its answer was made.
#[derive(Debug)]
pub struct AtWork(Arc<AtomicUsize>);

impl AtWork {
    pub(super) fn begin(working: &Arc<AtomicUsize>) -> Self {
        working.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(working))
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
