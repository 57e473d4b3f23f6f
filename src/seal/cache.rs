//! Keys opened a moment ago: bounded in number, gone after 60 s, wiped when they go.
//! Found by the hash of the wrapped blob just read *and of what it is bound to*, so that a blob copied into another
//! case's row misses, is unwrapped for real, and fails. It must never prolong an entry because it was used.

use super::{SealError, SecretKey, kdf};
use crate::casework::category::Category;
use crate::clock::Moment;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(super) type CacheKey = [u8; 32];

pub(super) struct Cache {
    entries: Mutex<Entries>,
    bound: usize,
    lifetime_seconds: i64,
}

#[derive(Default)]
struct Entries {
    by_key: HashMap<CacheKey, Opened>,
    /// In order of expiry: every entry lives equally long.
    order: VecDeque<(Moment, CacheKey)>,
}

struct Opened {
    domain_key: SecretKey,
    categories: BTreeMap<Category, SecretKey>,
    since: Moment,
}

impl Opened {
    fn give<T>(&mut self, category: Category, give: impl FnOnce(&SecretKey) -> T) -> Result<T, SealError> {
        if !self.categories.contains_key(&category) {
            self.categories.insert(category, kdf::category_key(&self.domain_key, category)?);
        }
        self.categories.get(&category).map(give).ok_or(SealError::NoKey)
    }
}

impl Cache {
    pub(super) fn new(bound: usize, lifetime_seconds: i64) -> Self {
        Self { entries: Mutex::default(), bound: bound.max(1), lifetime_seconds }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // Entries are keys and times; a panic between two updates leaves at worst a key without its place in the order.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The category key, if the domain key was opened within the lifetime.
    pub(super) fn get<T>(
        &self,
        key: &CacheKey,
        category: Category,
        now: Moment,
        give: impl FnOnce(&SecretKey) -> T,
    ) -> Option<Result<T, SealError>> {
        let mut entries = self.lock();
        entries.expire(now, self.lifetime_seconds);
        let opened = entries.by_key.get_mut(key)?;
        // A clock set back must not keep a key alive.
        (now >= opened.since && now < opened.since.plus_seconds(self.lifetime_seconds))
            .then(|| opened.give(category, give))
    }

    /// Keeps a domain key just unwrapped and gives the category key derived from it.
    pub(super) fn put<T>(
        &self,
        key: CacheKey,
        domain_key: SecretKey,
        category: Category,
        now: Moment,
        give: impl FnOnce(&SecretKey) -> T,
    ) -> Result<T, SealError> {
        let mut entries = self.lock();
        entries.expire(now, self.lifetime_seconds);
        entries.remove(&key);
        while entries.by_key.len() >= self.bound {
            match entries.order.pop_front() {
                Some((_, oldest)) => drop(entries.by_key.remove(&oldest)),
                None => entries.by_key.clear(),
            }
        }
        let mut opened = Opened { domain_key, categories: BTreeMap::new(), since: now };
        let given = opened.give(category, give)?;
        entries.by_key.insert(key, opened);
        entries.order.push_back((now, key));
        Ok(given)
    }

    pub(super) fn clear(&self) {
        *self.lock() = Entries::default();
    }

    pub(super) fn len(&self) -> usize {
        self.lock().by_key.len()
    }
}

impl Entries {
    fn expire(&mut self, now: Moment, lifetime_seconds: i64) {
        while let Some((since, key)) = self.order.front().copied() {
            if now < since.plus_seconds(lifetime_seconds) {
                break;
            }
            self.by_key.remove(&key);
            self.order.pop_front();
        }
    }

    fn remove(&mut self, key: &CacheKey) {
        if self.by_key.remove(key).is_some() {
            self.order.retain(|(_, k)| k != key);
        }
    }
}
