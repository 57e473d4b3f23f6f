//! Who is acting, for what purpose, in one request: everything a use case may do begins here.
//! A session must never be made without a verified token and a membership in force, or a named job of the service.

use super::answer::{Answer, Change, Reply, Unrecorded};
use super::recorder::{ApplyError, Share};
use super::registry::{self, Known};
use super::service::Service;
use super::watermark::Belief;
use crate::access::facts::PrincipalFacts;
use crate::access::{
    Access, AgreementFacts, Claims, Decision, Evaluator, Holdings, MembershipFacts, PanelVerb, PersonFacts, Principal,
    Purpose, TokenFault,
};
use crate::access::{Authentic, Refusal};
use crate::casework::ids::{MembershipId, PanelId, RequestId};
use crate::clock::Moment;
use crate::error::{Kind, Problem};
use crate::ledger::entry::{Actor, CaseMark, DetailValue, Draft, Manifest, Outcome};
use crate::store::{Reader, StoreError, Tx};
use chrono::NaiveDate;
use std::cell::{RefCell, RefMut};
use std::str::FromStr;
use uuid::Uuid;

/// What a request says of who sends it.
#[derive(Default, Clone, Copy)]
pub struct Credentials<'a> {
    pub bearer: Option<&'a str>,
    pub membership: Option<&'a str>,
    pub reason: Option<&'a str>,
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

/// Grounds for opening what is closed: a closed list, for a free text in a header would end up in somebody's log.
pub const REASONS: [&str; 6] =
    ["repeat_referral", "section36_review", "complaint", "rights_request", "court_order", "lessons_learned"];

/// Somebody whose token is good and whom the registry knows. Whether they may act is another question.
#[derive(Debug)]
pub struct Identified {
    person: Authentic<PersonFacts>,
    memberships: Vec<Authentic<MembershipFacts>>,
    agreements: Vec<Authentic<AgreementFacts>>,
    principal: Result<Principal, Problem>,
    reason: Option<&'static str>,
}

impl Identified {
    /// Reads token and registry, and chooses the membership that acts: the one named, or the only one there is.
    ///
    /// # Errors
    /// `not-authenticated` for a bad token or a stranger; `integrity` or `unavailable` from the registry.
    pub fn from_request(service: &Service, credentials: Credentials<'_>) -> Result<Self, Problem> {
        let now = service.clock.instant();
        let bearer = credentials.bearer.ok_or(Kind::NotAuthenticated)?;
        let claims = service.tokens.verify(bearer, None, now).map_err(|fault| fault_problem(&fault))?;
        let belief = service.belief();
        let found = service.store.reader()?.identity_by_subject(&claims.issuer, &claims.subject)?;
        // A stranger with a good token gets what a bad token gets: the registry is not a directory to probe.
        let found = found.ok_or(Kind::NotAuthenticated)?;
        let known = registry::known(&belief, &claims.issuer, &found)?;
        let principal = choose(service, &known, &claims, credentials.membership, now);
        if let Err(Problem { kind: Kind::NotAuthenticated, .. }) = &principal {
            return Err(Kind::NotAuthenticated.into());
        }
        let reason = credentials.reason.and_then(|given| REASONS.into_iter().find(|known| *known == given));
        let Known { person, memberships, agreements, .. } = known;
        Ok(Self { person, memberships, agreements, principal, reason })
    }

    /// # Errors
    /// Why no membership acts.
    pub fn must_act(&self) -> Result<&Principal, Problem> {
        self.principal.as_ref().map_err(Clone::clone)
    }

    pub fn memberships(&self) -> &[Authentic<MembershipFacts>] {
        &self.memberships
    }

    /// Of every agency that the person is a member of.
    pub fn agreements(&self) -> &[Authentic<AgreementFacts>] {
        &self.agreements
    }

    pub fn person(&self) -> &Authentic<PersonFacts> {
        &self.person
    }

    pub fn panel(&self) -> Option<PanelId> {
        self.principal.as_ref().ok().map(Principal::panel)
    }

    pub fn actor(&self) -> Actor {
        match &self.principal {
            Ok(principal) => actor_of(principal),
            Err(_) => Actor { person: Some(self.person.id), ..Actor::default() },
        }
    }

    /// Whose share of the recorder's queue a request takes.
    pub fn share(&self) -> Share {
        Share::Principal(self.person.id.0)
    }
}

fn fault_problem(fault: &TokenFault) -> Problem {
    tracing::info!(fault = fault.code(), "a token was refused");
    Kind::NotAuthenticated.into()
}

fn actor_of(principal: &Principal) -> Actor {
    Actor {
        person: principal.person(),
        membership: principal.membership(),
        agency: principal.agency(),
        role: principal.role(),
        system: principal.system_name(),
    }
}

fn choose(
    service: &Service,
    known: &Known,
    claims: &Claims,
    named: Option<&str>,
    now: Moment,
) -> Result<Principal, Problem> {
    let today = service.clock.today();
    let candidate = match named {
        Some(text) => {
            let id = MembershipId::from_str(text).map_err(|_| not_yours())?;
            known.memberships.iter().find(|m| m.id == id).ok_or_else(not_yours)?
        }
        None => {
            let mut live = known.memberships.iter().filter(|m| m.in_force(today) && m.confirmed());
            match (live.next(), live.next()) {
                (Some(only), None) => only,
                (None, _) => return Err(Kind::MembershipRequired.into()),
                (Some(_), Some(_)) => {
                    return Err(Problem::field(
                        Kind::MembershipRequired,
                        "Acting-Membership",
                        "required",
                        "you hold several memberships; say with Acting-Membership which one acts",
                    ));
                }
            }
        }
    };
    let agency = known.agencies.iter().find(|a| a.id == candidate.agency).ok_or(Kind::MembershipRequired)?;
    let held = Holdings { memberships: &known.memberships, agreements: &known.agreements };
    Principal::acting(&known.person, agency, candidate, held, claims, today, now).map_err(|refusal: Refusal| {
        tracing::info!(refusal = refusal.code(), "a membership may not act");
        refusal.kind().into()
    })
}

fn not_yours() -> Problem {
    Problem::field(Kind::MembershipRequired, "Acting-Membership", "not_yours", "this is not a membership of yours")
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable | StoreError::Swallowed => Problem::unavailable("the database does not answer"),
            StoreError::Stale => Kind::PreconditionFailed.into(),
            StoreError::Corrupt => Kind::Integrity.into(),
            _ => Problem::internal("the database refused what it was asked"),
        }
    }
}

/// One request (or one run of a job) of one principal for one purpose.
pub struct Session<'s> {
    pub service: &'s Service,
    pub principal: &'s Principal,
    pub identified: Option<&'s Identified>,
    pub operation: &'static str,
    pub access: Access,
    pub request: RequestId,
    pub now: Moment,
    pub today: NaiveDate,
    pub evaluator: Evaluator<'s>,
    pub belief: Belief<'s>,
    reader: RefCell<Reader>,
}

impl std::fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({}, {})", self.request, self.operation)
    }
}

impl<'s> Session<'s> {
    /// # Errors
    /// `membership-required` where nobody acts; `unavailable` without a connection.
    pub fn begin(
        service: &'s Service,
        identified: &'s Identified,
        operation: &'static str,
        (purpose, given): (Purpose, bool),
        request: RequestId,
    ) -> Result<Self, Problem> {
        let access = Access { purpose, given, has_reason: identified.reason.is_some() };
        let principal = identified.must_act()?;
        Self::new(service, principal, Some(identified), operation, access, request)
    }

    /// A named job of the service: no person, a policy of its own, entries like anyone's.
    ///
    /// # Errors
    /// `unavailable` without a connection.
    pub fn of_job(
        service: &'s Service,
        job: &'s Principal,
        operation: &'static str,
        purpose: Purpose,
    ) -> Result<Self, Problem> {
        Self::new(service, job, None, operation, Access::by_default(purpose), RequestId::new())
    }

    /// For rows that were read before the session began: they are held to what was known then.
    pub fn reading_since(self, belief: Belief<'s>) -> Self {
        Self { belief, ..self }
    }

    fn new(
        service: &'s Service,
        principal: &'s Principal,
        identified: Option<&'s Identified>,
        operation: &'static str,
        access: Access,
        request: RequestId,
    ) -> Result<Self, Problem> {
        let (today, now) = (service.clock.today(), service.clock.instant());
        Ok(Self {
            service,
            principal,
            identified,
            operation,
            access,
            request,
            now,
            today,
            evaluator: Evaluator::new(&service.policies, principal, access, request, today, now),
            // Before the first row is read.
            belief: service.belief(),
            reader: RefCell::new(service.store.reader()?),
        })
    }

    /// The label of a list's cursors: a cursor is its reader's own, and another's does not open.
    pub fn own_label(&self, list: &str) -> String {
        format!("{list}/{}", self.principal.membership().map(|id| id.to_string()).unwrap_or_default())
    }

    pub fn reader(&self) -> RefMut<'_, Reader> {
        self.reader.borrow_mut()
    }

    pub fn panel(&self) -> PanelId {
        self.principal.panel()
    }

    /// The same reader, asked about as if for another purpose. What comes of it must stay what this request is for.
    pub fn under(&self, access: Access) -> Evaluator<'s> {
        Evaluator::new(&self.service.policies, self.principal, access, self.request, self.today, self.now)
    }

    /// Reading what is not one's own, because something does not wait.
    pub fn is_behind_glass(&self) -> bool {
        self.access.purpose == Purpose::BreakGlass
    }

    /// Whether an action on the panel as a whole is allowed.
    ///
    /// # Errors
    /// The refusal that the policies give.
    pub fn authorize(&self, verb: PanelVerb) -> Result<(), Problem> {
        refuse_unless(&self.evaluator.panel(verb, self.panel()))
    }

    pub fn reason(&self) -> Option<&'static str> {
        self.identified.and_then(|identified| identified.reason)
    }

    pub fn is_system(&self) -> bool {
        matches!(self.principal.facts(), PrincipalFacts::System(_))
    }

    pub fn share(&self) -> Share {
        Share::Principal(self.principal.person().map_or(Uuid::nil(), |person| person.0))
    }

    /// The entry of this request, as far as the session knows it.
    pub fn draft(&self, outcome: Outcome) -> Draft {
        let mut detail = Vec::new();
        if let Some(reason) = self.reason() {
            detail.push(("reason", DetailValue::Code(reason)));
        }
        Draft {
            panel: Some(self.panel()),
            actor: actor_of(self.principal),
            operation: self.operation,
            outcome,
            problem: None,
            cases: Vec::new(),
            policy: self.service.policies.hash(),
            purpose: Some(self.access.purpose.name()),
            manifest: Vec::new(),
            request: self.request,
            detail,
        }
    }

    /// An answer that shows something: of these cases these categories, or nothing of any case.
    pub fn show(
        &self,
        reply: Reply,
        shown: Vec<(CaseMark, Manifest)>,
        detail: Vec<(&'static str, DetailValue)>,
    ) -> Answer {
        let mut draft = self.draft(Outcome::Shown);
        (draft.cases, draft.manifest) = shown.into_iter().unzip();
        draft.detail.extend(detail);
        Answer::Read(Unrecorded::new(reply, draft, self.share()))
    }

    /// A change, decided; `marks` names the cases it changes with the hash of their new headers.
    pub fn change(
        &self,
        reply: Reply,
        marks: Vec<CaseMark>,
        detail: Vec<(&'static str, DetailValue)>,
        apply: impl FnOnce(&mut Tx<'_>) -> Result<(), ApplyError> + Send + 'static,
    ) -> Answer {
        let mut draft = self.draft(Outcome::Changed);
        draft.cases = marks;
        draft.detail.extend(detail);
        Answer::Change(Change::new(draft, self.share(), reply, apply))
    }
}

/// # Errors
/// The decision's own kind, where it is no.
pub fn refuse_unless(decision: &Decision) -> Result<(), Problem> {
    if decision.allowed() { Ok(()) } else { Err(decision.kind().into()) }
}
