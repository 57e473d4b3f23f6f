//! Support: the plan, the start, and the looks back after exit.
//! A plan names what is to be offered, by whom and how; it may never stand for the consent to it.

use super::{Form, LONG, SHORT, Standing, opaque};
use crate::casework::form::{count, optional_text, text};
use crate::casework::ids::AgencyId;
use crate::error::Violations;
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
