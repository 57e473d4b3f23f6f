//! How a case ends, moves or is put right: closure, joining, transfer, correction.
//! Nothing here edits: a wrong click is answered by another event that says why.

use super::{Form, LONG, SHORT, Standing};
use crate::casework::form::{optional_text, text};
use crate::casework::ids::{AgencyId, CaseId};
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
    pub receiving_panel: String,
    pub receiving_chair: String,
    #[schema(value_type = String, format = "uuid")]
    pub risk_owner: AgencyId,
    pub reason: String,
}

impl Form for TransferOffer {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
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
