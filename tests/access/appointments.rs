//! Who proposes, confirms and ends, and that each fact of a membership, an agreement and their sponsor counts.

use super::world::{Member, POLICIES, with};
use channel_panel::access::facts::{Circumstances, MemberFacts, PrincipalFacts, ResourceFacts};
use channel_panel::access::matrix::member;
use channel_panel::access::{
    Access, Action, AgreementVerb, Appointment, AppointmentVerb, Decision, PanelVerb, Purpose, SharingAgreement,
};
use channel_panel::casework::ids::{AgencyId, PanelId};
use channel_panel::casework::role::Role;
use channel_panel::error::Kind;

const ADMINISTRATION: Access = Access { purpose: Purpose::Administration, given: false, has_reason: false };

fn sponsor(seat: &str) -> Member {
    let mut member = Member::new(seat);
    member.membership.sponsor = true;
    member
}

fn colleagues(m: &Member) -> Appointment {
    Appointment { panel: m.membership.panel, agency: m.agency.id, ..Appointment::decoy() }
}

fn theirs(m: &Member) -> SharingAgreement {
    SharingAgreement { panel: m.membership.panel, agency: m.agency.id, ..SharingAgreement::decoy() }
}

fn asked(m: &Member, verb: AppointmentVerb, a: Appointment) -> Decision {
    with(m, ADMINISTRATION, |e| e.appointment(verb, a))
}

#[test]
fn a_sponsor_confirms_for_its_own_agency_and_never_what_is_theirs() {
    let health = sponsor("health");
    let confirms = |m: &Member, a| asked(m, AppointmentVerb::ConfirmMembership, a).allowed();
    let good = colleagues(&health);
    assert!(confirms(&health, good));
    assert!(confirms(&health, Appointment { in_force: false, ..good }));
    assert!(!confirms(&health, Appointment { person: health.person.id, ..good }), "one's own");
    assert!(!confirms(&health, Appointment { proposed_by: health.person.id, ..good }), "what one proposed");
    assert!(!confirms(&health, Appointment { agency: AgencyId::new(), ..good }), "another agency's");
    assert!(!confirms(&health, Appointment { panel: PanelId::new(), ..good }), "another panel's");
    let mut plain = health.clone();
    plain.membership.sponsor = false;
    assert!(!confirms(&plain, good));
    plain.claims.sponsor_of = [plain.agency.id].into();
    assert!(confirms(&plain, good), "by configuration");
    let mut stale = health.clone();
    stale.claims.recent = false;
    let refusal = asked(&stale, AppointmentVerb::ConfirmMembership, good);
    assert!(!refusal.allowed());
    assert_eq!(refusal.kind(), Kind::StepUpRequired);
    // To let somebody in needs a fresh sign-in; to put somebody out must never wait for one.
    assert!(asked(&stale, AppointmentVerb::EndMembership, good).allowed());
}

#[test]
fn administrators_propose_and_confirm_nothing() {
    use AppointmentVerb as A;
    let admin = Member::new("administrator");
    let good = colleagues(&admin);
    for verb in [A::ReadMembership, A::ProposeMembership, A::EndMembership, A::SuspendPerson] {
        assert!(asked(&admin, verb, good).allowed(), "{}", verb.name());
    }
    assert!(!asked(&admin, A::ConfirmMembership, good).allowed());
    assert!(!asked(&admin, A::ProposeMembership, Appointment { person: admin.person.id, ..good }).allowed());
    assert!(!asked(&admin, A::SuspendPerson, Appointment { in_force: false, ..good }).allowed());
    let mut both = admin.clone();
    both.membership.sponsor = true;
    for verb in A::ALL {
        assert!(!asked(&both, *verb, good).allowed(), "a sponsor besides: {}", verb.name());
    }
    with(&admin, ADMINISTRATION, |e| {
        assert!(e.agreement(AgreementVerb::ProposeAgreement, theirs(&admin)).allowed());
        assert!(e.agreement(AgreementVerb::EndAgreement, theirs(&admin)).allowed());
        assert!(!e.agreement(AgreementVerb::ConfirmAgreement, theirs(&admin)).allowed());
        assert!(e.panel(PanelVerb::RegisterPerson, admin.membership.panel).allowed());
        assert!(!e.panel(PanelVerb::RegisterPerson, PanelId::new()).allowed());
    });
}

#[test]
fn agreements_are_confirmed_by_a_council() {
    let council = sponsor("council");
    let confirms =
        |m: &Member, a| with(m, ADMINISTRATION, |e| e.agreement(AgreementVerb::ConfirmAgreement, a).allowed());
    let any = SharingAgreement { agency: AgencyId::new(), ..theirs(&council) };
    assert!(confirms(&council, any) && confirms(&council, theirs(&council)));
    assert!(!confirms(&council, SharingAgreement { proposed_by: council.person.id, ..any }));
    assert!(!confirms(&council, SharingAgreement { panel: PanelId::new(), ..any }));
    assert!(!confirms(&Member::new("council"), any));
    let health = sponsor("health");
    assert!(!confirms(&health, theirs(&health)), "who receives does not say so itself");
    let mut stale = council.clone();
    stale.claims.recent = false;
    assert!(!confirms(&stale, SharingAgreement { panel: stale.membership.panel, ..any }));
}

/// What these decisions turn on.
#[test]
fn each_fact_of_an_appointment_flips_a_decision() {
    type Flip = fn(&mut MemberFacts, &mut Appointment);
    let flips: [(&str, Role, Flip); 8] = [
        ("sponsor", Role::Health, |m, _| m.sponsor = false),
        ("sponsor, of an administrator", Role::Administrator, |m, _| m.sponsor = true),
        ("roles", Role::Health, |m, _| m.roles_in_panel.extend([Role::Auditor])),
        ("panel", Role::Health, |_, a| a.panel = PanelId::new()),
        ("agency", Role::Health, |_, a| a.agency = AgencyId::new()),
        ("person", Role::Health, |m, a| a.person = m.person),
        ("proposer", Role::Health, |m, a| a.proposed_by = m.person),
        ("in force", Role::Administrator, |_, a| a.in_force = false),
    ];
    for (name, role, flip) in flips {
        let mut m = MemberFacts { sponsor: role == Role::Health, ..member(role, None) };
        let mut a = Appointment { panel: m.panel, agency: m.agency, ..Appointment::decoy() };
        let before = answers(&m, a);
        flip(&mut m, &mut a);
        assert_ne!(before, answers(&m, a), "{name}: no decision changed");
    }
}

fn answers(m: &MemberFacts, a: Appointment) -> Vec<bool> {
    let (who, what) = (PrincipalFacts::Member(m.clone()), ResourceFacts::Appointment(a));
    let k = Circumstances::new(Purpose::Administration);
    let allowed = |verb: &AppointmentVerb| POLICIES.decide(&who, Action::Appointment(*verb), &what, &k).allowed();
    AppointmentVerb::ALL.iter().map(allowed).collect()
}
