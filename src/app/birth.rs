//! The rows of a case at its birth: keys of its own, content sealed at version 1, the header that vouches for both.
//! It must never open anything: whoever brings a case need not be allowed to read it.

use super::case_edit::header_version;
use super::case_file::hex;
use super::case_records::record_digest;
use super::case_row::{Dues, case_row};
use super::recorder::ApplyError;
use super::session::Session;
use super::vouched::{follow, so_far};
use crate::access::{Authentic, CategoryFact, Evaluator, Header};
use crate::casework::category::Category;
use crate::casework::deadlines;
use crate::casework::ids::{CaseId, RecordId, ReferralId};
use crate::casework::opening::Opening;
use crate::casework::state::State;
use crate::clock::Moment;
use crate::error::Problem;
use crate::ledger::entry::CaseMark;
use crate::seal::{Bucket, Keyring, Place, chain};
use crate::store::Tx;
use crate::store::rows::{CaseRow, EventRow, RecordRow, VersionRow};
use chrono::NaiveDate;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a case begins with.
pub struct Birth<'a> {
    pub opening: &'a Opening,
    pub opened_from: Option<ReferralId>,
    /// The name of its first event.
    pub event: &'static str,
    pub content: BTreeMap<Category, Map<String, Value>>,
    pub records: Vec<FirstRecord>,
    /// For a case that begins further on: what stands for each guard it skipped. Kept in its log.
    pub statements: Map<String, Value>,
}

/// A record that a case begins with.
pub struct FirstRecord {
    pub category: Category,
    pub kind: String,
    pub occurred_on: Option<NaiveDate>,
    pub fields: Map<String, Value>,
    /// Evidence under its own source.
    pub parts: BTreeMap<Category, Map<String, Value>>,
}

/// A case ready to be written.
pub struct Born {
    row: CaseRow,
    versions: Vec<VersionRow>,
    records: Vec<RecordRow>,
    event: EventRow,
    pub mark: CaseMark,
}

super::opaque!(Born, FirstRecord);

impl std::fmt::Debug for Birth<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Birth")
    }
}

impl Born {
    pub fn case(&self) -> CaseId {
        self.row.id
    }

    /// # Errors
    /// What the store gives.
    pub fn write(&self, tx: &mut Tx<'_>, now: Moment) -> Result<(), ApplyError> {
        tx.insert_case(&self.row)?;
        tx.append_header(&header_version(&self.row, now))?;
        for version in &self.versions {
            tx.append_version(version)?;
        }
        for record in &self.records {
            tx.append_record(record)?;
        }
        tx.append_event(&self.event)?;
        Ok(())
    }
}

/// Seals what a case begins with, as far as `evaluator`'s principal may write it.
///
/// # Errors
/// The opening's problems; `internal` where the principal may not write; `unavailable` without keys.
pub fn be_born(session: &Session<'_>, evaluator: &Evaluator<'_>, birth: Birth<'_>) -> Result<Born, Problem> {
    let service = session.service;
    let state = State::opened(birth.opening)?;
    let mut header = Header::blank(session.panel(), birth.opened_from, state, session.now);
    let bucket = Bucket::for_case(session.now.london_date(), service.retention);
    let keys = service.sealer.new_keys(header.panel, header.case.0, bucket)?;
    // The permit is of the empty case: what may be written does not depend on what is about to be.
    let (empty, _) =
        Authentic::seal(&service.sealer, header.clone()).map_err(|_| Problem::internal("a header has no JSON form"))?;
    let permit = evaluator.permit(&empty);
    let keyring = service.sealer.open(&keys, header.panel, header.case.0, &permit, session.now)?;
    let mut singles = BTreeMap::new();
    let mut versions = Vec::new();
    for (category, map) in birth.content {
        let sealed = keyring.seal_map(&place(&header, header.case.0, category), &map)?;
        header.categories.insert(category, CategoryFact { version: 1, digest: hex(&sealed.digest()) });
        versions.push(VersionRow {
            case: header.case,
            category,
            version: 1,
            sealed: sealed.as_str().to_owned(),
            recorded_at: session.now,
            membership: session.principal.membership(),
        });
        singles.insert(category, sealed.into_string());
    }
    let evidence = evidence(birth.statements, birth.opening);
    let records = records(session, &keyring, &mut header, birth.records, evidence)?;
    let event = EventRow {
        case: header.case,
        seq: 0,
        name: birth.event.to_owned(),
        occurred_on: birth.opening.received_on,
        recorded_at: session.now,
        membership: session.principal.membership(),
        agency: session.principal.agency(),
        role: session.principal.role(),
    };
    header.events = follow(&header.events, &event);
    let step = deadlines::due(&header.state, &service.calendar, &service.rules).map(|due| due.on);
    let review = header.retention.due(&header.state, &service.rules).map(|due| due.on);
    let (row, mark) = case_row(&service.sealer, header, Dues { step, review }, keys.into_string(), singles)?;
    Ok(Born { row, versions, records, event, mark })
}

fn place(header: &Header, record: uuid::Uuid, category: Category) -> Place {
    Place { panel: header.panel, case: header.case.0, record, category, version: 1 }
}

/// In this order, and last what stands for the guards that were skipped.
fn records(
    session: &Session<'_>,
    keyring: &Keyring<'_>,
    header: &mut Header,
    first: Vec<FirstRecord>,
    evidence: Option<FirstRecord>,
) -> Result<Vec<RecordRow>, Problem> {
    let mut rows = Vec::new();
    for FirstRecord { category, kind, occurred_on, fields, mut parts } in first.into_iter().chain(evidence) {
        let record = RecordId::new();
        parts.insert(category, fields);
        let sealed = keyring.seal_parts(&place(header, record.0, category), &parts)?;
        let row = RecordRow {
            case: header.case,
            seq: 0,
            category,
            record,
            record_version: 1,
            kind,
            occurred_on,
            recorded_at: session.now,
            by_membership: session.principal.membership(),
            agency: session.principal.agency(),
            on_behalf: None,
            sealed: sealed.canonical(),
        };
        let before = header.categories.get(&category);
        let (count, running) = before.map_or((0, [0; 32]), |fact| (fact.version, so_far(&fact.digest)));
        let running = chain(running, record.0, 1, record_digest(&row));
        let fact = CategoryFact { version: count.saturating_add(1), digest: hex(&running) };
        header.categories.insert(category, fact);
        rows.push(row);
    }
    Ok(rows)
}

fn evidence(fields: Map<String, Value>, opening: &Opening) -> Option<FirstRecord> {
    (!fields.is_empty()).then(|| FirstRecord {
        category: Category::Log,
        kind: "opening_evidence".to_owned(),
        occurred_on: Some(opening.received_on),
        fields,
        parts: BTreeMap::new(),
    })
}
