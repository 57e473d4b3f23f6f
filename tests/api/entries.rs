//! Each operation writes exactly one entry for each request, whatever comes of it.
//! The operations are read from the OpenAPI document as it is served; what is excepted may only become less.

use super::entered;
use super::samples::{Ground, sample};
use super::town::Town;
use crate::harness::{Answer, Backend, Running, running_on_both};
use channel_panel::api::operation::Effect;
use channel_panel::config::Limits;
use channel_panel::demo::seats::Seat;
use serde_json::Value;

/// Operations of the document that write no entry. None: health and the document itself are not in it.
const EXCEPTED: &[&str] = &[];

fn documented(town: &Town<'_>) -> Vec<String> {
    let document = town.nobody().get("/api/v1/openapi.json").expect(200).json();
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|item| item.as_object().unwrap().values());
    operations.filter_map(|operation| operation["operationId"].as_str().map(str::to_owned)).collect()
}

#[test]
fn every_operation_writes_one_entry_for_success_and_for_each_refusal() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        // Strangers beyond the bound are counted, not listed: another test's matter.
        let limits = Limits { faults_listed_a_minute: 1000, ..Limits::default() };
        let running = &Running::start_with(backend, limits);
        let town = Town::new(running);
        let ground = Ground::lay(&town);
        let operations = documented(&town);
        assert_eq!(operations.len(), channel_panel::api::OPERATIONS.len());
        let mut tried = 0;
        for id in operations.iter().filter(|id| !EXCEPTED.contains(&id.as_str())) {
            let sample = sample(&town, &ground, id);
            let client = town.seat(sample.seat);
            let weak = town.seat(Seat::PartnerSystem);
            let refusals = [
                ("no token", sample.send(town.nobody())),
                ("another's membership", sample.send(&client.acting(running.borough.membership(Seat::Guest)))),
                ("no such purpose", sample.send(&client.purpose("curiosity"))),
                ("a system", sample.send(&weak)),
            ];
            for (what, answer) in refusals {
                // A system may refer, and everybody may read the codes and who they are.
                let may = what == "a system" && answer.status < 300;
                assert!(may || answer.status >= 400, "{id}, {what}: {}", answer.status);
                check(running, id, sample.operation.effect == Effect::Changes, &answer);
                tried += 1;
            }
            let done = sample.send(&client);
            assert_eq!(done.status, sample.operation.success, "{id}: {}", done.text());
            let entry = check(running, id, sample.operation.effect == Effect::Changes, &done);
            assert_eq!(entry["actor"]["person"], running.borough.person(sample.seat).to_string(), "{id}");
            assert_eq!(entry["actor"]["membership"], running.borough.membership(sample.seat).to_string(), "{id}");
            tried += 1;
        }
        println!("{backend:?}: {} operations, {tried} requests, one entry each", operations.len());
    }
}

#[track_caller]
fn check(running: &Running, operation: &str, changes: bool, answer: &Answer) -> Value {
    let entry = entered::one(running, answer);
    assert_eq!(entry["operation"], operation);
    assert_eq!(entry["outcome"], entered::outcome(answer.status, changes), "{operation}: {}", answer.text());
    if answer.status >= 400 {
        assert_eq!(entry["problem"], answer.problem(), "{operation}");
    } else {
        assert_eq!(entry["problem"], Value::Null);
    }
    entry
}

/// A change and nothing beside it: whatever else a request does, the log grows by one.
#[test]
fn the_log_grows_by_one_for_each_request() {
    running_on_both(|running| {
        let town = Town::new(running);
        let ground = Ground::lay(&town);
        town.until("the matching of all referrals", || {
            let matched = entered::all(running).iter().filter(|entry| entry["operation"] == "matchPeople").count();
            (matched == 3).then_some(())
        });
        for id in ["openCase", "readHistory", "listCases", "addLogNote", "amendCategory", "listLinks", "searchSubjects"]
        {
            let sample = sample(&town, &ground, id);
            let client = town.seat(sample.seat);
            let before = entered::all(running).len();
            sample.send(&client).expect(sample.operation.success);
            sample.send(town.nobody()).expect(401);
            assert_eq!(entered::all(running).len(), before + 2, "{id}");
        }
    });
}
