//! After an erasure: no road shows anything of the case, nothing in the database opens it, and nothing there says under which
//! name the log knew it.

use super::{closed, erased, log_is_good, row};
use crate::api::town::{Town, least_referral};
use crate::attacks::sql::{DATA, Owner};
use crate::harness::{Answer, Backend, running_on_both};
use channel_panel::api::OPERATIONS;
use channel_panel::app::session::{Credentials, Identified};
use channel_panel::casework::role::Role;
use channel_panel::demo::seats::Seat;
use serde_json::{Value, json};

const NOWHERE: &str = "00000000-0000-4000-8000-00000000dead";

fn struck(answer: &Answer, case: &str) -> String {
    let text = answer.text().replace(answer.header("x-request-id").unwrap(), "REQUEST");
    text.replace(case, "CASE")
}

/// Bodies that get as far as the case; an operation without one here is asked with none.
fn body(operation: &str, town: &Town<'_>) -> Option<Value> {
    let words = json!({"words": "Said."});
    Some(match operation {
        "addLogNote" => json!({"on": town.today(), "kind": "note", "note": "The school rang."}),
        "makeTransition" => json!({"transition": "reopen", "content": {}}),
        "placeLegalHold" | "releaseLegalHold" => json!({"reason": "complaint", "words": "Said."}),
        "reviewRetention" => json!({"until": town.later(9), "words": "Said."}),
        "proposeErasure" | "withdrawErasure" => words,
        "linkCases" => json!({"otherCase": NOWHERE, "kind": "household"}),
        "decideCandidate" => json!({"verdict": "same_person"}),
        "breakGlass" => json!({"reason": "missing_child"}),
        "restrictCase" => json!({"people": [town.running.borough.person(Seat::Coordinator)]}),
        "recuse" | "confirmErasure" => json!({}),
        "nameLead" => json!({"agency": town.agency(channel_panel::demo::seats::Body::Health)}),
        _ => return None,
    })
}

#[test]
fn no_road_leads_to_an_erased_case() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = closed(&town, "Wintergreen");
        let before = row(running, &case);
        let referral = before.header.split("\"openedFrom\":\"").nth(1).map(|rest| rest[..36].to_owned()).unwrap();
        town.seat(Seat::School).get(&format!("/api/v1/referrals/{referral}")).expect(200);
        let found = |name: &str| {
            let search = json!({"purpose": "duplicate_check", "surname": name, "dateOfBirth": "2001-04-17"});
            let client = town.seat(Seat::Coordinator).purpose("case_work");
            client.post("/api/v1/subjects/search", &search).expect(200).json()["subjects"].as_array().unwrap().len()
        };
        assert_eq!(found("Wintergreen"), 1);
        erased(&town, &case);
        running.service.clock.move_calendar(0);

        let mut tried = 0;
        for operation in OPERATIONS.iter().filter(|operation| operation.path.contains("{case}")) {
            for seat in Seat::ALL {
                let own: &[&str] = match seat.role() {
                    Role::Records => &["rights_request"],
                    Role::Auditor => &["audit"],
                    Role::Council | Role::Chair | Role::Mash => &["break_glass"],
                    _ => &[],
                };
                for purpose in ["", "retention", "earlier_history"].iter().chain(own) {
                    let ask = |id: &str| {
                        let path = operation.path.replacen("{case}", id, 1).replace("{category}", "contact");
                        let path = path.split('/').map(|part| if part.starts_with('{') { NOWHERE } else { part });
                        let path = format!("/api/v1{}", path.collect::<Vec<_>>().join("/"));
                        let client = town.seat(*seat).with("access-reason", "complaint".to_owned());
                        let client = if purpose.is_empty() { client } else { client.purpose(purpose) };
                        let request = client.request(operation.method, &path).header("if-match", "\"AAAA\"");
                        match body(operation.id, &town) {
                            Some(body) => request.json(&body).send(),
                            None => request.send(),
                        }
                    };
                    let (gone, never) = (ask(&case), ask(NOWHERE));
                    let at = format!("{} as {} for {purpose}", operation.id, seat.name());
                    assert!(gone.status >= 400, "{at}: {}", gone.status);
                    assert_eq!((gone.status, struck(&gone, &case)), (never.status, struck(&never, NOWHERE)), "{at}");
                    tried += 1;
                }
            }
        }
        println!("{:?}: {tried} requests", running.database.backend());
        for seat in Seat::ALL {
            for purpose in ["case_work", "retention", "audit", "earlier_history"] {
                let client = town.seat(*seat).with("access-reason", "complaint".to_owned()).purpose(purpose);
                let list = client.get("/api/v1/cases").text();
                assert!(!list.contains(&case), "{} for {purpose}", seat.name());
            }
        }
        assert_eq!(found("Wintergreen"), 0, "nobody finds the person");
        assert_eq!(town.seat(Seat::School).get(&format!("/api/v1/referrals/{referral}")).status, 404);
        assert!(!town.seat(Seat::School).get("/api/v1/referrals").expect(200).text().contains(&referral));
        // Who refers the same person again is answered as ever.
        town.refer(Seat::School, &least_referral("Wintergreen")).expect(201);
        log_is_good(&town);
    });
}

#[test]
fn nothing_of_it_is_in_the_database_but_that_it_was() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = closed(&town, "Bilberry");
        let (other, before) = (closed(&town, "Cloudberry"), row(running, &case));
        erased(&town, &case);
        let after = row(running, &case);
        assert_eq!((after.wrapped_keys.as_str(), after.singles.len()), ("", 0));
        assert_eq!((after.id, after.panel, after.stage.as_str()), (before.id, before.panel, "erased"));
        assert!(after.ledger_id != before.ledger_id && after.subject != before.subject);
        let owner = Owner::of(&running.database);
        let lid = before.ledger_id.to_string();
        for table in DATA.iter().filter(|table| **table != "ledger_mark") {
            let rows = owner.rows(table);
            assert!(!rows.contains(&lid), "{table} says under which name the log knew it");
            assert!(!rows.contains(&before.subject.to_string()), "{table} has its subject");
            let kept = ["case_file", "erasure"].contains(table);
            assert_eq!(rows.contains(&case), kept, "{table}");
        }
        // No hash of what is left stands in the log either.
        let hash = channel_panel::app::case_file::hex(&channel_panel::digest::sha256(&[after.header.as_bytes()]));
        assert!(!owner.rows("ledger_entry").contains(&hash));
        assert!(owner.rows("ledger_entry").contains(&lid), "the entries stay");
        for table in ["ledger_entry", "ledger_mark"] {
            assert!(!owner.rows(table).contains(&case), "{table} says which case it was");
        }
        for table in ["case_version", "case_record", "event", "case_header_version"] {
            assert!(owner.rows(table).contains(&other), "{table}: another case's history stays");
        }
        assert!(owner.rows("erasure").contains("common."), "under which keys its backups still open");
    });
}

/// Neither the trigger's exception nor a stage written by hand lets the history of a living case go.
#[test]
fn the_history_of_a_case_that_is_not_erased_stays() {
    use diesel::connection::SimpleConnection;
    use diesel::prelude::*;
    running_on_both(|running| {
        let town = Town::new(running);
        let case = closed(&town, "Cranberry");
        let run = |sql: &str| match running.database.backend() {
            Backend::Sqlite => {
                let mut c = SqliteConnection::establish(running.url()).unwrap();
                c.batch_execute("PRAGMA busy_timeout = 10000;").unwrap();
                c.batch_execute(sql)
            }
            Backend::Postgres => PgConnection::establish(running.url()).unwrap().batch_execute(sql),
        };
        for table in ["case_version", "case_header_version", "case_record", "event"] {
            assert!(run(&format!("DELETE FROM {table} WHERE case_id = '{case}'")).is_err(), "{table}");
        }
        // The same said of it falsely: the row is not what its header says.
        run(&format!("UPDATE case_file SET stage = 'erased' WHERE id = '{case}'")).unwrap();
        let answer = town.at_the_end(Seat::Records, "GET", &case, "", None);
        assert_eq!(answer.problem(), "integrity");
        run(&format!("UPDATE case_file SET stage = 'closed' WHERE id = '{case}'")).unwrap();
        town.at_the_end(Seat::Records, "GET", &case, "", None).expect(200);
    });
}

/// Another process has the case's keys open; it reads the row before it uses them, and there is none.
#[test]
fn open_keys_of_another_instance_are_of_no_use() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = closed(&town, "Mulberry");
        let beside = running.beside();
        let service = &beside.service;
        let held = running.book.get(Seat::Records).unwrap();
        let membership = held.membership.to_string();
        let credentials = Credentials { bearer: Some(&held.token), membership: Some(&membership), reason: None };
        drop(Identified::from_request(service, credentials).unwrap());
        let open = |case: &str| {
            let headers = vec![
                ("authorization", format!("Bearer {}", held.token)),
                ("acting-membership", membership.clone()),
                ("access-purpose", "retention".to_owned()),
            ];
            let path = format!("/cases/{case}");
            let incoming = channel_panel::api::incoming::Incoming::in_process("GET", &path, &headers, Vec::new());
            crate::store::wait(channel_panel::api::endpoint::handle(service, incoming)).into_parts().0
        };
        assert_eq!(open(&case), 200);
        assert!(service.sealer.open_keys() > 0, "its keys are open there");
        erased(&town, &case);
        assert!(service.sealer.open_keys() > 0, "nobody told the other instance");
        assert_eq!(open(&case), 404);
        assert_eq!(town.at_the_end(Seat::Records, "GET", &case, "", None).status, 404);
    });
}

#[test]
fn a_referral_of_two_goes_with_the_last_of_them() {
    running_on_both(|running| {
        let town = Town::new(running);
        let mut form = crate::api::town::referral("Whortleberry", false);
        let mut sister = form["people"][0].clone();
        sister["identity"]["forenames"] = json!("Morwenna");
        sister["identity"]["surname"] = json!("Huckleberry");
        form["people"].as_array_mut().unwrap().push(sister);
        let sent = town.refer(Seat::School, &form).expect(201).json();
        let referral = format!("/api/v1/referrals/{}", sent["referral"].as_str().unwrap());
        let (one, two) = (town.case_named("Whortleberry"), town.case_named("Huckleberry"));
        super::close(&town, &one);
        super::close(&town, &two);
        erased(&town, &one);
        running.service.clock.move_calendar(0);
        assert_eq!(town.seat(Seat::School).get(&referral).expect(200).json()["status"], "received");
        erased(&town, &two);
        running.service.clock.move_calendar(0);
        assert_eq!(town.seat(Seat::School).get(&referral).status, 404);
        log_is_good(&town);
    });
}
