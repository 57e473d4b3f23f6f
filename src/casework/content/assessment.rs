//! The assessment: a whole VAF, or the fact that one is held in another system, and its countersigning.
//! Evidence keeps the category it came from: a diagnosis does not become common because it was evidence.

use super::template::Template;
use super::{Form, LONG, SHORT, Standing, has_been, opaque};
use crate::casework::category::Category;
use crate::casework::form::{count, optional_text, text};
use crate::error::Violations;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Exactly one of the two.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Assessment {
    pub full: Option<FullAssessment>,
    pub held_elsewhere: Option<HeldElsewhere>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FullAssessment {
    /// `vaf-2012`.
    pub template: String,
    pub template_version: u32,
    /// Every factor of the template, each once.
    pub factors: Vec<RatedFactor>,
    pub conclusion: String,
    /// What changed since the one before; practitioners asked for it.
    pub significant_changes: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    NotPresent,
    PartlyPresent,
    StronglyPresent,
    Unknown,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RatedFactor {
    pub factor: String,
    pub rating: Rating,
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    pub protective_note: Option<String>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Evidence {
    pub text: String,
    /// The category it came from, under which it is sealed; common to the assessment's readers if absent.
    #[schema(value_type = Option<String>)]
    pub source_category: Option<Category>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HeldElsewhere {
    pub system: String,
    pub reference: String,
    pub framework: String,
    #[schema(value_type = String, format = Date)]
    pub date: NaiveDate,
    pub author: String,
    pub countersigned: bool,
    pub conclusion: String,
}

opaque!(FullAssessment, RatedFactor, Evidence, HeldElsewhere);

impl Assessment {
    /// The day it speaks of: an assessment held elsewhere is as old as it is there, not as new as its keying.
    pub fn dated(&self, occurred_on: NaiveDate) -> NaiveDate {
        self.held_elsewhere.as_ref().map_or(occurred_on, |h| h.date)
    }
}

impl Form for Assessment {
    fn check(&self, at: Standing<'_>, v: &mut Violations) {
        match (&self.full, &self.held_elsewhere) {
            (Some(full), None) => full.check(v),
            (None, Some(held)) => held.check(at, v),
            _ => v.add("/content", "one_of", "Exactly one of full and heldElsewhere must be given"),
        }
    }
}

impl FullAssessment {
    fn check(&self, v: &mut Violations) {
        const AT: &str = "/content/full";
        text(&self.conclusion, "/content/full/conclusion", LONG, v);
        optional_text(self.significant_changes.as_deref(), "/content/full/significantChanges", LONG, v);
        let Ok(template) = Template::vaf_2012() else {
            v.add("/content/full/template", "unknown_template", "There is no such template");
            return;
        };
        if self.template != template.id || self.template_version != template.version {
            v.add("/content/full/template", "unknown_template", "There is no such template");
            return;
        }
        for (index, rated) in self.factors.iter().enumerate() {
            let at = format!("{AT}/factors/{index}");
            if !template.has_factor(&rated.factor) {
                v.add(format!("{at}/factor"), "unknown_code", "This is not a code of the list");
            }
            if self.factors.iter().take(index).any(|f| f.factor == rated.factor) {
                v.add(format!("{at}/factor"), "twice", "This factor is rated twice");
            }
            rated.check(&at, v);
        }
        let missing = template.factors.iter().any(|f| !self.factors.iter().any(|r| r.factor == f.code));
        if missing {
            v.add(
                "/content/full/factors",
                "factors_missing",
                "Every factor of the template must be rated; unknown is a rating",
            );
        }
    }
}

impl RatedFactor {
    fn check(&self, at: &str, v: &mut Violations) {
        optional_text(self.protective_note.as_deref(), &format!("{at}/protectiveNote"), LONG, v);
        count(self.evidence.len(), &format!("{at}/evidence"), 0, 50, v);
        if matches!(self.rating, Rating::PartlyPresent | Rating::StronglyPresent) && self.evidence.is_empty() {
            v.add(format!("{at}/evidence"), "evidence_needed", "A factor that is present needs evidence");
        }
        for (index, evidence) in self.evidence.iter().take(50).enumerate() {
            text(&evidence.text, &format!("{at}/evidence/{index}/text"), LONG, v);
        }
    }
}

impl HeldElsewhere {
    fn check(&self, at: Standing<'_>, v: &mut Violations) {
        text(&self.system, "/content/heldElsewhere/system", SHORT, v);
        text(&self.reference, "/content/heldElsewhere/reference", SHORT, v);
        text(&self.framework, "/content/heldElsewhere/framework", SHORT, v);
        text(&self.author, "/content/heldElsewhere/author", SHORT, v);
        text(&self.conclusion, "/content/heldElsewhere/conclusion", LONG, v);
        has_been(self.date, "/content/heldElsewhere/date", at, v);
    }
}

/// The second reader's signature.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Countersignature {
    pub agreed: bool,
    pub comment: Option<String>,
}

impl Form for Countersignature {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        super::affirmed(self.agreed, "/content/agreed", v);
        optional_text(self.comment.as_deref(), "/content/comment", LONG, v);
    }
}
