//! What the policies said, remembered by everything that it depends on: whoever asks the same of the same facts is told the
//! same, be it in this request or in the next.
//! It must never be kept apart from the policies that it is true of, nor be found by anything less than all the facts.

use super::action::Action;
use super::decide::{Access, Decision, Rights};
use super::entities::Posed;
use super::facts::{Circumstances, PrincipalFacts, ResourceFacts};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Who asks that is remembered, each for one access; and of each the resources. What is too much is all forgotten, and decided
/// anew as it is asked.
const KEPT_PRINCIPALS: usize = 64;
const KEPT_RESOURCES: usize = 128;

/// A copy begins with nothing: it may come to have other policies.
#[derive(Default)]
pub(super) struct Decided {
    principals: Kept<(PrincipalFacts, Access), Asked>,
}

/// By one principal, for one access.
#[derive(Default)]
pub(super) struct Asked {
    resources: Kept<ResourceFacts, About>,
}

/// About resources of these facts.
pub(super) struct About {
    /// None where the facts do not fit the schema: then everything is denied.
    pub posed: Option<Posed>,
    pub rights: OnceLock<Rights>,
    pub decisions: Mutex<HashMap<(Action, Circumstances), Decision>>,
}

struct Kept<K, V>(Mutex<HashMap<K, Arc<V>>>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Kept<K, V> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Arc<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, key: K, most: usize, make: impl FnOnce(&K) -> V) -> Arc<V> {
        if let Some(known) = self.lock().get(&key) {
            return known.clone();
        }
        // Not under the lock: others ask meanwhile.
        let made = Arc::new(make(&key));
        let mut kept = self.lock();
        if kept.len() >= most {
            kept.clear();
        }
        kept.entry(key).or_insert(made).clone()
    }
}

impl Clone for Decided {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Decided {
    pub(super) fn by(&self, principal: &PrincipalFacts, access: Access) -> Arc<Asked> {
        self.principals.of((principal.clone(), access), KEPT_PRINCIPALS, |_| Asked::default())
    }
}

impl Asked {
    pub(super) fn about(
        &self,
        resource: ResourceFacts,
        pose: impl FnOnce(&ResourceFacts) -> Option<Posed>,
    ) -> Arc<About> {
        self.resources.of(resource, KEPT_RESOURCES, |resource| About {
            posed: pose(resource),
            rights: OnceLock::new(),
            decisions: Mutex::default(),
        })
    }
}

impl About {
    pub(super) fn decisions(&self) -> MutexGuard<'_, HashMap<(Action, Circumstances), Decision>> {
        self.decisions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_grow_without_end_and_loses_nothing_that_somebody_holds() {
        let kept: Kept<usize, usize> = Kept::default();
        let first = kept.of(0, 3, |key| key + 10);
        assert!(Arc::ptr_eq(&first, &kept.of(0, 3, |_| unreachable!())));
        for key in 1..10 {
            assert_eq!(*kept.of(key, 3, |key| key + 10), key + 10);
            assert!(kept.lock().len() <= 3);
        }
        assert_eq!((*first, *kept.of(0, 3, |_| 99)), (10, 99));
    }
}
