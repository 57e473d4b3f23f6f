//! A change to one case, from the decision to the rows: content sealed, header rewritten, everything in one transaction
//! whose first statement is the compare-and-swap of the version and whose last is the entry.
//! It must never write a fact outside the header, nor content that was not sealed for its place.

use super::answer::{Answer, Reply};
use super::case_file::{CaseFile, hex};
use super::case_records::record_digest;
use super::case_row::{Dues, case_row};
use super::recorder::ApplyError;
use super::session::Session;
use super::vouched::{follow, so_far};
use crate::access::{CategoryFact, Header, LateFact};
use crate::casework::category::Category;
use crate::casework::deadlines::{self, Due};
use crate::casework::ids::{AgencyId, RecordId};
use crate::clock::Moment;
use crate::error::Problem;
use crate::ledger::entry::{CaseMark, DetailValue};
use crate::seal::{Place, chain};
use crate::store::rows::{CaseRow, EventRow, HeaderVersionRow, RecordRow, VersionRow};
use crate::store::{StoreError, Tx};
use chrono::NaiveDate;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Display;

/// A record about to be appended.
pub struct Append {
    pub record: RecordId,
    /// 1 for a new record; one more than the last for a record carried on.
    pub version: u32,
    pub category: Category,
    pub kind: &'static str,
    pub occurred_on: Option<NaiveDate>,
    pub on_behalf: Option<AgencyId>,
    pub fields: Map<String, Value>,
    /// Evidence under its own source.
    pub parts: BTreeMap<Category, Map<String, Value>>,
}

impl std::fmt::Debug for Append {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Append({}, {})", self.category, self.kind)
    }
}

impl Append {
    pub fn new(
        record: RecordId,
        category: Category,
        kind: &'static str,
        occurred_on: NaiveDate,
        fields: Map<String, Value>,
    ) -> Self {
        Self {
            record,
            version: 1,
            category,
            kind,
            occurred_on: Some(occurred_on),
            on_behalf: None,
            fields,
            parts: BTreeMap::new(),
        }
    }
}

/// The events of an escalation by the clock.
pub const ESCALATED: &str = "escalated";
pub const ESCALATION_ENDED: &str = "escalation_ended";

pub struct CaseEdit<'f, 's> {
    file: &'f CaseFile<'s>,
    pub header: Header,
    singles: BTreeMap<Category, String>,
    versions: Vec<VersionRow>,
    records: Vec<RecordRow>,
    events: Vec<EventRow>,
}

impl std::fmt::Debug for CaseEdit<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CaseEdit({})", self.file.id())
    }
}

impl<'f, 's> CaseEdit<'f, 's> {
    pub fn of(file: &'f CaseFile<'s>) -> Self {
        let mut header = (*file.header).clone();
        header.version = header.version.saturating_add(1);
        header.recorded_at = file.session().now;
        Self {
            file,
            header,
            singles: file.row.singles.clone(),
            versions: Vec::new(),
            records: Vec::new(),
            events: Vec::new(),
        }
    }

    pub fn session(&self) -> &'f Session<'s> {
        self.file.session()
    }

    /// Of the record that was appended last.
    pub fn newest_digest(&self) -> Option<[u8; 32]> {
        self.records.last().map(record_digest)
    }

    /// Writes the whole of a single-valued category, as its next version.
    ///
    /// # Errors
    /// `internal` without a permit to write it; `unavailable` without its key.
    pub fn single(&mut self, category: Category, map: &Map<String, Value>) -> Result<(), Problem> {
        let version = self.header.categories.get(&category).map_or(1, |fact| fact.version.saturating_add(1));
        let sealed = self.file.keyring()?.seal_map(&self.file.place(category, self.file.id().0, version), map)?;
        self.header.categories.insert(category, CategoryFact { version, digest: hex(&sealed.digest()) });
        let session = self.file.session();
        self.versions.push(VersionRow {
            case: self.file.id(),
            category,
            version,
            sealed: sealed.as_str().to_owned(),
            recorded_at: session.now,
            membership: session.principal.membership(),
        });
        self.singles.insert(category, sealed.into_string());
        Ok(())
    }

    /// Appends a record.
    ///
    /// # Errors
    /// As `single`.
    pub fn record(&mut self, append: Append) -> Result<(), Problem> {
        let session = self.file.session();
        let place =
            Place { version: append.version, ..self.file.place(append.category, append.record.0, append.version) };
        let mut parts = append.parts;
        parts.insert(append.category, append.fields);
        let sealed = self.file.keyring()?.seal_parts(&place, &parts)?;
        let row = RecordRow {
            case: self.file.id(),
            seq: 0,
            category: append.category,
            record: append.record,
            record_version: append.version,
            kind: append.kind.to_owned(),
            occurred_on: append.occurred_on,
            recorded_at: session.now,
            by_membership: session.principal.membership(),
            agency: session.principal.agency(),
            on_behalf: append.on_behalf,
            sealed: sealed.canonical(),
        };
        let (count, running) = match self.header.categories.get(&append.category) {
            Some(fact) => (fact.version, so_far(&fact.digest)),
            None => (0, [0; 32]),
        };
        let running = chain(running, row.record.0, row.record_version, record_digest(&row));
        let fact = CategoryFact { version: count.saturating_add(1), digest: hex(&running) };
        self.header.categories.insert(append.category, fact);
        self.records.push(row);
        Ok(())
    }

    /// Notes that something happened, by name.
    pub fn event(&mut self, name: &'static str, occurred_on: NaiveDate) {
        self.happened(name.to_owned(), occurred_on);
    }

    /// The same, of what is a category's or another case's: only who may read that may know that it happened.
    pub fn event_about(&mut self, name: &'static str, about: impl Display, occurred_on: NaiveDate) {
        self.happened(format!("{name}/{about}"), occurred_on);
    }

    fn happened(&mut self, name: String, occurred_on: NaiveDate) {
        let session = self.file.session();
        let row = EventRow {
            case: self.file.id(),
            seq: 0,
            name,
            occurred_on,
            recorded_at: session.now,
            membership: session.principal.membership(),
            agency: session.principal.agency(),
            role: session.principal.role(),
        };
        self.header.events = follow(&self.header.events, &row);
        self.events.push(row);
    }

    /// Ready to be committed.
    ///
    /// # Errors
    /// `internal`, for a header without a JSON form; ours all have one.
    pub fn finish(self, reply: Reply, detail: Vec<(&'static str, DetailValue)>) -> Result<Answer, Problem> {
        self.finish_with(reply, detail, |_| Ok(()))
    }

    /// The same, with rows of relation tables beside.
    ///
    /// # Errors
    /// As `finish`.
    pub fn finish_with(
        self,
        reply: Reply,
        detail: Vec<(&'static str, DetailValue)>,
        beside: impl FnOnce(&mut Tx<'_>) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Answer, Problem> {
        self.finish_beside(reply, detail, None, beside)
    }

    /// The same, where one of them is a row that the entry attests too.
    ///
    /// # Errors
    /// As `finish`.
    pub fn finish_beside(
        self,
        reply: Reply,
        detail: Vec<(&'static str, DetailValue)>,
        other: Option<CaseMark>,
        beside: impl FnOnce(&mut Tx<'_>) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Answer, Problem> {
        let session = self.file.session();
        let (prepared, mark) = self.prepare()?;
        let marks = std::iter::once(mark).chain(other).collect();
        Ok(session.change(reply, marks, detail, move |tx| {
            prepared.write(tx)?;
            beside(tx).map_err(ApplyError::from)
        }))
    }

    /// What was overdue is done, or another thing is due now: with it ends the sight that the clock gave the chair.
    fn end_escalation(&mut self, due: Option<Due>) {
        let stays = |late: &LateFact| due.is_some_and(|due| due.what == late.what && due.on == late.due);
        if self.header.late.as_ref().is_some_and(|late| !stays(late)) {
            self.header.late = None;
            self.event(ESCALATION_ENDED, self.file.session().today);
        }
    }

    /// Sealed and decided: for changes that touch two cases in one transaction.
    ///
    /// # Errors
    /// As `finish`.
    pub fn prepare(mut self) -> Result<(Prepared, CaseMark), Problem> {
        let session = self.file.session();
        let service = session.service;
        let due = deadlines::due(&self.header.state, &service.calendar, &service.rules);
        self.end_escalation(due);
        // The order of the queue is shown to those alone who may read of sessions too.
        let of_sessions = deadlines::due_of_sessions(&self.header.state, &service.rules);
        let step = [due, of_sessions].into_iter().flatten().map(|due| due.on).min();
        let review = self.header.retention.due(&self.header.state, &service.rules).map(|due| due.on);
        let expected = self.file.header.version;
        let dues = Dues { step, review };
        let keys = self.file.row.wrapped_keys.clone();
        let (row, mark) = case_row(&service.sealer, self.header, dues, keys, self.singles)?;
        Ok((
            Prepared {
                row,
                expected,
                versions: self.versions,
                records: self.records,
                events: self.events,
                now: session.now,
            },
            mark,
        ))
    }
}

/// The rows of a change, sealed, waiting for a transaction.
pub struct Prepared {
    row: CaseRow,
    expected: i64,
    versions: Vec<VersionRow>,
    records: Vec<RecordRow>,
    events: Vec<EventRow>,
    now: Moment,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Prepared")
    }
}

impl Prepared {
    /// # Errors
    /// `Stale` where the case has moved on since it was read.
    pub fn write(&self, tx: &mut Tx<'_>) -> Result<(), ApplyError> {
        tx.update_case(&self.row, self.expected)?;
        tx.append_header(&header_version(&self.row, self.now))?;
        for version in &self.versions {
            tx.append_version(version)?;
        }
        for record in &self.records {
            tx.append_record(record)?;
        }
        for event in &self.events {
            tx.append_event(event)?;
        }
        Ok(())
    }
}

/// The header's place in the history, which `correct` and un-joining read.
pub fn header_version(row: &CaseRow, recorded_at: Moment) -> HeaderVersionRow {
    HeaderVersionRow {
        case: row.id,
        version: row.version,
        header: row.header.clone(),
        header_tag: row.header_tag.clone(),
        recorded_at,
    }
}
