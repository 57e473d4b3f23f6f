//! What is done in a panel and to a referral, by whom; and what partners' systems and the service's own jobs may.

use super::conditions::{SEATS, WORK, readable};
use super::world::{MAC, Member, NOW, POLICIES, TODAY, authentic, with};
use channel_panel::access::PersonKind;
use channel_panel::access::action::{ReferralVerb, TransferVerb};
use channel_panel::access::matrix::transfer;
use channel_panel::access::verb_matrix;
use channel_panel::access::{
    Access, Authentic, CaseVerb, Evaluator, PanelVerb, Particulars, Principal, Purpose, ReferralFacts, SystemName,
};
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::{AgencyId, ConsultationId, PanelId, PersonId, ReferralId, RequestId};
use channel_panel::casework::state::{Stage, TransferStage};
use channel_panel::error::Kind;

#[test]
fn a_referral_answers_its_sender_and_their_lead() {
    let sender = Member::new("referrer");
    let of = |m: &Member, sender: PersonId, agency: AgencyId| {
        Authentic::issue(
            &MAC,
            ReferralFacts {
                id: ReferralId::new(),
                panel: m.membership.panel,
                sender,
                sender_agency: agency,
                confidential: false,
                people: 1,
                digest: String::new(),
                version: 1,
            },
        )
        .0
    };
    let reads = |m: &Member, r: &Authentic<ReferralFacts>| with(m, WORK, |e| e.referral_permit(r).is_some());
    assert!(reads(&sender, &of(&sender, sender.person.id, sender.agency.id)));
    assert!(!reads(&sender, &of(&sender, PersonId::new(), sender.agency.id)));
    let mut lead = sender.clone();
    lead.membership.safeguarding_lead = true;
    assert!(reads(&lead, &of(&lead, PersonId::new(), lead.agency.id)));
    assert!(!reads(&lead, &of(&lead, PersonId::new(), AgencyId::new())));
    lead.agreements.clear();
    assert!(reads(&lead, &of(&lead, PersonId::new(), lead.agency.id)), "one's own word needs no agreement");
    for (seat, own) in [("council", true), ("police ct", true), ("chair", true), ("health", true), ("auditor", false)] {
        let mut member = Member::new(seat);
        assert!(!reads(&member, &of(&member, PersonId::new(), AgencyId::new())), "{seat}");
        assert!(!reads(&member, &of(&member, PersonId::new(), member.agency.id)), "{seat}, a colleague's");
        assert_eq!(reads(&member, &of(&member, member.person.id, member.agency.id)), own, "{seat}");
        member.agreements.clear();
        assert!(!reads(&member, &of(&member, PersonId::new(), AgencyId::new())), "{seat}");
    }
    let mut elsewhere = of(&sender, sender.person.id, sender.agency.id).into_inner();
    let own = of(&sender, sender.person.id, sender.agency.id);
    let permit = with(&sender, WORK, |e| e.referral_permit(&own)).unwrap();
    for category in Category::ALL {
        assert_eq!(permit.covers_id(own.id.0, *category), !category.is_detail(), "{category}");
    }
    elsewhere.panel = PanelId::new();
    assert!(!reads(&sender, &Authentic::issue(&MAC, elsewhere).0));
}

#[test]
fn panel_verbs_are_for_their_roles() {
    let table: [(PanelVerb, &[&str]); 16] = [
        (
            PanelVerb::SubmitReferral,
            &[
                "referrer",
                "mash",
                "social_care",
                "health",
                "police ct",
                "police local",
                "education",
                "partner",
                "council",
            ],
        ),
        (PanelVerb::KeyConsultation, &["mash", "police ct", "council"]),
        (PanelVerb::ListConsultations, &["mash", "police ct", "council", "chair"]),
        (
            PanelVerb::ListCases,
            &[
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
                "records",
                "auditor",
            ],
        ),
        (PanelVerb::SearchSubjects, &["mash", "police ct", "police local", "council"]),
        (PanelVerb::ReadLedger, &["auditor"]),
        (PanelVerb::ReadAgencies, &["mash", "police ct", "council", "chair", "auditor", "administrator"]),
        (PanelVerb::SequenceLedger, &[]),
        (PanelVerb::RegisterAgency, &["administrator"]),
        (PanelVerb::RegisterPerson, &["administrator"]),
        (PanelVerb::ListMembers, &["administrator"]),
        (PanelVerb::ListAgreements, &["administrator"]),
        (PanelVerb::ReadBrokenGlass, &["chair", "auditor"]),
        (PanelVerb::ReadSignals, &["auditor"]),
        // For a safeguarding lead, which none of these is; and only to break a glass.
        (PanelVerb::ReadDigest, &[]),
        (PanelVerb::ReachForGlass, &[]),
    ];
    let asked = Access::asked(Purpose::CaseWork, false);
    for seat in SEATS.into_iter().chain(["referrer", "records", "auditor", "administrator"]) {
        let member = Member::new(seat);
        let panel = member.membership.panel;
        for (verb, who) in table {
            with(&member, asked, |e| {
                assert_eq!(e.panel(verb, panel).allowed(), who.contains(&seat), "{seat}, {}", verb.name())
            });
            with(&member, asked, |e| assert!(!e.panel(verb, PanelId::new()).allowed()));
        }
        with(&member, asked, |e| assert!(e.panel(PanelVerb::ReadCodes, panel).allowed(), "{seat}"));
    }
    let council = Member::new("council");
    let unasked = with(&council, WORK, |e| e.panel(PanelVerb::SearchSubjects, council.membership.panel));
    assert!(!unasked.allowed());
    assert_eq!(unasked.kind(), Kind::PurposeRequired);
}

#[test]
fn a_glass_is_broken_by_duty_teams_for_that_purpose_and_freshly_signed_in() {
    let to_break = Access::asked(Purpose::BreakGlass, false);
    for seat in SEATS.into_iter().chain(["referrer", "records", "auditor", "administrator"]) {
        let named = ["mash", "social_care", "police ct", "council", "chair"].contains(&seat);
        let mut member = Member::new(seat);
        let panel = member.membership.panel;
        let header = authentic(&member.strangers_case(Stage::Panel));
        let both = |member: &Member, access| {
            with(member, access, |e| {
                let case = e.case(CaseVerb::BreakGlass, &header, &Particulars::default());
                [e.panel(PanelVerb::ReachForGlass, panel), case]
            })
        };
        assert!(both(&member, to_break).iter().all(|decision| decision.allowed() == named), "{seat}");
        assert!(both(&member, WORK).iter().all(|decision| !decision.allowed()), "{seat}, another purpose");
        member.claims.recent = false;
        let [reach, case] = both(&member, to_break);
        assert!(!reach.allowed() && !case.allowed(), "{seat}");
        if named {
            assert_eq!((reach.kind(), case.kind()), (Kind::StepUpRequired, Kind::StepUpRequired), "{seat}");
        }
        member.claims.recent = true;
        member.agreements.clear();
        assert!(both(&member, to_break).iter().all(|decision| !decision.allowed()), "{seat}, no agreement");
    }
}

#[test]
fn a_digest_is_for_its_agencys_lead_and_never_for_auditors_or_administrators() {
    for seat in SEATS.into_iter().chain(["referrer", "records", "auditor", "administrator"]) {
        let mut member = Member::new(seat);
        let reads = |m: &Member| with(m, WORK, |e| e.panel(PanelVerb::ReadDigest, m.membership.panel).allowed());
        assert!(!reads(&member), "{seat}");
        member.membership.safeguarding_lead = true;
        assert_eq!(reads(&member), !["auditor", "administrator"].contains(&seat), "{seat}, as lead");
    }
}

#[test]
fn a_partners_system_submits_and_learns_what_became_of_it() {
    let mut member = Member::new("referrer");
    member.person.kind = PersonKind::System;
    member.claims.systems = true;
    member.claims.strong = false;
    let referral = Authentic::issue(
        &MAC,
        ReferralFacts {
            id: ReferralId::new(),
            panel: member.membership.panel,
            sender: member.person.id,
            sender_agency: member.agency.id,
            confidential: false,
            people: 1,
            digest: String::new(),
            version: 1,
        },
    )
    .0;
    with(&member, WORK, |e| {
        assert!(e.panel(PanelVerb::SubmitReferral, member.membership.panel).allowed());
        assert!(e.referral(ReferralVerb::ReadFeedback, &referral).allowed());
        assert!(!e.referral(ReferralVerb::ReadReferral, &referral).allowed());
    });
    for seat in SEATS {
        let mut member = Member::new(seat);
        member.person.kind = PersonKind::System;
        member.claims.systems = true;
        assert_eq!(readable(&member, &member.case(Stage::Triage)), [], "{seat}");
    }
}

#[test]
fn the_services_own_jobs_have_the_least() {
    let member = Member::new("council");
    let ask = |name, purpose, stage: Stage, panel| {
        let principal = Principal::system(name, panel);
        let evaluator =
            Evaluator::new(&POLICIES, &principal, Access::by_default(purpose), RequestId::new(), TODAY(), NOW);
        evaluator.permit(&authentic(&member.case(stage))).readable().collect::<Vec<_>>()
    };
    let panel = member.membership.panel;
    for stage in Stage::ALL {
        let found = ask(SystemName::Matcher, Purpose::Match, *stage, panel);
        let expected = if *stage == Stage::Erased { vec![] } else { vec![Category::Identity, Category::Contact] };
        assert_eq!(found, expected, "{}", stage.name());
        assert_eq!(ask(SystemName::Matcher, Purpose::CaseWork, *stage, panel), []);
        assert_eq!(ask(SystemName::Matcher, Purpose::Match, *stage, PanelId::new()), []);
        for name in [
            SystemName::Sequencer,
            SystemName::RecordsJob,
            SystemName::Timekeeper,
            SystemName::Courier,
            SystemName::TransferIntake,
        ] {
            for purpose in Purpose::ALL {
                assert_eq!(ask(name, purpose, *stage, panel), []);
            }
        }
        let rests = matches!(stage, Stage::Consent | Stage::Intervention);
        let found = ask(SystemName::ComingOfAge, Purpose::CaseWork, *stage, panel);
        assert_eq!(found, if rests { vec![Category::Identity] } else { vec![] }, "{}", stage.name());
        assert_eq!(ask(SystemName::ComingOfAge, Purpose::Match, *stage, panel), []);
        assert_eq!(ask(SystemName::ComingOfAge, Purpose::CaseWork, *stage, PanelId::new()), []);
    }
    assert_eq!(
        with(&member, Access::asked(Purpose::Match, true), |e| e
            .permit(&authentic(&member.case(Stage::Triage)))
            .readable()
            .count()),
        0
    );
}

#[test]
fn intake_lays_down_what_was_sent_and_reads_nothing() {
    let member = Member::new("council");
    let (panel, referral) = (member.membership.panel, ReferralId::new());
    let sent = [
        Category::Identity,
        Category::Contact,
        Category::Source,
        Category::Concern,
        Category::Ideology,
        Category::Monitoring,
        Category::Health,
        Category::Police,
        Category::Safety,
    ];
    for name in SystemName::ALL {
        for purpose in Purpose::ALL {
            let principal = Principal::system(name, panel);
            let e = Evaluator::new(&POLICIES, &principal, Access::by_default(purpose), RequestId::new(), TODAY(), NOW);
            let its_own = name == SystemName::Intake && purpose == Purpose::Referral;
            for stage in Stage::ALL {
                let permit = e.permit(&authentic(&member.case(*stage)));
                for category in Category::ALL {
                    let ends_consent = name == SystemName::ComingOfAge
                        && purpose == Purpose::CaseWork
                        && matches!(stage, Stage::Consent | Stage::Intervention)
                        && *category == Category::Consent;
                    let brings_answer = name == SystemName::Courier
                        && purpose == Purpose::CaseWork
                        && !matches!(stage, Stage::Closed | Stage::Erased)
                        && *category == Category::Panel;
                    let writes = ends_consent
                        || brings_answer
                        || (its_own && *stage == Stage::Referred && sent.contains(category));
                    assert_eq!(permit.writes(*category).is_some(), writes, "{}, {}", name.name(), stage.name());
                    assert!(name != SystemName::Intake || permit.reads(*category).is_none());
                }
            }
            let permit = e.referral_intake_permit(panel, referral);
            assert_eq!(permit.is_some(), its_own, "{}, {purpose}", name.name());
            assert!(e.referral_intake_permit(PanelId::new(), referral).is_none());
            if let Some(permit) = permit {
                for category in Category::ALL {
                    assert!(permit.may_write_id(referral.0, *category) && !permit.covers_id(referral.0, *category));
                    assert!(!permit.may_write_id(ReferralId::new().0, *category));
                }
            }
        }
    }
    let access = Access::by_default(Purpose::Referral);
    assert!(with(&member, access, |e| e.referral_intake_permit(panel, referral)).is_none(), "no person lays it down");
}

/// A transfer's intake writes into a case that is being opened and into no other; the courier reads nothing that was released.
#[test]
fn what_was_released_is_laid_down_at_the_beginning_and_read_by_its_panel() {
    let member = Member::new("chair");
    let panel = member.membership.panel;
    let as_job = |name, of: PanelId, ask: &dyn Fn(&Evaluator<'_>)| {
        let principal = Principal::system(name, of);
        ask(&Evaluator::new(&POLICIES, &principal, WORK, RequestId::new(), TODAY(), NOW));
    };
    let known = |stage, of| Authentic::issue(&MAC, transfer(of, stage)).0;
    let later = member.strangers_case(Stage::Panel);
    let mut newborn = later.clone();
    newborn.events.count = 0;
    as_job(SystemName::TransferIntake, panel, &|e| {
        let permit = e.permit(&authentic(&newborn));
        assert!(permit.writes(Category::Identity).is_some() && permit.writes(Category::HealthSummary).is_some());
        assert!(permit.readable().next().is_none());
        for kept in [Category::Health, Category::Police, Category::Source, Category::Monitoring, Category::Work] {
            assert!(permit.writes(kept).is_none(), "{kept}");
        }
        let permit = e.permit(&authentic(&later));
        assert!(Category::ALL.iter().all(|category| permit.writes(*category).is_none()));
        assert!(e.carriers_permit(&known(TransferStage::Offered, panel)).is_none());
    });
    as_job(SystemName::Courier, panel, &|e| {
        let offered = e.carriers_permit(&known(TransferStage::Offered, panel)).expect("it carries");
        let id = known(TransferStage::Offered, panel).id.0;
        assert!(offered.may_write_id(id, Category::Identity) && !offered.covers_id(id, Category::Identity));
        assert!(!offered.may_write_id(id, Category::Panel), "what was not released");
        let declined = e.carriers_permit(&known(TransferStage::Declined, panel)).expect("it carries");
        assert!(declined.covers_id(id, Category::Panel) && !declined.covers_id(id, Category::Identity));
        assert!(!declined.may_write_id(id, Category::Identity));
        assert!(e.carriers_permit(&known(TransferStage::Offered, PanelId::new())).is_none(), "another panel's");
        assert!(e.transfer_permit(&known(TransferStage::Offered, panel)).is_none());
    });
    for seat in SEATS.into_iter().chain(["referrer", "records", "auditor", "administrator"]) {
        let mut member = Member::new(seat);
        let here = known(TransferStage::Offered, member.membership.panel);
        let (reads, answers) = (["chair", "council"].contains(&seat), seat == "chair");
        with(&member, WORK, |e| {
            assert_eq!(e.transfer_permit(&here).is_some(), reads, "{seat}");
            assert_eq!(e.transfer(TransferVerb::AnswerTransfer, &here).allowed(), answers, "{seat}");
            assert!(e.transfer_permit(&known(TransferStage::Offered, PanelId::new())).is_none(), "{seat}");
            assert!(e.carriers_permit(&here).is_none(), "{seat}");
            let over = known(TransferStage::Accepted, member.membership.panel);
            assert!(!e.transfer(TransferVerb::AnswerTransfer, &over).allowed(), "{seat}");
        });
        member.agreements[0].categories.remove(&Category::Concern);
        with(&member, WORK, |e| {
            let Some(permit) = e.transfer_permit(&here) else { return assert!(!reads) };
            assert!(permit.covers_id(here.id.0, Category::Identity));
            assert!(!permit.covers_id(here.id.0, Category::Concern), "what the agreement does not cover");
            assert!(!permit.may_write_id(here.id.0, Category::Identity));
        });
        member.agreements.clear();
        assert!(with(&member, WORK, |e| e.transfer_permit(&here).is_none()), "{seat}");
    }
}

#[test]
fn a_consultation_is_keyed_by_some_and_read_by_some() {
    let id = ConsultationId::new();
    for seat in SEATS.into_iter().chain(["referrer", "records", "auditor", "administrator"]) {
        let member = Member::new(seat);
        let panel = member.membership.panel;
        let keys = ["mash", "police ct", "council"].contains(&seat);
        with(&member, WORK, |e| {
            let key = e.consultation_permit(PanelVerb::KeyConsultation, panel, id);
            let list = e.consultation_permit(PanelVerb::ListConsultations, panel, id);
            assert_eq!(key.is_some(), keys, "{seat}");
            assert_eq!(list.is_some(), keys || seat == "chair", "{seat}");
            for category in Category::ALL {
                let its_own = *category == Category::Triage;
                if let Some(permit) = &key {
                    assert_eq!(permit.may_write_id(id.0, *category), its_own);
                    assert!(!permit.covers_id(id.0, *category));
                }
                if let Some(permit) = &list {
                    assert_eq!(permit.covers_id(id.0, *category), its_own);
                    assert!(!permit.may_write_id(id.0, *category));
                    assert!(!permit.covers_id(ConsultationId::new().0, *category));
                }
            }
            for verb in PanelVerb::ALL {
                let its_own = matches!(verb, PanelVerb::KeyConsultation | PanelVerb::ListConsultations);
                assert!(its_own || e.consultation_permit(*verb, panel, id).is_none(), "{seat}, {}", verb.name());
                assert!(e.consultation_permit(*verb, PanelId::new(), id).is_none());
            }
        });
    }
}

#[test]
fn the_golden_file_of_verbs_shows_every_change_of_policy() {
    let (path, text) = (concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/verbs.txt"), verb_matrix::render(&POLICIES));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == text,
        "the matrix of verbs changed; look at it, then run with UPDATE_GOLDEN=1"
    );
}
