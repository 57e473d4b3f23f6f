//! Consent to support: who asked, who answered, in what capacity, and what the child said (DOMAIN §6.1).
//! It is not a lawful basis for holding data and must never be read as one.

use super::{Form, LONG, SHORT, Standing, to_come};
use crate::casework::form::{count, optional_text, text, texts};
use crate::casework::state::Giver;
use crate::error::Violations;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    InPerson,
    Telephone,
    Video,
    Letter,
    ThroughAgency,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttemptResult {
    Asked,
    NoAnswer,
    ThinkingItOver,
    AppointmentMade,
}

/// One attempt to ask.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentAttempt {
    /// Who asked.
    pub asked_by: String,
    pub how: Means,
    pub result: AttemptResult,
    pub note: Option<String>,
}

impl Form for ConsentAttempt {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.asked_by, "/content/askedBy", SHORT, v);
        optional_text(self.note.as_deref(), "/content/note", LONG, v);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentForm {
    Written,
    Oral,
    Electronic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Instrument {
    CareOrder,
    LastingPowerOfAttorney,
    CourtOfProtectionOrder,
}

/// What those who have parental responsibility say, where one of them speaks for the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Parents {
    OnlyOne,
    Agree,
    Disagree,
    OtherNotReached,
}

/// Where parents disagree, it is written down who said what, and what is made of it.
fn check_parents(by: Giver, parents: Option<Parents>, disagreement: Option<&str>, v: &mut Violations) {
    optional_text(disagreement, "/content/disagreement", LONG, v);
    if parents.is_some() && !by.is_parental() {
        v.add("/content/parents", "of_a_child", "Parents are asked about a child alone");
    }
    if (parents == Some(Parents::Disagree)) != disagreement.is_some() {
        let rule = if disagreement.is_some() { "nobody_disagrees" } else { "missing" };
        v.add("/content/disagreement", rule, "This is needed where parents disagree, and only there");
    }
}

/// Consent, given.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentGiven {
    pub given_by: Giver,
    pub giver_name: String,
    /// That whoever gave it could give it: understood it, and was free to refuse (Mental Capacity Act 2005).
    pub capacity: String,
    /// A care order, a lasting power, a deputy's order: required of those who speak by one.
    pub instrument: Option<Instrument>,
    pub instrument_reference: Option<String>,
    /// The child's own view; required whenever somebody else consents for a child.
    pub childs_view: Option<String>,
    pub parents: Option<Parents>,
    pub disagreement: Option<String>,
    /// What was consented to.
    pub scope: Vec<String>,
    pub form: ConsentForm,
    pub interpreter: Option<String>,
    pub taken_by: String,
}

impl ConsentGiven {
    fn instrument_needed(&self) -> Option<Instrument> {
        match self.given_by {
            Giver::AuthorityWithParentalResponsibility => Some(Instrument::CareOrder),
            Giver::Attorney => Some(Instrument::LastingPowerOfAttorney),
            Giver::Deputy => Some(Instrument::CourtOfProtectionOrder),
            Giver::Person | Giver::Parent | Giver::Guardian => None,
        }
    }
}

impl Form for ConsentGiven {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        text(&self.giver_name, "/content/giverName", SHORT, v);
        text(&self.capacity, "/content/capacity", LONG, v);
        text(&self.taken_by, "/content/takenBy", SHORT, v);
        texts(&self.scope, "/content/scope", 1, 20, SHORT, v);
        optional_text(self.interpreter.as_deref(), "/content/interpreter", SHORT, v);
        optional_text(self.childs_view.as_deref(), "/content/childsView", LONG, v);
        optional_text(self.instrument_reference.as_deref(), "/content/instrumentReference", SHORT, v);
        if self.given_by.is_parental() && self.childs_view.is_none() {
            v.add("/content/childsView", "missing", "This field is required");
        }
        check_parents(self.given_by, self.parents, self.disagreement.as_deref(), v);
        let needed = self.instrument_needed();
        // An authority has parental responsibility only by a care order; accommodation under s.20 gives it none.
        if needed != self.instrument {
            v.add(
                "/content/instrument",
                "instrument_of_capacity",
                "This capacity rests on another instrument, or on none",
            );
        }
        if needed.is_some() && self.instrument_reference.is_none() {
            v.add("/content/instrumentReference", "missing", "This field is required");
        }
    }
}

/// Refused or withdrawn. The panel looks again on a day that is set now (s.36(4)(e)).
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentRefused {
    pub by: Giver,
    pub reason: Option<String>,
    /// What the child says, where somebody else refuses for them.
    pub childs_view: Option<String>,
    pub parents: Option<Parents>,
    pub disagreement: Option<String>,
    #[schema(value_type = String, format = Date)]
    pub reassess_on: NaiveDate,
}

impl Form for ConsentRefused {
    fn check(&self, at: Standing<'_>, v: &mut Violations) {
        optional_text(self.reason.as_deref(), "/content/reason", LONG, v);
        optional_text(self.childs_view.as_deref(), "/content/childsView", LONG, v);
        check_parents(self.by, self.parents, self.disagreement.as_deref(), v);
        to_come(self.reassess_on, "/content/reassessOn", at, v);
    }
}

/// Nobody could be reached.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NotReachable {
    pub tried: Vec<Means>,
    #[schema(value_type = String, format = Date)]
    pub reassess_on: NaiveDate,
}

impl Form for NotReachable {
    fn check(&self, at: Standing<'_>, v: &mut Violations) {
        count(self.tried.len(), "/content/tried", 1, 10, v);
        to_come(self.reassess_on, "/content/reassessOn", at, v);
    }
}

/// The person is 18: a parent's word has ended and theirs is asked for.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentLapsed {
    pub note: Option<String>,
}

impl Form for ConsentLapsed {
    fn check(&self, _: Standing<'_>, v: &mut Violations) {
        optional_text(self.note.as_deref(), "/content/note", LONG, v);
    }
}
