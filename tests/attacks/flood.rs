//! Thousands of forged tokens beside a coordinator and a chair at work.

use super::sql::Owner;
use super::work::{matched, note, path, referral, submit};
use super::{alarms, work};
use crate::harness::{Backend, Client, Running};
use channel_panel::demo::seats::Seat;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const FORGERS: usize = 4;
const EACH: usize = 800;
const LISTED: i64 = 10;

/// Every kind of fault a token can have that costs the forger nothing.
fn forged(n: usize, real: &str) -> String {
    let parts: Vec<&str> = real.split('.').collect();
    match n % 6 {
        0 => String::new(),
        1 => "not.a.token".to_owned(),
        // {"alg":"none"}
        2 => format!("eyJhbGciOiJub25lIn0.{}.", parts[1]),
        3 => format!("{}.{}.{}", parts[0], parts[1], "A".repeat(86)),
        4 => format!("{}.{}.{}", parts[0], parts[1].replace('e', "f"), parts[2]),
        _ => "A".repeat(6000),
    }
}

fn flood(running: &Running, answered: &[AtomicUsize; 3]) {
    let real = &running.book.get(Seat::Chair).unwrap().token;
    std::thread::scope(|scope| {
        for forger in 0..FORGERS {
            scope.spawn(move || {
                let client = Client::new(&running.base);
                for n in 0..EACH {
                    let token = forged(n + forger, real);
                    let asked = if n % 2 == 0 { "/api/v1/cases" } else { "/api/v1/no/such/thing" };
                    let answer =
                        client.request("GET", asked).header("Authorization", &format!("Bearer {token}")).send();
                    let kind = match answer.status {
                        401 => 0,
                        429 => 1,
                        _ => 2,
                    };
                    answered[kind].fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
}

#[test]
fn a_flood_of_forged_tokens_keeps_nobody_from_work() {
    alarms::listen();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut running = Running::start(backend);
        let owner = Owner::of(&running.database);
        let case = {
            let id = submit(&running.client(Seat::School), &referral("Leopold", "Underwood"));
            matched(&owner);
            work::cases_of(&owner, &id)[0].clone()
        };
        let listing = serde_json::json!({ "person": running.borough.person(Seat::Chair),
            "from": running.service.clock.today(), "to": running.service.clock.today() });
        running.client(Seat::Coordinator).post(&format!("{}/listings", path(&case)), &listing).expect(201);
        let before = entered(&owner);

        let (over, answered) = (AtomicBool::new(false), [const { AtomicUsize::new(0) }; 3]);
        let worked = std::thread::scope(|scope| {
            let (running, over, case) = (&running, &over, &case);
            let people = [Seat::Coordinator, Seat::Chair].map(|seat| {
                scope.spawn(move || {
                    let (client, today) = (running.client(seat), running.service.clock.today().to_string());
                    let mut requests = 0_i64;
                    while !over.load(Ordering::Relaxed) || requests < 20 {
                        client.get("/api/v1/cases").expect(200);
                        client.get(&path(case)).expect(200);
                        requests += 2;
                        if seat == Seat::Coordinator {
                            note(&client, case, "Rang the school", &today);
                            requests += 1;
                        }
                    }
                    requests
                })
            });
            flood(running, &answered);
            over.store(true, Ordering::Relaxed);
            people.map(|person| person.join().unwrap())
        });
        // The open minute's count is entered when the service stops.
        running.stop();
        let owner = Owner::of(&running.database);
        let [listed, counted, other] = answered.map(|count| i64::try_from(count.into_inner()).unwrap());
        assert_eq!((other, listed + counted), (0, i64::try_from(FORGERS * EACH).unwrap()));
        let of = |which: &str| -> i64 {
            owner.text(&format!("SELECT CAST(count(*) AS TEXT) AS v FROM ledger_entry WHERE {which}")).parse().unwrap()
        };
        let counts = of("operation = 'refusedUnauthenticated'");
        let (work, grown) = (worked.iter().sum::<i64>(), entered(&owner) - before);
        println!(
            "{backend:?}: {} forged, {listed} listed, {counted} counted in {counts} entries; {work} requests of work",
            FORGERS * EACH
        );
        assert_eq!(grown, work + listed + counts, "every entry is accounted for");
        // One network, one kind of fault: ten a minute are listed, the rest is one number a minute.
        assert!(counts <= 3 && listed <= LISTED * (counts + 1), "{listed} listed, {counts} counts");
        let bodies = owner.texts("SELECT body AS v FROM ledger_entry WHERE operation = 'refusedUnauthenticated'");
        let sum: i64 = bodies
            .iter()
            .map(|body| {
                let body: serde_json::Value = serde_json::from_str(body).unwrap();
                body["detail"].as_array().unwrap().iter().find(|pair| pair[0] == "count").unwrap()[1].as_i64().unwrap()
            })
            .sum();
        assert_eq!(sum, counted, "none is forgotten");
    }
}

/// Beside what the log enters of itself.
fn entered(owner: &Owner<'_>) -> i64 {
    owner.count("ledger_entry WHERE operation NOT LIKE 'ledger.%'")
}
