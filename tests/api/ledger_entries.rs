//! The log as auditors read it over HTTP: by days and one filter more, page by page, each reading an entry itself.

use super::entered::{self, entries_path};
use super::town::Town;
use crate::harness::{Client, running_on_both};
use channel_panel::clock::Moment;
use channel_panel::demo::seats::{Body, Seat};
use chrono::Days;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What of a body a filter is about.
type Part = fn(&Value) -> Vec<&Value>;

fn bodies(list: &Value) -> Vec<Value> {
    list["entries"].as_array().unwrap().iter().map(|entry| entry["body"].clone()).collect()
}

fn found(auditor: &Client, query: &str) -> Vec<Value> {
    bodies(&auditor.get(&entries_path(&format!("{query}&limit=200"))).expect(200).json())
}

#[test]
fn an_auditor_finds_entries_by_days_and_each_filter_and_nothing_else() {
    running_on_both(|running| {
        let town = Town::new(running);
        let (case, other) = (town.open("Filtered", false), town.open("Besides", false));
        town.view(Seat::Coordinator, &case);
        town.view(Seat::PoliceCt, &case);
        town.view(Seat::Coordinator, &other);
        town.seat(Seat::Health).get(&format!("/api/v1/cases/{}", Uuid::new_v4())).expect(404);
        town.seat(Seat::NeighbourCoordinator).get("/api/v1/cases").expect(200);
        let auditor = town.seat(Seat::Auditor);
        let opened = entered::one(running, &town.seat(Seat::Coordinator).get(&format!("/api/v1/cases/{case}")));
        let lid = opened["cases"][0]["id"].as_str().unwrap().to_owned();
        let (person, council) = (town.person(Seat::Coordinator).to_string(), town.agency(Body::Council).to_string());
        let all: Vec<Value> = entered::all(running);
        let of_panel: Vec<&Value> =
            all.iter().filter(|body| body["panel"] == running.borough.panel.to_string()).collect();
        let asked: [(&str, &str, Part); 7] = [
            ("case", &lid, |body| body["cases"].as_array().unwrap().iter().map(|case| &case["id"]).collect()),
            ("actor", &person, |body| vec![&body["actor"]["person"]]),
            ("agency", &council, |body| vec![&body["actor"]["agency"]]),
            ("role", "police", |body| vec![&body["actor"]["role"]]),
            ("operation", "openCase", |body| vec![&body["operation"]]),
            ("outcome", "not_found", |body| vec![&body["outcome"]]),
            ("purpose", "case_work", |body| vec![&body["purpose"]]),
        ];
        for (name, value, of) in asked {
            let expected: Vec<&Value> =
                of_panel.iter().copied().filter(|body| of(body).iter().any(|it| *it == value)).collect();
            assert!(!expected.is_empty() && expected.len() < of_panel.len(), "{name} tells apart");
            let told = found(&auditor, &format!("{name}={value}"));
            // What the auditor read meanwhile is of another person, case and operation.
            let requests = |bodies: &[&Value]| -> BTreeSet<String> {
                bodies.iter().map(|body| body["request"].to_string()).collect()
            };
            assert_eq!(requests(&told.iter().collect::<Vec<_>>()), requests(&expected), "{name}={value}");
        }
        assert_eq!(found(&auditor, &format!("case={lid}&role=police")).len(), 1, "filters go together");
        assert!(found(&auditor, &format!("case={lid}&role=health")).is_empty());
    });
}

#[test]
fn without_days_or_a_filter_the_log_is_not_listed_and_the_refusal_names_what_is_missing() {
    running_on_both(|running| {
        let town = Town::new(running);
        let auditor = town.seat(Seat::Auditor);
        let broken = |query: &str| -> Vec<(String, String)> {
            let answer = auditor.get(&format!("/api/v1/ledger/entries{query}"));
            assert_eq!(answer.problem(), "invalid", "{query}");
            let errors = answer.json()["errors"].as_array().unwrap().clone();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            errors.iter().map(|error| (text(&error["field"]), text(&error["rule"]))).collect()
        };
        let pair = |field: &str, rule: &str| (field.to_owned(), rule.to_owned());
        let (from, to) = (pair("from", "required"), pair("to", "required"));
        let one_more = pair("case", "one_of_required");
        assert_eq!(broken(""), [from.clone(), to.clone(), one_more.clone()]);
        assert_eq!(broken("?operation=openCase"), [from, to.clone()]);
        assert_eq!(broken("?operation=openCase&from=2026-01-01"), [to]);
        assert_eq!(broken("?from=2026-01-01&to=2026-01-31&limit=5"), [one_more]);
        for (days, field, rule) in [
            ("from=2026-02-01&to=2026-01-31", "to", "before_start"),
            ("from=2026-01-01&to=2027-02-05", "to", "too_long"),
            ("from=2026-1-1&to=2026-01-31", "from", "date"),
            ("from=2026-01-01&to=yesterday", "to", "date"),
        ] {
            assert_eq!(broken(&format!("?{days}&operation=openCase")), [pair(field, rule)], "{days}");
        }
        // The longest that is allowed: 400 days, the first and the last among them.
        auditor.get("/api/v1/ledger/entries?from=2026-01-01&to=2027-02-04&operation=openCase").expect(200);
        for (filter, rule) in [
            ("case", "not_an_id"),
            ("actor", "not_an_id"),
            ("agency", "not_an_id"),
            ("role", "unknown_code"),
            ("outcome", "unknown_code"),
            ("purpose", "unknown_code"),
        ] {
            let asked = format!("?from=2026-01-01&to=2026-01-31&{filter}=nothing");
            assert_eq!(broken(&asked), [pair(filter, rule)]);
        }
    });
}

#[test]
fn days_are_those_of_london_and_pages_go_from_the_newest_back() {
    running_on_both(|running| {
        let town = Town::new(running);
        let clock = &running.service.clock;
        // The next, for nobody's token is good before it was issued.
        let midnight = Moment::begin_of(clock.today() + Days::new(1));
        // Written in another order than that of their time: two before midnight, three at it, one after.
        for seconds in [60, 0, -60, 0, -1, 0] {
            clock.stop_at(midnight.plus_seconds(seconds));
            town.seat(Seat::Mash).get("/api/v1/cases").expect(200);
        }
        let auditor = town.seat(Seat::Auditor);
        let day = |seconds: i64| midnight.plus_seconds(seconds).london_date();
        let path = |from: i64, to: i64| {
            format!(
                "/api/v1/ledger/entries?from={}&to={}&operation=listCases&actor={}",
                day(from),
                day(to),
                town.person(Seat::Mash)
            )
        };
        let count = |path: &str| bodies(&auditor.get(path).expect(200).json()).len();
        assert_eq!((count(&path(-1, -1)), count(&path(0, 0)), count(&path(-1, 0))), (2, 4, 6));
        let whole = bodies(&auditor.get(&path(-1, 0)).expect(200).json());
        let times: Vec<&str> = whole.iter().map(|body| body["at"].as_str().unwrap()).collect();
        assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
        let (mut paged, mut next) = (Vec::new(), String::new());
        loop {
            let page = auditor.get(&format!("{}&limit=2{next}", path(-1, 0))).expect(200).json();
            paged.extend(bodies(&page));
            match page["next"].as_str() {
                Some(token) => next = format!("&before={token}"),
                None => break,
            }
        }
        assert_eq!(paged, whole, "each once, also among those of one moment, and no empty page at the end");
    });
}

#[test]
fn a_cursor_goes_with_one_question_of_one_auditor() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Cursored", false);
        for _ in 0..3 {
            town.view(Seat::Coordinator, &case);
        }
        let auditor = town.seat(Seat::Auditor);
        let path = entries_path("operation=openCase&limit=1");
        let page = auditor.get(&path).expect(200).json();
        let next = page["next"].as_str().unwrap();
        let again = |path: &str| auditor.get(&format!("{path}&before={next}"));
        // Another size of page is no other question.
        again(&path).expect(200);
        assert_eq!(
            again(&entries_path("operation=openCase&limit=2")).expect(200).json()["entries"].as_array().unwrap().len(),
            2
        );
        let today = running.service.clock.today();
        for other in [
            entries_path("operation=openCase&outcome=shown&limit=1"),
            entries_path("operation=listCases&limit=1"),
            entries_path("role=council&limit=1"),
            format!("/api/v1/ledger/entries?from={today}&to={today}&operation=openCase&limit=1"),
        ] {
            let refused = again(&other);
            assert_eq!(
                (refused.problem().as_str(), &refused.json()["errors"][0]["rule"]),
                ("invalid", &json!("not_a_cursor"))
            );
        }
        let digest = town.seat(Seat::SchoolLead).get(&format!("/api/v1/digest?date={today}&after={next}"));
        assert_eq!(digest.problem(), "invalid", "nor with another list");
    });
}

#[test]
fn an_auditor_s_own_reading_is_an_entry_that_the_next_reading_shows() {
    running_on_both(|running| {
        let town = Town::new(running);
        let auditor = town.seat(Seat::Auditor);
        let first = auditor.get(&entries_path("operation=readLedger")).expect(200);
        assert!(bodies(&first.json()).is_empty(), "not its own, which is entered after it was put together");
        let refused = auditor.get("/api/v1/ledger/entries");
        assert_eq!(refused.problem(), "invalid");
        let told = found(&auditor, "operation=readLedger");
        let outcomes: Vec<&Value> = told.iter().map(|body| &body["outcome"]).collect();
        assert_eq!(outcomes, ["refused", "shown"], "the one that was refused too, newest first");
        assert_eq!(told[1]["actor"]["person"], town.person(Seat::Auditor).to_string());
        assert_eq!(entered::detail(&told[1], "count"), 0);
    });
}
