//! Facts that this process has read and checked, so that the same bytes are not checked and taken apart for every request.
//! It must never give a value for other bytes, another tag or another row than those it was read from.

use crate::access::Authentic;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// Rows that are remembered at most; past it all are forgotten, and read anew as they come.
const KEPT: usize = 4_096;

/// What was read from each row last.
#[derive(Default)]
pub struct Readings {
    known: Mutex<HashMap<(TypeId, Uuid), Reading>>,
}

struct Reading {
    stored: String,
    tag: Vec<u8>,
    facts: Box<dyn Any + Send>,
}

impl std::fmt::Debug for Readings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Readings({})", self.lock().len())
    }
}

impl Readings {
    fn lock(&self) -> MutexGuard<'_, HashMap<(TypeId, Uuid), Reading>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `check` makes of this text and tag, or made of them when they were read last.
    ///
    /// # Errors
    /// Those of `check`. They are not remembered: what is wrong is found, and alarmed, each time.
    pub fn of<T: Send + Sync + 'static, E>(
        &self,
        row: Uuid,
        stored: &str,
        tag: &[u8],
        check: impl FnOnce() -> Result<Authentic<T>, E>,
    ) -> Result<Authentic<T>, E> {
        let row = (TypeId::of::<T>(), row);
        // The tag lies beside the text whose tag it is: that it is compared in whatever time tells nobody anything.
        let same = |known: &&Reading| known.stored == stored && known.tag == tag;
        let known = self.lock().get(&row).filter(same).and_then(|known| known.facts.downcast_ref().cloned());
        if let Some(facts) = known {
            return Ok(facts);
        }
        let facts = check()?;
        let reading = Reading { stored: stored.to_owned(), tag: tag.to_vec(), facts: Box::new(facts.clone()) };
        let mut known = self.lock();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(row, reading);
        Ok(facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Fact, Mac};
    use std::cell::Cell;

    struct Tags;

    impl Mac for Tags {
        fn tag(&self, _: &str, bytes: &[u8]) -> [u8; 32] {
            crate::digest::sha256(&[bytes])
        }
        fn verify(&self, label: &str, bytes: &[u8], tag: &[u8]) -> bool {
            self.tag(label, bytes) == tag
        }
    }

    #[derive(Debug, Clone, PartialEq, Eq)]
    struct Text(String);

    impl Fact for Text {
        const LABEL: &'static str = "text";
        fn canonical(&self) -> Vec<u8> {
            self.0.clone().into_bytes()
        }
    }

    #[test]
    fn only_the_same_bytes_of_the_same_row_are_what_was_read() {
        let (readings, checks) = (Readings::default(), Cell::new(0));
        let (one, other) = (Uuid::new_v4(), Uuid::new_v4());
        let read = |row, text: &str, tag: &[u8]| {
            readings.of(row, text, tag, || {
                checks.set(checks.get() + 1);
                Authentic::check(&Tags, Text(text.to_owned()), tag)
            })
        };
        let (tag, bad) = (Tags.tag("", b"a"), [0; 32]);
        for (row, text, tag, sound, checked) in [
            (one, "a", &tag, true, 1),
            (one, "a", &tag, true, 1),
            (one, "b", &tag, false, 2),
            (one, "b", &tag, false, 3),
            (one, "a", &bad, false, 4),
            (one, "a", &tag, true, 4),
            (other, "a", &tag, true, 5),
            (one, "b", &Tags.tag("", b"b"), true, 6),
            (one, "a", &tag, true, 7),
        ] {
            let read = read(row, text, tag);
            assert_eq!((read.is_ok(), checks.get()), (sound, checked), "{text}");
            assert!(read.is_err() || read.is_ok_and(|read| read.0 == text));
        }
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let readings = Readings::default();
        for _ in 0..=KEPT {
            let text = Text(String::new());
            readings.of(Uuid::new_v4(), "", &[], || Ok::<_, ()>(Authentic::issue(&Tags, text).0)).unwrap();
        }
        assert_eq!(readings.lock().len(), 1);
    }
}
