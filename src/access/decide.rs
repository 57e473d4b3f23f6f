//! Asking the policies, for one principal in one request. The only maker of permits.
//! It must never allow what the policies were not asked about.

use super::action::{Action, AgreementVerb, AppointmentVerb, CaseVerb, PanelVerb, ReferralVerb, TransferVerb};
use super::appointment::{Appointment, SharingAgreement};
use super::authentic::Authentic;
use super::decided::{About, Asked};
use super::entities::{Posed, World};
use super::facts::{CaseFacts, Circumstances, PrincipalFacts, ReferralFacts, ResourceFacts, SystemName};
use super::header::Header;
use super::permit::{Extent, Grounds, Holder, Permit};
use super::policies::Policies;
use super::principal::Principal;
use super::purpose::Purpose;
use super::settings::{Settings, Turn};
use super::transfer::TransferFacts;
use crate::casework::category::Category;
use crate::casework::ids::{ConsultationId, PanelId, ReferralId, RequestId};
use crate::casework::transfer::TransferStage;
use crate::clock::Moment;
use crate::error::Kind;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An answer and the policies it rests on. Saying yes here grants nothing: touching content takes a `Permit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    allowed: bool,
    by: Vec<String>,
}

impl Decision {
    pub(super) fn new(allowed: bool, by: Vec<String>) -> Self {
        Self { allowed, by }
    }

    /// The question could not be put, or a policy erred: no.
    pub(super) fn failed() -> Self {
        Self { allowed: false, by: vec!["evaluation_failed".to_owned()] }
    }

    pub fn allowed(&self) -> bool {
        self.allowed
    }

    /// The permits that allowed it or the guards that forbade it; none where nothing spoke for it.
    pub fn policies(&self) -> &[String] {
        &self.by
    }

    /// What to tell a caller who may know that the thing exists. It speaks only of the caller's own sign-in,
    /// purpose and agreement, never of the case.
    pub fn kind(&self) -> Kind {
        let by = |guard: &str| self.by.iter().any(|id| id == guard);
        if by("guard_strong_sign_in") {
            Kind::StrongSignInRequired
        } else if by("guard_purpose") || by("guard_purpose_given") {
            Kind::PurposeRequired
        } else if self.by.iter().any(|id| id.starts_with("agreement_")) {
            Kind::AgreementNotInForce
        } else if by("guard_recent_sign_in") {
            Kind::StepUpRequired
        } else {
            Kind::NotAllowed
        }
    }
}

/// Why the request reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Access {
    /// `Access-Purpose`, or the operation's default.
    pub purpose: Purpose,
    /// The caller named it.
    pub given: bool,
    /// Grounds came with it.
    pub has_reason: bool,
}

impl Access {
    /// An operation's own purpose. One that must be asked for does not count as given by this.
    pub fn by_default(purpose: Purpose) -> Self {
        Self { purpose, given: false, has_reason: false }
    }

    pub fn asked(purpose: Purpose, has_reason: bool) -> Self {
        Self { purpose, given: true, has_reason }
    }
}

/// What else one question depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Particulars {
    /// The action, event or record at hand is the caller's own agency's.
    pub own: bool,
    /// Keyed for the agency that said it.
    pub on_behalf: bool,
    /// Seats (or roles) that the transition table names.
    pub who: BTreeSet<&'static str>,
}

/// The categories a record of which can belong to one agency or one item, so that a right to one's own makes sense.
const DIVISIBLE: [Category; 4] = [Category::Plan, Category::Sessions, Category::Panel, Category::Work];

/// What one may read and write of a case.
#[derive(Debug, Default)]
pub(super) struct Rights {
    reads: BTreeMap<Category, Extent>,
    writes: BTreeMap<Category, Extent>,
    tracks: bool,
}

pub struct Evaluator<'a> {
    policies: &'a Policies,
    principal: &'a Principal,
    access: Access,
    request: RequestId,
    today: NaiveDate,
    now: Moment,
    asked: Arc<Asked>,
}

impl std::fmt::Debug for Evaluator<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Evaluator({}, {})", self.request, self.access.purpose)
    }
}

impl<'a> Evaluator<'a> {
    pub fn new(
        policies: &'a Policies,
        principal: &'a Principal,
        access: Access,
        request: RequestId,
        today: NaiveDate,
        now: Moment,
    ) -> Self {
        let asked = policies.decided.by(principal.facts(), access);
        Self { policies, principal, access, request, today, now, asked }
    }

    pub fn panel(&self, verb: PanelVerb, panel: PanelId) -> Decision {
        self.ask(Action::Panel(verb), ResourceFacts::Panel(panel), &Particulars::default())
    }

    pub fn referral(&self, verb: ReferralVerb, referral: &Authentic<ReferralFacts>) -> Decision {
        self.ask(Action::Referral(verb), ResourceFacts::Referral((**referral).clone()), &Particulars::default())
    }

    pub fn transfer(&self, verb: TransferVerb, transfer: &Authentic<TransferFacts>) -> Decision {
        self.ask(Action::Transfer(verb), ResourceFacts::Transfer((**transfer).clone()), &Particulars::default())
    }

    pub fn appointment(&self, verb: AppointmentVerb, appointment: Appointment) -> Decision {
        self.ask(Action::Appointment(verb), ResourceFacts::Appointment(appointment), &Particulars::default())
    }

    pub fn agreement(&self, verb: AgreementVerb, agreement: SharingAgreement) -> Decision {
        self.ask(Action::Agreement(verb), ResourceFacts::Agreement(agreement), &Particulars::default())
    }

    pub fn case(&self, verb: CaseVerb, header: &Authentic<Header>, particulars: &Particulars) -> Decision {
        self.ask(Action::Case(verb), self.case_facts(header), particulars)
    }

    /// One category, with what the caller says of the record at hand.
    pub fn may_write(&self, category: Category, header: &Authentic<Header>, particulars: &Particulars) -> Decision {
        self.ask(Action::Write(category), self.case_facts(header), particulars)
    }

    /// Whether a refusal may be a 403. Otherwise the case does not exist for the caller: 404.
    pub fn may_know(&self, header: &Authentic<Header>) -> bool {
        self.case(CaseVerb::OpenCase, header, &Particulars::default()).allowed
            || self.case(CaseVerb::ListCase, header, &Particulars::default()).allowed
    }

    /// All that the caller may read and write of the case, for this version of its facts.
    pub fn permit(&self, header: &Authentic<Header>) -> Permit {
        let about = self.about(self.case_facts(header));
        tracing::trace!(target: "work", "all rights");
        let rights = about.rights.get_or_init(|| {
            rights_to(Category::ALL, self.policies, about.posed.as_ref(), &self.circumstances(&Particulars::default()))
        });
        Permit::from_decisions(Grounds {
            holder: Holder::Case { case: header.case, opened_from: header.opened_from },
            panel: header.panel,
            version: header.version,
            reads: rights.reads.clone(),
            writes: rights.writes.clone(),
            tracks: rights.tracks,
            purpose: Some(self.access.purpose),
            request: self.request,
            policy: self.policies.hash(),
        })
    }

    /// The referral as it was sent, for whoever `read_referral` allows; None otherwise.
    pub fn referral_permit(&self, referral: &Authentic<ReferralFacts>) -> Option<Permit> {
        if !self.referral(ReferralVerb::ReadReferral, referral).allowed {
            return None;
        }
        Some(Permit::from_decisions(Grounds {
            holder: Holder::Referral(referral.id),
            panel: referral.panel,
            version: 0,
            // A referral has no agency's detail: whatever a referrer says of health or police is their own words.
            reads: Category::ALL.iter().filter(|c| !c.is_detail()).map(|c| (*c, Extent::Whole)).collect(),
            writes: BTreeMap::new(),
            tracks: false,
            purpose: Some(self.access.purpose),
            request: self.request,
            policy: self.policies.hash(),
        }))
    }

    /// A consultation, for whoever may key or list them; it names nobody, and has one category of its own.
    pub fn consultation_permit(&self, verb: PanelVerb, panel: PanelId, consultation: ConsultationId) -> Option<Permit> {
        let keys = verb == PanelVerb::KeyConsultation;
        if !(keys || verb == PanelVerb::ListConsultations) || !self.panel(verb, panel).allowed {
            return None;
        }
        let right = |given: bool| given.then_some((Category::Triage, Extent::Whole)).into_iter().collect();
        Some(Permit::from_decisions(Grounds {
            holder: Holder::Consultation(consultation),
            panel,
            version: 0,
            reads: right(!keys),
            writes: right(keys),
            tracks: false,
            purpose: Some(self.access.purpose),
            request: self.request,
            policy: self.policies.hash(),
        }))
    }

    /// For intake alone: to lay a referral down as it was sent, under keys of its own. It opens nothing.
    pub fn referral_intake_permit(&self, panel: PanelId, referral: ReferralId) -> Option<Permit> {
        let PrincipalFacts::System(system) = self.principal.facts() else { return None };
        let its_own = system.name == SystemName::Intake && system.panel == panel;
        if !its_own || self.access.purpose != Purpose::Referral {
            return None;
        }
        Some(Permit::from_decisions(Grounds {
            holder: Holder::Referral(referral),
            panel,
            version: 1,
            reads: BTreeMap::new(),
            writes: Category::ALL.iter().map(|category| (*category, Extent::Whole)).collect(),
            tracks: false,
            purpose: Some(self.access.purpose),
            request: self.request,
            policy: self.policies.hash(),
        }))
    }

    /// What was released, for whoever of the panel it is for may read it, as far as their agency's agreement covers it.
    pub fn transfer_permit(&self, transfer: &Authentic<TransferFacts>) -> Option<Permit> {
        let PrincipalFacts::Member(member) = self.principal.facts() else { return None };
        if !self.transfer(TransferVerb::ReadTransfer, transfer).allowed {
            return None;
        }
        let covered = transfer.categories.intersection(&member.agreement_categories);
        let reads = covered.map(|category| (*category, Extent::Whole)).collect();
        Some(self.of_transfer(transfer, reads, BTreeMap::new()))
    }

    /// For the courier alone: to lay down what is released, and the grounds of a refusal; to read those grounds, and nothing
    /// of what was released.
    pub fn carriers_permit(&self, transfer: &Authentic<TransferFacts>) -> Option<Permit> {
        let PrincipalFacts::System(_) = self.principal.facts() else { return None };
        if !self.transfer(TransferVerb::CarryTransfer, transfer).allowed {
            return None;
        }
        let refused = transfer.stage == TransferStage::Declined;
        let grounds = refused.then_some((Category::Panel, Extent::Whole));
        let released = transfer.categories.iter().map(|category| (*category, Extent::Whole)).filter(|_| !refused);
        Some(self.of_transfer(transfer, grounds.into_iter().collect(), released.chain(grounds).collect()))
    }

    fn of_transfer(
        &self,
        transfer: &TransferFacts,
        reads: BTreeMap<Category, Extent>,
        writes: BTreeMap<Category, Extent>,
    ) -> Permit {
        Permit::from_decisions(Grounds {
            holder: Holder::Transfer(transfer.id),
            panel: transfer.panel,
            version: transfer.version,
            reads,
            writes,
            tracks: false,
            purpose: Some(self.access.purpose),
            request: self.request,
            policy: self.policies.hash(),
        })
    }

    fn case_facts(&self, header: &Authentic<Header>) -> ResourceFacts {
        ResourceFacts::Case(CaseFacts::derive(header, self.today, self.now).seen_by(self.principal.facts()))
    }

    fn circumstances(&self, particulars: &Particulars) -> Circumstances {
        Circumstances {
            purpose: Some(self.access.purpose),
            purpose_given: self.access.given,
            has_reason: self.access.has_reason,
            own: particulars.own,
            on_behalf: particulars.on_behalf,
            who: particulars.who.clone(),
        }
    }

    fn about(&self, resource: ResourceFacts) -> Arc<About> {
        self.asked.about(resource, |resource| Posed::new(&self.policies.names, self.principal.facts(), resource))
    }

    fn ask(&self, action: Action, resource: ResourceFacts, particulars: &Particulars) -> Decision {
        // Counted by whoever listens: what is refused must cost the same whether it is there or not.
        tracing::trace!(target: "work", "a decision");
        let about = self.about(resource);
        let question = (action, self.circumstances(particulars));
        if let Some(known) = about.decisions().get(&question) {
            return known.clone();
        }
        let world = about.posed.as_ref().map(|posed| World::new(self.policies, posed));
        let decision = world.map_or_else(Decision::failed, |world| world.ask(action, &question.1));
        about.decisions().insert(question, decision.clone());
        decision
    }
}

fn rights_to(categories: &[Category], policies: &Policies, posed: Option<&Posed>, base: &Circumstances) -> Rights {
    let (Some(posed), Some(settings)) = (posed, Settings::new(base)) else {
        return Rights::default();
    };
    let world = World::new(policies, posed);
    let extent = |action, turns: &[Turn]| {
        world.first_allowed(action, turns, &settings).map(|turn| match turn {
            Turn::Plain => Extent::Whole,
            Turn::Own => Extent::Own,
            Turn::OnBehalf => Extent::OnBehalf,
        })
    };
    // A fact of the case like any other, and asked with them: a list shows it of every row.
    let tracks = extent(Action::Case(CaseVerb::ReadTracks), &[Turn::Plain]).is_some();
    let mut rights = Rights { tracks, ..Rights::default() };
    for category in categories.iter().copied() {
        for (action, found) in
            [(Action::Read(category), &mut rights.reads), (Action::Write(category), &mut rights.writes)]
        {
            if let Some(extent) = extent(action, &turns(action)) {
                found.insert(category, extent);
            }
        }
    }
    rights
}

/// The circumstances in which a right to a category is looked for, in turn.
pub(super) fn turns(action: Action) -> Vec<Turn> {
    let (Action::Read(category) | Action::Write(category)) = action else { return vec![Turn::Plain] };
    let mut turns = vec![Turn::Plain];
    turns.extend(DIVISIBLE.contains(&category).then_some(Turn::Own));
    turns.extend((matches!(action, Action::Write(_)) && !category.is_detail()).then_some(Turn::OnBehalf));
    turns
}

/// What the matrix shows of one reader and one case; grants nothing.
pub(super) fn extents(
    categories: &[Category],
    policies: &Policies,
    principal: &PrincipalFacts,
    resource: &ResourceFacts,
    base: &Circumstances,
) -> (BTreeMap<Category, Extent>, BTreeMap<Category, Extent>) {
    let rights = rights_to(categories, policies, Posed::new(&policies.names, principal, resource).as_ref(), base);
    (rights.reads, rights.writes)
}
