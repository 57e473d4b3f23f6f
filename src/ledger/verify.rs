//! The offline verifier: a folder, the keys that are believed, and nothing else; no database, no network.
//! It must never take anything in the folder on trust, hold more of it in memory than a few lines, or stop at the first damage
//! without saying where it is. What it cannot decide it says.

mod expired;
mod settling;

use crate::clock::Moment;
use crate::ledger::attest::{ALTERED, MISSING, RESTORED};
use crate::ledger::body::{Body, Skimmer};
use crate::ledger::continuity::Continuity;
use crate::ledger::entry::leaf_hash;
use crate::ledger::expired::Expiries;
use crate::ledger::export::{self, CHECKPOINT, CHECKPOINT_OLD, FRONTIER, SUMS};
use crate::ledger::lineage::Lineage;
use crate::ledger::note::{self, Checkpoint, VKey};
use crate::ledger::receipt::Receipt;
use crate::ledger::report::{BehindGlass, Finding, Report, Status, What};
use crate::ledger::tree::{Frontier, Hash};
use crate::ledger::unbundle::{Batch, Entries, Found, Reader};
use crate::ledger::way::Ways;
use crate::ledger::writers::Writers;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Findings that are listed; the rest are counted.
const LISTED: usize = 200;

/// Alarms of the service that are listed; the rest are counted.
const LISTED_ALARMS: u64 = 20;
/// Entries from one word on how far it is to the next.
const STRIDE: u64 = 4_096;

/// The purpose under which it is read behind a broken glass, as bodies have it.
const GLASS: &str = "break_glass";

/// Verifies the bundle in `dir` against `keys`. `known` is a checkpoint held elsewhere (from an earlier verification, a
/// witness or a mailbox): the log must continue it. `now` refuses entries from the future.
pub fn verify(dir: &Path, keys: &[VKey], known: Option<&Checkpoint>, now: Option<Moment>) -> Report {
    verify_given(dir, &Given { keys, known, now, ..Given::default() })
}

/// What is believed, known and held beside the folder.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'a> {
    pub keys: &'a [VKey],
    pub known: Option<&'a Checkpoint>,
    pub now: Option<Moment>,
    /// Of entries that must be in the log.
    pub receipts: &'a [Receipt],
    /// Keys of witnesses, of whom `quorum` must have cosigned the export's checkpoint or the known one.
    pub witnesses: &'a [VKey],
    /// By verifier key, those who cosigned the known checkpoint.
    pub known_by: &'a [String],
    pub quorum: usize,
    /// Told now and then which entry is reached, and how many the checkpoint covers.
    pub progress: Option<fn(u64, u64)>,
}

/// As [`verify`], and holds the log to the receipts it gave.
pub fn verify_given(dir: &Path, given: &Given<'_>) -> Report {
    if given.keys.is_empty() {
        return Report::unusable("no verifier key was given");
    }
    match Run::new(dir, given).and_then(Run::finish) {
        Ok(report) => report,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Report::unusable("this is not an export folder: entries or leaves are absent")
        }
        Err(_) => Report::unusable("the folder cannot be read"),
    }
}

struct Run<'a> {
    dir: &'a Path,
    keys: Vec<VKey>,
    known: Option<&'a Checkpoint>,
    now: Option<Moment>,
    report: Report,
    sums: Vec<(&'static str, Hash)>,
    checkpoint: Option<Checkpoint>,
    ways: Ways,
    /// Entries of which line and `leaves` differ: who is right shows at the root.
    disagree: Vec<u64>,
    continuity: Continuity,
    lineage: Lineage,
    writers: Writers,
    expiries: Expiries,
    skimmer: Skimmer,
    /// Receipts whose leaf has not come yet.
    promised: BTreeMap<Hash, &'a Receipt>,
    quorum: usize,
    progress: Option<fn(u64, u64)>,
    /// By verifier key, the witnesses who cosigned.
    cosigned: BTreeSet<String>,
}

impl<'a> Run<'a> {
    fn new(dir: &'a Path, given: &Given<'a>) -> io::Result<Self> {
        let report = Report { status: Status::Good, notes: Vec::new(), ..Report::unusable("") };
        let mut run = Self {
            dir,
            keys: [given.keys, given.witnesses].concat(),
            known: given.known,
            now: given.now,
            report,
            sums: Vec::new(),
            checkpoint: None,
            ways: Ways::default(),
            disagree: Vec::new(),
            continuity: Continuity::default(),
            lineage: Lineage::default(),
            writers: Writers::new(false),
            expiries: Expiries::default(),
            skimmer: Skimmer::default(),
            promised: given.receipts.iter().map(|receipt| (receipt.leaf, receipt)).collect(),
            quorum: given.quorum,
            progress: given.progress,
            cosigned: given.known_by.iter().cloned().collect(),
        };
        // Opened first, and never found by accident: without these there is nothing to verify.
        let entries = Entries::open(dir)?;
        run.checkpoint = run.note(CHECKPOINT, true)?;
        run.start()?;
        run.walk(entries)?;
        Ok(run)
    }

    fn find(&mut self, index: Option<u64>, what: What) {
        self.report.status = Status::Bad;
        if self.report.findings.len() < LISTED {
            self.report.findings.push(Finding { index, what });
        } else {
            self.report.more_findings = self.report.more_findings.saturating_add(1);
        }
    }

    fn small(&mut self, name: &'static str, required: bool) -> io::Result<Option<Vec<u8>>> {
        let mut reader = match Reader::open(self.dir, name) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if required {
                    self.find(None, What::FileMissing(name));
                }
                return Ok(None);
            }
            other => other?,
        };
        let bytes = reader.small()?;
        let sum = reader.finish()?;
        if name != SUMS {
            self.sums.push((name, sum));
        }
        Ok(Some(bytes))
    }

    fn note(&mut self, name: &'static str, required: bool) -> io::Result<Option<Checkpoint>> {
        let Some(bytes) = self.small(name, required)? else {
            return Ok(None);
        };
        match note::open_cosigned(&bytes, &self.keys) {
            Ok(opened) => {
                if name == CHECKPOINT {
                    self.cosigned.extend(opened.witnesses.into_keys());
                }
                Ok(Some(opened.checkpoint))
            }
            Err(error) => {
                self.find(None, What::Note(name, error));
                Ok(None)
            }
        }
    }

    /// Where the export begins: at nothing, or at a frontier that a signed checkpoint vouches for.
    fn start(&mut self) -> io::Result<()> {
        let frontier = self.small(FRONTIER, false)?;
        // Without a frontier it is one of the other files, of which nothing is asked.
        let old = if frontier.is_some() { self.note(CHECKPOINT_OLD, true)? } else { None };
        let begin = frontier.as_ref().map_or(Some(Frontier::default()), |bytes| export::parse_frontier(bytes));
        if frontier.is_some() && begin.is_none() {
            self.find(None, What::FileMalformed(FRONTIER));
        }
        if let (Some(begin), Some(old)) = (&begin, &old)
            && (begin.size(), begin.root()) != (old.size, old.root)
        {
            self.find(None, What::Frontier);
        }
        // A damaged frontier must not shift the numbers of the entries: the signed size is the better witness.
        self.report.from = old.map(|old| old.size).or(begin.as_ref().map(Frontier::size)).unwrap_or(0);
        self.continuity = Continuity::new(self.report.from == 0);
        self.lineage = Lineage::new(&self.keys);
        self.writers = Writers::new(self.report.from == 0);
        self.expiries = Expiries::new(self.report.from);
        self.ways = Ways::from(begin, self.known);
        Ok(())
    }

    fn walk(&mut self, entries: Entries) -> io::Result<()> {
        let mut index = self.report.from;
        let end = self.checkpoint.as_ref().map(|c| c.size);
        let sums = entries.each(|batch| {
            for (found, leaf) in &batch.entries {
                if end.is_some_and(|end| index >= end) {
                    self.find(Some(index), What::EntryBeyond);
                    return false;
                }
                self.entry(index, batch, found, *leaf);
                index = index.saturating_add(1);
                if index.is_multiple_of(STRIDE)
                    && let (Some(progress), Some(end)) = (self.progress, end)
                {
                    progress(index, end);
                }
            }
            true
        })?;
        if end.is_some_and(|end| index < end) {
            self.find(Some(index), What::EntryMissing);
        }
        self.sums.extend(sums);
        Ok(())
    }

    fn entry(&mut self, index: u64, batch: &Batch, found: &Found, leaf: Option<Hash>) {
        let computed = self.line(index, batch, found);
        match (computed, leaf) {
            (_, None) => self.find(Some(index), What::LeafNotLogged),
            (Some(computed), Some(leaf)) if computed != leaf => self.disagree.push(index),
            _ => {}
        }
        // Bounded: after that many the first are what matters.
        if self.disagree.len() > LISTED {
            self.disagree.pop();
            self.report.more_findings = self.report.more_findings.saturating_add(1);
        }
        if let Some(leaf) = leaf.filter(|_| !self.promised.is_empty()) {
            self.promised.remove(&leaf);
        }
        self.ways.push(computed, leaf, self.known);
    }

    /// Of this entry nothing is known but its leaf.
    fn skip(&mut self) {
        self.continuity.skip();
        self.writers.skip();
    }

    /// The leaf hash that the line stands for; `None` for one that stands for nothing.
    fn line(&mut self, index: u64, batch: &Batch, found: &Found) -> Option<Hash> {
        match found {
            Found::Absent | Found::Unreadable => {
                self.skip();
                let absent = matches!(found, Found::Absent);
                self.find(Some(index), if absent { What::EntryMissing } else { What::LineUnreadable });
                None
            }
            Found::Withheld(leaf) => {
                self.report.bodies_withheld = self.report.bodies_withheld.saturating_add(1);
                self.report.first_withheld = self.report.first_withheld.or(Some(index));
                self.skip();
                Some(*leaf)
            }
            Found::Expired(leaf, remnant) => {
                self.remnant(index, leaf, remnant);
                Some(*leaf)
            }
            Found::Opened { claimed, salt, body } => {
                self.report.bodies_seen = self.report.bodies_seen.saturating_add(1);
                let text = batch.body(body);
                let computed = leaf_hash(salt, text.as_bytes());
                if computed != *claimed {
                    self.find(Some(index), What::Commitment);
                }
                match self.skimmer.skim(text) {
                    Ok(body) => self.body(index, &body, &computed),
                    Err(error) => {
                        self.skip();
                        self.find(Some(index), What::Body(error));
                    }
                }
                Some(computed)
            }
        }
    }

    fn body(&mut self, index: u64, body: &Body<'_>, leaf: &Hash) {
        let at = body.at;
        let (first, last) = self.report.period.unwrap_or((at, at));
        self.report.period = Some((first.min(at), last.max(at)));
        if self.now.is_some_and(|now| at > now) {
            self.find(Some(index), What::InFuture);
        }
        self.lineage.note(index, body);
        self.behind_glass(index, body);
        self.alarm(index, body);
        self.expiry(index, body);
        let wrong = self.continuity.take(index, body);
        for what in wrong.into_iter().chain(self.writers.take(index, body, leaf)) {
            self.find(Some(index), what);
        }
    }

    /// Whoever read what was not theirs is to be found without reading the whole log.
    fn behind_glass(&mut self, index: u64, body: &Body<'_>) {
        if body.purpose.as_deref() != Some(GLASS) {
            return;
        }
        self.report.behind_glass = self.report.behind_glass.saturating_add(1);
        if self.report.glass.len() < LISTED {
            self.report.glass.push(BehindGlass {
                index,
                at: body.at,
                person: body.actor.person(),
                operation: body.operation.clone().into_owned(),
                outcome: body.outcome.name(),
                cases: body.cases.iter().map(|case| case.id).collect(),
            });
        }
    }

    /// What the service itself found amiss with its log, and said in it.
    fn alarm(&mut self, index: u64, body: &Body<'_>) {
        let found = match &*body.operation {
            MISSING => "an entry that was taken out before it had its place",
            RESTORED => "an entry that was taken out, and put it back",
            ALTERED => "an entry that was not as it had been committed",
            _ => return,
        };
        self.report.alarms = self.report.alarms.saturating_add(1);
        if self.report.alarms <= LISTED_ALARMS {
            self.report.notes.push(format!("entry {index}: the service found {found}: somebody wrote to its database"));
        }
    }

    fn finish(mut self) -> io::Result<Report> {
        self.settle_root();
        self.settle_known();
        self.settle_gaps();
        self.settle_promises();
        let keys = self.lineage.believed();
        self.settle_expired(&keys);
        for (index, what) in self.writers.forged(&keys).into_iter().chain(self.writers.after_fences(&keys)) {
            self.find(Some(index), what);
        }
        let has = self.cosigned.len();
        if has < self.quorum {
            self.find(None, What::Witnesses { has, wanted: self.quorum });
        }
        self.settle_files()?;
        let mut report = self.report;
        if let Some(checkpoint) = self.checkpoint {
            (report.size, report.root) = (Some(checkpoint.size), Some(checkpoint.root));
        }
        (report.unvouched, report.attested) = (self.writers.unvouched(), self.writers.attested());
        report.heads = self.continuity.into_heads();
        report.findings.sort_by_key(|finding| (finding.index.is_none(), finding.index));
        Ok(report)
    }
}
