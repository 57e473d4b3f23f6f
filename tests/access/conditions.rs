//! Each condition of the matrix, broken alone, closes what it guards; each part in a case opens only its own.

use super::world::{Member, NOW, authentic, day, with};
use channel_panel::access::rows::PersonKind;
use channel_panel::access::{
    Access, Assignment, AssignmentKind, CaseVerb, Extent, Header, MembershipFacts, Particulars, Purpose, Refusal,
};
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::{AgencyId, MembershipId, PanelId, PersonId, RecordId};
use channel_panel::casework::role::{AgencyKind, Role};
use channel_panel::casework::state::Stage;
use channel_panel::error::Kind;

type Fault = fn(&mut Member);
type Breach = fn(&mut Member, &mut Header);

pub const WORK: Access = Access { purpose: Purpose::CaseWork, given: false, has_reason: false };

pub const SEATS: [&str; 11] = [
    "mash",
    "social_care",
    "health",
    "police ct",
    "police local",
    "education",
    "partner",
    "council",
    "chair",
    "provider",
    "guest",
];

pub fn readable(member: &Member, header: &Header) -> Vec<Category> {
    with(member, WORK, |e| e.permit(&authentic(header)).readable().collect())
}

fn does(member: &Member, verb: CaseVerb, header: &Header, particulars: &Particulars) -> bool {
    with(member, WORK, |e| e.case(verb, &authentic(header), particulars).allowed())
}

fn knows(member: &Member, header: &Header) -> bool {
    with(member, WORK, |e| e.may_know(&authentic(header)))
}

#[test]
fn who_acts_is_settled_before_any_policy() {
    let table: [(Refusal, Fault); 13] = [
        (Refusal::TokenExpired, |m| m.claims.expires = NOW),
        (Refusal::OtherPerson, |m| m.claims.subject = "another".to_owned()),
        (Refusal::OtherPerson, |m| m.claims.issuer = "https://other.test".to_owned()),
        (Refusal::WrongKind, |m| m.claims.systems = true),
        (Refusal::WrongKind, |m| m.person.kind = PersonKind::System),
        (Refusal::NotYourMembership, |m| m.membership.person = PersonId::new()),
        (Refusal::NotYourMembership, |m| m.membership.agency = AgencyId::new()),
        (Refusal::IssuerNotOfAgency, |m| m.claims.agencies = std::sync::Arc::default()),
        (Refusal::Suspended, |m| m.agency.suspended = true),
        (Refusal::NotInForce, |m| m.membership.to = day(1)),
        (Refusal::NotConfirmed, |m| m.membership.confirmed_by = Some(m.person.id)),
        (Refusal::NotConfirmed, |m| m.membership.confirmed_by = Some(m.membership.proposed_by)),
        (Refusal::RoleNotOfAgency, |m| m.agency.kind = AgencyKind::School),
    ];
    for (refusal, break_it) in table {
        let mut member = Member::new("health");
        assert!(member.acting().is_ok());
        break_it(&mut member);
        assert_eq!(member.acting().unwrap_err(), refusal);
    }
    let more: [(Refusal, Fault); 7] = [
        (Refusal::Suspended, |m| m.person.suspended = true),
        (Refusal::NotInForce, |m| m.membership.from = day(3)),
        (Refusal::NotInForce, |m| m.membership.ended = true),
        (Refusal::NotConfirmed, |m| m.membership.confirmed_by = None),
        (Refusal::NotConfirmed, |m| m.membership.confirmed_at = None),
        (Refusal::RoleNotOfAgency, |m| m.membership.unit = None),
        (Refusal::RoleNotOfAgency, |m| m.agency.kind = AgencyKind::Council),
    ];
    for (refusal, break_it) in more {
        let mut member = Member::new("police ct");
        break_it(&mut member);
        assert_eq!(member.acting().unwrap_err(), refusal);
    }
}

/// Another membership of the same person in the same panel.
fn beside(m: &Member, role: Role) -> MembershipFacts {
    MembershipFacts { id: MembershipId::new(), agency: AgencyId::new(), role, unit: None, ..m.membership.clone() }
}

/// What counts is held in this panel, confirmed and in force; all else is no second role.
#[test]
fn a_second_role_counts_where_and_while_it_is_held() {
    let passed_over: [fn(&mut MembershipFacts); 6] = [
        |m| m.panel = PanelId::new(),
        |m| m.person = PersonId::new(),
        |m| m.confirmed_by = None,
        |m| m.ended = true,
        |m| m.to = day(1),
        |m| m.from = day(3),
    ];
    for break_it in passed_over {
        let mut member = Member::new("council");
        let mut other = beside(&member, Role::Auditor);
        break_it(&mut other);
        member.besides.push(other);
        assert_eq!(member.acting().unwrap().member().unwrap().roles_in_panel, [Role::Council].into());
        assert!(!readable(&member, &member.case(Stage::Triage)).is_empty());
    }
}

/// By the membership that acts, or by configuration; never while one administers or audits.
#[test]
fn who_is_a_sponsor_is_settled_by_membership_or_configuration() {
    let is = |member: &Member| member.acting().unwrap().member().unwrap().sponsor;
    for seat in SEATS.into_iter().chain(["referrer", "records", "auditor", "administrator"]) {
        let mut member = Member::new(seat);
        assert!(!is(&member), "{seat}");
        member.claims.sponsor_of = [AgencyId::new()].into();
        assert!(!is(&member), "{seat}, of another agency");
        member.claims.sponsor_of = [member.agency.id].into();
        assert_eq!(is(&member), !["auditor", "administrator"].contains(&seat), "{seat}");
        member.claims.sponsor_of.clear();
        let mut besides = beside(&member, Role::Referrer);
        besides.sponsor = true;
        member.besides.push(besides);
        assert!(!is(&member), "{seat}, by another membership");
        member.membership.sponsor = true;
        assert!(is(&member), "{seat}");
    }
}

#[test]
fn each_condition_broken_leaves_no_seat_anything() {
    let table: [(&str, Breach); 16] = [
        ("another panel", |_, h| h.panel = PanelId::new()),
        ("agreement lapsed", |m, _| m.agreements[0].to = day(1)),
        ("agreement not begun", |m, _| m.agreements[0].from = day(3)),
        ("agreement of another agency", |m, _| m.agreements[0].agency = AgencyId::new()),
        ("agreement for another panel", |m, _| m.agreements[0].panel = PanelId::new()),
        ("no agreement", |m, _| m.agreements.clear()),
        ("agreement not confirmed", |m, _| m.agreements[0].confirmed_by = None),
        ("agreement confirmed by its proposer", |m, _| {
            m.agreements[0].confirmed_by = Some(m.agreements[0].proposed_by);
        }),
        ("agreement confirmed at no time", |m, _| m.agreements[0].confirmed_at = None),
        ("agreement ended", |m, _| m.agreements[0].ended = true),
        ("an auditor besides", |m, _| m.besides.push(beside(m, Role::Auditor))),
        ("an administrator besides", |m, _| m.besides.push(beside(m, Role::Administrator))),
        ("weak sign-in", |m, _| m.claims.strong = false),
        ("recused", |m, h| h.recusals.push(m.person.id)),
        ("restricted to others", |_, h| h.restricted = Some(vec![PersonId::new()])),
        ("erased", |_, h| h.state.stage = Stage::Erased),
    ];
    for seat in SEATS {
        for (name, break_it) in table {
            let mut member = Member::new(seat);
            let mut header = member.case(Stage::Triage);
            assert!(!readable(&member, &header).is_empty(), "{seat}");
            break_it(&mut member, &mut header);
            assert_eq!(readable(&member, &header), [], "{seat}, {name}");
            let all = Particulars { own: true, on_behalf: false, who: [seat.split(' ').next().unwrap()].into() };
            for verb in CaseVerb::ALL {
                assert!(!does(&member, *verb, &header, &all), "{seat}, {name}, {}", verb.name());
            }
            assert!(!knows(&member, &header), "{seat}, {name}");
        }
    }
}

#[test]
fn an_agreement_opens_only_what_it_covers() {
    for seat in SEATS {
        for category in Category::ALL {
            let mut member = Member::new(seat);
            let mut header = member.case(Stage::Panel);
            header.assignments[0].why = AssignmentKind::Action;
            let writes = |member: &Member| -> Vec<Category> {
                let permit = with(member, WORK, |e| e.permit(&authentic(&header)));
                Category::ALL.iter().copied().filter(|c| permit.writes(*c).is_some()).collect()
            };
            let before = (readable(&member, &header), writes(&member));
            member.agreements[0].categories.remove(category);
            let without = |all: Vec<Category>| all.into_iter().filter(|c| c != category).collect::<Vec<_>>();
            assert_eq!(readable(&member, &header), without(before.0), "{seat}, {category}");
            assert_eq!(writes(&member), without(before.1), "{seat}, {category}");
        }
    }
}

#[test]
fn on_a_restricted_case_the_named_keep_their_row() {
    let member = Member::new("council");
    let mut header = member.case(Stage::Panel);
    let before = readable(&member, &header);
    header.restricted = Some(vec![member.person.id]);
    assert_eq!(readable(&member, &header), before);
}

#[test]
fn each_seat_has_its_cases_and_no_others() {
    type Part = fn(&Member, &mut Header);
    let assigned = |why| {
        move |m: &Member, h: &mut Header| {
            h.assignments = vec![Assignment { agency: m.agency.id, why, reference: RecordId::new() }];
        }
    };
    for seat in SEATS {
        let member = Member::new(seat);
        let full = member.case(Stage::Panel);
        // Working papers follow questions and actions, not a part in the case: see `matrix`.
        let row = |header: &Header| -> Vec<Category> {
            readable(&member, header).into_iter().filter(|c| *c != Category::Work).collect()
        };
        let none = member.strangers_case(Stage::Panel);
        let opened = |part: &dyn Fn(&Member, &mut Header)| {
            let mut header = none.clone();
            part(&member, &mut header);
            row(&header) == row(&full)
        };
        let participant = ["social_care", "health", "police local", "education", "partner"].contains(&seat);
        let everywhere = ["council", "police ct"].contains(&seat);
        assert_eq!(opened(&|_, _| ()), everywhere, "{seat}, no part");
        assert_eq!(knows(&member, &none), everywhere, "{seat}, no part");
        for why in [AssignmentKind::Action, AssignmentKind::Plan, AssignmentKind::NamedLead] {
            assert_eq!(opened(&assigned(why)), everywhere || participant || seat == "mash", "{seat}, {why:?}");
        }
        let parts: [(&str, Part, bool); 12] = [
            (
                "invited agency",
                |m, h| {
                    h.listings = m.case(Stage::Panel).listings;
                    h.listings[0].person = None;
                },
                participant || seat == "chair",
            ),
            (
                "invited person",
                |m, h| {
                    h.listings = m.case(Stage::Panel).listings;
                    h.listings[0].agency = None;
                },
                participant || ["chair", "guest"].contains(&seat),
            ),
            (
                "another's item",
                |m, h| {
                    h.listings = m.case(Stage::Panel).listings;
                    h.listings[0].agency = None;
                    h.listings[0].person = Some(PersonId::new());
                },
                seat == "chair",
            ),
            (
                "papers not yet open",
                |m, h| {
                    h.listings = m.case(Stage::Panel).listings;
                    h.listings[0].from = day(3);
                },
                seat == "chair",
            ),
            (
                "papers closed",
                |m, h| {
                    h.listings = m.case(Stage::Panel).listings;
                    h.listings[0].to = day(1);
                },
                false,
            ),
            ("escalated", |_, h| h.escalated = true, seat == "chair"),
            ("decided", |_, h| h.decided = true, seat == "chair"),
            ("commission in force", |m, h| h.commissions = m.case(Stage::Panel).commissions, seat == "provider"),
            (
                "commission not accepted",
                |m, h| {
                    h.commissions = m.case(Stage::Panel).commissions;
                    h.commissions[0].accepted = false;
                },
                false,
            ),
            (
                "commission ended",
                |m, h| {
                    h.commissions = m.case(Stage::Panel).commissions;
                    h.commissions[0].ended = true;
                },
                false,
            ),
            (
                "commission past",
                |m, h| {
                    h.commissions = m.case(Stage::Panel).commissions;
                    h.commissions[0].to = day(1);
                },
                false,
            ),
            (
                "commission of another",
                |m, h| {
                    h.commissions = m.case(Stage::Panel).commissions;
                    h.commissions[0].agency = AgencyId::new();
                },
                false,
            ),
        ];
        for (name, part, opens) in parts {
            assert_eq!(opened(&part), everywhere || opens, "{seat}, {name}");
        }
        for stage in [Stage::Referred, Stage::Triage] {
            let known = knows(&member, &member.strangers_case(stage));
            assert_eq!(known, everywhere || seat == "mash", "{seat}, {}", stage.name());
        }
    }
}

#[test]
fn an_open_request_shows_identity_and_contact_and_takes_an_answer() {
    for seat in ["mash", "social_care", "health", "police local", "education", "partner"] {
        let member = Member::new(seat);
        let mut header = member.strangers_case(Stage::Panel);
        header.assignments =
            vec![Assignment { agency: member.agency.id, why: AssignmentKind::Request, reference: RecordId::new() }];
        let contact = ["mash", "social_care", "health"].contains(&seat);
        let expected = if contact {
            vec![Category::Identity, Category::Contact, Category::Work]
        } else {
            vec![Category::Identity, Category::Work]
        };
        assert_eq!(readable(&member, &header), expected, "{seat}");
        let permit = with(&member, WORK, |e| e.permit(&authentic(&header)));
        let own: Vec<Category> = Category::ALL.iter().copied().filter(|c| permit.writes(*c).is_some()).collect();
        assert!(own.iter().all(|c| c.is_detail() || c.is_summary() || *c == Category::Work), "{seat}");
        // The question and its answer, not the questions put to others.
        assert_eq!(permit.reads(Category::Work), Some(Extent::Own), "{seat}");
        assert_eq!(permit.writes(Category::Work), Some(Extent::Own), "{seat}");
        assert!(does(&member, CaseVerb::ReplyInformation, &header, &Particulars::default()), "{seat}");
        let all = Particulars { own: true, on_behalf: false, who: [seat.split(' ').next().unwrap()].into() };
        for verb in [CaseVerb::Transition, CaseVerb::ReadHistory, CaseVerb::ReadTracks, CaseVerb::ManageAction] {
            assert!(!does(&member, verb, &header, &all), "{seat}, {}", verb.name());
        }
        assert!(!does(&member, CaseVerb::ReplyInformation, &member.case(Stage::Panel), &all), "{seat}");
    }
}

#[test]
fn only_a_chair_decides_and_only_freshly_signed_in() {
    for seat in SEATS.into_iter().chain(["records", "auditor", "administrator", "referrer"]) {
        let mut member = Member::new(seat);
        let header = member.case(Stage::Panel);
        let all = Particulars { own: true, on_behalf: false, who: ["chair", "council"].into() };
        assert_eq!(does(&member, CaseVerb::Decide, &header, &all), seat == "chair", "{seat}");
        member.claims.recent = false;
        let late = with(&member, WORK, |e| e.case(CaseVerb::Decide, &authentic(&header), &all));
        assert!(!late.allowed());
        if seat == "chair" {
            assert_eq!(late.kind(), Kind::StepUpRequired);
        }
    }
}

#[test]
fn a_transition_is_for_whom_the_table_names() {
    for (seat, named, allowed) in [
        ("council", "council", true),
        ("council", "chair", false),
        ("police ct", "police_ct", true),
        ("police ct", "police", true),
        ("police local", "police_ct", false),
        ("health", "health", true),
        ("guest", "guest", false),
        ("provider", "provider", true),
        ("provider", "council", false),
        ("auditor", "auditor", false),
    ] {
        let member = Member::new(seat);
        let who = Particulars { who: [named].into(), ..Particulars::default() };
        assert_eq!(does(&member, CaseVerb::Transition, &member.case(Stage::Panel), &who), allowed, "{seat}, {named}");
    }
}

#[test]
fn the_council_keys_for_others_but_never_their_detail() {
    let member = Member::new("council");
    let header = authentic(&member.case(Stage::Triage));
    with(&member, WORK, |e| {
        let behalf = Particulars { on_behalf: true, ..Particulars::default() };
        for category in Category::ALL {
            let allowed = e.may_write(*category, &header, &behalf).allowed();
            if category.is_detail() {
                assert!(!allowed, "{category}");
            }
            if category.is_summary() {
                assert!(allowed && !e.may_write(*category, &header, &Particulars::default()).allowed(), "{category}");
                assert_eq!(e.permit(&header).writes(*category), Some(Extent::OnBehalf));
            }
        }
    });
    for seat in SEATS.into_iter().filter(|seat| *seat != "council") {
        let member = Member::new(seat);
        let header = member.case(Stage::Triage);
        let behalf =
            Particulars { own: true, on_behalf: true, who: [seat.split(' ').next().unwrap(), "police_ct"].into() };
        for verb in CaseVerb::ALL {
            assert!(!does(&member, *verb, &header, &behalf), "{seat} keys for others, {}", verb.name());
        }
    }
    let health = Member::new("health");
    let header = authentic(&health.case(Stage::Triage));
    with(&health, WORK, |e| {
        let behalf = Particulars { on_behalf: true, ..Particulars::default() };
        assert!(!e.may_write(Category::Health, &header, &behalf).allowed());
        assert!(e.may_write(Category::Health, &header, &Particulars::default()).allowed());
    });
}

#[test]
fn a_provider_answers_an_offer_before_it_sees_anything() {
    let member = Member::new("provider");
    let mut header = member.case(Stage::Intervention);
    header.commissions[0].accepted = false;
    assert!(does(&member, CaseVerb::AnswerCommission, &header, &Particulars::default()));
    // The list is where it finds the offer; the case stays shut and empty.
    assert!(does(&member, CaseVerb::ListCase, &header, &Particulars::default()));
    header.assignments.clear();
    header.listings.clear();
    let all = Particulars { own: true, on_behalf: false, who: ["provider"].into() };
    for verb in CaseVerb::ALL {
        let allowed = matches!(verb, CaseVerb::ListCase | CaseVerb::AnswerCommission);
        assert_eq!(does(&member, *verb, &header, &all), allowed, "{}", verb.name());
    }
    assert_eq!(readable(&member, &header), []);
    let permit = with(&member, WORK, |e| e.permit(&authentic(&header)));
    for category in Category::ALL {
        let writes = (*category == Category::Sessions).then_some(Extent::Own);
        assert_eq!(permit.writes(*category), writes, "{category}");
    }
    header.commissions[0].to = day(1);
    assert!(!knows(&member, &header), "an offer past");
    header.commissions[0].to = day(20);
    header.commissions[0].ended = true;
    assert!(!knows(&member, &header), "an offer withdrawn");
    header.commissions[0].ended = false;
    header.commissions[0].accepted = true;
    assert!(!does(&member, CaseVerb::AnswerCommission, &header, &Particulars::default()));
}

#[test]
fn what_to_tell_a_caller_is_about_the_caller() {
    let kind = |break_it: fn(&mut Member, &mut Header)| {
        let mut member = Member::new("council");
        let mut header = member.case(Stage::Panel);
        break_it(&mut member, &mut header);
        with(&member, WORK, |e| e.case(CaseVerb::OpenCase, &authentic(&header), &Particulars::default()).kind())
    };
    assert_eq!(kind(|m, _| m.claims.strong = false), Kind::StrongSignInRequired);
    assert_eq!(kind(|m, _| m.agreements.clear()), Kind::AgreementNotInForce);
    assert_eq!(kind(|m, h| h.recusals.push(m.person.id)), Kind::NotAllowed);
    assert_eq!(kind(|_, h| h.restricted = Some(vec![])), Kind::NotAllowed);
}
