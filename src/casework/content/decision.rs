//! The chair's decision, on the paper that a meeting will take over: forum, who was there, the two grounds, the reason.
//! No form here lets an inquorate panel decide; only stopping needs no meeting.

use super::{Form, LONG, Standing, has_been, opaque, to_come};
use crate::casework::form::{count, optional_text, text};
use crate::casework::ids::AgencyId;
use crate::error::Violations;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Forum {
    Scheduled,
    Extraordinary,
    UrgentByCall,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    Chair,
    DeputyChair,
    /// For the police area where the person lives (s.37(3)).
    PoliceForResidence,
    Member,
    Guest,
}

/// An agency in the room for this item.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Presence {
    #[schema(value_type = String, format = "uuid")]
    pub agency: AgencyId,
    pub capacity: Capacity,
}

/// s.36(6): whether the person should be referred to a provider of health or social care services instead.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CareConsidered {
    pub referred: bool,
    pub reason: String,
}

opaque!(Presence, CareConsidered);

/// A decision of the panel on one person.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Decision {
    pub forum: Forum,
    #[schema(value_type = String, format = Date)]
    pub meeting_date: NaiveDate,
    pub agencies_present: Vec<Presence>,
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
    /// Required when not adopting (s.36(6)).
    pub care_considered: Option<CareConsidered>,
}

impl Decision {
    /// s.37: the council in the chair, and police for where the person lives, for this item.
    pub fn is_quorate(&self) -> bool {
        let chaired =
            self.agencies_present.iter().any(|p| matches!(p.capacity, Capacity::Chair | Capacity::DeputyChair));
        let police = self.agencies_present.iter().any(|p| p.capacity == Capacity::PoliceForResidence);
        chaired && police
    }
}

impl Form for Decision {
    fn check(&self, at: Standing<'_>, v: &mut Violations) {
        has_been(self.meeting_date, "/content/meetingDate", at, v);
        if self.meeting_date != at.occurred_on {
            v.add("/content/meetingDate", "decided_at_meeting", "A decision happens on the day of its meeting");
        }
        count(self.agencies_present.len(), "/content/agenciesPresent", 2, 40, v);
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
