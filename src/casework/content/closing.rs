//! How a case ends, moves or is put right: closure, joining, transfer, correction.
//! Nothing here edits: a wrong click is answered by another event that says why.

use super::{Form, LONG, SHORT, Standing};
use crate::casework::category::Category as C;
use crate::casework::form::{optional_text, text};
use crate::casework::ids::{AgencyId, CaseId, PanelId};
use crate::casework::state::CaseOutcome;
use crate::error::Violations;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Closing with one outcome.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Close {
    pub outcome: CaseOutcome,
    pub reason: String,
    pub report: Option<String>,
}

impl Form for Close {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.reason, "/content/reason", LONG, v);
        optional_text(self.report.as_deref(), "/content/report", LONG, v);
        if matches!(
            self.outcome,
            CaseOutcome::AdviceGiven | CaseOutcome::Signposted | CaseOutcome::NoConcern | CaseOutcome::Joined
        ) {
            v.add(
                "/content/outcome",
                "outcome_of_another_transition",
                "Another transition closes a case with this outcome",
            );
        }
        if self.outcome == CaseOutcome::Completed && self.report.is_none() {
            v.add("/content/report", "missing", "This field is required");
        }
    }
}

/// The same person's other case.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Join {
    #[schema(value_type = String, format = "uuid")]
    pub into: CaseId,
    pub reason: String,
}

impl Form for Join {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.reason, "/content/reason", LONG, v);
    }
}

/// A reason, and nothing else.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Grounds {
    pub reason: String,
}

impl Form for Grounds {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.reason, "/content/reason", LONG, v);
    }
}

/// Offering the case to the panel where the person now lives. The risk stays here until it is taken.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TransferOffer {
    /// Of a panel of this service, another than one's own: what is released then goes to it at once, and its answer comes by
    /// itself.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub panel: Option<PanelId>,
    pub receiving_panel: String,
    pub receiving_chair: String,
    #[schema(value_type = String, format = "uuid")]
    pub risk_owner: AgencyId,
    /// What of the case is given to them, by category: each one that whoever offers it may read, none of an agency's own
    /// detail and not who asked not to be named. To whom it went, and that it did, stands in the list of recipients, for the
    /// day the case is erased. A panel of this service is told at least who it is.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub released: Vec<C>,
    pub reason: String,
}

/// The summaries of what agencies keep to themselves, and what is common.
const TO_RELEASE: [C; 17] = [
    C::Identity,
    C::Contact,
    C::Concern,
    C::Ideology,
    C::Triage,
    C::SocialCareSummary,
    C::HealthSummary,
    C::EducationSummary,
    C::PoliceOutcome,
    C::Assessment,
    C::Consent,
    C::Plan,
    C::Brief,
    C::Sessions,
    C::Log,
    C::Panel,
    C::Safety,
];

impl Form for TransferOffer {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        for (index, category) in self.released.iter().enumerate() {
            let at = format!("/content/released/{index}");
            if !TO_RELEASE.contains(category) {
                v.add(at, "not_to_release", "This stays with whoever keeps it");
            } else if self.released.iter().take(index).any(|earlier| earlier == category) {
                v.add(at, "twice", "This is named twice");
            }
        }
        if self.panel.is_some() && !self.released.contains(&C::Identity) {
            v.add("/content/released", "identity_needed", "Nobody can take the case of somebody unknown");
        }
        text(&self.receiving_panel, "/content/receivingPanel", SHORT, v);
        text(&self.receiving_chair, "/content/receivingChair", SHORT, v);
        text(&self.reason, "/content/reason", LONG, v);
    }
}

/// The receiving chair's answer, as it was heard.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TransferAnswer {
    pub answered_by: String,
    pub note: Option<String>,
}

impl Form for TransferAnswer {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.answered_by, "/content/answeredBy", SHORT, v);
        optional_text(self.note.as_deref(), "/content/note", LONG, v);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// The last event did not happen: the state before it stands again.
    Restore,
    /// The event stands; something about it is put right in words.
    Annotate,
}

/// Mending a wrong click.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Correction {
    pub remedy: Remedy,
    pub reason: String,
}

impl Form for Correction {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.reason, "/content/reason", LONG, v);
    }
}
