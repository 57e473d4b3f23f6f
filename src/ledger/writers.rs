//! Whether the entries of each writer are those that it attested. The tree shows what was logged; this shows that what was
//! logged is what was written.
//! It must never hold more of a writer than what came out of order, nor call entries attested that no beat speaks of.

use crate::ledger::attest::{self, BEAT, BEGIN, CLOSE, FENCE, chained};
use crate::ledger::body::Body;
use crate::ledger::lineage::Believed;
use crate::ledger::report::What;
use crate::ledger::tree::Hash;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Leaves of a writer that wait for one before them. A bound, or one number that never comes would fill the memory. Past it the
/// writer is not followed any more, which is told at once: the number may still come, and then no gap would tell of it.
const MAX_WAITING: usize = 10_000;

/// Words that one run of the service is over, of which one may be the log's. There is one; past this somebody plays.
const MAX_FENCES: usize = 16;

/// That a run is over, as an entry says, and the first entry of that run which comes after it all the same.
struct Fence {
    index: u64,
    signature: [u8; 64],
    after: Option<(u64, String, i64)>,
}

#[derive(Default)]
struct Followed {
    /// The key that it began with.
    key: Option<[u8; 32]>,
    /// The beginning's place, and its signature: which keys were the log's there is known at the end.
    begun: Option<(u64, [u8; 64])>,
    /// The entry by which it was first met.
    index: u64,
    chain: Hash,
    /// The last number in the chain.
    folded: i64,
    /// The leaf that comes next, as most do; those that came before their turn wait.
    next: Option<Hash>,
    waiting: BTreeMap<i64, Hash>,
    /// By the last number they speak of: the chain.
    beats: BTreeMap<i64, Hash>,
    /// Number of the last beat that held.
    attested: i64,
    closed: Option<i64>,
    /// Entries since it was given up, with those that waited then.
    lost: u64,
}

/// How far the writers of a log gave their word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attested {
    pub writers: u64,
    pub closed: u64,
    /// Entries after the last beat of their writer: of a process that was killed, or is still at work.
    pub unattested: u64,
}

/// Fed with every body in order, together with its leaf.
pub struct Writers {
    whole: bool,
    of: BTreeMap<String, Followed>,
    /// By the name of the run, which is what its writers' names begin with.
    fences: BTreeMap<String, Vec<Fence>>,
}

impl std::fmt::Debug for Writers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writers").field("count", &self.of.len()).finish_non_exhaustive()
    }
}

impl Writers {
    /// `from_start`: the export begins with entry 0.
    pub fn new(from_start: bool) -> Self {
        Self { whole: from_start, of: BTreeMap::new(), fences: BTreeMap::new() }
    }

    /// A body that is withheld or unreadable: whose it was is not known, so no chain can be followed.
    pub fn skip(&mut self) {
        self.whole = false;
        self.of.clear();
        self.fences.clear();
    }

    /// What is wrong with entry `index` as its writer's.
    pub fn take(&mut self, index: u64, body: &Body<'_>, leaf: &Hash) -> Option<What> {
        if !self.whole {
            return None;
        }
        self.note_after_fence(index, &body.writer, body.n);
        if let Some((epoch, signature)) = attest::fenced(body).filter(|_| body.operation == FENCE) {
            let words = self.fences.entry(epoch.to_string()).or_default();
            if words.len() < MAX_FENCES {
                words.push(Fence { index, signature, after: None });
            }
        }
        let writer = || body.writer.clone().into_owned();
        let one = followed(&mut self.of, &body.writer, index)?;
        let wrong = match &*body.operation {
            BEGIN => match attest::begun(body).filter(|_| one.key.is_none()) {
                Some((public, signature)) => {
                    // It needs no beat: the log itself signed it.
                    (one.key, one.begun, one.attested) = (Some(public), Some((index, signature)), body.n);
                    None
                }
                // A second beginning is no writer's either.
                None => Some(What::WriterForged { writer: writer() }),
            },
            BEAT | CLOSE => match one.key.and_then(|key| attest::attested(body, &key)) {
                Some(chain) => {
                    one.speaks(body.n.saturating_sub(1), chain);
                    one.closed = one.closed.or((body.operation == CLOSE).then_some(body.n));
                    None
                }
                None => Some(What::BeatForged { writer: writer(), n: body.n }),
            },
            _ => one.after_close(&body.writer, body.n),
        };
        one.enter(body.n, leaf);
        wrong.or_else(|| one.settle(&body.writer))
    }

    /// What is wrong with an entry whose body has expired: of beginnings and beats none ever does.
    pub fn pass(&mut self, index: u64, writer: &str, n: i64, leaf: &Hash) -> Option<What> {
        if !self.whole {
            return None;
        }
        self.note_after_fence(index, writer, n);
        let one = followed(&mut self.of, writer, index)?;
        let wrong = one.after_close(writer, n);
        one.enter(n, leaf);
        wrong.or_else(|| one.settle(writer))
    }

    /// Beginnings that no key signed which was the log's then, be it a former one that a believed key vouches for.
    pub fn forged(&self, keys: &Believed) -> Vec<(u64, What)> {
        let forged = |(writer, one): (&String, &Followed)| {
            let ((index, signature), public) = (one.begun?, one.key?);
            let proved = keys.any(index, |key| attest::vouched(key, writer, &public, &signature));
            (!proved).then(|| (index, What::WriterForged { writer: writer.clone() }))
        };
        self.of.iter().filter_map(forged).collect()
    }

    /// An entry of a run that was said to be over before is remembered, until it is known who said so.
    fn note_after_fence(&mut self, index: u64, writer: &str, n: i64) {
        if self.fences.is_empty() {
            return;
        }
        let words = writer.split_once('/').and_then(|(epoch, _)| self.fences.get_mut(epoch));
        for fence in words.into_iter().flatten().filter(|fence| fence.after.is_none()) {
            fence.after = Some((index, writer.to_owned(), n));
        }
    }

    /// The first entries of runs that the log had said were over.
    pub fn after_fences(&self, keys: &Believed) -> Vec<(u64, What)> {
        let found = |(epoch, words): (&String, &Vec<Fence>)| {
            let epoch = Uuid::try_parse(epoch).ok()?;
            let said = |fence: &&Fence| keys.any(fence.index, |key| attest::fences(key, epoch, &fence.signature));
            let (index, writer, n) = words.iter().filter(said).find_map(|fence| fence.after.clone())?;
            Some((index, What::AfterFence { writer, n }))
        };
        self.fences.iter().filter_map(found).collect()
    }

    /// Writers without a beginning, by the entry that showed them first.
    pub fn unvouched(&self) -> Vec<(u64, String)> {
        let unknown = |(writer, one): (&String, &Followed)| one.key.is_none().then(|| (one.index, writer.clone()));
        self.of.iter().filter_map(unknown).collect()
    }

    pub fn attested(&self) -> Attested {
        self.of.values().fold(Attested::default(), |sum, one| {
            let since = one.folded.saturating_sub(one.attested);
            let waiting = one.waiting().saturating_add(one.lost);
            Attested {
                writers: sum.writers.saturating_add(1),
                closed: sum.closed.saturating_add(u64::from(one.closed.is_some())),
                unattested: sum.unattested.saturating_add(u64::try_from(since).unwrap_or(0)).saturating_add(waiting),
            }
        })
    }
}

/// What is known of a writer, from its first entry here on. Looked up before its name is copied: nearly every entry is of a
/// writer that is known.
fn followed<'w>(of: &'w mut BTreeMap<String, Followed>, writer: &str, index: u64) -> Option<&'w mut Followed> {
    if !of.contains_key(writer) {
        of.insert(writer.to_owned(), Followed { index, ..Followed::default() });
    }
    of.get_mut(writer)
}

impl Followed {
    fn after_close(&self, writer: &str, n: i64) -> Option<What> {
        self.closed.filter(|last| n > *last).map(|_| What::AfterClose { writer: writer.to_owned(), n })
    }

    fn enter(&mut self, n: i64, leaf: &Hash) {
        if n <= self.folded {
            return;
        }
        if self.lost > 0 {
            self.lost = self.lost.saturating_add(1);
        } else if self.folded.checked_add(1) == Some(n) {
            self.next = Some(*leaf);
        } else {
            self.waiting.insert(n, *leaf);
        }
    }

    fn speaks(&mut self, upto: i64, chain: Hash) {
        if self.lost == 0 {
            self.beats.insert(upto, chain);
        }
    }

    fn waiting(&self) -> u64 {
        u64::try_from(self.waiting.len()).unwrap_or(u64::MAX)
    }

    /// What has its turn is taken into the chain; what waits for one before it is not without end.
    fn settle(&mut self, writer: &str) -> Option<What> {
        let wrong = self.fold(writer);
        if self.waiting.len() <= MAX_WAITING {
            return wrong;
        }
        let last = self.waiting.last_key_value().map_or(self.folded, |(last, _)| *last);
        self.lost = self.waiting();
        self.waiting.clear();
        self.beats.clear();
        let first = self.folded.saturating_add(1);
        wrong.or_else(|| Some(What::NotAttested { writer: writer.to_owned(), first, last }))
    }

    /// Takes into the chain what has come, and holds it to the beats that speak of it.
    fn fold(&mut self, writer: &str) -> Option<What> {
        let mut wrong = None;
        loop {
            if let Some(chain) = self.beats.remove(&self.folded) {
                let last = self.folded;
                if chain != self.chain {
                    let (writer, first) = (writer.to_owned(), self.attested.saturating_add(1));
                    wrong = wrong.or(Some(What::NotAttested { writer, first, last }));
                    // What comes after is held to the writer's own word again.
                    self.chain = chain;
                }
                self.attested = last.saturating_add(1);
            }
            let next = self.folded.saturating_add(1);
            let Some(leaf) = self.next.take().or_else(|| self.waiting.remove(&next)) else { return wrong };
            self.chain = chained(&self.chain, &leaf);
            self.folded = next;
        }
    }
}
