//! A cell in Cedar's words: who asks, of what, saying what. Written from the test's own setting and nothing else.
//! It must never read a row, a header or a fact that the service made: a slip in those is what is looked for.
//!
//! A new attribute of the schema is described here, in the one function of its entity; `Oracle::must_fit` says which is missing.

use super::cast::Cast;
use super::oracle::{entity, uid};
use super::setting::{Agreement, Also, Deal, Member, Setting, SignIn, Window};
use super::things::Of;
use cedar_policy::EntityUid;
use channel_panel::access::{PersonKind, Purpose};
use channel_panel::casework::category::Category;
use channel_panel::casework::role::{Role, Unit};
use channel_panel::casework::state::Stage;
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};

/// The acting membership.
pub struct Who {
    attributes: Value,
    /// Whether an agreement of its agency is in force.
    pub agreed: bool,
}

impl Who {
    pub fn of(cast: &Cast, setting: &Setting, seat: Seat) -> Self {
        let (post, body) = (seat.post(), seat.body());
        let system = post.kind == PersonKind::System;
        let seat_name = match post.unit {
            Some(Unit::CounterTerrorism) => "police_ct",
            Some(Unit::Local) => "police_local",
            None => post.role.name(),
        };
        let agreed = setting.agreement == Agreement::Good || matches!(setting.agreement, Agreement::Lacks(_));
        let covers = |c: &&Category| agreed && setting.agreement != Agreement::Lacks(**c);
        let covered: Vec<&str> = Category::ALL.iter().filter(covers).map(|c| c.name()).collect();
        let mut roles = vec![post.role.name()];
        roles.extend(match setting.also {
            Some(Also::Auditor) => Some(Role::Auditor.name()),
            Some(Also::Administrator) => Some(Role::Administrator.name()),
            Some(Also::AuditorUnconfirmed | Also::AuditorElsewhere) | None => None,
        });
        let attributes = json!({
            "role": post.role.name(),
            "seat": seat_name,
            "person": entity("Person", &cast.person(seat).to_string()),
            "agency": entity("Agency", &cast.agency(body).to_string()),
            "agencyKind": body.describe().1.name(),
            "panel": entity("Panel", &cast.panel_of(body, setting.member == Member::OtherPanel).to_string()),
            "system": system,
            "safeguardingLead": post.safeguarding_lead,
            "sponsor": setting.sponsor.unwrap_or(post.sponsor),
            "rolesInPanel": roles,
            "inForce": !matches!(setting.member, Member::Ended | Member::Over | Member::NotBegun),
            "confirmed": !matches!(setting.member, Member::Unconfirmed | Member::ByHolder | Member::ByProposer),
            "suspended": matches!(setting.member, Member::PersonSuspended | Member::AgencySuspended),
            "strong": !system && setting.sign_in != SignIn::Weak,
            "recentSignIn": !system && setting.sign_in != SignIn::Old,
            "agreementInForce": agreed,
            "agreementCategories": covered,
        });
        Self { attributes, agreed }
    }

    pub fn entity(&self) -> Value {
        json!({"uid": {"type": "Membership", "id": "this"}, "attrs": self.attributes, "parents": []})
    }
}

/// What is acted on.
pub struct What {
    kind: &'static str,
    id: String,
    attributes: Value,
}

impl What {
    pub fn panel(cast: &Cast, setting: &Setting, seat: Seat) -> Self {
        let own = cast.panel_of(seat.body(), setting.member == Member::OtherPanel);
        Self { kind: "Panel", id: own.to_string(), attributes: json!({}) }
    }

    pub fn referral(cast: &Cast, sender: Seat) -> Self {
        let attributes = json!({
            "panel": entity("Panel", &cast.panel.to_string()),
            "sender": entity("Person", &cast.person(sender).to_string()),
            "senderAgency": entity("Agency", &cast.agency(sender.body()).to_string()),
        });
        Self { kind: "Referral", id: "this".to_owned(), attributes }
    }

    pub fn transfer(cast: &Cast) -> Self {
        let attributes = json!({"panel": entity("Panel", &cast.panel.to_string()), "stage": "accepted"});
        Self { kind: "Transfer", id: "this".to_owned(), attributes }
    }

    pub fn appointment(of: &Of) -> Self {
        let attributes = json!({
            "panel": entity("Panel", &of.panel.to_string()),
            "agency": entity("Agency", &of.agency.to_string()),
            "person": entity("Person", &of.person.to_string()),
            "proposedBy": entity("Person", &of.proposed_by.to_string()),
            "inForce": of.in_force,
        });
        Self { kind: "Appointment", id: "this".to_owned(), attributes }
    }

    pub fn agreement(of: &Of) -> Self {
        let attributes = json!({
            "panel": entity("Panel", &of.panel.to_string()),
            "agency": entity("Agency", &of.agency.to_string()),
            "proposedBy": entity("Person", &of.proposed_by.to_string()),
        });
        Self { kind: "Agreement", id: "this".to_owned(), attributes }
    }

    pub fn case(cast: &Cast, setting: &Setting) -> Self {
        let agencies = |there: bool| {
            let all = Body::ALL.iter().filter(|_| there);
            all.map(|body| entity("Agency", &cast.agency(*body).to_string())).collect::<Vec<_>>()
        };
        let people = |there: bool| {
            let all = Seat::ALL.iter().filter(|_| there);
            all.map(|seat| entity("Person", &cast.person(*seat).to_string())).collect::<Vec<_>>()
        };
        let to_come = |window: Option<Window>| matches!(window, Some(Window::Open | Window::Coming));
        let papers = [setting.agenda, setting.papers_agency, setting.papers_person];
        let attributes = json!({
            "panel": entity("Panel", &cast.panel.to_string()),
            "stage": setting.stage.name(),
            "beginning": false,
            "assigned": agencies(setting.lead || setting.plan || setting.action),
            "acting": agencies(setting.action),
            "asked": agencies(setting.asked),
            "invitedAgencies": agencies(setting.papers_agency == Some(Window::Open)),
            "invitedPeople": people(setting.papers_person == Some(Window::Open)),
            "commissioned": agencies(setting.deal == Some(Deal::Running)),
            "offered": agencies(setting.deal == Some(Deal::Offered)),
            "recused": people(setting.recused),
            "restricted": setting.restricted.is_some(),
            "allowed": people(setting.restricted == Some(true)),
            "brokenBy": people(setting.glass == Some(Window::Open)),
            "listed": papers.into_iter().any(to_come),
            "escalated": setting.escalated,
            "decided": setting.decided,
            // The end of a case is no setting here: nobody holds it, and nobody has proposed to erase it.
            "held": false,
            "erasure": "none",
            "erasureProposedBy": people(false),
        });
        Self { kind: "Case", id: "this".to_owned(), attributes }
    }

    pub fn uid(&self) -> EntityUid {
        uid(self.kind, &self.id)
    }

    pub fn entity(&self) -> Value {
        json!({"uid": {"type": self.kind, "id": self.id}, "attrs": self.attributes, "parents": []})
    }
}

/// What the request says of itself.
#[derive(Clone)]
pub struct Said {
    pub purpose: &'static str,
    pub given: bool,
    pub reason: bool,
    own: bool,
    on_behalf: bool,
    who: Vec<&'static str>,
}

impl Said {
    /// By what is sent with it and, where nothing is, by what the operation is for.
    pub fn of(setting: &Setting, seat: Seat, operation: &str) -> Self {
        let sent = sent(setting, seat, operation);
        let by_default = match operation {
            "submitReferral" | "readReferral" | "listReferrals" => "referral",
            "readLedger" | "readCheckpoint" | "readTile" | "readProof" | "readSignals" | "readDigest" => "audit",
            "registerAgency" | "registerPerson" | "suspendPerson" | "listMemberships" | "listAgreements" => {
                "administration"
            }
            "proposeMembership" | "confirmMembership" | "endMembership" => "administration",
            "proposeAgreement" | "confirmAgreement" | "endAgreement" => "administration",
            "listMeetings" | "scheduleMeeting" | "readAgenda" | "stepMeeting" | "recordAttendance" | "orderAgenda" => {
                "panel_meeting"
            }
            "addAgendaItem" | "settleAgendaItem" | "draftMinutes" | "approveMinutes" | "addToMinutes" => {
                "panel_meeting"
            }
            "inviteToItem" => "panel_meeting",
            // A search and a breaking of the glass have none: it must be said.
            "searchSubjects" | "breakGlass" | "placeLegalHold" | "releaseLegalHold" | "reviewRetention" => "none",
            "proposeErasure" | "confirmErasure" | "withdrawErasure" | "readRecipients" => "none",
            _ => "case_work",
        };
        Self {
            purpose: sent.map_or(by_default, |(purpose, _)| purpose.name()),
            given: sent.is_some(),
            reason: sent.is_some_and(|(_, reason)| reason),
            own: false,
            on_behalf: false,
            who: Vec::new(),
        }
    }

    pub fn own(&self) -> Self {
        Self { own: true, ..self.clone() }
    }

    pub fn on_behalf(&self) -> Self {
        Self { on_behalf: true, ..self.clone() }
    }

    pub fn with(&self, own: bool, on_behalf: bool, who: &[&'static str]) -> Self {
        Self { own, on_behalf, who: who.to_vec(), ..self.clone() }
    }

    /// As if it had been asked for earlier history, with a reason: what process facts of other cases are shown by.
    pub fn as_history(&self) -> Self {
        Self { purpose: Purpose::EarlierHistory.name(), given: true, reason: true, ..self.clone() }
    }

    pub fn context(&self) -> Value {
        json!({"purpose": self.purpose, "purposeGiven": self.given, "hasReason": self.reason, "own": self.own,
            "onBehalf": self.on_behalf, "who": self.who})
    }
}

/// Purpose and whether a reason comes with it; none where the setting says nothing.
pub fn sent(setting: &Setting, seat: Seat, operation: &str) -> Option<(Purpose, bool)> {
    use super::setting::Words;
    let closed = setting.stage == Stage::Closed;
    match setting.words {
        Words::Unsaid => None,
        Words::Said(purpose, reason) => Some((purpose, reason)),
        Words::Natural if operation == "breakGlass" => Some((Purpose::BreakGlass, false)),
        Words::Natural => Some(match seat.role() {
            Role::Records => (Purpose::Retention, closed),
            Role::Auditor => (Purpose::Audit, closed),
            _ if closed => (Purpose::EarlierHistory, true),
            _ => (Purpose::CaseWork, false),
        }),
    }
}
