//! What police say and do: the gateway's answer, holds, instructions, and the section 36 decision.
//! Police grounds go to the `police` category; only what police wrote for others leaves it.

use super::{Form, LONG, Standing, to_come};
use crate::casework::form::{optional_text, text};
use crate::casework::state::Hold;
use crate::error::Violations;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Deconfliction is clear.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GatewayAnswer {
    /// For police alone.
    pub grounds: Option<String>,
    /// What police wrote for the others.
    pub statement_for_others: Option<String>,
}

impl Form for GatewayAnswer {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        optional_text(self.grounds.as_deref(), "/content/grounds", LONG, v);
        optional_text(self.statement_for_others.as_deref(), "/content/statementForOthers", LONG, v);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotSuitableReason {
    Malicious,
    Misguided,
    Misinformed,
    ContextExplains,
    SafeguardingNeedOnly,
}

/// Not for Channel. A need that is left must be told to the council, which then refers it on.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NotSuitable {
    pub reason: NotSuitableReason,
    pub grounds: String,
    pub need_identified: bool,
    pub statement_for_others: Option<String>,
}

impl Form for NotSuitable {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.grounds, "/content/grounds", LONG, v);
        optional_text(self.statement_for_others.as_deref(), "/content/statementForOthers", LONG, v);
        let need = self.need_identified || self.reason == NotSuitableReason::SafeguardingNeedOnly;
        if need && self.statement_for_others.is_none() {
            v.add(
                "/content/statementForOthers",
                "need_is_told",
                "A need that was found must be told to those who can meet it",
            );
        }
    }
}

/// Police lead: an investigation, or a risk that Channel cannot carry.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PoliceLed {
    pub grounds: String,
    pub statement_for_others: Option<String>,
}

impl Form for PoliceLed {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.grounds, "/content/grounds", LONG, v);
        optional_text(self.statement_for_others.as_deref(), "/content/statementForOthers", LONG, v);
    }
}

/// Police look again; deconfliction is not done once for all.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GatewayRecheck {
    pub grounds: String,
}

impl Form for GatewayRecheck {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.grounds, "/content/grounds", LONG, v);
    }
}

/// CTSA 2015 s.36(3): the written grounds on which a person is, or is not, referred to the panel.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Section36Decision {
    pub grounds: String,
    /// The supervisor who signed it off, where local practice asks for one.
    pub supervisor: Option<String>,
}

impl Form for Section36Decision {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.grounds, "/content/grounds", LONG, v);
        optional_text(self.supervisor.as_deref(), "/content/supervisor", super::SHORT, v);
    }
}

/// A hold says its kind and when it is looked at again. It takes no words: whoever may know the kind reads it in the
/// state, and words in a category that more people read would tell them what `paused` hides.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlaceHold {
    pub kind: Hold,
    #[schema(value_type = String, format = Date)]
    pub review_on: NaiveDate,
}

impl Form for PlaceHold {
    fn check(&self, at: Standing<'_>, v: &mut Violations) {
        if self.kind == Hold::None {
            v.add("/content/kind", "unknown_code", "This is not a code of the list");
        }
        to_come(self.review_on, "/content/reviewOn", at, v);
    }
}

/// Nobody is to approach the person, or: they may be approached again.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContactInstruction {
    pub instruction: String,
}

impl Form for ContactInstruction {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.instruction, "/content/instruction", LONG, v);
    }
}
