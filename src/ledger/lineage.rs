//! Which keys are the log's besides those that a reader brings: former ones that a later one vouches for, each until the entry
//! by which it is retired (docs/ledger-format.md, section 2).
//! It must never believe a key because it names itself, nor a word that a key gives after its end.

use crate::ledger::attest::{self, KEY, RETIRED};
use crate::ledger::body::Body;
use crate::ledger::note::VKey;
use crate::ledger::tree::Hash;
use std::collections::BTreeMap;

/// A log changes its key a few times in its life; past this somebody plays. Of each kind of word.
const MOST: usize = 100;

/// What is found of keys and of their ends depends on each other. Honest words come to rest in two rounds.
const ROUNDS: usize = 10;

/// What one key is said to say of another: the entry, the other key, the signature.
type Word = (u64, Hash, [u8; 64]);

/// Fed with every body in order.
#[derive(Debug, Default)]
pub struct Lineage {
    brought: Vec<VKey>,
    formers: Vec<Word>,
    retired: Vec<Word>,
}

/// Keys of the log, and from which entry on those that have an end are not any more.
#[derive(Debug)]
pub struct Believed {
    keys: Vec<VKey>,
    ends: Ends,
}

type Ends = BTreeMap<Hash, u64>;

impl Lineage {
    /// `brought`: those that the reader believes to be the log's.
    pub fn new(brought: &[VKey]) -> Self {
        Self { brought: brought.to_vec(), ..Self::default() }
    }

    pub fn note(&mut self, index: u64, body: &Body<'_>) {
        let words = match &*body.operation {
            KEY => &mut self.formers,
            RETIRED => &mut self.retired,
            _ => return,
        };
        if words.len() < MOST {
            words.extend(attest::former(body).map(|(key, signature)| (index, key, signature)));
        }
    }

    pub fn believed(&self) -> Believed {
        let mut ends = Ends::new();
        for _ in 0..ROUNDS {
            let found = self.ends(&self.keys(&ends));
            if found == ends {
                break;
            }
            ends = found;
        }
        Believed { keys: self.keys(&ends), ends }
    }

    /// Those brought, and every former one that one of them, or one that is believed through them, vouches for before its end.
    fn keys(&self, ends: &Ends) -> Vec<VKey> {
        let mut keys = self.brought.clone();
        loop {
            let known = keys.len();
            for (index, former, signature) in &self.formers {
                let mut speaking = keys.iter().filter(|key| speaks(key, *index, ends));
                let vouched = speaking.find_map(|key| attest::was_before(key, former, signature));
                keys.extend(vouched.filter(|key| !keys.contains(key)));
            }
            if keys.len() == known {
                return keys;
            }
        }
    }

    /// By the word of another key that had not come to its own end.
    fn ends(&self, keys: &[VKey]) -> Ends {
        let mut ends = Ends::new();
        for (index, retired, signature) in &self.retired {
            let by = |key: &VKey| {
                key.public_key() != *retired && speaks(key, *index, &ends) && attest::retires(key, retired, signature)
            };
            if keys.iter().any(by) {
                ends.entry(*retired).or_insert(*index);
            }
        }
        ends
    }
}

fn speaks(key: &VKey, index: u64, ends: &Ends) -> bool {
    ends.get(&key.public_key()).is_none_or(|end| index < *end)
}

impl Believed {
    /// Those that have no end.
    pub fn endless(&self) -> impl Iterator<Item = &VKey> {
        self.keys.iter().filter(|key| !self.ends.contains_key(&key.public_key()))
    }

    /// Whether one of them says it, in the entry of this index.
    pub fn any(&self, index: u64, says: impl Fn(&VKey) -> bool) -> bool {
        self.keys.iter().any(|key| speaks(key, index, &self.ends) && says(key))
    }
}
