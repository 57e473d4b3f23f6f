//! What the table of transitions offers, the policies let be done and be written; and nobody else does it.

use super::conditions::SEATS;
use super::world::{Member, authentic, with};
use channel_panel::access::{Access, CaseVerb, Extent, Header, Particulars, Purpose};
use channel_panel::casework::category::Category;
use channel_panel::casework::state::Stage;
use channel_panel::casework::transitions::{Transition, Who, all};

/// As `app::make_transition` asks.
fn verb(t: &Transition) -> CaseVerb {
    match t.name {
        "accept_commission" | "decline_commission" => CaseVerb::AnswerCommission,
        "correct" => CaseVerb::Correct,
        "join" | "unjoin" => CaseVerb::JoinCase,
        _ if t.decision => CaseVerb::Decide,
        _ => CaseVerb::Transition,
    }
}

/// `own` for a provider's steps; for a correction too, since casework lets only one's own word be taken back.
fn particulars(t: &Transition) -> Particulars {
    let who = t.who.iter().filter_map(|who| match who {
        Who::Mash => Some("mash"),
        Who::Council => Some("council"),
        Who::Chair => Some("chair"),
        Who::PoliceCt => Some("police_ct"),
        Who::Provider => Some("provider"),
        Who::Service => None,
    });
    Particulars { own: t.who == [Who::Provider] || t.name == "correct", on_behalf: false, who: who.collect() }
}

/// A closed case opens for its earlier history and with a reason, to chair and council alike.
fn access(stage: Stage) -> Access {
    if stage == Stage::Closed {
        Access::asked(Purpose::EarlierHistory, true)
    } else {
        Access::by_default(Purpose::CaseWork)
    }
}

/// With the part in the case that this step takes: an offer to answer, or everything.
fn header(member: &Member, t: &Transition, stage: Stage) -> Header {
    let mut header = member.case(stage);
    if verb(t) == CaseVerb::AnswerCommission {
        header.commissions[0].accepted = false;
    }
    header
}

/// What this seat writes by this step: all that the row names, but of a correction what is that seat's own to say.
fn writes(t: &Transition, who: Who) -> Vec<Category> {
    if t.name == "correct" {
        return vec![match who {
            Who::Chair => Category::Panel,
            Who::Provider => Category::Sessions,
            Who::Mash => Category::Triage,
            Who::Council | Who::PoliceCt | Who::Service => Category::Log,
        }];
    }
    t.writes.targets().into_iter().map(|(category, _)| category).collect()
}

/// Offered by the table and refused by policy, knowingly: what a hub or a provider said of a case that has since closed
/// is corrected by the council, for nothing of theirs is written after closure.
fn left_to_the_council(t: &Transition, who: Who, stage: Stage) -> bool {
    t.name == "correct" && stage == Stage::Closed && matches!(who, Who::Mash | Who::Provider)
}

#[test]
fn what_the_table_offers_can_be_done_and_written() {
    let (mut tried, mut excepted) = (0, 0);
    for t in all() {
        for who in t.who.iter().filter(|who| **who != Who::Service) {
            let member = Member::new(who.name());
            for stage in t.from {
                let name = format!("{} by {} at {}", t.name, who.name(), stage.name());
                let header = authentic(&header(&member, t, *stage));
                let asked = particulars(t);
                with(&member, access(*stage), |e| {
                    let decision = e.case(verb(t), &header, &asked);
                    assert!(decision.allowed(), "{name}: {:?}", decision.policies());
                    let permit = e.permit(&header);
                    for category in writes(t, *who) {
                        let decision = e.may_write(category, &header, &asked);
                        let right = permit.writes(category);
                        if left_to_the_council(t, *who, *stage) {
                            assert!(!decision.allowed() && right.is_none(), "{name}: no exception any more");
                            excepted += 1;
                            continue;
                        }
                        assert!(decision.allowed(), "{name} writes {category}: {:?}", decision.policies());
                        let expected = if *who == Who::Provider { Extent::Own } else { Extent::Whole };
                        assert_eq!(right, Some(expected), "{name} writes {category}");
                        tried += 1;
                    }
                });
            }
        }
    }
    println!("{tried} writes, {excepted} left to the council");
    assert_eq!(excepted, 2);
    assert!(tried > 150);
}

#[test]
fn nobody_takes_a_step_that_the_table_does_not_offer_them() {
    for t in all() {
        for seat in SEATS.into_iter().chain(["records", "auditor", "administrator", "referrer"]) {
            if t.who.iter().any(|who| who.name() == seat) {
                continue;
            }
            let member = Member::new(seat);
            for stage in t.from {
                let header = authentic(&header(&member, t, *stage));
                let asked = Particulars { own: true, ..particulars(t) };
                let allowed = with(&member, access(*stage), |e| e.case(verb(t), &header, &asked).allowed());
                assert!(!allowed, "{} by {seat} at {}", t.name, stage.name());
            }
        }
    }
}

/// After triage a hub moves only a case it has a part in.
#[test]
fn the_hub_finishes_screening_at_assessment_only_where_it_is_assigned() {
    let member = Member::new("mash");
    let t = all().find(|t| t.name == "finish_screening").unwrap();
    for stage in t.from {
        let may = |header: &Header| {
            with(&member, access(*stage), |e| e.case(verb(t), &authentic(header), &particulars(t)).allowed())
        };
        assert_eq!(may(&member.strangers_case(*stage)), *stage != Stage::Assessment, "{}", stage.name());
        assert!(may(&member.case(*stage)));
    }
}
