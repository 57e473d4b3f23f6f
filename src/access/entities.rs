//! Facts in Cedar's form. Ids of principal and resource are one constant each, so that no policy can be about
//! somebody in particular and equal facts always give equal answers. It must add nothing to the facts.

use super::action::Action;
use super::appointment::{Appointment, SharingAgreement};
use super::decide::Decision;
use super::facts::{CaseFacts, Circumstances, MemberFacts, PrincipalFacts, ReferralFacts, ResourceFacts, SystemFacts};
use super::policies::Policies;
use super::purpose::Purpose;
use super::settings::{Setting, Settings, Turn};
use super::slices::{Guards, Narrow};
use super::transfer::TransferFacts;
use crate::casework::category::Category;
use cedar_policy::{
    Context, Decision as Verdict, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request, Response,
    RestrictedExpression,
};
use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::str::FromStr;

/// Entity types, parsed once.
#[derive(Clone)]
pub(super) struct Names {
    person: EntityTypeName,
    agency: EntityTypeName,
    panel: EntityTypeName,
    action: EntityTypeName,
    membership: EntityTypeName,
    system: EntityTypeName,
    case: EntityTypeName,
    referral: EntityTypeName,
    transfer: EntityTypeName,
    appointment: EntityTypeName,
    agreement: EntityTypeName,
}

impl Names {
    pub(super) fn new() -> Option<Self> {
        let name = |text: &str| EntityTypeName::from_str(text).ok();
        Some(Self {
            person: name("Person")?,
            agency: name("Agency")?,
            panel: name("Panel")?,
            action: name("Action")?,
            membership: name("Membership")?,
            system: name("System")?,
            case: name("Case")?,
            referral: name("Referral")?,
            transfer: name("Transfer")?,
            appointment: name("Appointment")?,
            agreement: name("Agreement")?,
        })
    }
}

type Attributes = HashMap<String, RestrictedExpression>;

fn uid(of: &EntityTypeName, id: impl Display) -> EntityUid {
    EntityUid::from_type_name_and_id(of.clone(), EntityId::new(id.to_string()))
}

fn reference(of: &EntityTypeName, id: impl Display) -> RestrictedExpression {
    RestrictedExpression::new_entity_uid(uid(of, id))
}

fn references<T: Display>(of: &EntityTypeName, ids: impl IntoIterator<Item = T>) -> RestrictedExpression {
    RestrictedExpression::new_set(ids.into_iter().map(|id| reference(of, id)))
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

fn flag(value: bool) -> RestrictedExpression {
    RestrictedExpression::new_bool(value)
}

fn attributes<const N: usize>(pairs: [(&str, RestrictedExpression); N]) -> Attributes {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn member(names: &Names, m: &MemberFacts) -> Attributes {
    attributes([
        ("role", text(m.role.name())),
        ("seat", text(m.seat())),
        ("person", reference(&names.person, m.person)),
        ("agency", reference(&names.agency, m.agency)),
        ("agencyKind", text(m.agency_kind.name())),
        ("panel", reference(&names.panel, m.panel)),
        ("system", flag(m.system)),
        ("safeguardingLead", flag(m.safeguarding_lead)),
        ("sponsor", flag(m.sponsor)),
        ("rolesInPanel", RestrictedExpression::new_set(m.roles_in_panel.iter().map(|role| text(role.name())))),
        ("inForce", flag(m.in_force)),
        ("confirmed", flag(m.confirmed)),
        ("suspended", flag(m.suspended)),
        ("strong", flag(m.strong)),
        ("recentSignIn", flag(m.recent_sign_in)),
        ("agreementInForce", flag(m.agreement_in_force)),
        (
            "agreementCategories",
            RestrictedExpression::new_set(m.agreement_categories.iter().map(|c: &Category| text(c.name()))),
        ),
    ])
}

fn system(names: &Names, s: &SystemFacts) -> Attributes {
    attributes([("name", text(s.name.name())), ("panel", reference(&names.panel, s.panel))])
}

fn case(names: &Names, c: &CaseFacts) -> Attributes {
    attributes([
        ("panel", reference(&names.panel, c.panel)),
        ("stage", text(c.stage.name())),
        ("beginning", flag(c.beginning)),
        ("assigned", references(&names.agency, &c.assigned)),
        ("acting", references(&names.agency, &c.acting)),
        ("asked", references(&names.agency, &c.asked)),
        ("invitedAgencies", references(&names.agency, &c.invited_agencies)),
        ("invitedPeople", references(&names.person, &c.invited_people)),
        ("commissioned", references(&names.agency, &c.commissioned)),
        ("offered", references(&names.agency, &c.offered)),
        ("recused", references(&names.person, &c.recused)),
        ("restricted", flag(c.restricted)),
        ("allowed", references(&names.person, &c.allowed)),
        ("brokenBy", references(&names.person, &c.broken_by)),
        ("listed", flag(c.listed)),
        ("escalated", flag(c.escalated)),
        ("decided", flag(c.decided)),
        ("held", flag(c.held)),
        ("erasure", text(c.erasure.name())),
        ("erasureProposedBy", references(&names.person, &c.erasure_proposed_by)),
    ])
}

fn referral(names: &Names, r: &ReferralFacts) -> Attributes {
    attributes([
        ("panel", reference(&names.panel, r.panel)),
        ("sender", reference(&names.person, r.sender)),
        ("senderAgency", reference(&names.agency, r.sender_agency)),
    ])
}

fn transfer(names: &Names, t: &TransferFacts) -> Attributes {
    attributes([("panel", reference(&names.panel, t.panel)), ("stage", text(t.stage.name()))])
}

fn appointment(names: &Names, a: &Appointment) -> Attributes {
    attributes([
        ("panel", reference(&names.panel, a.panel)),
        ("agency", reference(&names.agency, a.agency)),
        ("person", reference(&names.person, a.person)),
        ("proposedBy", reference(&names.person, a.proposed_by)),
        ("inForce", flag(a.in_force)),
    ])
}

fn agreement(names: &Names, a: &SharingAgreement) -> Attributes {
    attributes([
        ("panel", reference(&names.panel, a.panel)),
        ("agency", reference(&names.agency, a.agency)),
        ("proposedBy", reference(&names.person, a.proposed_by)),
    ])
}

/// What the request says of itself, in Cedar's form.
pub(super) fn context(c: &Circumstances) -> Option<Context> {
    Context::from_pairs(
        [
            ("purpose", text(c.purpose.map_or("none", Purpose::name))),
            ("purposeGiven", flag(c.purpose_given)),
            ("hasReason", flag(c.has_reason)),
            ("own", flag(c.own)),
            ("onBehalf", flag(c.on_behalf)),
            ("who", RestrictedExpression::new_set(c.who.iter().map(|seat| text(seat)))),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
    .ok()
}

/// One principal and one resource in Cedar's form.
pub(super) struct Posed {
    entities: Entities,
    principal: EntityUid,
    resource: EntityUid,
    seat: Option<&'static str>,
}

impl Posed {
    /// None where the facts do not fit the schema; whoever asks must then deny.
    pub(super) fn new(names: &Names, principal: &PrincipalFacts, resource: &ResourceFacts) -> Option<Self> {
        let (principal, principal_attributes, seat) = match principal {
            PrincipalFacts::Member(facts) => (uid(&names.membership, "this"), member(names, facts), Some(facts.seat())),
            PrincipalFacts::System(facts) => (uid(&names.system, "this"), system(names, facts), None),
        };
        let (resource, resource_attributes) = match resource {
            ResourceFacts::Case(facts) => (uid(&names.case, "this"), case(names, facts)),
            ResourceFacts::Referral(facts) => (uid(&names.referral, "this"), referral(names, facts)),
            ResourceFacts::Transfer(facts) => (uid(&names.transfer, "this"), transfer(names, facts)),
            ResourceFacts::Panel(panel) => (uid(&names.panel, panel), Attributes::new()),
            ResourceFacts::Appointment(facts) => (uid(&names.appointment, "this"), appointment(names, facts)),
            ResourceFacts::Agreement(facts) => (uid(&names.agreement, "this"), agreement(names, facts)),
        };
        let of = |id: &EntityUid, attributes| Entity::new(id.clone(), attributes, HashSet::new()).ok();
        let all = [of(&principal, principal_attributes)?, of(&resource, resource_attributes)?];
        // Without the schema: with it Cedar adds every action and closes their hierarchy, at 20 times the cost of a
        // decision. The tests below hold each attribute to the schema; one that misses is an error, and denies.
        let entities = Entities::from_entities(all, None).ok()?;
        Some(Self { entities, principal, resource, seat })
    }
}

/// The two before the policies: any number of questions can be asked.
pub(super) struct World<'a> {
    policies: &'a Policies,
    posed: &'a Posed,
}

impl<'a> World<'a> {
    pub(super) fn new(policies: &'a Policies, posed: &'a Posed) -> Self {
        Self { policies, posed }
    }

    pub(super) fn ask(&self, action: Action, circumstances: &Circumstances) -> Decision {
        match context(circumstances) {
            Some(context) => self.ask_in(action, &context),
            None => Decision::failed(),
        }
    }

    /// The same in circumstances put into Cedar's form once for many questions.
    pub(super) fn ask_in(&self, action: Action, context: &Context) -> Decision {
        self.answer(action, context).unwrap_or_else(Decision::failed)
    }

    fn answer(&self, action: Action, context: &Context) -> Option<Decision> {
        let of = uid(&self.policies.names.action, action.name());
        let slice = self.policies.about(&of, &self.posed.principal, &self.posed.resource)?;
        self.ask_of(&slice.of_seat(self.posed.seat, &of)?.whole, action, context)
    }

    /// What a set of policies says; None where the question could not be put, or one of them erred.
    pub(super) fn ask_of(&self, policies: &PolicySet, action: Action, context: &Context) -> Option<Decision> {
        let action = uid(&self.policies.names.action, action.name());
        let response = self.evaluate(action, context, policies)?;
        let mut by: Vec<String> = response.diagnostics().reason().map(ToString::to_string).collect();
        by.sort();
        Some(Decision::new(response.decision() == Verdict::Allow, by))
    }

    /// None where the question could not be put, or a policy erred: Cedar skips a policy that errs, and a skipped
    /// `forbid` would open what it guards.
    fn evaluate(&self, action: EntityUid, context: &Context, policies: &PolicySet) -> Option<Response> {
        let Posed { entities, principal, resource, .. } = self.posed;
        let request = Request::new(principal.clone(), action, resource.clone(), context.clone(), None).ok()?;
        let response = self.policies.authorizer.is_authorized(&request, policies, entities);
        let erred = response.diagnostics().errors().next().is_some();
        (!erred).then_some(response)
    }

    /// Whether a policy, taken alone, speaks here; None where it errs.
    pub(super) fn speaks(&self, alone: &PolicySet, action: Action, context: &Context) -> Option<bool> {
        let action = uid(&self.policies.names.action, action.name());
        self.evaluate(action, context, alone).map(|response| response.diagnostics().reason().next().is_some())
    }

    /// In which of the circumstances the action is allowed first, asked only where an answer can differ.
    /// It is `ask_in` in three parts: whatever denies in one denies in all.
    pub(super) fn first_allowed(&self, action: Action, turns: &[Turn], settings: &Settings) -> Option<Turn> {
        let action = uid(&self.policies.names.action, action.name());
        let slice = self.policies.about(&action, &self.posed.principal, &self.posed.resource)?;
        let narrow = slice.of_seat(self.posed.seat, &action)?;
        if narrow.allows.is_empty() {
            return None;
        }
        let guards = self.policies.guards(&self.posed.principal, &self.posed.resource)?;
        turns.iter().copied().find(|turn| {
            let differs = match turn {
                Turn::Plain => true,
                Turn::Own => narrow.asks_own,
                Turn::OnBehalf => narrow.asks_on_behalf,
            };
            let setting = settings.of(*turn);
            differs
                && self.unguarded(*turn, narrow, guards, settings)
                && self.allowed(narrow, &action, setting)
                && self.says_nothing(&narrow.bars, &action, setting)
        })
    }

    /// Whether one of those that could allow does: asked once of all actions to which they say the same.
    fn allowed(&self, narrow: &Narrow, action: &EntityUid, setting: &Setting) -> bool {
        if let Some(known) = setting.allowed.borrow().get(&narrow.alike) {
            return *known;
        }
        let response = self.evaluate(action.clone(), &setting.context, &narrow.allows);
        let allowed = response.is_some_and(|response| response.decision() == Verdict::Allow);
        setting.allowed.borrow_mut().insert(narrow.alike.clone(), allowed);
        allowed
    }

    /// Of policies that look at the action and could bar it: that none does, and none erred.
    fn says_nothing(&self, bars: &PolicySet, action: &EntityUid, setting: &Setting) -> bool {
        bars.is_empty()
            || self
                .evaluate(action.clone(), &setting.context, bars)
                .is_some_and(|response| response.diagnostics().reason().next().is_none())
    }

    /// Whether none of the guards of this action speaks in these circumstances. All guards are asked at once, about an action of no
    /// name: they cannot tell which it is. If any of them errs, everything is barred.
    fn unguarded(&self, turn: Turn, narrow: &Narrow, guards: &Guards, settings: &Settings) -> bool {
        let alike = match turn {
            Turn::Plain => true,
            Turn::Own => !guards.asks_own,
            Turn::OnBehalf => !guards.asks_on_behalf,
        };
        let setting = settings.of(if alike { Turn::Plain } else { turn });
        let barred_by = setting.barred_by.get_or_init(|| {
            let response = self.evaluate(uid(&self.policies.names.action, ""), &setting.context, &guards.policies)?;
            Some(response.diagnostics().reason().cloned().collect())
        });
        barred_by.as_ref().is_some_and(|by| by.is_empty() || !narrow.guards.iter().any(|guard| by.contains(guard)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::facts::SystemName;
    use crate::access::matrix;
    use crate::casework::ids::{PersonId, ReferralId};
    use crate::casework::state::{Stage, TransferStage};

    #[test]
    fn facts_have_exactly_the_attributes_of_the_schema() {
        let policies = Policies::load().unwrap();
        let (schema, _) = cedar_policy::Schema::from_cedarschema_str(crate::access::policies::SCHEMA.1).unwrap();
        let m = matrix::member(crate::casework::role::Role::Council, None);
        let mut c = matrix::case(Stage::Panel);
        c.recused.insert(PersonId::new());
        c.offered = c.assigned.clone();
        c.allowed = c.invited_people.clone();
        c.broken_by = c.invited_people.clone();
        c.erasure_proposed_by = c.invited_people.clone();
        let r = ReferralFacts {
            id: ReferralId::new(),
            panel: m.panel,
            sender: m.person,
            sender_agency: m.agency,
            confidential: false,
            people: 1,
            digest: String::new(),
            version: 1,
        };
        let m_panel = m.panel;
        let principals = [
            PrincipalFacts::System(SystemFacts { name: SystemName::Matcher, panel: m.panel }),
            PrincipalFacts::Member(m),
        ];
        for principal in &principals {
            for resource in [
                ResourceFacts::Case(c.clone()),
                ResourceFacts::Referral(r.clone()),
                ResourceFacts::Transfer(matrix::transfer(m_panel, TransferStage::Offered)),
                ResourceFacts::Panel(c.panel),
                ResourceFacts::Appointment(Appointment::decoy()),
                ResourceFacts::Agreement(SharingAgreement::decoy()),
            ] {
                let posed = Posed::new(&policies.names, principal, &resource).unwrap();
                let entities: Vec<Entity> = posed.entities.iter().cloned().collect();
                assert_eq!(entities.len(), 2);
                Entities::from_entities(entities, Some(&schema)).unwrap();
            }
        }
        let said = context(&Circumstances { who: ["chair"].into(), ..Circumstances::new(Purpose::CaseWork) }).unwrap();
        said.validate(&schema, &uid(&policies.names.action, "transition")).unwrap();
    }
}
