//! The policies as a set: valid, named, hashed, and each of them alive.

use super::world::POLICIES;
use channel_panel::access::action::{CaseVerb, PanelVerb, ReferralVerb};
use channel_panel::access::facts::{
    CaseFacts, Circumstances, MemberFacts, PrincipalFacts, ReferralFacts, ResourceFacts, SystemFacts,
};
use channel_panel::access::matrix::{SEATS, broken, bystander_case, case, cell, column, member, transfer};
use channel_panel::access::policies::{FILES, SCHEMA};
use channel_panel::access::{
    Action, Appointment, Extent, Policies, PolicyError, Purpose, SharingAgreement, SystemName,
};
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::{AgencyId, PanelId, PersonId, ReferralId};
use channel_panel::casework::retention::Standing;
use channel_panel::casework::role::{AgencyKind, Role};
use channel_panel::casework::state::{Stage, TransferStage};
use std::collections::BTreeSet;

fn with_file(name: &str, text: &str) -> Result<Policies, PolicyError> {
    let mut files = FILES.to_vec();
    files.push((name, text));
    Policies::from_sources(SCHEMA.1, &files)
}

#[test]
fn the_policies_are_strictly_valid_and_mistakes_are_not() {
    assert!(POLICIES.ids().len() > 80);
    assert_eq!(Policies::load().unwrap().hash(), POLICIES.hash());
    let text = r#"@id("x") permit (principal is Membership, action == Action::"open_case", resource is Case)"#;
    let case = |tail: &str| with_file("extra.cedar", &format!("{text}{tail}"));
    assert_ne!(case(" when { context.own };").unwrap().hash(), POLICIES.hash());
    assert!(matches!(case(" when { resource.recused.contains(principal.agency) };"), Err(PolicyError::Invalid(_))));
    assert!(matches!(case(" when { resource.stag == \"panel\" };"), Err(PolicyError::Invalid(_))));
    assert!(matches!(case(" when {"), Err(PolicyError::Syntax { .. })));
    assert!(matches!(with_file("extra.cedar", "permit (principal, action, resource);"), Err(PolicyError::Unnamed(_))));
    let twice = text.replace("\"x\"", "\"council_reads\"") + ";";
    assert!(matches!(with_file("extra.cedar", &twice), Err(PolicyError::Duplicate(_))));
    assert!(matches!(Policies::from_sources("entity X", FILES), Err(PolicyError::Schema(_))));
    let more = format!(
        "{} action fly appliesTo {{ principal: [Membership], resource: [Case], context: Circumstances }};",
        SCHEMA.1
    );
    assert!(matches!(Policies::from_sources(&more, FILES), Err(PolicyError::Actions)));
}

/// The worlds in which each policy must have spoken at least once.
#[test]
fn each_policy_is_alive() {
    let mut silent = POLICIES.ids();
    for stage in [Stage::Triage, Stage::Closed, Stage::Erased] {
        for (role, unit) in SEATS {
            for circumstances in circumstances() {
                let m = member(*role, *unit);
                let mut offered = bystander_case(stage);
                offered.offered = case(stage).assigned;
                offered.asked = case(stage).asked;
                let broken = CaseFacts { broken_by: case(stage).invited_people, ..bystander_case(stage) };
                let behind = circumstances.purpose == Some(Purpose::BreakGlass);
                for c in [case(stage), if behind { broken } else { offered }] {
                    hear(&mut silent, &PrincipalFacts::Member(m.clone()), &ResourceFacts::Case(c), &circumstances);
                }
            }
        }
    }
    for (role, unit) in SEATS {
        let m = MemberFacts { safeguarding_lead: true, ..member(*role, *unit) };
        for circumstances in circumstances() {
            for panel in [m.panel, PanelId::new()] {
                hear(&mut silent, &PrincipalFacts::Member(m.clone()), &ResourceFacts::Panel(panel), &circumstances);
                let referral = ReferralFacts {
                    id: ReferralId::new(),
                    panel,
                    sender: m.person,
                    sender_agency: m.agency,
                    confidential: false,
                    people: 1,
                    digest: String::new(),
                    version: 1,
                };
                hear(
                    &mut silent,
                    &PrincipalFacts::Member(m.clone()),
                    &ResourceFacts::Referral(referral.clone()),
                    &circumstances,
                );
                let own = MemberFacts { agreement_in_force: false, ..m.clone() };
                hear(&mut silent, &PrincipalFacts::Member(own), &ResourceFacts::Panel(panel), &circumstances);
                let lapsed = MemberFacts { agreement_in_force: false, agency: AgencyId::new(), ..m.clone() };
                hear(&mut silent, &PrincipalFacts::Member(lapsed), &ResourceFacts::Referral(referral), &circumstances);
            }
        }
        hear_of_appointments(&mut silent, &m);
        hear_of_transfers(&mut silent, &m);
        for (_, break_it) in broken() {
            let (mut m, mut c, mut k) = (m.clone(), case(Stage::Panel), Circumstances::new(Purpose::CaseWork));
            break_it(&mut m, &mut c, &mut k);
            hear(&mut silent, &PrincipalFacts::Member(m), &ResourceFacts::Case(c), &k);
        }
        let m = MemberFacts { agency_kind: AgencyKind::School, recent_sign_in: false, ..m };
        hear(
            &mut silent,
            &PrincipalFacts::Member(m),
            &ResourceFacts::Case(case(Stage::Panel)),
            &Circumstances::new(Purpose::CaseWork),
        );
    }
    hear_of_endings(&mut silent);
    let jobs = || circumstances().into_iter().chain([Circumstances::new(Purpose::PanelMeeting)]);
    for name in SystemName::ALL {
        for circumstances in jobs() {
            let panel = case(Stage::Panel).panel;
            for of in [panel, PanelId::new()] {
                let principal = PrincipalFacts::System(SystemFacts { name, panel: of });
                for stage in [Stage::Referred, Stage::Consent, Stage::Closed] {
                    hear(&mut silent, &principal, &ResourceFacts::Case(case(stage)), &circumstances);
                }
                hear(&mut silent, &principal, &ResourceFacts::Panel(panel), &circumstances);
            }
        }
    }
    assert_eq!(silent, BTreeSet::new());
}

fn hear_of_endings(silent: &mut BTreeSet<String>) {
    let k = Circumstances::new(Purpose::Retention);
    for erasure in [Standing::Proposed, Standing::Due] {
        let closed = ResourceFacts::Case(CaseFacts { erasure, ..bystander_case(Stage::Closed) });
        for recent_sign_in in [true, false] {
            let m = MemberFacts { recent_sign_in, ..member(Role::Chair, None) };
            hear(silent, &PrincipalFacts::Member(m), &closed, &k);
        }
        let eraser = SystemFacts { name: SystemName::Eraser, panel: case(Stage::Closed).panel };
        hear(silent, &PrincipalFacts::System(eraser), &closed, &k);
    }
}

fn hear_of_transfers(silent: &mut BTreeSet<String>, m: &MemberFacts) {
    let k = Circumstances::new(Purpose::CaseWork);
    for (panel, agreement_in_force) in [(m.panel, true), (m.panel, false), (PanelId::new(), true)] {
        let principal = PrincipalFacts::Member(MemberFacts { agreement_in_force, ..m.clone() });
        hear(silent, &principal, &ResourceFacts::Transfer(transfer(panel, TransferStage::Offered)), &k);
    }
    for name in [SystemName::Courier, SystemName::TransferIntake] {
        let principal = PrincipalFacts::System(SystemFacts { name, panel: m.panel });
        hear(silent, &principal, &ResourceFacts::Transfer(transfer(m.panel, TransferStage::Offered)), &k);
        let begins = CaseFacts { beginning: true, ..case(Stage::Panel) };
        hear(silent, &principal, &ResourceFacts::Case(begins), &k);
    }
}

fn hear_of_appointments(silent: &mut BTreeSet<String>, m: &MemberFacts) {
    let k = Circumstances::new(Purpose::Administration);
    for (sponsor, recent, panel) in [(true, true, m.panel), (false, false, m.panel), (true, true, PanelId::new())] {
        let principal = PrincipalFacts::Member(MemberFacts { sponsor, recent_sign_in: recent, ..m.clone() });
        hear(silent, &principal, &ResourceFacts::Panel(m.panel), &k);
        let of = |person, agency| Appointment { panel, agency, person, ..Appointment::decoy() };
        for appointment in [of(m.person, m.agency), of(PersonId::new(), m.agency)] {
            hear(silent, &principal, &ResourceFacts::Appointment(appointment), &k);
        }
        let agreement = SharingAgreement { panel, agency: m.agency, ..SharingAgreement::decoy() };
        hear(silent, &principal, &ResourceFacts::Agreement(agreement), &k);
    }
}

fn circumstances() -> Vec<Circumstances> {
    [
        Purpose::CaseWork,
        Purpose::EarlierHistory,
        Purpose::Retention,
        Purpose::Match,
        Purpose::Audit,
        Purpose::Referral,
        Purpose::BreakGlass,
    ]
    .into_iter()
    .flat_map(|purpose| {
        [(false, false), (true, false), (true, true)].map(|(yes, on_behalf)| Circumstances {
            purpose_given: yes,
            has_reason: yes,
            own: yes,
            on_behalf,
            who: if yes { SEATS.iter().map(|(role, _)| role.name()).collect() } else { BTreeSet::new() },
            ..Circumstances::new(purpose)
        })
    })
    .collect()
}

fn hear(
    silent: &mut BTreeSet<String>,
    principal: &PrincipalFacts,
    resource: &ResourceFacts,
    circumstances: &Circumstances,
) {
    let fits = |action: &Action| match resource {
        ResourceFacts::Case(_) => matches!(action, Action::Read(_) | Action::Write(_) | Action::Case(_)),
        ResourceFacts::Panel(_) => matches!(action, Action::Panel(_)),
        ResourceFacts::Referral(_) => matches!(action, Action::Referral(_)),
        ResourceFacts::Transfer(_) => matches!(action, Action::Transfer(_)),
        ResourceFacts::Appointment(_) => matches!(action, Action::Appointment(_)),
        ResourceFacts::Agreement(_) => matches!(action, Action::Agreement(_)),
    };
    for action in Action::all().filter(fits) {
        for id in POLICIES.decide(principal, action, resource, circumstances).policies() {
            silent.remove(id);
        }
    }
}

#[test]
fn a_question_that_does_not_fit_is_denied() {
    let principal = PrincipalFacts::Member(member(SEATS[0].0, None));
    let k = Circumstances::new(Purpose::CaseWork);
    let panel = ResourceFacts::Panel(PanelId::new());
    for action in [Action::Case(CaseVerb::OpenCase), Action::Referral(ReferralVerb::ReadReferral)] {
        let decision = POLICIES.decide(&principal, action, &panel, &k);
        assert!(!decision.allowed());
        assert_eq!(decision.policies(), ["evaluation_failed"]);
    }
    let decision =
        POLICIES.decide(&principal, Action::Panel(PanelVerb::ReadCodes), &ResourceFacts::Case(case(Stage::Panel)), &k);
    assert!(!decision.allowed());
}

/// The service shows policies only the reader's own place in each set, so a policy may ask for nothing else of one.
#[test]
fn sets_of_a_case_are_asked_only_for_the_reader() {
    let sets = [
        ("assigned", "agency"),
        ("acting", "agency"),
        ("asked", "agency"),
        ("invitedAgencies", "agency"),
        ("commissioned", "agency"),
        ("offered", "agency"),
        ("invitedPeople", "person"),
        ("recused", "person"),
        ("allowed", "person"),
        ("brokenBy", "person"),
        ("erasureProposedBy", "person"),
    ];
    for (file, text) in FILES {
        for (set, own) in sets {
            let good = format!("resource.{set}.contains(principal.{own})");
            let name = format!("resource.{set}");
            assert_eq!(text.matches(&name).count(), text.matches(&good).count(), "{file}, {set}");
        }
    }
}

/// A permit asks the guards of all actions once and leaves out circumstances that no policy looks at. It must say what
/// asking each question whole says.
#[test]
fn a_permit_says_what_each_question_says() {
    let mut settings: Vec<(MemberFacts, CaseFacts, Circumstances)> = Vec::new();
    for (role, unit) in SEATS {
        for stage in [Stage::Triage, Stage::Panel, Stage::Closed] {
            for k in [
                Circumstances::new(Purpose::CaseWork),
                Circumstances { has_reason: true, ..Circumstances::new(Purpose::EarlierHistory) },
            ] {
                let offered = CaseFacts { offered: case(stage).assigned, ..bystander_case(stage) };
                let all = [case(stage), bystander_case(stage), offered];
                settings.extend(all.map(|c| (member(*role, *unit), c, k.clone())));
            }
            let broken = CaseFacts { broken_by: case(stage).invited_people, ..bystander_case(stage) };
            let behind = Circumstances::new(Purpose::BreakGlass);
            settings.extend([case(stage), broken].map(|c| (member(*role, *unit), c, behind.clone())));
        }
        for (_, break_it) in broken() {
            let mut setting = (member(*role, *unit), case(Stage::Panel), Circumstances::new(Purpose::CaseWork));
            break_it(&mut setting.0, &mut setting.1, &mut setting.2);
            settings.push(setting);
        }
    }
    for (m, c, k) in settings {
        let (who, what) = (PrincipalFacts::Member(m.clone()), ResourceFacts::Case(c.clone()));
        let allowed = |action, k: &Circumstances| POLICIES.decide(&who, action, &what, k).allowed();
        let own = Circumstances { own: true, ..k.clone() };
        let behalf = Circumstances { on_behalf: true, ..k.clone() };
        let extent = |action, category: Category| {
            let divisible = [Category::Plan, Category::Sessions, Category::Panel, Category::Work].contains(&category);
            if allowed(action, &k) {
                Some(Extent::Whole)
            } else if divisible && allowed(action, &own) {
                Some(Extent::Own)
            } else {
                let writes = matches!(action, Action::Write(_)) && !category.is_detail();
                (writes && allowed(action, &behalf)).then_some(Extent::OnBehalf)
            }
        };
        let whole: Vec<String> =
            Category::ALL.iter().map(|c| cell(extent(Action::Read(*c), *c), extent(Action::Write(*c), *c))).collect();
        assert_eq!(column(&POLICIES, &m, &c, &k), whole, "{} at {}", m.seat(), c.stage.name());
    }
}

/// A whole permit (every category, read and write) in a time that a page of cases can bear.
#[test]
fn a_permit_is_quickly_made() {
    use super::world::{Member, authentic, with};
    use channel_panel::access::Access;
    for seat in ["council", "police ct", "health", "provider", "guest"] {
        let member = Member::new(seat);
        let header = authentic(&member.case(Stage::Panel));
        let work = Access::by_default(Purpose::CaseWork);
        let mut fresh: Vec<_> = (0..30)
            .map(|_| {
                with(&member, work, |e| {
                    let start = std::time::Instant::now();
                    assert!(e.permit(&header).readable().count() > 2);
                    start.elapsed()
                })
            })
            .collect();
        fresh.sort();
        let rounds: u32 = 200;
        let known = with(&member, work, |e| {
            e.permit(&header);
            let start = std::time::Instant::now();
            (0..rounds).for_each(|_| drop(e.permit(&header)));
            start.elapsed() / rounds
        });
        println!("a permit for {seat}: {:?} first ({:?} at best), {known:?} remembered", fresh[15], fresh[0]);
    }
}
