//! What a verification found, for a person and for a script's exit code.
//! It must never quote a body beyond ids, times and names of operations: a report is passed on more freely than the
//! entries are.

use crate::casework::ids::LedgerId;
use crate::clock::Moment;
use crate::ledger::body::{BodyError, hex};
use crate::ledger::continuity::{Gap, Head};
use crate::ledger::note::NoteError;
use crate::ledger::tree::Hash;
use crate::ledger::writers::Attested;
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

/// How a verification ended; the number is the process's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Good,
    Bad,
    /// Nothing could be decided: no key, no bundle, a disk error, or a known checkpoint that the bundle does not reach back to.
    Unusable,
}

impl Status {
    pub fn exit_code(self) -> u8 {
        match self {
            Status::Good => 0,
            Status::Bad => 1,
            Status::Unusable => 2,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum What {
    #[error("{0}: the file is missing")]
    FileMissing(&'static str),
    #[error("{0}: the file is not written as the format says")]
    FileMalformed(&'static str),
    #[error("{0}: the file was changed: its SHA-256 is not the one in SHA256SUMS")]
    FileChanged(&'static str),
    #[error("{0}: {1}")]
    Note(&'static str, NoteError),
    #[error("the line cannot be read as an entry")]
    LineUnreadable,
    #[error("salt and body do not give the leaf hash of their line")]
    Commitment,
    #[error("the entry is not the one that was logged here")]
    LineNotLogged,
    #[error("leaves: the hash of this entry is not the one that was logged")]
    LeafNotLogged,
    #[error("the line and the hash in `leaves` differ, and neither leads to the signed root")]
    Disagree,
    #[error("the entry is missing from the export")]
    EntryMissing,
    #[error("the entry's body is not there, and the export is to be whole")]
    BodyMissing,
    #[error("the entry's body is gone, and no entry of the log after it says that it expired")]
    ExpiredUnsaid,
    #[error("entries that are said to have expired with this one are not those of which the log says so")]
    ExpiredOtherwise,
    #[error("an expiry that the log's key did not sign")]
    ExpiryForged,
    #[error("there are more entries than the checkpoint covers")]
    EntryBeyond,
    #[error("the body is not a body: {0}")]
    Body(BodyError),
    #[error("the entry's time is after the time of verification")]
    InFuture,
    #[error("the entries and their hashes do not lead to the signed root")]
    Root,
    #[error("frontier: it is not the signed log at the start of the export")]
    Frontier,
    #[error("the checkpoint is of a smaller log than the known one: the log was rolled back")]
    RolledBack,
    #[error("the log is not a continuation of the known checkpoint: history was rewritten before its size")]
    Forked,
    #[error(
        "receipt: writer {writer} entered number {n}, and it is not in the log: it was dropped before it had its place"
    )]
    Dropped { writer: String, n: i64 },
    #[error("{wanted} witnesses must have cosigned the checkpoint or the known one, and {has} have")]
    Witnesses { has: usize, wanted: usize },
    #[error("counter gap: writer {writer} took {first}-{last} and they are not in the log")]
    CounterGap { writer: String, first: i64, last: i64 },
    #[error("writer {writer} used number {n} twice")]
    CounterTwice { writer: String, n: i64 },
    #[error("writer {writer} began without the log's word: nobody vouches that its entries were made by the service")]
    WriterUnknown { writer: String },
    #[error("writer {writer}: this beginning is not signed by the log, or is its second")]
    WriterForged { writer: String },
    #[error("writer {writer}: beat {n} is not signed with the key that it began with")]
    BeatForged { writer: String, n: i64 },
    #[error(
        "writer {writer}: entries {first}-{last} are not those that it attested: they were altered before they had their place"
    )]
    NotAttested { writer: String, first: i64, last: i64 },
    #[error("writer {writer}: entry {n} comes after it closed")]
    AfterClose { writer: String, n: i64 },
    #[error("writer {writer}: entry {n} comes after the log said that its run of the service was over")]
    AfterFence { writer: String, n: i64 },
    #[error("case {case} went back from version {was} to {version}")]
    CaseWentBack { case: LedgerId, version: i64, was: i64 },
    #[error("case {case} is at version {version}, but its last logged change made version {was}")]
    CaseSkipped { case: LedgerId, version: i64, was: i64 },
    #[error("case {case} was read at version {version} long after version {was} was written: its row was put back")]
    StaleFacts { case: LedgerId, version: i64, was: i64 },
}

/// One thing that is wrong; `index` is the entry's place in the log, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub index: Option<u64>,
    pub what: What,
}

/// An entry made behind a broken glass: these are a set of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BehindGlass {
    pub index: u64,
    pub at: Moment,
    pub person: Option<Uuid>,
    pub operation: String,
    pub outcome: &'static str,
    /// Names in the ledger.
    pub cases: Vec<Uuid>,
}

impl fmt::Display for BehindGlass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let person = self.person.map_or_else(|| "-".to_owned(), |id| id.to_string());
        write!(f, "entry {}: {} {person} {} {}", self.index, self.at.rfc3339(), self.operation, self.outcome)?;
        self.cases.iter().try_for_each(|case| write!(f, " case {case}"))
    }
}

/// The result of a verification. Findings are in order: by entry, then those that are of no entry.
#[derive(Debug, Clone)]
pub struct Report {
    pub status: Status,
    /// Of the signed checkpoint, if it could be believed.
    pub size: Option<u64>,
    pub root: Option<Hash>,
    /// First entry of the export.
    pub from: u64,
    /// Times of the earliest and the latest body seen.
    pub period: Option<(Moment, Moment)>,
    pub bodies_seen: u64,
    pub bodies_withheld: u64,
    /// Bodies that the log let go when their time was over.
    pub bodies_expired: u64,
    /// The first of them.
    pub first_withheld: Option<u64>,
    pub findings: Vec<Finding>,
    /// Findings beyond those listed.
    pub more_findings: u64,
    /// How many entries were made behind a broken glass, and the first of them.
    pub behind_glass: u64,
    pub glass: Vec<BehindGlass>,
    /// Writers that no key of the log vouched for, by the entry that showed them first.
    pub unvouched: Vec<(u64, String)>,
    pub attested: Attested,
    /// How often the service found, and entered, that its log had been written to.
    pub alarms: u64,
    /// What could not be checked, and why that is no fault.
    pub notes: Vec<String>,
    /// Last version and header hash of every case, for comparison with the database.
    pub heads: BTreeMap<LedgerId, Head>,
}

impl Report {
    pub(crate) fn unusable(why: &str) -> Self {
        Self {
            status: Status::Unusable,
            size: None,
            root: None,
            from: 0,
            period: None,
            bodies_seen: 0,
            bodies_withheld: 0,
            bodies_expired: 0,
            first_withheld: None,
            findings: Vec::new(),
            more_findings: 0,
            behind_glass: 0,
            glass: Vec::new(),
            unvouched: Vec::new(),
            attested: Attested::default(),
            alarms: 0,
            notes: vec![why.to_owned()],
            heads: BTreeMap::new(),
        }
    }

    /// For an export that is to hold every body: one that is not there was taken out of the database, and every writer is one
    /// that the log vouched for. A part of the log that was handed over by right holds only the bodies that its reader may see,
    /// and is verified without this.
    #[must_use]
    pub fn must_be_whole(mut self) -> Self {
        let missing = self.first_withheld.map(|index| (index, What::BodyMissing));
        let unknown = std::mem::take(&mut self.unvouched);
        let unknown = unknown.into_iter().map(|(index, writer)| (index, What::WriterUnknown { writer }));
        for (index, what) in missing.into_iter().chain(unknown) {
            // Whatever else could not be decided: of a bundle that could not be read nothing is missing.
            self.status = Status::Bad;
            let at = self.findings.partition_point(|f| f.index.is_some_and(|known| known < index));
            self.findings.insert(at, Finding { index: Some(index), what });
        }
        self
    }

    pub fn ok(&self) -> bool {
        self.status == Status::Good
    }

    /// The first entry that is not as it was logged.
    pub fn first_bad(&self) -> Option<u64> {
        self.findings.iter().find_map(|finding| finding.index)
    }

    /// Nothing can be said of something that was asked, and that is no verdict on the rest.
    pub(crate) fn undecided(&mut self, why: String) {
        self.notes.push(why);
        if self.status == Status::Good {
            self.status = Status::Unusable;
        }
    }

    pub(crate) fn note_in_flight(&mut self, gaps: &[Gap]) {
        for gap in gaps {
            let Gap { writer, first, last, index } = gap;
            self.notes.push(format!(
                "writer {writer} took {first}-{last}, not seen by entry {index}: may still come, look again"
            ));
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.status {
            Status::Good => "GOOD: every entry is the one that was logged and signed",
            Status::Bad => "BAD: this is not the log that was signed",
            Status::Unusable => "UNUSABLE: nothing could be decided",
        };
        writeln!(f, "{verdict}")?;
        if let (Some(size), Some(root)) = (self.size, self.root) {
            writeln!(f, "checkpoint   {size} entries, root {}", hex(&root))?;
        }
        writeln!(f, "from entry   {}", self.from)?;
        if let Some((first, last)) = self.period {
            writeln!(f, "period       {} to {}", first.rfc3339(), last.rfc3339())?;
        }
        let (seen, withheld, expired) = (self.bodies_seen, self.bodies_withheld, self.bodies_expired);
        writeln!(f, "bodies       {seen} seen, {withheld} withheld, {expired} expired")?;
        let Attested { writers, closed, unattested } = self.attested;
        writeln!(f, "writers      {writers}, {closed} closed, {unattested} entries not attested by a beat")?;
        writeln!(f, "alarms       {} entered by the service of its own log", self.alarms)?;
        writeln!(f, "cases        {} changed", self.heads.len())?;
        writeln!(f, "broken glass {} entries", self.behind_glass)?;
        self.glass.iter().try_for_each(|entry| writeln!(f, "  {entry}"))?;
        for finding in &self.findings {
            match finding.index {
                Some(index) => writeln!(f, "entry {index}: {}", finding.what)?,
                None => writeln!(f, "{}", finding.what)?,
            }
        }
        if self.more_findings > 0 {
            writeln!(f, "and {} more", self.more_findings)?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "note: {note}"))
    }
}
