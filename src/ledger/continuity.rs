//! What the entries say beyond their hashes: whether each writer's counter is whole, and whether a case's versions only grow.
//! It must never call an honest race a forgery: commits may overtake each other within the time a transaction may take.

use crate::casework::ids::LedgerId;
use crate::clock::Moment;
use crate::ledger::body::{Body, BodyValue, unhex};
use crate::ledger::expired::erases;
use crate::ledger::report::What;
use crate::ledger::tree::Hash;
use std::collections::{BTreeMap, BTreeSet};

/// The operation by which a writer says that numbers it had taken were never committed: `detail` has `("void", n)` for each.
pub const VOID: &str = "ledger.void";

/// How long an entry may be overtaken, or a read may answer from before a change: above any transaction's time limit.
pub(crate) const IN_FLIGHT_SECONDS: i64 = 120;

/// The first moment that a body can have: of what is gone before any body was read no other is known.
const LONG_AGO: Moment = Moment(-62_135_596_800_000_000);

/// Missing stretches remembered for a writer; past this the lowest is a gap at once. Bounds memory on a hostile export.
const MAX_OPEN: usize = 10_000;

/// What is known of one case from its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub version: i64,
    /// SHA-256 of the header that the last change wrote: what the database must hold now.
    pub header: Hash,
    pub at: Moment,
    /// Entry of that change.
    pub index: u64,
}

/// A stretch of numbers that has not been seen: up to `end` (exclusive), known to be missing since that entry.
#[derive(Clone, Copy)]
struct Missing {
    end: i64,
    index: u64,
    since: Moment,
}

struct Counter {
    next: i64,
    /// By first number.
    missing: BTreeMap<i64, Missing>,
}

impl Counter {
    /// Whether the number had not come yet.
    fn takes(&mut self, n: i64, index: u64, since: Moment) -> bool {
        if n >= self.next {
            if n > self.next {
                self.missing.insert(self.next, Missing { end: n, index, since });
            }
            self.next = n.saturating_add(1);
            return true;
        }
        let before = self.missing.range(..=n).next_back().filter(|(_, gap)| n < gap.end).map(|(first, _)| *first);
        let Some((first, gap)) = before.and_then(|first| self.missing.remove_entry(&first)) else { return false };
        if first < n {
            self.missing.insert(first, Missing { end: n, ..gap });
        }
        let after = n.saturating_add(1);
        if after < gap.end {
            self.missing.insert(after, gap);
        }
        true
    }
}

/// Numbers of a writer that were taken but not seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub writer: String,
    pub first: i64,
    pub last: i64,
    /// The entry that showed the gap.
    pub index: u64,
}

/// Fed with every body in order. Memory grows with writers and cases, not with entries.
#[derive(Default)]
pub struct Continuity {
    /// Every body from entry 0 on has been seen, so absence means something.
    whole: bool,
    writers: BTreeMap<String, Counter>,
    heads: BTreeMap<LedgerId, Head>,
    latest: Option<Moment>,
    /// Whether bodies have expired: then versions are missing of cases that were erased, and of no others.
    expired: bool,
    erased: BTreeSet<LedgerId>,
    /// The first skipped version of each case that may still be erased.
    held: BTreeMap<LedgerId, (u64, What)>,
}

impl std::fmt::Debug for Continuity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Continuity")
            .field("writers", &self.writers.len())
            .field("heads", &self.heads.len())
            .finish_non_exhaustive()
    }
}

impl Continuity {
    /// `from_start`: the export begins with entry 0.
    pub fn new(from_start: bool) -> Self {
        Self { whole: from_start, ..Self::default() }
    }

    /// A body that is withheld or unreadable: from here on absence proves nothing, of what was missing before neither.
    pub fn skip(&mut self) {
        self.whole = false;
        self.writers.clear();
    }

    /// An entry whose body has expired: its number has come, and what it said of cases is gone with them.
    pub fn pass(&mut self, index: u64, writer: &str, n: i64) -> Vec<What> {
        let mut wrong = Vec::new();
        self.expired = true;
        // When it was is not known any more: not after what came before it.
        self.count(writer, n, index, self.latest.unwrap_or(LONG_AGO), &mut wrong);
        wrong
    }

    /// Versions that were skipped, of cases that the log does not say were erased.
    pub fn skipped(&mut self) -> Vec<(u64, What)> {
        let held = std::mem::take(&mut self.held);
        // Where a body is withheld it may be the one that says so.
        held.into_values().filter(|_| self.whole).collect()
    }

    /// The last change of every case.
    pub fn into_heads(self) -> BTreeMap<LedgerId, Head> {
        self.heads
    }

    /// What `body`, entry `index`, contradicts in the entries before it.
    pub fn take(&mut self, index: u64, body: &Body<'_>) -> Vec<What> {
        let (mut wrong, at) = (Vec::new(), body.at);
        self.latest = self.latest.max(Some(at));
        let voids = body.detail.iter().filter_map(|(code, value)| match value {
            BodyValue::Number(n) if body.operation == VOID && code == "void" => Some(*n),
            _ => None,
        });
        // Voids first: they are older numbers than the entry's own.
        for n in voids.chain([body.n]) {
            self.count(&body.writer, n, index, at, &mut wrong);
        }
        for case in &body.cases {
            let header = case.header.as_deref().and_then(unhex);
            self.mark(LedgerId(case.id), case.version, header, index, at, &mut wrong);
        }
        if erases(body) {
            for case in body.cases.iter().map(|case| LedgerId(case.id)) {
                self.held.remove(&case);
                self.erased.insert(case);
            }
        }
        wrong
    }

    fn skip_of(&mut self, index: u64, (case, version, was): (LedgerId, i64, i64), wrong: &mut Vec<What>) {
        let what = What::CaseSkipped { case, version, was };
        match (self.expired, self.erased.contains(&case)) {
            (false, _) => wrong.push(what),
            (true, true) => {}
            (true, false) => drop(self.held.entry(case).or_insert((index, what))),
        }
    }

    fn count(&mut self, writer: &str, n: i64, index: u64, at: Moment, wrong: &mut Vec<What>) {
        if !self.whole {
            return;
        }
        // Looked up before it is copied: nearly every entry is of a writer that is known.
        if !self.writers.contains_key(writer) {
            self.writers.insert(writer.to_owned(), Counter { next: 1, missing: BTreeMap::new() });
        }
        let Some(counter) = self.writers.get_mut(writer) else { return };
        if !counter.takes(n, index, at) {
            wrong.push(What::CounterTwice { writer: writer.to_owned(), n });
        }
        if counter.missing.len() > MAX_OPEN
            && let Some((first, gap)) = counter.missing.pop_first()
        {
            wrong.push(What::CounterGap { writer: writer.to_owned(), first, last: gap.end.saturating_sub(1) });
        }
    }

    fn mark(
        &mut self,
        case: LedgerId,
        version: i64,
        header: Option<Hash>,
        index: u64,
        at: Moment,
        wrong: &mut Vec<What>,
    ) {
        let head = self.heads.get(&case).copied();
        if let Some(header) = header {
            // Changes of one case wait for each other's row lock, so their order in the log is their order.
            match head {
                Some(head) if version <= head.version => {
                    wrong.push(What::CaseWentBack { case, version, was: head.version })
                }
                Some(head) if self.whole && version > head.version.saturating_add(1) => {
                    self.skip_of(index, (case, version, head.version), wrong);
                }
                _ => {}
            }
            if head.is_none_or(|head| version > head.version) {
                self.heads.insert(case, Head { version, header, at, index });
            }
            return;
        }
        match head {
            Some(head) if version < head.version && at > head.at.plus_seconds(IN_FLIGHT_SECONDS) => {
                wrong.push(What::StaleFacts { case, version, was: head.version });
            }
            Some(head) if self.whole && version > head.version => {
                self.skip_of(index, (case, version, head.version), wrong);
            }
            _ => {}
        }
    }

    /// The gaps that remain, and the numbers that may still be in flight at the end of the export. With bodies withheld or the
    /// start missing neither can be told, and both are empty.
    pub fn gaps(&self) -> (Vec<Gap>, Vec<Gap>) {
        let end = self.latest.unwrap_or(LONG_AGO);
        let (mut gaps, mut in_flight) = (Vec::new(), Vec::new());
        for (writer, counter) in &self.writers {
            for (first, gap) in &counter.missing {
                let found =
                    Gap { writer: writer.clone(), first: *first, last: gap.end.saturating_sub(1), index: gap.index };
                if gap.since.plus_seconds(IN_FLIGHT_SECONDS) < end { gaps.push(found) } else { in_flight.push(found) }
            }
        }
        (gaps, in_flight)
    }
}
