//! The synthetic borough as a register: two panels, their agencies and people, memberships and sharing agreements.
//! Its ids are random and kept; it must never give a seat a right that the same register from a file could not give.

use super::seats::{Body, Seat};
use super::tokens::Issuers;
use crate::access::rows::PanelFacts;
use crate::access::{AgencyFacts, AgreementFacts, MembershipFacts, PersonFacts, PersonKind};
use crate::app::register::Register;
use crate::casework::category::Category as C;
use crate::casework::ids::{AgencyId, AgreementId, MembershipId, PanelId, PersonId};
use crate::casework::role::Role;
use crate::clock::Moment;
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The ids of everything in the borough: written once beside the demonstration's data, read again at each start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Borough {
    pub panel: PanelId,
    pub neighbour: PanelId,
    agencies: BTreeMap<Body, AgencyId>,
    people: BTreeMap<Seat, PersonId>,
    memberships: BTreeMap<Seat, MembershipId>,
    /// Whoever confirms memberships for each agency: a person, without a seat in the demonstration.
    approvers: BTreeMap<Body, PersonId>,
}

impl Borough {
    /// A borough with fresh ids.
    pub fn fresh() -> Self {
        Self {
            panel: PanelId::new(),
            neighbour: PanelId::new(),
            agencies: Body::ALL.iter().map(|body| (*body, AgencyId::new())).collect(),
            people: Seat::ALL.iter().map(|seat| (*seat, PersonId::new())).collect(),
            memberships: Seat::ALL.iter().map(|seat| (*seat, MembershipId::new())).collect(),
            approvers: Body::ALL.iter().map(|body| (*body, PersonId::new())).collect(),
        }
    }

    /// The nil id, which is nobody's, for an agency that a kept file does not know.
    pub fn agency(&self, body: Body) -> AgencyId {
        self.agencies.get(&body).copied().unwrap_or(AgencyId(Uuid::nil()))
    }

    pub fn person(&self, seat: Seat) -> PersonId {
        self.people.get(&seat).copied().unwrap_or(PersonId(Uuid::nil()))
    }

    pub fn membership(&self, seat: Seat) -> MembershipId {
        self.memberships.get(&seat).copied().unwrap_or(MembershipId(Uuid::nil()))
    }

    pub fn panel_of(&self, body: Body) -> PanelId {
        if body == Body::NeighbourCouncil { self.neighbour } else { self.panel }
    }

    pub fn agencies(&self) -> BTreeSet<AgencyId> {
        self.agencies.values().copied().collect()
    }

    fn approver(&self, body: Body) -> PersonId {
        self.approvers.get(&body).copied().unwrap_or(PersonId(Uuid::nil()))
    }

    /// The register to take in on `today`.
    pub fn register(&self, today: NaiveDate, now: Moment) -> Register {
        Register {
            panels: self.panels(),
            agencies: Body::ALL.iter().map(|body| self.agency_facts(*body)).collect(),
            people: self.people(),
            memberships: Seat::ALL
                .iter()
                .map(|seat| self.membership_facts(*seat, today, now))
                .chain(self.unseated_sponsors(today, now))
                .collect(),
            agreements: Body::ALL.iter().map(|body| self.agreement(*body, today, now)).collect(),
        }
    }

    fn panels(&self) -> Vec<PanelFacts> {
        let panel = |id, name: &str, authority: &str| PanelFacts {
            id,
            name: name.to_owned(),
            authorities: vec![authority.to_owned()],
            version: 1,
        };
        vec![
            panel(self.panel, "Brackenmere Channel Panel", "Brackenmere"),
            panel(self.neighbour, "Oxholme Channel Panel", "Oxholme"),
        ]
    }

    fn agency_facts(&self, body: Body) -> AgencyFacts {
        let (name, kind) = body.describe();
        AgencyFacts { id: self.agency(body), kind, name: name.to_owned(), suspended: false, version: 1 }
    }

    fn people(&self) -> Vec<PersonFacts> {
        let seated = Seat::ALL.iter().map(|seat| {
            let post = seat.post();
            PersonFacts {
                id: self.person(*seat),
                issuer: Issuers::name_for(post.kind).to_owned(),
                subject: post.name.to_owned(),
                display_name: post.person.to_owned(),
                kind: post.kind,
                suspended: false,
                notices: (post.kind == PersonKind::Person).then(|| format!("{}@brackenmere.invalid", post.name)),
                version: 1,
            }
        });
        let approvers = self.approvers.iter().map(|(body, id)| PersonFacts {
            id: *id,
            issuer: Issuers::name_for(PersonKind::Person).to_owned(),
            subject: format!("approver-{id}"),
            display_name: format!("Head of safeguarding, {}", body.describe().0),
            kind: PersonKind::Person,
            suspended: false,
            notices: None,
            version: 1,
        });
        seated.chain(approvers).collect()
    }

    /// Proposed by the administrator, confirmed at the receiving agency; the administrator's own by the deputy.
    fn membership_facts(&self, seat: Seat, today: NaiveDate, now: Moment) -> MembershipFacts {
        let post = seat.post();
        let proposer = if seat == Seat::Administrator { Seat::Deputy } else { Seat::Administrator };
        MembershipFacts {
            id: self.membership(seat),
            person: self.person(seat),
            agency: self.agency(post.body),
            role: post.role,
            unit: post.unit,
            panel: self.panel_of(post.body),
            safeguarding_lead: post.safeguarding_lead,
            sponsor: post.sponsor,
            from: begun(today),
            to: today.checked_add_days(Days::new(3 * 365)).unwrap_or(today),
            proposed_by: self.person(proposer),
            confirmed_by: Some(self.approver(post.body)),
            confirmed_at: Some(now),
            ended: false,
            version: 1,
        }
    }

    /// Where no seat of an agency can be its sponsor (an auditor may not, nor a system), its approver is, as a referrer.
    fn unseated_sponsors(&self, today: NaiveDate, now: Moment) -> impl Iterator<Item = MembershipFacts> {
        let seated = |body: Body| Seat::ALL.iter().any(|seat| seat.body() == body && seat.post().sponsor);
        Body::ALL.iter().copied().filter(move |body| !seated(*body)).map(move |body| MembershipFacts {
            id: MembershipId::new(),
            person: self.approver(body),
            agency: self.agency(body),
            role: Role::Referrer,
            unit: None,
            panel: self.panel_of(body),
            safeguarding_lead: false,
            sponsor: true,
            confirmed_by: Some(self.approver(Body::Council)),
            ..self.membership_facts(Seat::Guest, today, now)
        })
    }

    /// Confirmed for the panel's council.
    fn agreement(&self, body: Body, today: NaiveDate, now: Moment) -> AgreementFacts {
        let council = if body == Body::NeighbourCouncil { body } else { Body::Council };
        AgreementFacts {
            id: AgreementId::new(),
            agency: self.agency(body),
            panel: self.panel_of(body),
            reference: format!("Brackenmere information sharing agreement, {}", body.describe().0),
            categories: covered(body),
            from: begun(today),
            to: today.checked_add_days(Days::new(3 * 365)).unwrap_or(today),
            proposed_by: self.person(Seat::Administrator),
            confirmed_by: Some(self.approver(council)),
            confirmed_at: Some(now),
            ended: false,
            version: 1,
        }
    }
}

/// Before the year that the demonstration tells.
fn begun(today: NaiveDate) -> NaiveDate {
    today.checked_sub_days(Days::new(400)).unwrap_or(today)
}

/// What each agency's agreement covers: what its roles may read or write, and the working papers of those who are asked.
fn covered(body: Body) -> BTreeSet<C> {
    let categories: &[C] = match body {
        Body::Council | Body::NeighbourCouncil | Body::Police => C::ALL,
        Body::Mash | Body::SocialCare => &[
            C::Identity,
            C::Contact,
            C::Concern,
            C::Ideology,
            C::Triage,
            C::SocialCare,
            C::SocialCareSummary,
            C::HealthSummary,
            C::EducationSummary,
            C::PoliceOutcome,
            C::Assessment,
            C::Consent,
            C::Plan,
            C::Log,
            C::Work,
            C::Panel,
            C::Safety,
        ],
        Body::Health => &[
            C::Identity,
            C::Contact,
            C::Concern,
            C::Ideology,
            C::SocialCareSummary,
            C::Health,
            C::HealthSummary,
            C::EducationSummary,
            C::PoliceOutcome,
            C::Assessment,
            C::Consent,
            C::Plan,
            C::Work,
            C::Panel,
            C::Safety,
        ],
        Body::Education => &[
            C::Identity,
            C::Concern,
            C::Triage,
            C::SocialCareSummary,
            C::Education,
            C::EducationSummary,
            C::PoliceOutcome,
            C::Plan,
            C::Work,
            C::Panel,
            C::Safety,
        ],
        Body::Probation => &[
            C::Identity,
            C::Concern,
            C::SocialCareSummary,
            C::HealthSummary,
            C::EducationSummary,
            C::PoliceOutcome,
            C::Assessment,
            C::Plan,
            C::Work,
            C::Panel,
            C::Safety,
        ],
        Body::School => &[C::Identity, C::Plan, C::Panel, C::Safety],
        Body::Provider => &[C::Identity, C::Contact, C::Plan, C::Brief, C::Sessions, C::Work, C::Safety],
        // An audit follows the process and reads no category; a referrer's system only sends.
        Body::Audit | Body::YouthTrust => &[],
    };
    categories.iter().copied().collect()
}
