//! Needs and commissions of a case: since when somebody waits, who has it in hand, what came of the sessions.
//! It must never be shown to somebody who may not read both briefs and sessions; a provider is shown its own and no other's.

use super::case_file::CaseFile;
use crate::access::Extent;
use crate::casework::category::Category;
use crate::casework::ids::{AgencyId, RecordId};
use crate::casework::state::{CommissionFact, CommissionStatus, NeedFact, NeedStatus};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupportView {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<NeedView>,
    pub commissions: Vec<CommissionView>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NeedView {
    /// Where its words are, in the category `brief`.
    #[schema(value_type = String, format = "uuid")]
    pub record: RecordId,
    pub status: NeedStatus,
    #[schema(value_type = String, format = Date)]
    pub needed_on: NaiveDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub requested_on: Option<NaiveDate>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommissionView {
    /// Where its brief is.
    #[schema(value_type = String, format = "uuid")]
    pub record: RecordId,
    #[schema(value_type = String, format = "uuid")]
    pub provider: AgencyId,
    pub status: CommissionStatus,
    /// Since when the person waits, or waited.
    #[schema(value_type = String, format = Date)]
    pub needed_on: NaiveDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub started_on: Option<NaiveDate>,
    /// Calendar days from the need to the start, or until today; absent where it ended before it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_waited: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub need: Option<RecordId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub replaces: Option<RecordId>,
    pub sessions: SessionsView,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsView {
    /// Planned, and not accounted for yet.
    pub awaiting: u16,
    pub held: u16,
    pub missed: u16,
    pub cancelled: u16,
    /// Planned, and never accounted for by the provider.
    pub written_off: u16,
    pub missed_in_row: u16,
    /// So many missed in a row that coordinator and panel are to look at it.
    pub alarm: bool,
}

super::opaque!(SupportView, NeedView, CommissionView, SessionsView);

/// None where there is nothing that this reader may know of.
pub fn support_view(file: &CaseFile<'_>) -> Option<SupportView> {
    let session = file.session();
    if session.is_behind_glass() || !file.can_read(Category::Brief) {
        return None;
    }
    let whole = file.permit.reads(Category::Sessions)? == Extent::Whole;
    let own = |commission: &&CommissionFact| whole || Some(commission.provider) == session.principal.agency();
    let state = &file.header.state;
    let commissions: Vec<_> = state.commissions.iter().filter(own).map(|known| commission(file, known)).collect();
    let needs: Vec<_> = state.needs.iter().filter(|_| whole).map(need).collect();
    (!commissions.is_empty() || !needs.is_empty()).then_some(SupportView { needs, commissions })
}

fn need(fact: &NeedFact) -> NeedView {
    NeedView { record: fact.record, status: fact.status, needed_on: fact.needed_on, requested_on: fact.requested_on }
}

fn commission(file: &CaseFile<'_>, fact: &CommissionFact) -> CommissionView {
    let (service, sessions) = (file.session().service, &fact.sessions);
    CommissionView {
        record: fact.record,
        provider: fact.provider,
        status: file.header.state.stands(fact),
        needed_on: fact.needed_on,
        started_on: fact.started_on,
        days_waited: fact.waited(file.session().today),
        need: fact.need,
        replaces: fact.replaces,
        sessions: SessionsView {
            awaiting: sessions.awaiting,
            held: sessions.held,
            missed: sessions.missed,
            cancelled: sessions.cancelled,
            written_off: sessions.written_off,
            missed_in_row: sessions.missed_in_row,
            alarm: fact.is_taken() && sessions.missed_in_row >= service.rules.missed_sessions,
        },
    }
}
