//! Facts are believed only under their tag, and each of them counts.

use super::world::{MAC, Member, NOW, POLICIES, TestMac, authentic, day, with};
use cedar_policy::PolicyId;
use channel_panel::access::disclosure::{Disclosure, withheld_marker};
use channel_panel::access::facts::{CaseFacts, Circumstances, MemberFacts, PrincipalFacts};
use channel_panel::access::matrix::{bystander_case, case, column, member};
use channel_panel::access::rows::{ConsultationFacts, PanelFacts};
use channel_panel::access::{
    Access, AgreementFacts, Authentic, CaseVerb, Evaluator, Fact, Glass, Header, IssuerFacts, IssuerId, Listing,
    MembershipFacts, NotAuthentic, Particulars, PersonFacts, Policies, Purpose, ReferralFacts,
};
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::{
    AgencyId, AgreementId, CaseId, ConsultationId, MembershipId, PanelId, PersonId, RecordId, ReferralId, RequestId,
};
use channel_panel::casework::role::{AgencyKind, Role, Unit};
use channel_panel::casework::state::Stage;
use channel_panel::clock::Moment;
use serde_json::json;
use std::collections::BTreeSet;

fn each_column_counts<T: Fact + Clone>(row: &T, changes: &[fn(&mut T)]) {
    let tag = Authentic::issue(&MAC, row.clone()).1;
    assert!(Authentic::check(&MAC, row.clone(), &tag).is_ok());
    assert!(Authentic::check(&TestMac(b"another key"), row.clone(), &tag).is_err());
    assert!(Authentic::check(&MAC, row.clone(), &tag[..31]).is_err());
    let mut seen = BTreeSet::from([row.canonical()]);
    for (n, change) in changes.iter().enumerate() {
        let mut altered = row.clone();
        change(&mut altered);
        assert!(Authentic::check(&MAC, altered.clone(), &tag).is_err(), "change {n}");
        assert!(seen.insert(altered.canonical()), "change {n} collides");
    }
}

#[test]
fn a_changed_column_is_noticed() {
    let m = Member::new("police ct");
    each_column_counts::<PersonFacts>(
        &m.person,
        &[
            |p| p.id = PersonId::new(),
            |p| p.issuer.push('x'),
            |p| p.subject.push('x'),
            |p| p.subject = format!("{}{}", p.issuer.pop().unwrap(), p.subject),
            |p| p.display_name.push('x'),
            |p| p.kind = channel_panel::access::PersonKind::System,
            |p| p.suspended = true,
            |p| p.version = 2,
        ],
    );
    each_column_counts(
        &m.agency,
        &[
            |a| a.id = AgencyId::new(),
            |a| a.kind = AgencyKind::Health,
            |a| a.name.push('x'),
            |a| a.suspended = true,
            |a| a.version = 2,
        ],
    );
    each_column_counts::<IssuerFacts>(
        &IssuerFacts {
            id: IssuerId::of("https://a.test"),
            issuer: "https://a.test".to_owned(),
            suspended: true,
            version: 1,
        },
        &[
            |i| i.id = IssuerId::of("https://b.test"),
            |i| i.issuer.push('x'),
            |i| i.suspended = false,
            |i| i.version = 2,
        ],
    );
    each_column_counts::<MembershipFacts>(
        &m.membership,
        &[
            |r| r.id = MembershipId::new(),
            |r| r.person = PersonId::new(),
            |r| r.agency = AgencyId::new(),
            |r| r.role = Role::Chair,
            |r| r.unit = Some(Unit::Local),
            |r| r.unit = None,
            |r| r.panel = PanelId::new(),
            |r| r.safeguarding_lead = true,
            |r| r.sponsor = true,
            |r| r.from = day(2),
            |r| r.to = day(31),
            |r| r.proposed_by = PersonId::new(),
            |r| r.confirmed_by = None,
            |r| r.confirmed_by = Some(PersonId::new()),
            |r| r.confirmed_at = None,
            |r| r.confirmed_at = Some(Moment(1)),
            |r| r.ended = true,
            |r| r.version = 2,
        ],
    );
    each_column_counts::<AgreementFacts>(
        &m.agreements[0],
        &[
            |r| r.id = AgreementId::new(),
            |r| r.agency = AgencyId::new(),
            |r| r.panel = PanelId::new(),
            |r| r.reference.push('x'),
            |r| {
                r.categories.remove(&Category::Health);
            },
            |r| r.from = day(2),
            |r| r.to = day(31),
            |r| r.proposed_by = PersonId::new(),
            |r| r.confirmed_by = None,
            |r| r.confirmed_by = Some(PersonId::new()),
            |r| r.confirmed_at = None,
            |r| r.confirmed_at = Some(Moment(1)),
            |r| r.ended = true,
            |r| r.version = 2,
        ],
    );
}

#[test]
fn a_changed_column_of_panel_referral_or_consultation_is_noticed() {
    let m = Member::new("council");
    let panel = PanelFacts {
        id: m.membership.panel,
        name: "A panel".to_owned(),
        authorities: vec!["E1".to_owned(), "E2".to_owned()],
        version: 1,
    };
    each_column_counts::<PanelFacts>(
        &panel,
        &[
            |p| p.id = PanelId::new(),
            |p| p.name.push('x'),
            |p| p.authorities.push("E3".to_owned()),
            |p| p.authorities.swap(0, 1),
            |p| p.authorities = vec!["E1E2".to_owned()],
            |p| p.authorities = vec!["E1E".to_owned(), "2".to_owned()],
            |p| p.authorities.clear(),
            |p| p.version = 2,
        ],
    );
    let referral = ReferralFacts {
        id: ReferralId::new(),
        panel: m.membership.panel,
        sender: m.person.id,
        sender_agency: m.agency.id,
        confidential: false,
        people: 1,
        digest: "00".to_owned(),
        version: 1,
    };
    each_column_counts::<ReferralFacts>(
        &referral,
        &[
            |r| r.id = ReferralId::new(),
            |r| r.panel = PanelId::new(),
            |r| r.sender = PersonId::new(),
            |r| r.sender_agency = AgencyId::new(),
            |r| r.confidential = true,
            |r| r.people = 2,
            |r| r.digest.push('0'),
            |r| r.version = 2,
        ],
    );
    let consultation = ConsultationFacts {
        id: ConsultationId::new(),
        panel: m.membership.panel,
        membership: m.membership.id,
        occurred_on: day(1),
        digest: "00".to_owned(),
        version: 1,
    };
    each_column_counts::<ConsultationFacts>(
        &consultation,
        &[
            |c| c.id = ConsultationId::new(),
            |c| c.panel = PanelId::new(),
            |c| c.membership = MembershipId::new(),
            |c| c.occurred_on = day(2),
            |c| c.digest.push('0'),
            |c| c.version = 2,
        ],
    );
    // Alike in every column, and yet of another kind.
    let labels = [PanelFacts::LABEL, ReferralFacts::LABEL, ConsultationFacts::LABEL, PersonFacts::LABEL];
    assert_eq!(BTreeSet::from(labels).len(), labels.len());
}

#[test]
fn a_header_is_believed_as_stored_and_in_its_own_row() {
    let m = Member::new("council");
    let header = m.case(Stage::Panel);
    let (_, stored) = Authentic::seal(&MAC, header.clone()).unwrap();
    let open = |case: CaseId, json: &str, tag: &[u8]| Authentic::open(&MAC, case, json, tag).map(Authentic::into_inner);
    assert_eq!(open(header.case, &stored.json, &stored.tag), Ok(header.clone()));
    assert_eq!(header.hash(), Some(stored.hash));
    assert_eq!(open(CaseId::new(), &stored.json, &stored.tag), Err(NotAuthentic), "rows swapped");
    assert_eq!(
        open(header.case, &stored.json.replace("\"panel\",", "\"triage\","), &stored.tag[..16]),
        Err(NotAuthentic)
    );
    for change in [
        ("\"stage\":\"panel\"", "\"stage\":\"triage\""),
        ("\"escalated\":false", "\"escalated\":true"),
        ("\"recusals\":[]", "\"recusals\": []"),
    ] {
        assert!(stored.json.contains(change.0), "{}", change.0);
        assert_eq!(open(header.case, &stored.json.replace(change.0, change.1), &stored.tag), Err(NotAuthentic));
    }
}

#[test]
fn a_permit_is_for_its_case_and_what_the_case_came_from() {
    let m = Member::new("health");
    let header = m.case(Stage::Panel);
    with(&m, Access::by_default(Purpose::CaseWork), |e| {
        let permit = e.permit(&authentic(&header));
        assert!(permit.covers(header.case, Category::Health) && permit.may_write(header.case, Category::Health));
        assert!(permit.covers_id(header.opened_from.unwrap().0, Category::Concern));
        assert!(!permit.covers(header.case, Category::Police));
        assert!(!permit.covers(CaseId::new(), Category::Health) && !permit.may_write(CaseId::new(), Category::Health));
        assert!(!permit.covers_id(ReferralId::new().0, Category::Concern));
        let mut later = header.clone();
        later.version = 2;
        assert_ne!(permit.digest(), e.permit(&authentic(&later)).digest());
        assert_eq!(permit.digest(), e.permit(&authentic(&header)).digest());
    });
}

#[test]
fn what_is_withheld_is_the_same_whatever_the_case_holds() {
    let m = Member::new("partner");
    let header = m.case(Stage::Panel);
    with(&m, Access::by_default(Purpose::CaseWork), |e| {
        let permit = e.permit(&authentic(&header));
        let (empty, mut full) = (Disclosure::of(&permit), Disclosure::of(&permit));
        let map = json!({"b": 1, "a": 2}).as_object().unwrap().clone();
        for category in Category::ALL {
            assert_eq!(full.show(&permit, *category, &map), permit.reads(*category).is_some());
        }
        assert!(full.show_record(&permit, Category::Panel, &map) && !full.show_record(&permit, Category::Log, &map));
        assert_eq!(empty.withheld, full.withheld);
        assert_eq!(full.shown.len() + full.withheld.len(), Category::ALL.len());
        assert_eq!(full.shown[&Category::Panel], ["a", "b"]);
        assert_eq!(full.records[&Category::Panel], 1);
    });
    assert_eq!(withheld_marker(Category::Health), json!({"withheld": true, "category": "health"}));
}

const WORK: Access = Access { purpose: Purpose::CaseWork, given: false, has_reason: false };

type Flip = fn(&mut MemberFacts, &mut CaseFacts, &mut Circumstances);

/// Each fact, the seat for which it decides, and the case it starts from.
#[test]
fn each_fact_flips_a_decision() {
    let agency = member(Role::Health, None).agency;
    let table: &[(&str, Role, Option<Unit>, Flip)] = &[
        ("role", Role::Health, None, |m, _, _| m.role = Role::Education),
        ("unit", Role::Police, Some(Unit::CounterTerrorism), |m, _, _| m.unit = Some(Unit::Local)),
        ("person", Role::Guest, None, |m, _, _| m.person = PersonId::new()),
        ("agency", Role::Provider, None, |m, _, _| m.agency = AgencyId::new()),
        ("agency kind", Role::Health, None, |m, _, _| m.agency_kind = AgencyKind::School),
        ("agency kind, police", Role::Police, Some(Unit::CounterTerrorism), |m, _, _| {
            m.agency_kind = AgencyKind::Council
        }),
        ("agency kind, provider", Role::Provider, None, |m, _, _| m.agency_kind = AgencyKind::Partner),
        ("agency kind, council", Role::Council, None, |m, _, _| m.agency_kind = AgencyKind::Partner),
        ("agency kind, chair", Role::Chair, None, |m, _, _| m.agency_kind = AgencyKind::Partner),
        ("panel", Role::Council, None, |m, _, _| m.panel = PanelId::new()),
        ("system", Role::Council, None, |m, _, _| m.system = true),
        ("in force", Role::Council, None, |m, _, _| m.in_force = false),
        ("confirmed", Role::Council, None, |m, _, _| m.confirmed = false),
        ("suspended", Role::Council, None, |m, _, _| m.suspended = true),
        ("strong", Role::Council, None, |m, _, _| m.strong = false),
        ("agreement", Role::Council, None, |m, _, _| m.agreement_in_force = false),
        ("agreement's categories", Role::Council, None, |m, _, _| {
            m.agreement_categories.remove(&Category::Log);
        }),
        ("case's panel", Role::Council, None, |_, c, _| c.panel = PanelId::new()),
        ("stage", Role::Mash, None, |_, c, _| {
            c.assigned.clear();
            c.asked.clear();
            c.stage = Stage::Assessment;
        }),
        ("closed", Role::Council, None, |_, c, _| c.stage = Stage::Closed),
        ("erased", Role::Council, None, |_, c, _| c.stage = Stage::Erased),
        ("parts", Role::Health, None, |_, c, _| {
            c.assigned.clear();
            c.invited_agencies.clear();
            c.invited_people.clear();
        }),
        ("an open action", Role::Provider, None, |_, c, _| c.acting.clear()),
        ("everything but the person's invitation", Role::Guest, None, |_, c, _| c.invited_people.clear()),
        ("commission", Role::Provider, None, |_, c, _| c.commissioned.clear()),
        ("recusal", Role::Council, None, |m, c, _| {
            c.recused.insert(m.person);
        }),
        ("restricted", Role::Council, None, |_, c, _| c.restricted = true),
        ("listed, escalated, decided", Role::Chair, None, |_, c, _| {
            c.listed = false;
            c.escalated = false;
            c.decided = false;
        }),
        ("an auditor besides", Role::Council, None, |m, _, _| m.roles_in_panel.extend([Role::Auditor])),
        ("an administrator besides", Role::Council, None, |m, _, _| m.roles_in_panel.extend([Role::Administrator])),
        ("purpose", Role::Council, None, |_, _, k| k.purpose = None),
        ("purpose of records", Role::Council, None, |_, _, k| k.purpose = Some(Purpose::Retention)),
        ("purpose of the glass", Role::Council, None, |_, _, k| k.purpose = Some(Purpose::BreakGlass)),
        ("own", Role::Provider, None, |_, _, k| k.own = true),
        ("on behalf", Role::Health, None, |_, _, k| k.on_behalf = true),
    ];
    for (name, role, unit, flip) in table {
        let (mut m, mut c, mut k) = (member(*role, *unit), case(Stage::Triage), Circumstances::new(Purpose::CaseWork));
        assert!(c.assigned.contains(&agency));
        let before = column(&POLICIES, &m, &c, &k);
        flip(&mut m, &mut c, &mut k);
        assert_ne!(before, column(&POLICIES, &m, &c, &k), "{name}: no decision changed");
    }
}

/// Within a request answers are remembered, and of many cases: none for another, in whatever order they are asked about.
#[test]
fn an_answer_about_one_case_is_none_about_another() {
    let told = |e: &Evaluator<'_>, header: &Header| {
        let header = authentic(header);
        let ours = Particulars { own: true, ..Particulars::default() };
        let cases = CaseVerb::ALL.iter().map(|verb| e.case(*verb, &header, &Particulars::default()));
        let written = Category::ALL.iter().map(|category| e.may_write(*category, &header, &ours));
        let decisions: Vec<bool> = cases.chain(written).map(|decision| decision.allowed()).collect();
        (decisions, format!("{:?}", e.permit(&header).readable().collect::<Vec<_>>()))
    };
    for seat in ["chair", "council", "health", "provider", "guest", "mash"] {
        let m = Member::new(seat);
        let of_stage = |stage: &Stage| {
            let recused = Header { recusals: vec![m.person.id], ..m.case(*stage) };
            let restricted = Header { restricted: Some(vec![PersonId::new()]), ..m.case(*stage) };
            [m.case(*stage), m.strangers_case(*stage), recused, restricted]
        };
        let headers: Vec<Header> = Stage::ALL.iter().flat_map(of_stage).collect();
        let anew: Vec<_> = headers.iter().map(|header| with(&m, WORK, |e| told(e, header))).collect();
        with(&m, WORK, |e| {
            for (header, anew) in headers.iter().zip(&anew).chain(headers.iter().zip(&anew).rev()) {
                assert_eq!(told(e, header), *anew, "{seat}");
            }
        });
        assert!(anew.iter().any(|one| *one != anew[0]), "{seat}: nothing differs that could be mistaken");
    }
}

/// What is remembered is remembered of these policies, and of no copy of them that came to differ.
#[test]
fn a_copy_of_the_policies_does_not_answer_from_memory() {
    let m = Member::new("council");
    let (principal, header) = (m.acting().unwrap(), authentic(&m.case(Stage::Panel)));
    let open = |policies: &Policies| {
        Evaluator::new(policies, &principal, WORK, RequestId::new(), day(2), NOW).case(
            CaseVerb::OpenCase,
            &header,
            &Particulars::default(),
        )
    };
    let whole = POLICIES.clone();
    let before = open(&whole);
    assert!(before.allowed());
    let without = |all: Policies, id: &String| all.exchanged(&PolicyId::new(id), None).unwrap();
    assert!(!open(&before.policies().iter().fold(whole, without)).allowed());
}

/// The glass decides only under its purpose, and then all.
#[test]
fn the_broken_glass_flips_what_its_purpose_opens() {
    let (m, k) = (member(Role::SocialCare, None), Circumstances::new(Purpose::BreakGlass));
    let whole = bystander_case(Stage::Panel);
    let broken = CaseFacts { broken_by: [m.person].into(), ..whole.clone() };
    assert_ne!(column(&POLICIES, &m, &whole, &k), column(&POLICIES, &m, &broken, &k));
    let work = Circumstances::new(Purpose::CaseWork);
    assert_eq!(column(&POLICIES, &m, &whole, &work), column(&POLICIES, &m, &broken, &work));
}

#[test]
fn a_header_gives_the_facts_of_the_day() {
    let m = Member::new("health");
    let mut header: Header = m.case(Stage::Panel);
    header.listings.push(Listing {
        item: RecordId::new(),
        agency: Some(AgencyId::new()),
        person: None,
        from: day(10),
        to: day(12),
    });
    let on = |n| CaseFacts::derive(&header, day(n), NOW);
    assert!(on(1).invited_agencies.contains(&m.agency.id) && on(3).invited_agencies.contains(&m.agency.id));
    assert!(on(4).invited_agencies.is_empty() && on(4).listed && !on(13).listed);
    assert_eq!(on(10).invited_agencies.len(), 1);
    assert!(on(20).commissioned.contains(&m.agency.id) && on(21).commissioned.is_empty());
}

/// To the microsecond, at both ends; a clock that was set back opens nothing; and only its own reader's glass counts.
#[test]
fn a_glass_is_open_from_its_breaking_to_its_last_moment() {
    let m = Member::new("social_care");
    let mut header: Header = m.strangers_case(Stage::Panel);
    let until = NOW.plus_seconds(3600);
    let glass = |person| Glass {
        person,
        membership: MembershipId::new(),
        from: NOW,
        until,
        reason: "threat_to_life".to_owned(),
    };
    header.glass = vec![glass(m.person.id), glass(PersonId::new())];
    let broken = |now| CaseFacts::derive(&header, day(1), now).broken_by;
    assert_eq!(broken(NOW).len(), 2);
    assert_eq!(broken(Moment(until.0 - 1)).len(), 2);
    assert!(broken(until).is_empty() && broken(Moment(NOW.0 - 1)).is_empty());
    let whole = MemberFacts { person: m.person.id, ..member(Role::SocialCare, None) };
    let seen = CaseFacts::derive(&header, day(1), NOW).seen_by(&PrincipalFacts::Member(whole));
    assert_eq!(seen.broken_by, [m.person.id].into());
    let reads = |purpose, header: &Header| {
        with(&m, Access::asked(purpose, false), |e| e.permit(&authentic(header)).readable().count())
    };
    assert_eq!((reads(Purpose::BreakGlass, &header), reads(Purpose::CaseWork, &header)), (10, 0));
    header.glass.remove(0);
    assert_eq!(reads(Purpose::BreakGlass, &header), 0, "another's glass");
}
