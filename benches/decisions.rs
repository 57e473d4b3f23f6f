//! What it costs to decide what a role may see of an agenda of forty cases, beside forty bare Cedar decisions in the same
//! run. It reports a ratio, for absolute times belong to the machine; it must never leave out a question that the service asks.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::print_stdout,
    reason = "a measurement panics to fail and prints what it found"
)]

mod measured;
#[path = "../tests/access/world.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod world;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request, RestrictedExpression,
};
use channel_panel::access::{Access, Authentic, Evaluator, Header, Principal, Purpose};
use channel_panel::casework::ids::{CaseId, RequestId};
use channel_panel::casework::state::Stage;
use criterion::Criterion;
use measured::Measured;
use std::collections::{HashMap, HashSet};
use std::hint::black_box;
use world::{Member, NOW, POLICIES, TODAY, authentic};

const CASES: usize = 40;
const SEATS: [&str; 4] = ["chair", "council", "health", "guest"];

/// As a month brings them: most are in support, some are new, some come back for a review; each under an id of its own.
fn agenda(member: &Member) -> Vec<Authentic<Header>> {
    let stages = [
        Stage::Panel,
        Stage::Panel,
        Stage::Consent,
        Stage::Intervention,
        Stage::Intervention,
        Stage::Intervention,
        Stage::Intervention,
        Stage::Exited,
    ];
    (0..CASES)
        .map(|n| {
            let stage = stages[n % stages.len()];
            let case = member.case(stage);
            let decided = stage != Stage::Panel;
            authentic(&Header { case: CaseId::new(), decided, escalated: n % 20 == 0, ..case })
        })
        .collect()
}

/// The service's way: every category, to read and to write, in every circumstance that can matter.
fn permits(principal: &Principal, agenda: &[Authentic<Header>]) -> usize {
    let access = Access::by_default(Purpose::CaseWork);
    let evaluator = Evaluator::new(&POLICIES, principal, access, RequestId::new(), TODAY(), NOW);
    agenda.iter().map(|case| evaluator.permit(case).readable().count()).sum()
}

struct Bare {
    request: Request,
    entities: Entities,
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

/// One question about one case, put to Cedar by hand: may its identity be read? Everything is made beforehand.
fn bare(member: &Member, case: &Header) -> Bare {
    let flag = RestrictedExpression::new_bool;
    let id = |of: &str, id: &dyn std::fmt::Display| -> EntityUid { format!("{of}::\"{id}\"").parse().unwrap() };
    let reference = |uid: EntityUid| RestrictedExpression::new_entity_uid(uid);
    let set =
        |of: Vec<EntityUid>| RestrictedExpression::new_set(of.into_iter().map(RestrictedExpression::new_entity_uid));
    let categories = channel_panel::casework::category::Category::ALL.iter().map(|category| text(category.name()));
    let (agency, person) = (id("Agency", &member.agency.id), id("Person", &member.person.id));
    let seat = member.membership.role.name();
    let principal: HashMap<String, RestrictedExpression> = [
        ("role", text(seat)),
        ("seat", text(seat)),
        ("person", reference(person.clone())),
        ("agency", reference(agency.clone())),
        ("agencyKind", text(member.agency.kind.name())),
        ("panel", reference(id("Panel", &case.panel))),
        ("system", flag(false)),
        ("safeguardingLead", flag(false)),
        ("sponsor", flag(false)),
        ("rolesInPanel", RestrictedExpression::new_set([text(seat)])),
        ("inForce", flag(true)),
        ("confirmed", flag(true)),
        ("suspended", flag(false)),
        ("strong", flag(true)),
        ("recentSignIn", flag(true)),
        ("agreementInForce", flag(true)),
        ("agreementCategories", RestrictedExpression::new_set(categories)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let resource: HashMap<String, RestrictedExpression> = [
        ("panel", reference(id("Panel", &case.panel))),
        ("stage", text(case.state.stage.name())),
        ("assigned", set(vec![agency.clone()])),
        ("acting", set(vec![])),
        ("asked", set(vec![])),
        ("invitedAgencies", set(vec![agency.clone()])),
        ("invitedPeople", set(vec![person])),
        ("commissioned", set(vec![agency])),
        ("offered", set(vec![])),
        ("recused", set(vec![])),
        ("restricted", flag(false)),
        ("allowed", set(vec![])),
        ("listed", flag(true)),
        ("escalated", flag(case.escalated)),
        ("decided", flag(case.decided)),
        ("brokenBy", set(vec![])),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let context = Context::from_pairs(
        [
            ("purpose", text("case_work")),
            ("purposeGiven", flag(false)),
            ("hasReason", flag(false)),
            ("own", flag(false)),
            ("onBehalf", flag(false)),
            ("who", RestrictedExpression::new_set([])),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    let (who, what) = (id("Membership", &"this"), id("Case", &case.case));
    let entity = |uid: &EntityUid, attributes| Entity::new(uid.clone(), attributes, HashSet::new()).unwrap();
    let entities = Entities::from_entities([entity(&who, principal), entity(&what, resource)], None).unwrap();
    let action = id("Action", &"read_identity");
    Bare { request: Request::new(who, action, what, context.unwrap(), None).unwrap(), entities }
}

fn decisions(policies: &PolicySet, authorizer: &Authorizer, questions: &[Bare]) -> usize {
    let allowed = |one: &&Bare| {
        let response = authorizer.is_authorized(&one.request, policies, &one.entities);
        assert!(response.diagnostics().errors().next().is_none(), "a bare question that errs is none");
        response.decision() == Decision::Allow
    };
    questions.iter().filter(allowed).count()
}

fn main() {
    let measured = Measured::begin();
    let mut criterion = Criterion::default().configure_from_args().without_plots();
    let authorizer = Authorizer::new();
    for seat in SEATS {
        let member = Member::new(seat);
        let principal = member.acting().unwrap();
        let agenda = agenda(&member);
        let questions: Vec<Bare> = agenda.iter().map(|case| bare(&member, case)).collect();
        let read = decisions(POLICIES.set(), &authorizer, &questions);
        assert_eq!(read, CASES, "{seat} may read who it is about");
        assert!(permits(&principal, &agenda) >= 4 * CASES, "{seat} sees something of every case");
        let mut group = criterion.benchmark_group(seat);
        group.bench_function("agenda", |b| b.iter(|| permits(black_box(&principal), black_box(&agenda))));
        group.bench_function("bare", |b| b.iter(|| decisions(POLICIES.set(), &authorizer, black_box(&questions))));
        group.finish();
    }
    criterion.final_summary();
    if !measured::is_smoke() {
        for seat in SEATS {
            if let Some(ratio) = measured.ratio(seat, "agenda", "bare") {
                println!(
                    "{seat}: an agenda of {CASES}, every category, costs {ratio:.2} of {CASES} bare Cedar decisions"
                );
            }
        }
    }
}
