//! Needs, commissions and sessions: who is looked for, who is asked with which brief, what each session came to.
//! A provider is never sent without a brief: one session was held where several were believed to have been (DOMAIN §6.4).

use super::{Form, LONG, SHORT, Standing, to_come};
use crate::casework::form::{date_between, optional_text, text, texts};
use crate::casework::ids::{AgencyId, RecordId};
use crate::error::Violations;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A need that somebody outside is to meet, before anybody is named who might.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProviderNeed {
    /// The kind of support, as the plan has it.
    pub support: String,
    /// What it is for. Providers read it.
    pub need: String,
}

impl Form for ProviderNeed {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.support, "/content/support", SHORT, v);
        text(&self.need, "/content/need", LONG, v);
    }
}

/// Somebody was asked to find a provider.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProviderRequest {
    #[schema(value_type = String, format = "uuid")]
    pub need: RecordId,
    /// Who was asked.
    pub asked: String,
    pub note: Option<String>,
}

impl Form for ProviderRequest {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.asked, "/content/asked", SHORT, v);
        optional_text(self.note.as_deref(), "/content/note", LONG, v);
    }
}

/// A commission, with the brief that the provider reads.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommissionOffer {
    #[schema(value_type = String, format = "uuid")]
    pub provider: AgencyId,
    /// The need that it answers, where one was noted.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub need: Option<RecordId>,
    /// The commission in whose place it stands.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub replaces: Option<RecordId>,
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

/// The provider declines it.
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

/// The provider has begun, by its own word.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommissionBegun {
    #[schema(value_type = String, format = "uuid")]
    pub commission: RecordId,
    pub note: Option<String>,
}

impl Form for CommissionBegun {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        optional_text(self.note.as_deref(), "/content/note", LONG, v);
    }
}

/// The council lets it rest, or go on.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommissionPaused {
    #[schema(value_type = String, format = "uuid")]
    pub commission: RecordId,
    pub reason: String,
}

impl Form for CommissionPaused {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.reason, "/content/reason", LONG, v);
    }
}

/// The council ends a commission, or a need that is no more.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommissionEnded {
    #[schema(value_type = String, format = "uuid")]
    pub commission: RecordId,
    pub reason: String,
    /// What became of sessions that were planned and of which the provider has said nothing; required where there are any.
    pub account: Option<String>,
}

impl Form for CommissionEnded {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.reason, "/content/reason", LONG, v);
        optional_text(self.account.as_deref(), "/content/account", LONG, v);
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
