//! Nonces from a buffered CSPRNG: one system call for 341 of them instead of one each (measured 610 ns against 231).
//! A byte must never be given out twice: the buffer is used front to back and refilled whole. The process must not fork.

use super::SealError;
use super::aead::NONCE;
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::{Mutex, PoisonError};

const BUFFER: usize = 4096;

pub(super) struct Nonces {
    system: SystemRandom,
    pool: Mutex<Pool>,
}

struct Pool {
    bytes: Box<[u8; BUFFER]>,
    used: usize,
}

impl Nonces {
    pub(super) fn new() -> Self {
        Self { system: SystemRandom::new(), pool: Mutex::new(Pool { bytes: Box::new([0; BUFFER]), used: BUFFER }) }
    }

    pub(super) fn next(&self) -> Result<[u8; NONCE], SealError> {
        // A panic elsewhere cannot leave the pool half-used: `used` moves before bytes are given out.
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.used.saturating_add(NONCE) > BUFFER {
            pool.used = BUFFER;
            self.system.fill(pool.bytes.as_mut_slice()).map_err(|_| SealError::NoRandom)?;
            pool.used = 0;
        }
        let from = pool.used;
        pool.used = from.saturating_add(NONCE);
        pool.bytes.get(from..pool.used).and_then(|b| b.try_into().ok()).ok_or(SealError::NoRandom)
    }
}
