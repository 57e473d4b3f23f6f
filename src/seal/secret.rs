//! Thirty-two secret bytes, kept in one place on the heap and wiped when dropped.
//! Boxed, because a value that moves leaves a copy behind; it must never be printed or cloned.

use super::SealError;
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt;
use zeroize::Zeroizing;

/// A 256-bit key: a data key, a category key or a KEK in a provider's hands.
pub struct SecretKey(Box<Zeroizing<[u8; 32]>>);

impl SecretKey {
    /// A key to be filled in place by `fill`.
    ///
    /// # Errors
    /// Whatever `fill` answers.
    pub fn fill_with<E>(fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut key = Box::new(Zeroizing::new([0u8; 32]));
        fill(key.as_mut_slice())?;
        Ok(Self(key))
    }

    /// # Errors
    /// `NoRandom` if the system's generator fails.
    pub fn random() -> Result<Self, SealError> {
        Self::fill_with(|out| SystemRandom::new().fill(out)).map_err(|_| SealError::NoRandom)
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}
