//! What is said at the front door: screening, triage, advice, onward referral.
//! No form here may close a case in silence: advice and the reason for it are always written down.

use super::{Form, LONG, SHORT, Standing, affirmed, has_been, to_come};
use crate::casework::form::{optional_text, text};
use crate::casework::ids::{AgencyId, RecordId};
use crate::casework::state::Progress;
use crate::error::Violations;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Taking a referral up. The earlier-case search comes first: a repeat that nobody saw is how warnings were lost.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BeginTriage {
    pub earlier_cases_searched: bool,
    pub note: Option<String>,
}

impl Form for BeginTriage {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        affirmed(self.earlier_cases_searched, "/content/earlierCasesSearched", v);
        optional_text(self.note.as_deref(), "/content/note", LONG, v);
    }
}

/// What triage found.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TriageRecord {
    pub findings: String,
    /// Whether a child is concerned, as the person or in the household; MASH is then told.
    pub child_concerned: bool,
    #[serde(default)]
    pub mash_informed: bool,
}

impl Form for TriageRecord {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.findings, "/content/findings", LONG, v);
        if self.child_concerned && !self.mash_informed {
            v.add(
                "/content/mashInformed",
                "mash_informed_of_child",
                "Where a child is concerned, MASH must be informed",
            );
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScreeningOutcome {
    NoSafeguardingConcern,
    SafeguardingTakenUp,
    KnownToServices,
}

/// The safeguarding screening's outcome.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Screened {
    pub screening_outcome: ScreeningOutcome,
    pub summary: String,
}

impl Form for Screened {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.summary, "/content/summary", LONG, v);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TriageOutcome {
    AdviceGiven,
    Signposted,
    NoConcern,
}

/// Closing at triage: the reason, the advice and whether another service was thought of.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CloseAtTriage {
    pub outcome: TriageOutcome,
    pub reason: String,
    /// Required unless there was no concern.
    pub advice: Option<String>,
    pub onward_considered: String,
}

impl Form for CloseAtTriage {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.reason, "/content/reason", LONG, v);
        text(&self.onward_considered, "/content/onwardConsidered", LONG, v);
        optional_text(self.advice.as_deref(), "/content/advice", LONG, v);
        if self.advice.is_none() && self.outcome != TriageOutcome::NoConcern {
            v.add("/content/advice", "missing", "This field is required");
        }
    }
}

/// A second person's agreement that a repeat referral may be closed.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClosureAgreement {
    /// The earlier contacts were read, not only counted.
    pub earlier_contacts_read: bool,
    pub reason: String,
}

impl Form for ClosureAgreement {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        affirmed(self.earlier_contacts_read, "/content/earlierContactsRead", v);
        text(&self.reason, "/content/reason", LONG, v);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnwardService {
    Education,
    Health,
    ChildrensSocialCare,
    AdultSocialCare,
    EarlyHelp,
    Housing,
    YouthJustice,
    SubstanceMisuse,
    /// Another area's panel, police or safeguarding hub, or another body, whose the whole contact is: it came here by mistake.
    AnotherArea,
    Other,
}

/// Handing a need on. It stays open, and the case with it, until somebody there has answered.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnwardReferral {
    pub service: OnwardService,
    /// The agency that owns it now, where it is one of this panel's.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub owner: Option<AgencyId>,
    /// Otherwise who there has taken it.
    pub owner_name: Option<String>,
    #[schema(value_type = String, format = Date)]
    pub due: NaiveDate,
    pub need: String,
}

impl Form for OnwardReferral {
    fn check(&self, at: Standing<'_>, v: &mut Violations) {
        text(&self.need, "/content/need", LONG, v);
        optional_text(self.owner_name.as_deref(), "/content/ownerName", SHORT, v);
        if self.owner.is_none() && self.owner_name.is_none() {
            v.add("/content/owner", "missing", "This field is required");
        }
        // An agency of this panel is no other area; and that nobody may go without saying to whom it went.
        if self.service == OnwardService::AnotherArea && (self.owner.is_some() || self.owner_name.is_none()) {
            v.add(
                "/content/ownerName",
                "named_elsewhere",
                "What is another area's is handed to somebody there, by name",
            );
        }
        to_come(self.due, "/content/due", at, v);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnwardOutcome {
    Accepted,
    Declined,
    NeedMetElsewhere,
    NoLongerNeeded,
}

/// The answer to an onward referral.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnwardAnswer {
    #[schema(value_type = String, format = "uuid")]
    pub onward_referral: RecordId,
    pub answer: OnwardOutcome,
    pub acknowledged_by: String,
    pub note: Option<String>,
}

impl Form for OnwardAnswer {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.acknowledged_by, "/content/acknowledgedBy", SHORT, v);
        optional_text(self.note.as_deref(), "/content/note", LONG, v);
    }
}

/// Asking police for deconfliction and assessment.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GatewayRequest {
    /// Everything that police need in order to answer is in the referral and the concern.
    pub referral_complete: bool,
    pub question: Option<String>,
}

impl Form for GatewayRequest {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        affirmed(self.referral_complete, "/content/referralComplete", v);
        optional_text(self.question.as_deref(), "/content/question", LONG, v);
    }
}

/// What the referrer is told: one of three words, when a person decides to say it.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReferrerNotice {
    pub progress: Progress,
    #[schema(value_type = String, format = Date)]
    pub told_on: NaiveDate,
}

impl Form for ReferrerNotice {
    fn check(&self, at: Standing<'_>, v: &mut Violations) {
        has_been(self.told_on, "/content/toldOn", at, v);
    }
}
