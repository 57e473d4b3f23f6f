//! What the policies said, remembered by everything that it depends on: whoever asks the same of the same facts is told the
//! same, be it in this request or in the next.
//! It must never be kept apart from the policies that it is true of, nor be found by anything less than all the facts.

use super::action::Action;
use super::decide::{Access, Decision, Rights};
use super::entities::Posed;
use super::facts::{Circumstances, PrincipalFacts, ResourceFacts};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Questioners and resources that are remembered; past it all are forgotten, and decided anew as they are asked about. Looked at
/// when a request begins, so that within one nothing is decided twice.
const KEPT: usize = 4_096;

/// A copy begins with nothing: it may come to have other policies.
#[derive(Default)]
pub(super) struct Decided {
    principals: Kept<(PrincipalFacts, Access), Asked>,
    made: Arc<AtomicUsize>,
}

/// By one principal, for one access.
pub(super) struct Asked {
    resources: Kept<ResourceFacts, About>,
    made: Arc<AtomicUsize>,
}

/// About resources of these facts.
pub(super) struct About {
    /// None where the facts do not fit the schema: then everything is denied.
    pub posed: Option<Posed>,
    pub rights: OnceLock<Rights>,
    decisions: Mutex<HashMap<(Action, Circumstances), Decision>>,
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

    fn of(&self, key: K, made: &AtomicUsize, make: impl FnOnce(&K) -> V) -> Arc<V> {
        if let Some(known) = self.lock().get(&key) {
            return known.clone();
        }
        // Not under the lock: others ask meanwhile.
        let new = Arc::new(make(&key));
        made.fetch_add(1, Ordering::Relaxed);
        self.lock().entry(key).or_insert(new).clone()
    }
}

impl Clone for Decided {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Decided {
    pub(super) fn by(&self, principal: &PrincipalFacts, access: Access) -> Arc<Asked> {
        if self.made.load(Ordering::Relaxed) >= KEPT {
            // Whoever is asking now goes on with what they hold.
            self.principals.lock().clear();
            self.made.store(0, Ordering::Relaxed);
        }
        let asked = |_: &_| Asked { resources: Kept::default(), made: self.made.clone() };
        self.principals.of((principal.clone(), access), &self.made, asked)
    }
}

impl Asked {
    pub(super) fn about(
        &self,
        resource: ResourceFacts,
        pose: impl FnOnce(&ResourceFacts) -> Option<Posed>,
    ) -> Arc<About> {
        self.resources.of(resource, &self.made, |resource| About {
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
    use crate::access::Purpose;
    use crate::access::matrix::member;
    use crate::casework::ids::PanelId;
    use crate::casework::role::Role;

    #[test]
    fn it_does_not_grow_without_end_and_takes_nothing_from_whoever_is_asking() {
        let (decided, access) = (Decided::default(), Access::by_default(Purpose::CaseWork));
        let somebody = || PrincipalFacts::Member(member(Role::Council, None));
        let (first, panel) = (somebody(), ResourceFacts::Panel(PanelId::new()));
        let asked = decided.by(&first, access);
        let known = asked.about(panel.clone(), |_| None);
        assert!(Arc::ptr_eq(&asked, &decided.by(&first, access)));
        for _ in 0..KEPT {
            asked.about(ResourceFacts::Panel(PanelId::new()), |_| None);
        }
        // Not within the request: what was decided in it is not decided again.
        assert!(Arc::ptr_eq(&known, &asked.about(panel.clone(), |_| None)));
        let after = decided.by(&first, access);
        assert!(!Arc::ptr_eq(&asked, &after) && after.resources.lock().is_empty());
        assert!(Arc::ptr_eq(&known, &asked.about(panel, |_| None)));
        assert_eq!((decided.principals.lock().len(), decided.made.load(Ordering::Relaxed)), (1, 1));
    }
}
