//! The plug pulled in the middle of writes, several times: what was answered is there, nothing is there by half, and
//! nothing was answered that is not in the log.

use super::deployed::Deployed;
use super::sql::Owner;
use super::work::{path, referral, sequenced, submit};
use crate::harness::{Answer, Backend, Client};
use channel_panel::access::{Header, ReferralFacts};
use channel_panel::demo::seats::Seat;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;
use uuid::Uuid;

const ROUNDS: u64 = 3;

/// What was acknowledged.
#[derive(Default)]
struct Answered {
    requests: Vec<String>,
    referrals: Vec<String>,
    notes: Vec<String>,
}

/// A request whose answer may never come: the service is to be killed.
fn attempt(send: impl FnOnce() -> Answer) -> Option<Answer> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(send)).ok()
}

fn keep_writing(client: &Client, officer: &Client, case: &str, answered: &Mutex<Answered>) {
    let form = referral("Cordelia", "Blackwood");
    for n in 0_u32.. {
        let answer = match n % 3 {
            0 => attempt(|| client.request("POST", "/api/v1/referrals").idempotency_key(Uuid::new_v4()).json(&form).send()),
            1 => attempt(|| {
                let today = channel_panel::clock::Clock::default().today();
                officer.post(&format!("{}/log", path(case)), &json!({"on": today, "kind": "call", "note": "Rang"}))
            }),
            _ => attempt(|| officer.get(&path(case))),
        };
        let Some(answer) = answer else { return };
        // 412: two notes at once on one case, both tries overtaken.
        assert!([200, 201, 412, 503].contains(&answer.status), "{}", answer.text());
        let mut known = answered.lock().unwrap();
        if answer.status < 300 {
            known.requests.push(answer.header("x-request-id").unwrap().to_owned());
            match n % 3 {
                0 => known.referrals.push(answer.json()["referral"].as_str().unwrap().to_owned()),
                1 => known.notes.push(answer.json()["id"].as_str().unwrap().to_owned()),
                _ => {}
            }
        }
    }
}

#[test]
fn a_kill_in_the_middle_of_writes_leaves_all_of_each_or_none() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let deployed = Deployed::new(backend);
        let vkey = deployed.vkey();
        let case = {
            let service = deployed.start();
            let id = submit(&deployed.client(service.base(), Seat::School), &referral("Augustus", "Merriweather"));
            let owner = Owner::of(&deployed.database);
            super::work::cases_of(&owner, &id)[0].clone()
        };
        let answered = Mutex::new(Answered::default());
        for round in 0..ROUNDS {
            let service = deployed.start();
            let base = service.base().to_owned();
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        let (school, officer) = (deployed.client(&base, Seat::School), deployed.client(&base, Seat::Coordinator));
                        keep_writing(&school, &officer, &case, &answered);
                    });
                }
                std::thread::sleep(Duration::from_millis(500 + 137 * round));
                service.kill();
            });
            let service = deployed.start();
            let owner = Owner::of(&deployed.database);
            sequenced(&owner);
            whole(&owner, &answered.lock().unwrap());
            let (code, said) = deployed.verify(&deployed.export(), &vkey, &[]);
            assert_eq!(code, 0, "{said}");
            deployed.client(service.base(), Seat::Coordinator).get(&path(&case)).expect(200);
            assert!(service.stop().success());
        }
        let known = answered.lock().unwrap();
        println!("{backend:?}: {} answers, {} referrals, {} notes over {ROUNDS} kills", known.requests.len(), known.referrals.len(), known.notes.len());
        assert!(known.referrals.len() > 10 && known.notes.len() > 5);
    }
}

fn whole(owner: &Owner<'_>, answered: &Answered) {
    let set = |sql: &str| -> BTreeSet<String> { owner.texts(sql).into_iter().collect() };
    let bodies = owner.texts("SELECT body AS v FROM ledger_entry");
    let entered: BTreeSet<String> = bodies
        .iter()
        .map(|body| serde_json::from_str::<Value>(body).unwrap()["request"].as_str().unwrap().to_owned())
        .collect();
    for request in &answered.requests {
        assert!(entered.contains(request), "answered and not entered: {request}");
    }
    let referrals = set("SELECT id AS v FROM referral");
    assert!(answered.referrals.iter().all(|id| referrals.contains(id)), "an acknowledged referral is lost");
    let notes = set("SELECT record_id AS v FROM case_record");
    assert!(answered.notes.iter().all(|id| notes.contains(id)), "an acknowledged note is lost");
    for facts in owner.texts("SELECT header AS v FROM referral") {
        let facts: ReferralFacts = serde_json::from_str(&facts).unwrap();
        let cases = owner.texts(&format!("SELECT case_id AS v FROM referral_case WHERE referral_id = '{}'", facts.id));
        assert_eq!(cases.len(), facts.people as usize, "a referral without its cases");
    }
    // Per case: header versions, versions of categories, records and events that the header speaks of.
    let counts = |table: &str| -> std::collections::BTreeMap<String, i64> {
        let sql = format!("SELECT case_id || ' ' || CAST(count(*) AS TEXT) AS v FROM {table} GROUP BY case_id");
        let split = |row: String| row.split_once(' ').map(|(id, n)| (id.to_owned(), n.parse().unwrap())).unwrap();
        owner.texts(&sql).into_iter().map(split).collect()
    };
    let (headers, versions, records, events) =
        (counts("case_header_version"), counts("case_version"), counts("case_record"), counts("event"));
    let marks = set("SELECT case_lid || ' ' || CAST(version AS TEXT) AS v FROM ledger_mark");
    for header in owner.texts("SELECT header AS v FROM case_file") {
        let header: Header = serde_json::from_str(&header).unwrap();
        let id = header.case.to_string();
        let (mut singles, mut many) = (0, 0);
        for (category, fact) in &header.categories {
            match category.shape() {
                channel_panel::casework::category::Shape::Single => singles += i64::from(fact.version),
                channel_panel::casework::category::Shape::Many => many += i64::from(fact.version),
            }
        }
        let held = |of: &std::collections::BTreeMap<String, i64>| of.get(&id).copied().unwrap_or(0);
        let found = (held(&headers), held(&versions), held(&records), held(&events));
        assert_eq!(found, (header.version, singles, many, i64::from(header.events.count)), "a case by half");
        assert!((1..=header.version).all(|v| marks.contains(&format!("{} {v}", header.ledger_id))), "a change without its entry");
    }
}
