//! A sample of the property over real HTTP, on both databases, with everything running: every operation that reads, as
//! every seat. What HTTP itself adds is compared too, but for the moment (`Date`).

use super::calls::{self, Asking};
use super::changes::{self, Chance, Planned};
use super::judge::{Heard, Judge};
use super::road::{Answered, Asked};
use super::sight;
use super::world::{World, laid};
use crate::api::town::Town;
use crate::harness::Backend;
use channel_panel::api::OPERATIONS;
use channel_panel::demo::seats::Seat;
use serde_json::Value;
use std::collections::BTreeMap;

fn get(town: &Town<'_>, seat: Seat, asked: &Asked) -> Answered {
    let client = town.seat(seat);
    let mut request = client.request("GET", &format!("/api/v1{}", asked.path));
    for (name, value) in &asked.headers {
        request = request.header(name, value);
    }
    let answer = request.send();
    let own = answer.header("x-request-id").unwrap().to_owned();
    let kept = answer.headers.iter().filter(|(name, _)| *name != "date");
    let mut headers: Vec<_> =
        kept.map(|(name, value)| (name.to_string(), value.to_str().unwrap().replace(&own, "REQUEST"))).collect();
    headers.sort();
    let bytes = answer.body.clone();
    let text = String::from_utf8(bytes).unwrap_or_else(|error| error.as_bytes().escape_ascii().to_string());
    Answered { status: answer.status, headers, body: text.replace(&own, "REQUEST") }
}

fn hear(world: &World<'_>, town: &Town<'_>, names: &[&str]) -> BTreeMap<Seat, Heard> {
    let mut heard = BTreeMap::new();
    for seat in Seat::ALL {
        let mut asked: Vec<(String, Asked)> = Vec::new();
        for operation in OPERATIONS.iter().filter(|operation| operation.method == "GET") {
            if operation.path.contains("{case}") {
                for target in world.targets.iter().filter(|target| names.contains(&target.name)) {
                    let asking = Asking { world, seat: *seat, target, view: &Value::Null, salt: 1 };
                    let named = |asked: Asked| (format!("{}: {}", target.name, asked.key()), asked);
                    asked.extend(calls::of_case(operation, &asking).into_iter().map(named));
                }
            } else {
                let of_panel = calls::of_panel(operation, world, *seat, 1);
                asked.extend(of_panel.into_iter().map(|asked| (asked.key(), asked)));
            }
        }
        let answered = |asked: Asked| {
            let answered = get(town, *seat, &asked);
            (asked, answered)
        };
        heard.insert(*seat, asked.into_iter().map(|(key, asked)| (key, answered(asked))).collect());
    }
    heard
}

#[test]
fn it_holds_over_http_for_a_sample_of_reads() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let (running, targets, referrals) = laid(backend);
        let mut world = World::new(&running, targets, referrals);
        let town = Town::new(&running);
        let mut chance = Chance::new(3);
        let mut planned: Vec<Planned> = changes::all(&mut chance);
        let wanted = [
            "triage: health amends health",
            "apart: coordinator posts to log",
            "intervention: provider does log_session",
        ];
        planned.retain(|change| wanted.contains(&change.name.as_str()));
        assert_eq!(planned.len(), wanted.len(), "a change was renamed");
        let names = ["triage", "apart", "intervention"];
        let mut judge = Judge::new(hear(&world, &town, &names));
        for change in &planned {
            let sights = world.sights();
            let touches = (change.run)(&world, &mut chance);
            world.settle();
            let touched: Vec<_> = touches.iter().flat_map(|touch| touch.cases.clone()).collect();
            let mut now = sights.clone();
            now.extend(sight::all(&world, &touched));
            judge.hear_on(&world, &change.name, &touches, [&sights, &now], hear(&world, &town, &names));
        }
        let verdict = judge.verdict;
        // The log grows by what this test reads, and its tree with it: to its auditor both are shown.
        let grows = |leak: &str| ["auditor: readCheckpoint", "auditor: readProof"].iter().any(|it| leak.contains(it));
        let leaks: Vec<&String> = verdict.leaks.iter().filter(|leak| !grows(leak)).collect();
        println!("{backend:?}: {} pairs over HTTP, {} comparisons", verdict.pairs, verdict.comparisons);
        assert!(leaks.is_empty(), "{backend:?}: {leaks:#?}");
        assert!(verdict.pairs >= 20, "{}", verdict.pairs);
    }
}
