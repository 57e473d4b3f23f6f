//! That the matrix would find what it looks for: with one policy left out of the oracle, or one thing laid in the rows otherwise
//! than Cedar is told, there are differences. It must never pass because nothing was tried.

use super::ground::Ground;
use super::oracle::Oracle;
use super::plan::{Plan, Reach};
use super::setting::{Condition, conditions};
use super::{judge::Tally, service};
use crate::harness::Backend;
use channel_panel::api::OPERATIONS;
use channel_panel::casework::state::Stage;

/// A policy without which Cedar would say otherwise; under which condition, at which stage, of which operation.
const LEFT_OUT: &[(&str, &str, Stage, &str)] = &[
    ("guard_panel_of_case", "member of the other panel", Stage::Triage, "openCase"),
    ("guard_in_force", "membership ended", Stage::Triage, "openCase"),
    ("guard_confirmed", "membership confirmed by its proposer", Stage::Triage, "openCase"),
    ("guard_suspended", "person suspended", Stage::Triage, "openCase"),
    ("guard_strong_sign_in", "weak sign-in", Stage::Triage, "openCase"),
    ("guard_partner_system", "every part", Stage::Triage, "readReferral"),
    ("guard_recent_sign_in", "old sign-in", Stage::Panel, "breakGlass"),
    ("guard_recused", "recused", Stage::Triage, "openCase"),
    ("guard_restricted", "restricted to others", Stage::Triage, "openCase"),
    ("guard_erased", "every part", Stage::Erased, "openCase"),
    ("guard_closed", "no purpose said", Stage::Closed, "openCase"),
    ("guard_closed_unchanged", "every part", Stage::Closed, "nameLead"),
    ("guard_purpose_match", "for match, no reason", Stage::Triage, "openCase"),
    ("guard_on_behalf", "every part", Stage::Triage, "releaseSummary"),
    ("agreement_in_force", "agreement lapsed", Stage::Triage, "openCase"),
    ("agreement_for_lists", "agreement lapsed", Stage::Triage, "listCases"),
    ("agreement_covers_identity", "agreement without identity", Stage::Triage, "openCase"),
    ("guard_auditor_alone", "also the auditor", Stage::Triage, "openCase"),
    ("guard_administrator_alone", "also the administrator", Stage::Triage, "openCase"),
    ("guard_sponsor_apart", "everybody a sponsor", Stage::Triage, "readLedger"),
    ("guard_panel_of_appointment", "member of the other panel", Stage::Triage, "endMembership"),
    ("guard_panel_of_agreement", "member of the other panel", Stage::Triage, "endAgreement"),
    ("guard_proposed_for_oneself", "every part", Stage::Triage, "proposeMembership"),
    ("guard_recent_sign_in", "old sign-in", Stage::Triage, "confirmMembership"),
    ("guard_break_glass_unbroken", "for break_glass, no reason", Stage::Triage, "openCase"),
    ("guard_break_glass_only_reads", "every part, behind a broken glass", Stage::Triage, "openCase"),
    ("guard_break_glass_elsewhere", "for break_glass, no reason", Stage::Triage, "readLedger"),
    ("break_glass_opens", "behind a broken glass", Stage::Triage, "openCase"),
    ("the_glass_is_broken", "every part", Stage::Triage, "breakGlass"),
    ("chair_hears_of_broken_glass", "every part", Stage::Triage, "readSignals"),
    ("broken_glass_is_told", "every part", Stage::Triage, "readSignals"),
    ("an_agency_reads_its_digest", "every part", Stage::Triage, "readDigest"),
    ("sponsor_confirms_its_agencys_members", "every part", Stage::Triage, "confirmMembership"),
    ("council_sponsor_confirms_agreements", "every part", Stage::Triage, "confirmAgreement"),
    ("council_sponsor_sees_agreements", "every part", Stage::Triage, "listAgreements"),
    ("administrator_suspends", "every part", Stage::Triage, "suspendPerson"),
    ("council_writes", "every part", Stage::Triage, "openCase"),
    ("guest_reads_own", "papers to the person only", Stage::Triage, "openCase"),
    ("receivers_read_transfers", "every part", Stage::Triage, "readTransfer"),
    ("guard_panel_of_transfer", "member of the other panel", Stage::Triage, "readTransfer"),
    ("agreement_for_transfers", "agreement lapsed", Stage::Triage, "readTransfer"),
    ("receivers_list_transfers", "every part", Stage::Triage, "listTransfers"),
    ("chair_reads", "escalated only", Stage::Triage, "openCase"),
    ("sender_reads_own_referral", "every part", Stage::Triage, "readReferral"),
];

/// What is laid, and what Cedar is told instead.
const FLIPPED: &[(&str, &str)] = &[
    ("behind a broken glass", "behind a glass that is over"),
    ("behind a glass that is over", "behind a broken glass"),
    ("behind a glass not yet broken", "behind a broken glass"),
    ("also the auditor", "every part"),
    ("also the auditor, unconfirmed", "also the auditor"),
    ("also the auditor of the other panel", "also the auditor"),
    ("agreement unconfirmed", "every part"),
    ("agreement confirmed by its proposer", "every part"),
    ("agreement ended", "every part"),
    ("every part", "recused"),
    ("recused", "every part"),
    ("restricted to others", "restricted, and on the list"),
    ("only asked", "named lead only"),
    ("an action only", "no part"),
    ("papers to the agency only", "papers to the agency closed"),
    ("papers to the person not yet open", "papers to the person only"),
    ("commission offered", "commission running only"),
    ("commission over", "commission running only"),
    ("on a past agenda", "on an agenda only"),
    ("escalated only", "no part"),
    ("decided only", "no part"),
    ("membership not begun", "every part"),
    ("agency suspended", "every part"),
    ("agreement for the other panel", "every part"),
    ("agreement without health", "every part"),
];

const STAGES: &[Stage] = &[Stage::Triage, Stage::Panel, Stage::Closed, Stage::Erased];

fn named(name: &str) -> Condition {
    conditions().into_iter().find(|c| c.name == name).unwrap_or_else(|| panic!("there is no condition {name}"))
}

/// One condition at one stage, by one operation.
fn plan(laid: &str, described: Option<&str>, stage: Stage, operation: &str) -> Plan {
    let operations = OPERATIONS.iter().copied().filter(|o| o.id == operation).collect();
    Plan::of(vec![(named(laid), described.map(named))], vec![stage], operations, Reach::InFull)
}

#[test]
fn a_policy_left_out_or_a_fact_laid_otherwise_is_a_difference() {
    let (running, casting) = service(Backend::Sqlite, 1);
    let cast = casting.cast(0, &running);
    let ground = Ground::prepare(&running, &cast, STAGES);
    let mut missed: Vec<String> = Vec::new();
    let mut check = |tally: &Tally, what: String| {
        println!("{what}: {} of {} cells differ", tally.different.len(), tally.cells());
        if tally.different.is_empty() {
            missed.push(what);
        }
    };
    for (id, condition, stage, operation) in LEFT_OUT {
        let tally = plan(condition, None, *stage, operation).work(&Oracle::without(Some(id)), &ground);
        check(&tally, format!("without {id}, {condition}, {operation}"));
    }
    let whole = Oracle::new();
    for (laid, described) in FLIPPED {
        let tally = plan(laid, Some(described), Stage::Panel, "openCase").work(&whole, &ground);
        check(&tally, format!("laid: {laid}, told: {described}"));
    }
    assert!(missed.is_empty(), "not found: {missed:?}");
}
