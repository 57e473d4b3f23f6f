//! The rows that say who somebody is and for whom they act: person, agency, membership, agreement.
//! They must never be believed without their tag (`authentic`), nor hold anything of a case.

use super::authentic::Fact;
use crate::casework::category::Category;
use crate::casework::ids::{AgencyId, AgreementId, ConsultationId, MembershipId, PanelId, PersonId};
use crate::casework::role::{AgencyKind, Role, Unit};
use crate::clock::Moment;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonKind {
    Person,
    /// A partner agency's own system, signed in with credentials of its own.
    System,
}

impl PersonKind {
    pub fn name(self) -> &'static str {
        match self {
            PersonKind::Person => "person",
            PersonKind::System => "system",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [PersonKind::Person, PersonKind::System].into_iter().find(|kind| kind.name() == name)
    }
}

/// Known by (issuer, subject), never by e-mail: an address can be given to another.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonFacts {
    pub id: PersonId,
    pub issuer: String,
    pub subject: String,
    pub display_name: String,
    pub kind: PersonKind,
    pub suspended: bool,
    /// Where letters without a word of any case go. It says nothing of who somebody is; without one none go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notices: Option<String>,
    pub version: i64,
}

impl fmt::Debug for PersonFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonFacts({}, version {})", self.id, self.version)
    }
}

/// The tenant: a panel, and the authorities that it serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PanelFacts {
    pub id: PanelId,
    pub name: String,
    pub authorities: Vec<String>,
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgencyFacts {
    pub id: AgencyId,
    pub kind: AgencyKind,
    pub name: String,
    pub suspended: bool,
    pub version: i64,
}

/// Grants nothing until another person of the receiving agency has confirmed it. `to` is the last day it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MembershipFacts {
    pub id: MembershipId,
    pub person: PersonId,
    pub agency: AgencyId,
    pub role: Role,
    /// Required of police, refused of everyone else.
    pub unit: Option<Unit>,
    pub panel: PanelId,
    /// The organisation's safeguarding lead sees all that the organisation sent.
    pub safeguarding_lead: bool,
    /// The agency's sponsor appointment: confirms who acts in its name. Of any role but auditor and administrator.
    pub sponsor: bool,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub proposed_by: PersonId,
    pub confirmed_by: Option<PersonId>,
    pub confirmed_at: Option<Moment>,
    pub ended: bool,
    pub version: i64,
}

/// A sharing agreement: the categories an agency may receive on a panel. Grants nothing until somebody other than its
/// proposer has confirmed it. `to` is the last day it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgreementFacts {
    pub id: AgreementId,
    pub agency: AgencyId,
    pub panel: PanelId,
    pub reference: String,
    pub categories: BTreeSet<Category>,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub proposed_by: PersonId,
    pub confirmed_by: Option<PersonId>,
    pub confirmed_at: Option<Moment>,
    pub ended: bool,
    pub version: i64,
}

impl MembershipFacts {
    pub fn in_force(&self, today: NaiveDate) -> bool {
        !self.ended && self.from <= today && today <= self.to
    }

    /// Confirmed by somebody other than its holder and its proposer.
    pub fn confirmed(&self) -> bool {
        self.confirmed_at.is_some() && self.confirmed_by.is_some_and(|by| by != self.person && by != self.proposed_by)
    }
}

impl AgreementFacts {
    /// Confirmed, begun and not over.
    pub fn in_force(&self, today: NaiveDate) -> bool {
        self.confirmed() && !self.ended && self.from <= today && today <= self.to
    }

    /// Confirmed by somebody other than its proposer.
    pub fn confirmed(&self) -> bool {
        self.confirmed_at.is_some() && self.confirmed_by.is_some_and(|by| by != self.proposed_by)
    }
}

/// A consultation's facts, from its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsultationFacts {
    pub id: ConsultationId,
    pub panel: PanelId,
    pub membership: MembershipId,
    pub occurred_on: NaiveDate,
    /// SHA-256 of the sealed content, lower-case hex.
    pub digest: String,
    pub version: i64,
}

/// Columns one after another, each with its length, so that no boundary can be moved.
#[derive(Default)]
pub(super) struct Columns(Vec<u8>);

impl Columns {
    pub(super) fn done(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn bytes(mut self, value: &[u8]) -> Self {
        let length = u64::try_from(value.len()).unwrap_or(u64::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(value);
        self
    }

    pub(super) fn text(self, value: &str) -> Self {
        self.bytes(value.as_bytes())
    }

    pub(super) fn number(self, value: i64) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(super) fn flag(self, value: bool) -> Self {
        self.bytes(&[u8::from(value)])
    }

    fn date(self, value: NaiveDate) -> Self {
        self.number(i64::from(value.num_days_from_ce()))
    }

    /// Who proposed, and who confirmed when.
    fn confirmation(self, proposed_by: PersonId, confirmed_by: Option<PersonId>, at: Option<Moment>) -> Self {
        self.bytes(proposed_by.as_bytes())
            .optional(confirmed_by.as_ref().map(|by| by.as_bytes().as_slice()))
            .optional(at.map(|at| at.0.to_be_bytes()).as_ref().map(<[u8; 8]>::as_slice))
    }

    /// A missing value is a marker of its own length: NULL is not the empty string.
    fn optional(self, value: Option<&[u8]>) -> Self {
        match value {
            Some(value) => self.flag(true).bytes(value),
            None => self.flag(false),
        }
    }
}

impl Fact for PanelFacts {
    const LABEL: &'static str = "cp-panel-v1";
    fn canonical(&self) -> Vec<u8> {
        let start = Columns::default()
            .bytes(self.id.as_bytes())
            .text(&self.name)
            .number(i64::try_from(self.authorities.len()).unwrap_or(i64::MAX));
        self.authorities.iter().fold(start, |columns, authority| columns.text(authority)).number(self.version).0
    }
}

impl Fact for PersonFacts {
    const LABEL: &'static str = "cp-person-v1";
    fn canonical(&self) -> Vec<u8> {
        Columns::default()
            .bytes(self.id.as_bytes())
            .text(&self.issuer)
            .text(&self.subject)
            .text(&self.display_name)
            .text(self.kind.name())
            .flag(self.suspended)
            .optional(self.notices.as_ref().map(|to| to.as_bytes()))
            .number(self.version)
            .0
    }
}

impl Fact for AgencyFacts {
    const LABEL: &'static str = "cp-agency-v1";
    fn canonical(&self) -> Vec<u8> {
        Columns::default()
            .bytes(self.id.as_bytes())
            .text(self.kind.name())
            .text(&self.name)
            .flag(self.suspended)
            .number(self.version)
            .0
    }
}

impl Fact for MembershipFacts {
    const LABEL: &'static str = "cp-membership-v2";
    fn canonical(&self) -> Vec<u8> {
        Columns::default()
            .bytes(self.id.as_bytes())
            .bytes(self.person.as_bytes())
            .bytes(self.agency.as_bytes())
            .text(self.role.name())
            .optional(self.unit.map(|unit| unit.name().as_bytes()))
            .bytes(self.panel.as_bytes())
            .flag(self.safeguarding_lead)
            .flag(self.sponsor)
            .date(self.from)
            .date(self.to)
            .confirmation(self.proposed_by, self.confirmed_by, self.confirmed_at)
            .flag(self.ended)
            .number(self.version)
            .0
    }
}

impl Fact for AgreementFacts {
    const LABEL: &'static str = "cp-agreement-v2";
    fn canonical(&self) -> Vec<u8> {
        let start = Columns::default()
            .bytes(self.id.as_bytes())
            .bytes(self.agency.as_bytes())
            .bytes(self.panel.as_bytes())
            .text(&self.reference)
            .number(i64::try_from(self.categories.len()).unwrap_or(i64::MAX));
        self.categories
            .iter()
            .fold(start, |columns, category| columns.text(category.name()))
            .date(self.from)
            .date(self.to)
            .confirmation(self.proposed_by, self.confirmed_by, self.confirmed_at)
            .flag(self.ended)
            .number(self.version)
            .0
    }
}

impl Fact for ConsultationFacts {
    const LABEL: &'static str = "cp-consultation-v1";
    fn canonical(&self) -> Vec<u8> {
        Columns::default()
            .bytes(self.id.as_bytes())
            .bytes(self.panel.as_bytes())
            .bytes(self.membership.as_bytes())
            .date(self.occurred_on)
            .text(&self.digest)
            .number(self.version)
            .0
    }
}

impl Fact for super::facts::ReferralFacts {
    const LABEL: &'static str = "cp-referral-v1";
    fn canonical(&self) -> Vec<u8> {
        Columns::default()
            .bytes(self.id.as_bytes())
            .bytes(self.panel.as_bytes())
            .bytes(self.sender.as_bytes())
            .bytes(self.sender_agency.as_bytes())
            .flag(self.confidential)
            .number(i64::from(self.people))
            .text(&self.digest)
            .number(self.version)
            .0
    }
}
