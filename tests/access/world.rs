//! A member, an agency, a case and the key that authenticates them, all in order: each test breaks one thing.

use channel_panel::access::mint::Order;
use channel_panel::access::rows::PersonKind;
use channel_panel::access::{
    Access, AgencyFacts, AgreementFacts, Assignment, AssignmentKind, Authentic, Claims, CommissionFact, Evaluator,
    Header, Holdings, Listing, Mac, MembershipFacts, PersonFacts, Policies, Principal, Refusal, RowsFact, Tokens,
    mint::Mint,
};
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::{
    AgencyId, AgreementId, MembershipId, PanelId, PersonId, RecordId, ReferralId, RequestId,
};
use channel_panel::casework::opening::Opening;
use channel_panel::casework::role::{AgencyKind, Role, Unit};
use channel_panel::casework::state::{FrontDoor, Stage, State};
use channel_panel::clock::Moment;
use chrono::NaiveDate;
use ring::hmac;
use std::sync::LazyLock;

pub static POLICIES: LazyLock<Policies> = LazyLock::new(|| Policies::load().unwrap());

pub const ISSUER: &str = "https://id.example.test";
pub const AUDIENCE: &str = "https://channel.example.test";
/// 2026-03-02T12:00:00Z
pub const NOW: Moment = Moment(1_772_452_800_000_000);

pub fn day(n: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, n).unwrap()
}

pub const TODAY: fn() -> NaiveDate = || day(2);

pub struct TestMac(pub &'static [u8]);

impl Mac for TestMac {
    fn tag(&self, label: &str, bytes: &[u8]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.0));
        context.update(&(label.len() as u64).to_be_bytes());
        context.update(label.as_bytes());
        context.update(bytes);
        context.sign().as_ref().try_into().unwrap()
    }

    fn verify(&self, label: &str, bytes: &[u8], tag: &[u8]) -> bool {
        self.tag(label, bytes) == tag
    }
}

pub const MAC: TestMac = TestMac(b"a key of the tests, thirty-two b");

/// Everything about one acting member, before it is authenticated.
#[derive(Clone)]
pub struct Member {
    pub person: PersonFacts,
    pub agency: AgencyFacts,
    pub membership: MembershipFacts,
    pub agreements: Vec<AgreementFacts>,
    /// Memberships besides the one that acts.
    pub besides: Vec<MembershipFacts>,
    pub claims: Claims,
}

/// As the matrix names its columns.
pub fn seat(name: &str) -> (Role, Option<Unit>, AgencyKind) {
    match name {
        "police ct" => (Role::Police, Some(Unit::CounterTerrorism), AgencyKind::Police),
        "police local" => (Role::Police, Some(Unit::Local), AgencyKind::Police),
        "chair" | "council" | "records" | "auditor" | "administrator" => {
            (name.parse().unwrap(), None, AgencyKind::Council)
        }
        "guest" => (Role::Guest, None, AgencyKind::School),
        _ => (name.parse().unwrap(), None, AgencyKind::ALL.iter().copied().find(|kind| kind.name() == name).unwrap()),
    }
}

impl Member {
    pub fn new(name: &str) -> Self {
        let (role, unit, kind) = seat(name);
        let panel = PanelId::new();
        let person = PersonFacts {
            id: PersonId::new(),
            issuer: ISSUER.to_owned(),
            subject: "somebody".to_owned(),
            display_name: "Somebody".to_owned(),
            kind: PersonKind::Person,
            suspended: false,
            notices: None,
            version: 1,
        };
        let agency =
            AgencyFacts { id: AgencyId::new(), kind, name: "An agency".to_owned(), suspended: false, version: 1 };
        let membership = MembershipFacts {
            id: MembershipId::new(),
            person: person.id,
            agency: agency.id,
            role,
            unit,
            panel,
            safeguarding_lead: false,
            sponsor: false,
            from: day(1),
            to: day(30),
            proposed_by: PersonId::new(),
            confirmed_by: Some(PersonId::new()),
            confirmed_at: Some(NOW),
            ended: false,
            version: 1,
        };
        let agreement = AgreementFacts {
            id: AgreementId::new(),
            agency: agency.id,
            panel,
            reference: "ISA 1".to_owned(),
            categories: Category::ALL.iter().copied().collect(),
            from: day(1),
            to: day(30),
            proposed_by: PersonId::new(),
            confirmed_by: Some(PersonId::new()),
            confirmed_at: Some(NOW),
            ended: false,
            version: 1,
        };
        let mint = Mint::new(ISSUER, AUDIENCE).unwrap();
        let order = Order { subject: person.subject.clone(), lifetime: 600, strong: true, system: false };
        let tokens = Tokens::new(vec![mint.issuer([agency.id].into())]).unwrap();
        let claims = tokens.verify(&mint.token(&order, NOW).unwrap(), None, NOW).unwrap();
        Self { person, agency, membership, agreements: vec![agreement], besides: vec![], claims }
    }

    pub fn acting(&self) -> Result<Principal, Refusal> {
        let agreements: Vec<_> = self.agreements.iter().cloned().map(|a| Authentic::issue(&MAC, a).0).collect();
        let besides: Vec<_> = self.besides.iter().cloned().map(|m| Authentic::issue(&MAC, m).0).collect();
        Principal::acting(
            &Authentic::issue(&MAC, self.person.clone()).0,
            &Authentic::issue(&MAC, self.agency.clone()).0,
            &Authentic::issue(&MAC, self.membership.clone()).0,
            Holdings { memberships: &besides, agreements: &agreements },
            &self.claims,
            TODAY(),
            NOW,
        )
    }

    /// A case at this stage in which the member has every part, and nothing bars them.
    pub fn case(&self, stage: Stage) -> Header {
        let agency = self.agency.id;
        Header {
            assignments: vec![Assignment { agency, why: AssignmentKind::NamedLead, reference: RecordId::new() }],
            listings: vec![Listing {
                item: RecordId::new(),
                agency: Some(agency),
                person: Some(self.person.id),
                from: day(1),
                to: day(3),
            }],
            commissions: vec![CommissionFact {
                id: RecordId::new(),
                agency,
                accepted: true,
                from: day(1),
                to: day(20),
                ended: false,
            }],
            ..self.strangers_case(stage)
        }
    }

    /// A case of the panel in which the member has no part.
    pub fn strangers_case(&self, stage: Stage) -> Header {
        let blank = Header::blank(self.membership.panel, Some(ReferralId::new()), state(stage), NOW);
        // Something has happened to every case there is.
        Header { events: RowsFact { count: 1, ..RowsFact::default() }, ..blank }
    }
}

pub fn state(stage: Stage) -> State {
    let opening = Opening::referral(day(1), day(1), FrontDoor::Council, false);
    State { stage, ..State::opened(&opening).unwrap() }
}

pub fn authentic(header: &Header) -> Authentic<Header> {
    Authentic::seal(&MAC, header.clone()).unwrap().0
}

/// Evaluates for a member under this purpose.
pub fn with<T>(member: &Member, access: Access, ask: impl FnOnce(&Evaluator<'_>) -> T) -> T {
    let principal = member.acting().unwrap();
    ask(&Evaluator::new(&POLICIES, &principal, access, RequestId::new(), TODAY(), NOW))
}
