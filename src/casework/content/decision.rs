//! The chair's decision: at which meeting, the two grounds, the reason, who carries the risk, what comes next.
//! No form here says who was present: a decision stands on the meeting as it was recorded. Only stopping needs none.

use super::{Form, LONG, SHORT, Standing, opaque, to_come};
use crate::casework::form::{optional_text, text};
use crate::casework::ids::{AgencyId, MeetingId, PersonId};
use crate::casework::state::codes;
use crate::error::Violations;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// s.36(6): whether the person should be referred to a provider of health or social care services instead.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CareConsidered {
    pub referred: bool,
    pub reason: String,
}

opaque!(CareConsidered);

codes! {
    /// Why somebody leaves the programme (list `exit_reason`).
    ExitReason {
        ConcernsResolved = "concerns_resolved",
        InsufficientEvidenceOfRisk = "insufficient_evidence_of_risk",
        ConsentRefused = "consent_refused",
        ConsentWithdrawn = "consent_withdrawn",
        PoliceLed = "police_led",
        ArrestedChargedRecalled = "arrested_charged_recalled",
        Transferred = "transferred",
        NeedsMetElsewhere = "needs_met_elsewhere",
        Died = "died",
        LeftUk = "left_uk",
        DuplicateOrError = "duplicate_or_error",
    }
}

impl ExitReason {
    /// Where what support came to is not what is decided on.
    pub fn waits_for_no_account(self) -> bool {
        matches!(self, ExitReason::Died | ExitReason::ArrestedChargedRecalled | ExitReason::ConsentWithdrawn)
    }
}

/// Who leads instead of the panel. The case stays open until they have said that they do.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManagedBy {
    /// The agency, where it is one of this panel's.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub lead: Option<AgencyId>,
    /// Otherwise its name.
    pub lead_name: Option<String>,
    /// By when it is to have answered.
    #[schema(value_type = String, format = Date)]
    pub due: NaiveDate,
    /// What it is asked to manage.
    pub need: String,
}

opaque!(ManagedBy);

impl ManagedBy {
    fn check(&self, at: Standing<'_>, v: &mut Violations) {
        text(&self.need, "/content/managedBy/need", LONG, v);
        optional_text(self.lead_name.as_deref(), "/content/managedBy/leadName", SHORT, v);
        if self.lead.is_none() && self.lead_name.is_none() {
            v.add("/content/managedBy/lead", "missing", "This field is required");
        }
        to_come(self.due, "/content/managedBy/due", at, v);
    }
}

/// A decision of the panel on one person.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Decision {
    /// The open meeting on whose agenda the case is. Who was present, and which papers lay before it, the service knows.
    #[schema(value_type = String, format = "uuid")]
    pub meeting: MeetingId,
    /// The officer present for the area where the person lives (s.37(3)); needed only where several sit.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub police_for_residence: Option<PersonId>,
    /// First ground, s.36(4)(a): the extent to which the person is vulnerable to being drawn into terrorism.
    pub extent_of_concern: String,
    /// Second ground: whether, and what, support suits.
    pub suitable_support: String,
    pub reason: String,
    pub dissent: Option<String>,
    /// The agency that carries the risk meanwhile. Required unless the case is being left alone.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub risk_owner: Option<AgencyId>,
    #[schema(value_type = Option<String>, format = Date)]
    pub next_review: Option<NaiveDate>,
    /// Required when not adopting, and when it ends without consent (s.36(6)).
    pub care_considered: Option<CareConsidered>,
    /// Required when somebody leaves.
    pub exit_reason: Option<ExitReason>,
    /// Required when the concern is to be managed elsewhere.
    pub managed_by: Option<ManagedBy>,
}

impl Form for Decision {
    fn check(&self, at: Standing<'_>, v: &mut Violations) {
        text(&self.extent_of_concern, "/content/extentOfConcern", LONG, v);
        text(&self.suitable_support, "/content/suitableSupport", LONG, v);
        text(&self.reason, "/content/reason", LONG, v);
        optional_text(self.dissent.as_deref(), "/content/dissent", LONG, v);
        if let Some(next) = self.next_review {
            to_come(next, "/content/nextReview", at, v);
        }
        if let Some(care) = &self.care_considered {
            text(&care.reason, "/content/careConsidered/reason", LONG, v);
        }
        if let Some(by) = &self.managed_by {
            by.check(at, v);
        }
    }
}

/// Pausing or withdrawing support: this never waits for a meeting, and so asks for none.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StopSupport {
    pub reason: String,
    #[schema(value_type = String, format = "uuid")]
    pub risk_owner: AgencyId,
    #[schema(value_type = String, format = Date)]
    pub next_review: NaiveDate,
}

impl Form for StopSupport {
    fn check(&self, at: Standing<'_>, v: &mut Violations) {
        text(&self.reason, "/content/reason", LONG, v);
        to_come(self.next_review, "/content/nextReview", at, v);
    }
}

/// Putting a case on a panel's agenda.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PanelListing {
    #[schema(value_type = String, format = Date)]
    pub meeting_date: NaiveDate,
}

impl Form for PanelListing {
    fn check(&self, at: Standing<'_>, v: &mut Violations) {
        to_come(self.meeting_date, "/content/meetingDate", at, v);
    }
}
