//! Every operation, as every seat, with every fault that credentials can have: refused, entered, and nothing changed.
//! Before that the same request succeeds with good ones, so that no refusal passes for another reason.

use super::entered;
use super::forged::{ELSEWHERE, FAULTS, Fault, present};
use super::samples::{Ground, Sample, sample};
use super::town::Town;
use crate::harness::{Answer, Backend, Client, Running};
use crate::store::wait;
use channel_panel::access::mint::Mint;
use channel_panel::access::{MembershipFacts, PersonFacts, PersonKind};
use channel_panel::api::OPERATIONS;
use channel_panel::app::register::{self, Register};
use channel_panel::casework::ids::{AgencyId, MembershipId, PersonId};
use channel_panel::config::Limits;
use channel_panel::demo::seats::Seat;
use channel_panel::demo::tokens::AUDIENCE;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const THREADS: usize = 8;

/// What one may ask for on the strength of a password alone. This list may only become shorter.
const WEAK_SIGN_IN_SUFFICES: &[&str] = &["whoAmI"];

fn expected(fault: Fault) -> &'static [&'static str] {
    match fault {
        Fault::NotStrong => &["strong-sign-in-required", "not-found"],
        Fault::IssuerOfAnotherAgency
        | Fault::ColleaguesMembership
        | Fault::NeighboursMembership
        | Fault::NoSuchMembership
        | Fault::NotAMembership => &["membership-required"],
        _ => &["not-authenticated"],
    }
}

/// Faults that are none for a seat: a system never signs in strongly, and has no sign-in that could be too old but by its
/// token's own times.
fn applies(fault: Fault, seat: Seat) -> bool {
    seat.post().kind == PersonKind::Person || fault != Fault::NotStrong
}

struct Refusal {
    at: String,
    operation: &'static str,
    fault: Fault,
    answer: Answer,
}

fn try_cell(
    sample: &Sample,
    town: &Town<'_>,
    seat: Seat,
    fault: Fault,
    elsewhere: &BTreeMap<Seat, MembershipId>,
    mint: &Mint,
) -> Refusal {
    let mut presented = present(town, seat, fault, mint);
    if fault == Fault::IssuerOfAnotherAgency {
        presented.membership = elsewhere[&seat].to_string();
    }
    let client: Client = match &presented.authorization {
        Some(header) => town.nobody().with("Authorization", header.clone()),
        None => town.nobody().clone(),
    };
    let answer = sample.send(&client.acting(&presented.membership));
    Refusal {
        at: format!("{}, {}, {fault:?}", sample.operation.id, seat.name()),
        operation: sample.operation.id,
        fault,
        answer,
    }
}

fn check(refusal: &Refusal) {
    let Refusal { at, operation, fault, answer } = refusal;
    if *fault == Fault::NotStrong && WEAK_SIGN_IN_SUFFICES.contains(operation) {
        assert_eq!(answer.status, 200, "{at}: it need not be on the list any more");
        return;
    }
    assert!(answer.status >= 400, "{at}: {}", answer.status);
    let problem = answer.problem();
    assert!(expected(*fault).contains(&problem.as_str()), "{at}: {problem}");
    if answer.status == 401 {
        assert!(answer.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")), "{at}");
    }
}

/// The people of every seat once more, as the registry knows them from an issuer that does not speak for their agencies.
fn register_elsewhere(running: &Running) -> BTreeMap<Seat, MembershipId> {
    let borough = &running.borough;
    let (today, now) = (running.service.clock.today(), running.service.clock.instant());
    let whole = borough.register(today, now);
    let mut register = Register::default();
    let mut memberships = BTreeMap::new();
    for seat in Seat::ALL {
        let person = PersonId::new();
        let known = whole.people.iter().find(|p| p.id == borough.person(*seat)).unwrap();
        register.people.push(PersonFacts { id: person, issuer: ELSEWHERE.to_owned(), ..known.clone() });
        let held = whole.memberships.iter().find(|m| m.id == borough.membership(*seat)).unwrap();
        let id = MembershipId::new();
        register.memberships.push(MembershipFacts { id, person, ..held.clone() });
        memberships.insert(*seat, id);
    }
    wait(register::take_in(&running.service, register)).unwrap();
    memberships
}

/// Everything there is to see of the panel's cases and referrals, by those who see most.
fn state(town: &Town<'_>) -> Vec<Value> {
    let council = town.seat(Seat::Coordinator);
    let list = council.get("/api/v1/cases").expect(200).json();
    let cases = list["cases"].as_array().unwrap().iter().map(|case| case["id"].as_str().unwrap().to_owned());
    let mut seen: Vec<Value> = cases
        .flat_map(|case| {
            let history = council.get(&format!("/api/v1/cases/{case}/history")).expect(200).json();
            [council.get(&format!("/api/v1/cases/{case}")).expect(200).json(), history]
        })
        .collect();
    seen.push(council.get("/api/v1/consultations").expect(200).json());
    seen.push(town.seat(Seat::SchoolLead).get("/api/v1/referrals").expect(200).json());
    seen.push(town.seat(Seat::School).get("/api/v1/referrals").expect(200).json());
    seen
}

fn every_cell(backend: Backend) {
    let mint = Mint::new(ELSEWHERE, AUDIENCE).unwrap();
    let limits = Limits { faults_listed_a_minute: 10_000_000, ..Limits::default() };
    // It speaks for an agency that nobody here is of.
    let further = mint.issuer(BTreeSet::from([AgencyId::new()]));
    let running = Running::start_trusting(backend, limits, vec![further]);
    let town = Town::new(&running);
    let elsewhere = register_elsewhere(&running);
    let ground = Ground::lay(&town);
    let samples: Vec<Sample> = OPERATIONS
        .iter()
        .map(|operation| {
            let sample = sample(&town, &ground, operation.id);
            let done = sample.send(&town.seat(sample.seat));
            assert_eq!(done.status, operation.success, "{} with good credentials: {}", operation.id, done.text());
            sample
        })
        .collect();
    let before = state(&town);
    let cells: Vec<(&Sample, Seat, Fault)> = samples
        .iter()
        .flat_map(|sample| {
            Seat::ALL.iter().flat_map(move |seat| FAULTS.iter().map(move |fault| (sample, *seat, *fault)))
        })
        .filter(|(_, seat, fault)| applies(*fault, *seat))
        .collect();
    let refusals =
        in_parallel(&cells, |(sample, seat, fault)| try_cell(sample, &town, *seat, *fault, &elsewhere, &mint));
    refusals.iter().for_each(check);
    assert_eq!(before, state(&town), "a refused request changed something");
    let entries = entered::by_request(&running);
    for refusal in &refusals {
        let of_it = &entries[&entered::id_of(&refusal.answer)];
        assert_eq!(of_it.len(), 1, "{}", refusal.at);
        let (entry, stranger) = (&of_it[0], refusal.answer.status == 401 && refusal.fault != Fault::NotStrong);
        assert_eq!(entry["operation"], refusal.operation, "{}", refusal.at);
        assert_eq!(entry["actor"] == "-", stranger, "{}: {}", refusal.at, entry["actor"]);
    }
    println!(
        "{backend:?}: {} cells tried ({} operations, {} seats, {} faults), each refused and entered once",
        cells.len(),
        samples.len(),
        Seat::ALL.len(),
        FAULTS.len()
    );
}

fn in_parallel<T: Sync, R: Send>(items: &[T], run: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(items.len())));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = run(item);
                    done.lock().unwrap().push(result);
                }
            });
        }
    });
    done.into_inner().unwrap()
}

#[test]
fn no_operation_takes_faulty_credentials_of_any_seat() {
    let failed: Vec<Backend> = [Backend::Sqlite, Backend::Postgres]
        .into_iter()
        .filter(|backend| catch_unwind(AssertUnwindSafe(|| every_cell(*backend))).is_err())
        .collect();
    assert!(failed.is_empty(), "failed on {failed:?}");
}
