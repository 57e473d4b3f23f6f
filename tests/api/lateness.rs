//! What is late, to whom it is told, and the chair's sight of what has been late for too long: once, whoever comes first and
//! however late.

use super::entered;
use super::town::{Town, least_referral};
use crate::harness::{Running, running_on_both};
use crate::store::wait;
use channel_panel::app::jobs;
use channel_panel::app::service::Service;
use channel_panel::demo::seats::{Body, Seat};
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

/// Sets the calendar of a service to a day.
pub fn set_calendar(service: &Service, to: NaiveDate) {
    service.clock.move_calendar(to);
}

/// What time brings, by as many instances at once.
pub fn at_once(services: &[&Service]) {
    std::thread::scope(|scope| {
        let runs: Vec<_> = services.iter().map(|service| scope.spawn(|| wait(jobs::once(service)))).collect();
        assert!(runs.into_iter().all(|run| run.join().unwrap()));
    });
}

/// A case that came in today.
pub fn fresh_case(town: &Town<'_>, surname: &str) -> String {
    let mut form = least_referral(surname);
    form["dates"] = json!({"concernArose": town.today(), "referralMade": town.today()});
    town.refer(Seat::School, &form).expect(201);
    town.case_named(surname)
}

/// How often it happened, as somebody who may know is told.
pub fn events(town: &Town<'_>, seat: Seat, case: &str, name: &str) -> Vec<Value> {
    let history = town.seat(seat).get(&format!("/api/v1/cases/{case}/history")).expect(200).json();
    history["events"].as_array().unwrap().iter().filter(|event| event["name"] == name).cloned().collect()
}

fn entries(running: &Running, operation: &str) -> Vec<Value> {
    entered::all(running).into_iter().filter(|entry| entry["operation"] == operation).collect()
}

/// The cases that a seat is shown, of those that it is shown with this filter.
fn listed(town: &Town<'_>, seat: Seat, query: &str) -> Vec<String> {
    let list = town.seat(seat).get(&format!("/api/v1/cases{query}")).expect(200).json();
    list["cases"].as_array().unwrap().iter().map(|case| case["id"].as_str().unwrap().to_owned()).collect()
}

fn standing(town: &Town<'_>, seat: Seat, case: &str) -> Value {
    town.view(seat, case)["due"]["standing"].clone()
}

/// The first day on which what is due on it has been overdue for too long.
fn escalates(town: &Town<'_>, case: &str) -> NaiveDate {
    let due: NaiveDate = town.view(Seat::Coordinator, case)["due"]["on"].as_str().unwrap().parse().unwrap();
    let service = &town.running.service;
    service.calendar.add_working_days(due, service.rules.escalate_after_days + 1, &[])
}

#[test]
fn what_is_late_for_too_long_comes_to_the_chair_once_and_goes_when_it_is_done() {
    running_on_both(|running| {
        let (town, service) = (Town::new(running), &running.service);
        let case = fresh_case(&town, "Overdale");
        let day = escalates(&town, &case);
        assert!(["on_time", "due_soon"].contains(&standing(&town, Seat::Coordinator, &case).as_str().unwrap()));

        set_calendar(service, day - Days::new(1));
        assert!(wait(jobs::once(service)));
        assert_eq!(standing(&town, Seat::Coordinator, &case), "overdue");
        assert_eq!(listed(&town, Seat::Chair, ""), Vec::<String>::new(), "late, and not yet for too long");
        assert!(town.seat(Seat::Chair).get(&format!("/api/v1/cases/{case}")).expect(404).problem() == "not-found");

        // Months late, twice over, and by three instances at once: the service's own jobs, and two others.
        set_calendar(service, day + Days::new(120));
        let (one, other) = (running.beside(), running.beside());
        for beside in [&one, &other] {
            set_calendar(&beside.service, day + Days::new(120));
        }
        at_once(&[service, &one.service, &other.service]);
        at_once(&[&one.service, service]);
        assert_eq!(standing(&town, Seat::Chair, &case), "escalated");
        assert_eq!(listed(&town, Seat::Chair, "?deadline=escalated"), std::slice::from_ref(&case));
        let told = events(&town, Seat::Coordinator, &case, "escalated");
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0]["occurredOn"], json!(day), "on the day on which it was so, however late it is noted");
        assert!(told[0]["role"].is_null() && told[0]["agency"].is_null());
        let entry = &entries(running, "escalateCase")[..];
        assert_eq!(entry.len(), 1);
        assert_eq!((&entry[0]["actor"]["system"], &entry[0]["outcome"]), (&json!("timekeeper"), &json!("changed")));
        assert_eq!(entered::detail(&entry[0], "late"), "begin_triage");

        // Done: another thing is due, and the chair's sight by the clock is over.
        town.step(Seat::Coordinator, &case, "begin_triage", json!({"earlierCasesSearched": true}));
        assert_ne!(standing(&town, Seat::Coordinator, &case), "escalated");
        assert_eq!(listed(&town, Seat::Chair, ""), Vec::<String>::new());
        town.seat(Seat::Chair).get(&format!("/api/v1/cases/{case}")).expect(404);
        at_once(&[service, &one.service]);
        for name in ["escalated", "escalation_ended"] {
            assert_eq!(events(&town, Seat::Coordinator, &case, name).len(), 1, "{name}");
        }
        assert_eq!(entries(running, "escalateCase").len(), 1);
    });
}

#[test]
fn what_is_late_is_told_and_filtered_for_those_alone_who_are_told_when_it_is_due() {
    running_on_both(|running| {
        let (town, service) = (Town::new(running), &running.service);
        let (late, soon) = (fresh_case(&town, "Lateham"), fresh_case(&town, "Soonham"));
        for case in [&late, &soon] {
            town.name_lead(case, Body::Health);
        }
        let day = escalates(&town, &late);
        town.step(Seat::Coordinator, &soon, "begin_triage", json!({"earlierCasesSearched": true}));
        set_calendar(service, day);
        assert!(wait(jobs::once(service)));
        let found = |query: &str| listed(&town, Seat::Coordinator, query);
        assert!(found("?deadline=escalated").contains(&late));
        assert!(found("?deadline=overdue").contains(&late) && found("?overdue=true").contains(&late));
        assert!(!found("?deadline=due_soon").contains(&late));
        let due = &town.view(Seat::Coordinator, &late)["due"];
        assert_eq!(
            (&due["overdue"], &due["yours"], &due["what"]),
            (&json!(true), &json!(true), &json!("begin_triage"))
        );
        assert_eq!(town.view(Seat::Chair, &late)["due"]["yours"], false, "it is the coordinator's to do");

        // Health has both cases and is told neither when they are due nor that the one is late.
        let mut both = listed(&town, Seat::Health, "");
        both.sort();
        let mut expected = vec![late.clone(), soon.clone()];
        expected.sort();
        assert_eq!(both, expected);
        for query in ["?deadline=due_soon", "?deadline=overdue", "?deadline=escalated", "?overdue=true"] {
            assert_eq!(listed(&town, Seat::Health, query), Vec::<String>::new(), "{query}");
        }
        let view = town.view(Seat::Health, &late);
        assert!(view.get("due").is_none() && view["state"]["paused"] == false);
        assert_eq!(events(&town, Seat::Health, &late, "escalated").len(), 0);
        assert_eq!(events(&town, Seat::Coordinator, &late, "escalated").len(), 1);
        assert_eq!(town.seat(Seat::Health).get("/api/v1/cases?deadline=late").expect(422).problem(), "invalid");
    });
}
