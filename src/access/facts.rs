//! The one road from authenticated rows and header to what policy is asked about.
//! Plain data: holding these proves nothing and grants nothing (a `Permit` does), so that the matrix, the tests and
//! an explanation can ask about made-up ones. It must never take a fact from anywhere but rows and header.

use super::appointment::{Appointment, SharingAgreement};
use super::header::{AssignmentKind, Header};
use super::purpose::Purpose;
use super::transfer::TransferFacts;
use crate::casework::category::Category;
use crate::casework::ids::{AgencyId, PanelId, PersonId, ReferralId};
use crate::casework::retention::Standing;
use crate::casework::role::{AgencyKind, Role, Unit};
use crate::casework::state::Stage;
use crate::clock::Moment;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The acting membership, as policy sees it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MemberFacts {
    pub role: Role,
    pub unit: Option<Unit>,
    pub person: PersonId,
    pub agency: AgencyId,
    pub agency_kind: AgencyKind,
    pub panel: PanelId,
    /// A partner's own system, not a person.
    pub system: bool,
    pub safeguarding_lead: bool,
    /// Holds the agency's sponsor appointment: answers for who acts in its name.
    pub sponsor: bool,
    /// Every role that the person holds in this panel, confirmed and in force, this one included.
    pub roles_in_panel: BTreeSet<Role>,
    pub in_force: bool,
    pub confirmed: bool,
    /// The person or the agency.
    pub suspended: bool,
    pub strong: bool,
    /// Signed in within the issuer's step-up time.
    pub recent_sign_in: bool,
    pub agreement_in_force: bool,
    /// Of all agreements in force together.
    pub agreement_categories: BTreeSet<Category>,
}

impl MemberFacts {
    /// Role as the matrix has it: police are two columns.
    pub fn seat(&self) -> &'static str {
        seat_name(self.role, self.unit)
    }
}

/// The role, with police told apart.
pub fn seat_name(role: Role, unit: Option<Unit>) -> &'static str {
    match (role, unit) {
        (Role::Police, Some(Unit::CounterTerrorism)) => "police_ct",
        (Role::Police, _) => "police_local",
        (role, _) => role.name(),
    }
}

/// The service itself, doing one named job for one panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SystemFacts {
    pub name: SystemName,
    pub panel: PanelId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SystemName {
    /// Lays a referral into the case it opens.
    Intake,
    /// Compares identities after a referral.
    Matcher,
    /// Orders the ledger.
    Sequencer,
    /// Finds closed cases whose time has come.
    RecordsJob,
    /// Puts what is due before the next meeting.
    Agenda,
    /// Carries out what two people decided.
    Eraser,
    /// Brings to the chair what has been overdue for too long.
    Timekeeper,
    /// Ends a parent's consent on the day it ends, and says ahead that it will.
    ComingOfAge,
    /// Tells people that something is due, and nothing of what.
    Notifier,
    /// Carries a case that is released to the panel it is for, and that panel's answer home.
    Courier,
    /// Lays what was released into the case that the receiving panel opens.
    TransferIntake,
}

impl SystemName {
    pub const ALL: [SystemName; 11] = [
        SystemName::Intake,
        SystemName::Matcher,
        SystemName::Sequencer,
        SystemName::RecordsJob,
        SystemName::Agenda,
        SystemName::Eraser,
        SystemName::Timekeeper,
        SystemName::ComingOfAge,
        SystemName::Notifier,
        SystemName::Courier,
        SystemName::TransferIntake,
    ];

    pub fn name(self) -> &'static str {
        match self {
            SystemName::Intake => "intake",
            SystemName::Matcher => "matcher",
            SystemName::Sequencer => "sequencer",
            SystemName::RecordsJob => "records_job",
            SystemName::Agenda => "agenda",
            SystemName::Eraser => "eraser",
            SystemName::Timekeeper => "timekeeper",
            SystemName::ComingOfAge => "coming_of_age",
            SystemName::Notifier => "notifier",
            SystemName::Courier => "courier",
            SystemName::TransferIntake => "transfer_intake",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PrincipalFacts {
    Member(MemberFacts),
    System(SystemFacts),
}

/// A case at one moment of one day, as policy sees it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CaseFacts {
    pub panel: PanelId,
    pub stage: Stage,
    /// Being opened at this moment: no case that is stored is without an event.
    pub beginning: bool,
    /// Through an action, the plan or as named lead.
    pub assigned: BTreeSet<AgencyId>,
    /// Through an open action.
    pub acting: BTreeSet<AgencyId>,
    /// Through an open information request.
    pub asked: BTreeSet<AgencyId>,
    /// Whose papers window is open today.
    pub invited_agencies: BTreeSet<AgencyId>,
    pub invited_people: BTreeSet<PersonId>,
    /// Providers with an accepted commission in force today.
    pub commissioned: BTreeSet<AgencyId>,
    /// Providers with a commission to answer.
    pub offered: BTreeSet<AgencyId>,
    pub recused: BTreeSet<PersonId>,
    pub restricted: bool,
    /// Of a restricted case.
    pub allowed: BTreeSet<PersonId>,
    /// Whose glass is broken at this moment.
    pub broken_by: BTreeSet<PersonId>,
    /// On an agenda that is not past.
    pub listed: bool,
    pub escalated: bool,
    pub decided: bool,
    /// A legal hold stands.
    pub held: bool,
    pub erasure: Standing,
    /// Of an erasure that was proposed.
    pub erasure_proposed_by: BTreeSet<PersonId>,
}

impl CaseFacts {
    /// `today` counts what has days, `now` what has hours: only the first follows a demonstration's moved calendar.
    pub fn derive(header: &Header, today: NaiveDate, now: Moment) -> Self {
        let by = |why: fn(AssignmentKind) -> bool| {
            header.assignments.iter().filter(|a| why(a.why)).map(|a| a.agency).collect::<BTreeSet<_>>()
        };
        let open = || header.listings.iter().filter(|l| l.from <= today && today <= l.to);
        let live = || header.commissions.iter().filter(|c| !c.ended && today <= c.to);
        Self {
            panel: header.panel,
            stage: header.state.stage,
            beginning: header.events.count == 0,
            assigned: by(|why| why != AssignmentKind::Request),
            acting: by(|why| why == AssignmentKind::Action),
            asked: by(|why| why == AssignmentKind::Request),
            invited_agencies: open().filter_map(|l| l.agency).collect(),
            invited_people: open().filter_map(|l| l.person).collect(),
            commissioned: live().filter(|c| c.accepted && c.from <= today).map(|c| c.agency).collect(),
            offered: live().filter(|c| !c.accepted).map(|c| c.agency).collect(),
            recused: header.recusals.iter().copied().collect(),
            restricted: header.restricted.is_some(),
            allowed: header.restricted.iter().flatten().copied().collect(),
            broken_by: header.glass.iter().filter(|glass| glass.is_open(now)).map(|glass| glass.person).collect(),
            listed: header.listings.iter().any(|l| today <= l.to),
            escalated: header.escalated || header.late.is_some(),
            decided: header.decided,
            held: header.retention.held(),
            erasure: header.retention.standing(today),
            erasure_proposed_by: header.retention.erasure.iter().map(|erasure| erasure.proposed_by).collect(),
        }
    }
}

impl CaseFacts {
    /// The same as far as it concerns one reader: of every set only that reader or their agency. Policies ask nothing
    /// else of a set (`contains` of the principal's own), and so cases that are alike to a reader are one question.
    pub fn seen_by(self, principal: &PrincipalFacts) -> Self {
        let (agency, person) = match principal {
            PrincipalFacts::Member(member) => (Some(member.agency), Some(member.person)),
            PrincipalFacts::System(_) => (None, None),
        };
        let ours = |set: BTreeSet<AgencyId>| set.into_iter().filter(|id| Some(*id) == agency).collect();
        let mine = |set: BTreeSet<PersonId>| set.into_iter().filter(|id| Some(*id) == person).collect();
        Self {
            assigned: ours(self.assigned),
            acting: ours(self.acting),
            asked: ours(self.asked),
            invited_agencies: ours(self.invited_agencies),
            commissioned: ours(self.commissioned),
            offered: ours(self.offered),
            invited_people: mine(self.invited_people),
            recused: mine(self.recused),
            allowed: mine(self.allowed),
            broken_by: mine(self.broken_by),
            erasure_proposed_by: mine(self.erasure_proposed_by),
            ..self
        }
    }
}

/// A referral's facts, from its row.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReferralFacts {
    pub id: ReferralId,
    pub panel: PanelId,
    pub sender: PersonId,
    pub sender_agency: AgencyId,
    /// The referrer asked not to be named.
    pub confidential: bool,
    /// How many people it names, each with a case of their own.
    pub people: u32,
    /// SHA-256 of the sealed content, lower-case hex.
    pub digest: String,
    pub version: i64,
}

/// What the request says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Circumstances {
    pub purpose: Option<Purpose>,
    /// The reader named the purpose; it is not the operation's default.
    pub purpose_given: bool,
    pub has_reason: bool,
    /// The record, action or part at hand is the reader's own agency's (or, of a guest, their own item's).
    pub own: bool,
    /// Keyed by the council for the agency that said it (`onBehalfOf`).
    pub on_behalf: bool,
    /// The seats the transition table names, for `transition` and `correct`.
    pub who: BTreeSet<&'static str>,
}

impl Circumstances {
    pub fn new(purpose: Purpose) -> Self {
        Self {
            purpose: Some(purpose),
            purpose_given: false,
            has_reason: false,
            own: false,
            on_behalf: false,
            who: BTreeSet::new(),
        }
    }
}

/// What is acted on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ResourceFacts {
    Case(CaseFacts),
    Referral(ReferralFacts),
    Transfer(TransferFacts),
    Panel(PanelId),
    Appointment(Appointment),
    Agreement(SharingAgreement),
}
