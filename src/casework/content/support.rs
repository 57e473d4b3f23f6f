//! Support: the plan, the start, commissions, sessions, and the looks back after exit.
//! A provider is never sent without a brief: one session was held where several were believed to have been (DOMAIN §6.4).

use super::{Form, LONG, SHORT, Standing, opaque, to_come};
use crate::casework::form::{count, date_between, optional_text, text, texts};
use crate::casework::ids::{AgencyId, RecordId};
use crate::error::Violations;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// s.36(5)(a): how, when and by whom a request is made for consent.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentRequest {
    pub how: String,
    pub when: String,
    pub by_whom: String,
}

/// s.36(5)(b)-(d): one kind of support, who provides it, how and when.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlannedSupport {
    pub nature: String,
    pub provided_by: String,
    /// The agency in this service, where it has been set up: its part in the plan is what lets it see the case.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub agency_id: Option<AgencyId>,
    pub how_and_when: String,
}

opaque!(ConsentRequest, PlannedSupport);

/// The support plan, whole: each writing is a new version.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanContent {
    pub consent_request: ConsentRequest,
    pub support: Vec<PlannedSupport>,
}

impl Form for PlanContent {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.consent_request.how, "/content/consentRequest/how", SHORT, v);
        text(&self.consent_request.when, "/content/consentRequest/when", SHORT, v);
        text(&self.consent_request.by_whom, "/content/consentRequest/byWhom", SHORT, v);
        count(self.support.len(), "/content/support", 1, 30, v);
        for (index, item) in self.support.iter().take(30).enumerate() {
            text(&item.nature, &format!("/content/support/{index}/nature"), LONG, v);
            text(&item.provided_by, &format!("/content/support/{index}/providedBy"), SHORT, v);
            text(&item.how_and_when, &format!("/content/support/{index}/howAndWhen"), LONG, v);
        }
    }
}

/// Support begins.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartOfSupport {
    pub note: Option<String>,
}

impl Form for StartOfSupport {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        optional_text(self.note.as_deref(), "/content/note", LONG, v);
    }
}

/// A commission, with the brief that the provider reads.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommissionOffer {
    #[schema(value_type = String, format = "uuid")]
    pub provider: AgencyId,
    pub brief: String,
    pub objectives: Vec<String>,
    pub sessions_planned: u16,
    #[schema(value_type = String, format = Date)]
    pub from: NaiveDate,
    #[schema(value_type = String, format = Date)]
    pub to: NaiveDate,
}

impl Form for CommissionOffer {
    fn check(&self, at: Standing<'_>, v: &mut Violations) {
        text(&self.brief, "/content/brief", LONG, v);
        texts(&self.objectives, "/content/objectives", 1, 20, SHORT, v);
        if self.sessions_planned == 0 || self.sessions_planned > 200 {
            v.add("/content/sessionsPlanned", "out_of_range", "This number is out of range");
        }
        to_come(self.from, "/content/from", at, v);
        if self.to < self.from {
            v.add("/content/to", "too_early", "This date is earlier than it can be");
        }
        to_come(self.to, "/content/to", at, v);
    }
}

/// The provider takes it: the brief was read.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommissionAccepted {
    #[schema(value_type = String, format = "uuid")]
    pub commission: RecordId,
    pub brief_read: bool,
}

impl Form for CommissionAccepted {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        super::affirmed(self.brief_read, "/content/briefRead", v);
    }
}

/// The provider declines it, or the council ends it.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommissionDeclined {
    #[schema(value_type = String, format = "uuid")]
    pub commission: RecordId,
    pub reason: String,
}

impl Form for CommissionDeclined {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.reason, "/content/reason", LONG, v);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionStatus {
    Planned,
    Held,
    Missed,
    Cancelled,
}

/// One session, planned or accounted for.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionLog {
    #[schema(value_type = String, format = "uuid")]
    pub commission: RecordId,
    pub status: SessionStatus,
    /// The session's own day.
    #[schema(value_type = String, format = Date)]
    pub session_on: NaiveDate,
    /// Whether it had been logged as planned; then it no longer awaits its account.
    #[serde(default)]
    pub was_planned: bool,
    /// Required of a session that was held.
    pub report: Option<String>,
}

impl Form for SessionLog {
    fn check(&self, at: Standing<'_>, v: &mut Violations) {
        optional_text(self.report.as_deref(), "/content/report", LONG, v);
        match self.status {
            SessionStatus::Planned => to_come(self.session_on, "/content/sessionOn", at, v),
            SessionStatus::Held if self.report.is_none() => {
                v.add("/content/report", "missing", "This field is required")
            }
            SessionStatus::Held | SessionStatus::Missed | SessionStatus::Cancelled => {}
        }
        if matches!(self.status, SessionStatus::Held | SessionStatus::Missed) {
            date_between(self.session_on, "/content/sessionOn", at.state.received_on, at.occurred_on, v);
        }
        if self.status == SessionStatus::Planned && self.was_planned {
            v.add("/content/wasPlanned", "not_yet_planned", "A session that is being planned was not planned before");
        }
    }
}

/// A look back after exit.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PostExitReview {
    /// Which of the configured months this is.
    pub month: u32,
    pub findings: String,
    pub new_concern: bool,
}

impl Form for PostExitReview {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.findings, "/content/findings", LONG, v);
    }
}
