//! Cases, their history, records and events.

use super::{Reader, all, asked};
use crate::casework::category::Category;
use crate::casework::ids::{AgencyId, CaseId, LedgerId, MembershipId, PanelId, RecordId, SubjectId};
use crate::casework::role::Role;
use crate::clock::Moment;
use crate::store::StoreError;
use crate::store::decode::{Said, due, due_text, maybe, number, parsed};
use crate::store::rows::{CaseRow, EventRow, HeaderVersionRow, RecordRow, VersionRow};
use crate::store::schema::{case_file, case_header_version, case_record, case_version, event};
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a list went on to: the last row's due date and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseCursor {
    pub due_on: Option<NaiveDate>,
    pub id: CaseId,
}

impl CaseCursor {
    pub fn after(row: &CaseRow) -> Self {
        Self { due_on: row.due_on, id: row.id }
    }
}

/// In the order of the table's columns.
#[derive(Queryable)]
pub(super) struct RawCase {
    id: Said<CaseId>,
    panel_id: Said<PanelId>,
    subject_id: Said<SubjectId>,
    ledger_id: Said<LedgerId>,
    version: i64,
    stage: String,
    due_on: String,
    review_on: String,
    header: String,
    header_tag: Vec<u8>,
    wrapped_keys: String,
    identity: Option<String>,
    contact: Option<String>,
    source: Option<String>,
    concern: Option<String>,
    ideology: Option<String>,
    monitoring: Option<String>,
    social_care: Option<String>,
    social_care_summary: Option<String>,
    health: Option<String>,
    health_summary: Option<String>,
    education: Option<String>,
    education_summary: Option<String>,
    police: Option<String>,
    plan: Option<String>,
    safety: Option<String>,
}

pub(super) fn case(raw: RawCase) -> Result<CaseRow, StoreError> {
    let singles = [
        (Category::Identity, raw.identity),
        (Category::Contact, raw.contact),
        (Category::Source, raw.source),
        (Category::Concern, raw.concern),
        (Category::Ideology, raw.ideology),
        (Category::Monitoring, raw.monitoring),
        (Category::SocialCare, raw.social_care),
        (Category::SocialCareSummary, raw.social_care_summary),
        (Category::Health, raw.health),
        (Category::HealthSummary, raw.health_summary),
        (Category::Education, raw.education),
        (Category::EducationSummary, raw.education_summary),
        (Category::Police, raw.police),
        (Category::Plan, raw.plan),
        (Category::Safety, raw.safety),
    ];
    let singles: BTreeMap<_, _> =
        singles.into_iter().filter_map(|(category, sealed)| Some((category, sealed?))).collect();
    Ok(CaseRow {
        id: raw.id.value()?,
        panel: raw.panel_id.value()?,
        subject: raw.subject_id.value()?,
        ledger_id: raw.ledger_id.value()?,
        version: raw.version,
        stage: raw.stage,
        due_on: due(&raw.due_on)?,
        review_on: due(&raw.review_on)?,
        header: raw.header,
        header_tag: raw.header_tag,
        wrapped_keys: raw.wrapped_keys,
        singles,
    })
}

type RawVersion = (String, String, i32, String, i64, Option<String>);

fn version((case, category, version, sealed, at, membership): RawVersion) -> Result<VersionRow, StoreError> {
    Ok(VersionRow {
        case: parsed(&case)?,
        category: parsed(&category)?,
        version: number(version)?,
        sealed,
        recorded_at: Moment(at),
        membership: maybe(membership.as_deref())?,
    })
}

type RawHeader = (String, i64, String, Vec<u8>, i64);

fn header((case, version, header, header_tag, at): RawHeader) -> Result<HeaderVersionRow, StoreError> {
    Ok(HeaderVersionRow { case: parsed(&case)?, version, header, header_tag, recorded_at: Moment(at) })
}

#[derive(Queryable)]
pub(super) struct RawRecord {
    case_id: Said<CaseId>,
    seq: i64,
    category: Said<Category>,
    record_id: Said<RecordId>,
    record_version: i32,
    kind: String,
    occurred_on: Option<Said<NaiveDate>>,
    recorded_at: i64,
    by_membership: Option<Said<MembershipId>>,
    agency: Option<Said<AgencyId>>,
    on_behalf: Option<Said<AgencyId>>,
    sealed: String,
}

pub(super) fn record(raw: RawRecord) -> Result<RecordRow, StoreError> {
    Ok(RecordRow {
        case: raw.case_id.value()?,
        seq: raw.seq,
        category: raw.category.value()?,
        record: raw.record_id.value()?,
        record_version: number(raw.record_version)?,
        kind: raw.kind,
        occurred_on: Said::maybe(raw.occurred_on)?,
        recorded_at: Moment(raw.recorded_at),
        by_membership: Said::maybe(raw.by_membership)?,
        agency: Said::maybe(raw.agency)?,
        on_behalf: Said::maybe(raw.on_behalf)?,
        sealed: raw.sealed,
    })
}

pub(super) type RawEvent = (
    Said<CaseId>,
    i64,
    String,
    Said<NaiveDate>,
    i64,
    Option<Said<MembershipId>>,
    Option<Said<AgencyId>>,
    Option<Said<Role>>,
);

pub(super) fn happened((case, seq, name, on, at, membership, agency, role): RawEvent) -> Result<EventRow, StoreError> {
    Ok(EventRow {
        case: case.value()?,
        seq,
        name,
        occurred_on: on.value()?,
        recorded_at: Moment(at),
        membership: Said::maybe(membership)?,
        agency: Said::maybe(agency)?,
        role: Said::maybe(role)?,
    })
}

impl Reader {
    /// The cases of these names in the ledger, in no order. Not for a hot path: on PostgreSQL such a list is planned anew.
    pub fn cases_by_ledger_id(&mut self, ids: &[LedgerId]) -> Result<Vec<CaseRow>, StoreError> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let of_these = || case_file::table.filter(case_file::ledger_id.eq_any(&ids));
        let raw = asked!(self, |c| of_these().load::<RawCase>(c))?;
        all(raw, case)
    }

    /// One statement, one row: facts and content of the same moment.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`. So in every function of a reader.
    pub fn case_by_id(&mut self, id: CaseId) -> Result<Option<CaseRow>, StoreError> {
        let id = id.to_string();
        let raw = asked!(self, |c| case_file::table.filter(case_file::id.eq(&id)).first::<RawCase>(c).optional())?;
        raw.map(case).transpose()
    }

    /// As [`Reader::case_by_id`], by the case's name in the ledger.
    pub fn case_by_ledger_id(&mut self, id: LedgerId) -> Result<Option<CaseRow>, StoreError> {
        let id = id.to_string();
        let raw = self.run(|c| case_file::table.filter(case_file::ledger_id.eq(&id)).first::<RawCase>(c).optional())?;
        raw.map(case).transpose()
    }

    /// Cases of a panel in the order of what is due first, at one stage or all: a superset from which the policy picks.
    pub fn cases_of_panel(
        &mut self,
        panel: PanelId,
        stage: Option<&str>,
        after: Option<CaseCursor>,
        limit: i64,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let panel = panel.to_string();
        // The empty text sorts before every date and id.
        let (due, id) = after.map(|a| (due_text(a.due_on), a.id.to_string())).unwrap_or_default();
        let later = || case_file::due_on.gt(&due).or(case_file::due_on.eq(&due).and(case_file::id.gt(&id)));
        let order = (case_file::due_on, case_file::id);
        // `ge` says again what `later` implies, in the form that an index can start from.
        let of_panel = || {
            case_file::table.filter(case_file::panel_id.eq(&panel)).filter(case_file::due_on.ge(&due)).filter(later())
        };
        let raw = match stage {
            Some(stage) => {
                self.run(|c| of_panel().filter(case_file::stage.eq(stage)).order(order).limit(limit).load::<RawCase>(c))
            }
            None => self.run(|c| of_panel().order(order).limit(limit).load::<RawCase>(c)),
        };
        all(raw?, case)
    }

    /// The same in the order of their ids, which says nothing of them.
    pub fn cases_of_panel_by_id(
        &mut self,
        panel: PanelId,
        stage: Option<&str>,
        after: Option<CaseId>,
        limit: i64,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let panel = panel.to_string();
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let later = || case_file::table.filter(case_file::panel_id.eq(&panel)).filter(case_file::id.gt(&after));
        let raw = match stage {
            Some(stage) => self.run(|c| {
                later().filter(case_file::stage.eq(stage)).order(case_file::id).limit(limit).load::<RawCase>(c)
            }),
            None => self.run(|c| later().order(case_file::id).limit(limit).load::<RawCase>(c)),
        };
        all(raw?, case)
    }

    /// All cases of one person, whatever their stage.
    pub fn cases_of_subject(&mut self, subject: SubjectId) -> Result<Vec<CaseRow>, StoreError> {
        let subject = subject.to_string();
        let cases = case_file::table.filter(case_file::subject_id.eq(subject)).order(case_file::id);
        all(self.run(|c| cases.clone().load::<RawCase>(c))?, case)
    }

    /// Ids only, for telling how many earlier cases there are.
    pub fn case_ids_of_subject(&mut self, subject: SubjectId) -> Result<Vec<CaseId>, StoreError> {
        let ids = case_file::table.select(case_file::id).filter(case_file::subject_id.eq(subject.to_string()));
        all(self.run(|c| ids.clone().order(case_file::id).load::<String>(c))?, |id| parsed(&id))
    }

    /// What was appended to a case, oldest first.
    pub fn records_of(&mut self, case: CaseId) -> Result<Vec<RecordRow>, StoreError> {
        let records = case_record::table.filter(case_record::case_id.eq(case.to_string())).order(case_record::seq);
        all(asked!(self, |c| records.clone().load::<RawRecord>(c))?, record)
    }

    /// Every version of a single-valued category, oldest first, the present one included.
    pub fn versions_of(&mut self, case: CaseId, category: Category) -> Result<Vec<VersionRow>, StoreError> {
        let versions = case_version::table
            .filter(case_version::case_id.eq(case.to_string()))
            .filter(case_version::category.eq(category.name()))
            .order(case_version::version);
        all(self.run(|c| versions.clone().load::<RawVersion>(c))?, version)
    }

    /// Every header the case has had, oldest first, the present one included.
    pub fn header_versions(&mut self, case: CaseId) -> Result<Vec<HeaderVersionRow>, StoreError> {
        let headers = case_header_version::table
            .filter(case_header_version::case_id.eq(case.to_string()))
            .order(case_header_version::version);
        all(self.run(|c| headers.clone().load::<RawHeader>(c))?, header)
    }

    /// What happened to the case, in the order it was recorded.
    pub fn events_of(&mut self, case: CaseId) -> Result<Vec<EventRow>, StoreError> {
        let events = event::table.filter(event::case_id.eq(case.to_string())).order(event::seq);
        all(asked!(self, |c| events.clone().load::<RawEvent>(c))?, happened)
    }
}
