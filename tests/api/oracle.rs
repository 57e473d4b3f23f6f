//! Two worlds that differ only in what a caller may not know answer that caller alike: the same status, the same
//! headers, the same bytes but for the request's own id.

use super::samples::{Ground, sample};
use super::town::{Town, amendment, least_referral, referral};
use crate::harness::{Answer, haltingly_timed, running_on_both};
use channel_panel::api::OPERATIONS;
use channel_panel::api::grain::GRAIN;
use channel_panel::api::operation::{Operation, PurposeRule};
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Header names in the order they came, and values but those that differ by nature.
fn headers(answer: &Answer) -> Vec<(String, String)> {
    answer
        .headers
        .iter()
        .map(|(name, value)| {
            let own = ["date", "x-request-id", "location"].contains(&name.as_str());
            (name.to_string(), if own { String::new() } else { value.to_str().unwrap().to_owned() })
        })
        .collect()
}

/// The body with the request's own id struck out.
fn struck(answer: &Answer) -> String {
    answer.text().replace(answer.header("x-request-id").unwrap(), "REQUEST")
}

fn shape(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.iter().map(|(key, inner)| (key.clone(), shape(inner))).collect(),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::String(text) => format!("{} characters", text.len()).into(),
        other => other.clone(),
    }
}

#[test]
fn a_referral_is_answered_alike_whether_the_person_is_known_or_not() {
    running_on_both(|running| {
        let town = Town::new(running);
        for seat in [Seat::School, Seat::PartnerSystem, Seat::Health, Seat::PoliceCt] {
            let name = format!("Known{}", seat.name().replace('-', ""));
            let first = town.refer(seat, &referral(&name, false));
            assert_eq!(first.status, 201, "{}: {}", seat.name(), first.text());
            let known = town.refer(seat, &referral(&name, false));
            let unknown = town.refer(seat, &referral(&format!("Other{}", seat.name().replace('-', "")), false));
            for answer in [&known, &unknown] {
                assert_eq!(answer.status, 201, "{}", seat.name());
                assert_eq!(headers(answer), headers(&first), "{}", seat.name());
                assert_eq!(shape(&answer.json()), shape(&first.json()), "{}", seat.name());
                assert_eq!(answer.json()["status"], "received");
            }
            assert_ne!(known.json()["referral"], first.json()["referral"]);
            // Afterwards too: the sender's own list says the same of each.
            if seat == Seat::School {
                let list = town.seat(seat).get("/api/v1/referrals").expect(200).json();
                let shapes: Vec<Value> = list["referrals"].as_array().unwrap().iter().map(shape).collect();
                assert!(shapes.len() == 3 && shapes.iter().all(|s| *s == shapes[0]), "{shapes:?}");
                let read = |answer: &Answer| {
                    let id = answer.json()["referral"].as_str().unwrap().to_owned();
                    town.seat(seat).get(&format!("/api/v1/referrals/{id}")).expect(200)
                };
                let (first, known) = (read(&first), read(&known));
                assert_eq!(headers(&first), headers(&known));
                assert_eq!(shape(&first.json()), shape(&known.json()));
            }
        }
    });
}

/// The number of people named and what is said of them change nothing either.
#[test]
fn a_referral_of_two_and_a_bare_one_are_answered_alike() {
    running_on_both(|running| {
        let town = Town::new(running);
        let mut two = referral("Twofold", true);
        let second = two["people"][0].clone();
        two["people"].as_array_mut().unwrap().push(second);
        two["people"][1]["identity"]["forenames"] = "Branwen".into();
        let (two, bare) =
            (town.refer(Seat::School, &two).expect(201), town.refer(Seat::School, &least_referral("Bare")).expect(201));
        assert_eq!(headers(&two), headers(&bare));
        assert_eq!(shape(&two.json()), shape(&bare.json()));
    });
}

/// Seats that may not know the case, among them those of the neighbouring panel with the same roles.
const STRANGERS: [Seat; 11] = [
    Seat::School,
    Seat::SocialCare,
    Seat::Education,
    Seat::Partner,
    Seat::PoliceLocal,
    Seat::Guest,
    Seat::Provider,
    Seat::Records,
    Seat::Administrator,
    Seat::NeighbourChair,
    Seat::NeighbourCoordinator,
];

#[test]
fn what_may_not_be_known_is_answered_on_the_beat_and_not_when_it_was_made() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Unseen", true);
        for path in [format!("/cases/{case}"), format!("/cases/{}", Uuid::new_v4()), "/nothing".to_owned()] {
            for seat in STRANGERS {
                let began = Instant::now();
                let answer = town.seat(seat).get(&format!("/api/v1{path}"));
                let took = began.elapsed();
                assert_eq!(answer.status, 404, "{path}");
                // The least it may take; the most is the machine's.
                assert!(took >= GRAIN, "{path}, {}: {took:?}", seat.name());
            }
        }
    });
}

/// A case of the neighbouring panel.
fn beyond(town: &Town<'_>) -> String {
    let form = json!({"origin": "legacy", "receivedOn": town.today(), "stage": "referred", "stageOn": town.today(),
        "identity": {"forenames": "Ilse", "surname": "Beyond", "dateOfBirth": "1999-02-03"}});
    let written = town.seat(Seat::NeighbourCoordinator).post("/api/v1/cases", &form).expect(201).json();
    written["id"].as_str().unwrap().to_owned()
}

/// Whoever holds back the end of a body must not choose where in the beat the work falls, nor may a refusal of another name
/// than "not found" be quicker: it, too, can be about what is hidden.
#[test]
fn the_beat_begins_when_the_request_is_whole_and_every_refusal_waits_for_it() {
    running_on_both(|running| {
        let town = Town::new(running);
        let (case, hidden) = (town.open("Unseen", true), beyond(&town));
        let held = running.book.get(Seat::PoliceLocal).unwrap();
        let body = json!({"on": town.today(), "kind": "note", "note": "x"}).to_string().into_bytes();
        let head = format!(
            "POST /api/v1/cases/{case}/log HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\nActing-Membership: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            held.token,
            held.membership,
            body.len()
        );
        // From the head on, each time a little later.
        for late in (0..10).map(|n| Duration::from_millis(25 + n)) {
            let (answer, took) = haltingly_timed(&running.base, &head, &body, late);
            assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
            assert!(took >= GRAIN, "{late:?}: {took:?}");
        }
        for other in [&hidden, &Uuid::new_v4().to_string()] {
            let join = json!({"transition": "join", "content": {"into": other}});
            let began = Instant::now();
            let answer = town.seat(Seat::Coordinator).post(&format!("/api/v1/cases/{case}/transitions"), &join);
            let took = began.elapsed();
            assert!((400..500).contains(&answer.status), "{}", answer.text());
            assert!(took >= GRAIN, "{other}: {took:?}");
        }
    });
}

#[test]
fn a_case_that_one_may_not_know_is_as_one_that_is_not_there() {
    running_on_both(|running| {
        let town = Town::new(running);
        let ground = Ground::lay(&town);
        let case = town.open("Unseen", true);
        let nowhere = Uuid::new_v4().to_string();
        let mut pairs = 0;
        // Who may break a glass may learn by it that there is a case: `break_glass.rs` tries the rest of it. What is done
        // for a purpose that must be said is done at the end of a case, and tried in `tests/endings`.
        let of_a_case = |o: &&&Operation| o.path.contains("{case}") && o.purpose != PurposeRule::MustBeSaid;
        for operation in OPERATIONS.iter().filter(of_a_case) {
            let mut real = sample(&town, &ground, operation.id);
            for known in [&ground.case, &ground.again, &ground.other] {
                real.path = real.path.replacen(known.as_str(), &case, 1);
            }
            let mut empty = sample(&town, &ground, operation.id);
            empty.path = real.path.replacen(&case, &nowhere, 1);
            empty.body = real.body.clone();
            empty.headers = real.headers.clone();
            for seat in STRANGERS {
                for purpose in [None, Some("earlier_history")] {
                    let client = town.seat(seat).with("Access-Reason", "repeat_referral".into());
                    let client = purpose.map_or(client.clone(), |purpose| client.purpose(purpose));
                    let (there, not) = (real.send(&client), empty.send(&client));
                    let at = format!("{}, {}", operation.id, seat.name());
                    assert_eq!(there.problem(), "not-found", "{at}: {}", there.text());
                    assert_eq!(there.status, not.status, "{at}");
                    assert_eq!(struck(&there), struck(&not), "{at}");
                    assert_eq!(headers(&there), headers(&not), "{at}");
                    pairs += 1;
                }
            }
        }
        println!("{pairs} pairs of a case that is hidden and one that is not there");
    });
}

#[test]
fn another_s_referral_is_as_one_that_is_not_there() {
    running_on_both(|running| {
        let town = Town::new(running);
        let sent = town.refer(Seat::School, &least_referral("Sent")).expect(201).json();
        let there = format!("/api/v1/referrals/{}", sent["referral"].as_str().unwrap());
        let nowhere = format!("/api/v1/referrals/{}", Uuid::new_v4());
        for seat in Seat::ALL
            .iter()
            .filter(|seat| ![Seat::School, Seat::SchoolLead, Seat::Coordinator, Seat::Deputy].contains(seat))
        {
            let client = town.seat(*seat);
            let (hidden, missing) = (client.get(&there), client.get(&nowhere));
            assert_eq!(hidden.problem(), "not-found", "{}", seat.name());
            assert_eq!(struck(&hidden), struck(&missing), "{}", seat.name());
            assert_eq!(headers(&hidden), headers(&missing), "{}", seat.name());
        }
    });
}

/// A list must not tell of what is not in it: no total, no shorter page, no cursor to nowhere.
#[test]
fn a_list_without_the_hidden_is_the_list_without_them() {
    running_on_both(|running| {
        let town = Town::new(running);
        let empty = town.seat(Seat::Health).get("/api/v1/cases?limit=1").expect(200);
        for n in ["Hiddenone", "Hiddentwo", "Hiddenthree"] {
            town.open(n, false);
        }
        let after = town.seat(Seat::Health).get("/api/v1/cases?limit=1").expect(200);
        assert_eq!(struck(&empty), struck(&after));
        assert_eq!(headers(&empty), headers(&after));
    });
}

/// An agency that is only asked may write, and does not read: it must not learn from writing that somebody wrote before.
#[test]
fn writing_what_one_may_not_read_tells_nothing_of_what_is_there() {
    running_on_both(|running| {
        let town = Town::new(running);
        let worlds = ["Blankby", "Writtenby"].map(|name| {
            let case = town.open(name, false);
            town.ask(&case, Body::Health, "Is she known to you?");
            case
        });
        // In the second, health had a part before, and wrote.
        let lead = town.name_lead(&worlds[1], Body::Health);
        town.amend(Seat::Health, &worlds[1], "health", &json!({"diagnoses": "None"}));
        town.post(Seat::Health, &worlds[1], "releases/health_summary", &town.release("Known."));
        let path = format!("/api/v1/cases/{}/assignments/{lead}", worlds[1]);
        town.seat(Seat::Coordinator).request("DELETE", &path).send().expect(204);
        let answers = |case: &str| -> Vec<(u16, String)> {
            let health = town.seat(Seat::Health);
            let patch = |category: &str, fields: Value| {
                let path = format!("/api/v1/cases/{case}/categories/{category}");
                health.request("PATCH", &path).if_match("\"0\"").json(&amendment(&fields)).send()
            };
            let release = |body: &Value| health.post(&format!("/api/v1/cases/{case}/releases/health_summary"), body);
            let all = [
                patch("health", json!({"diagnoses": "Asthma"})),
                patch("health_summary", json!({"summary": "Known"})),
                release(&json!({"release": {}})),
                release(&town.release("Known to us; no risk.")),
            ];
            all.iter().map(|answer| (answer.status, struck(answer))).collect()
        };
        let (blank, written) = (answers(&worlds[0]), answers(&worlds[1]));
        assert_eq!(blank, written);
        assert_eq!(blank.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [403, 403, 422, 200]);
    });
}
