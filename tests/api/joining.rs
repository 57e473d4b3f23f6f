//! A person's cases, over HTTP on both databases: joined, the concern must go on somewhere, as the same person's; and none ends
//! before somebody has said whose it is.

use super::meetings::{decide, rules};
use super::town::{Town, referral};
use crate::harness::running_on_both;
use channel_panel::casework::ids::SubjectId;
use channel_panel::demo::seats::Seat;
use serde_json::{Value, json};

/// Refers somebody of this name once more; gives the new case, and waits until it was compared with those before.
fn again(town: &Town<'_>, surname: &str, before: &[&String]) -> String {
    town.refer(Seat::School, &referral(surname, false)).expect(201);
    let queue = town.seat(Seat::Coordinator).get("/api/v1/cases").expect(200).json();
    let cases = queue["cases"].as_array().unwrap().iter();
    let named = cases.filter(|case| case["name"].as_str().is_some_and(|name| name.ends_with(surname)));
    let mut new = named.filter_map(|case| case["id"].as_str()).filter(|id| before.iter().all(|known| known != id));
    let new = new.next().unwrap().to_owned();
    town.until("the comparison", || (candidates(town, &new)?.len() == before.len()).then_some(()));
    new
}

/// While a case is compared it moves, and is not shown.
fn candidates(town: &Town<'_>, case: &str) -> Option<Vec<Value>> {
    let found = town.seat(Seat::Coordinator).get(&format!("/api/v1/cases/{case}/candidates"));
    (found.status == 200).then(|| found.json()["candidates"].as_array().unwrap().clone())
}

fn subject(town: &Town<'_>, case: &str) -> SubjectId {
    let mut reader = town.running.service.store.reader().unwrap();
    reader.case_by_id(case.parse().unwrap()).unwrap().unwrap().subject
}

fn close(town: &Town<'_>, case: &str) -> crate::harness::Answer {
    decide(town, Seat::Coordinator, case, "close", &json!({"outcome": "left_uk", "reason": "Moved"}))
}

#[test]
fn no_case_ends_before_somebody_has_said_whose_it_is() {
    running_on_both(|running| {
        let town = Town::new(running);
        let first = town.open("Twiceby", false);
        let second = again(&town, "Twiceby", &[&first]);
        assert_eq!(rules(&close(&town, &second).expect(409)), ["candidates_decided"]);
        assert_eq!(close(&town, &first).status, 200, "nobody was here before the first");
        let of_first = format!("/api/v1/cases/{second}/candidates/{first}");
        town.seat(Seat::Coordinator).post(&of_first, &json!({"verdict": "different_person"})).expect(204);
        close(&town, &second).expect(200);

        // Said to be the same person, it is a repeat, and closes when two people say so.
        let third = again(&town, "Twiceby", &[&first, &second]);
        for (other, verdict) in [(&first, "different_person"), (&second, "same_person")] {
            assert_eq!(rules(&close(&town, &third).expect(409)), ["candidates_decided"]);
            let at = format!("/api/v1/cases/{third}/candidates/{other}");
            town.seat(Seat::Coordinator).post(&at, &json!({"verdict": verdict})).expect(204);
        }
        assert_eq!(rules(&close(&town, &third).expect(409)), ["second_person"]);
        assert_eq!(subject(&town, &third), subject(&town, &second));
    });
}

#[test]
fn joined_cases_are_of_one_person_and_of_two_again_when_that_is_undone() {
    running_on_both(|running| {
        let town = Town::new(running);
        let first = town.open("Onceby", false);
        let second = again(&town, "Onceby", &[&first]);
        let (one, other) = (subject(&town, &first), subject(&town, &second));
        assert_ne!(one, other);
        let into = json!({"into": first, "reason": "The same person"});
        decide(&town, Seat::Coordinator, &second, "join", &into).expect(200);
        assert_eq!((subject(&town, &first), subject(&town, &second)), (one, one));
        let history = town.seat(Seat::Coordinator).purpose("earlier_history");
        let unjoin = json!({"transition": "unjoin", "content": {"reason": "A cousin"}});
        let to = format!("/api/v1/cases/{second}/transitions");
        history.with("Access-Reason", "repeat_referral".to_owned()).post(&to, &unjoin).expect(200);
        assert_eq!((subject(&town, &first), subject(&town, &second)), (one, other));
        // What was proposed has its answer; a case that stands on its own again is closed like any other.
        assert_eq!(candidates(&town, &second).unwrap()[0]["state"], "dismissed");
        close(&town, &second).expect(200);
    });
}

#[test]
fn a_case_is_joined_only_to_one_that_is_open() {
    running_on_both(|running| {
        let town = Town::new(running);
        let (case, open, over) = (town.open("Joinby", false), town.open("Goesby", false), town.ended("Overby"));
        let join = |case: &str, into: &str| {
            decide(&town, Seat::Coordinator, case, "join", &json!({"into": into, "reason": "The same person"}))
        };
        assert_eq!(rules(&join(&case, &over).expect(422)), ["case_closed"]);
        assert_eq!(rules(&join(&case, &case).expect(422)), ["unknown_case"]);
        // Two at once into each other would leave neither.
        let statuses = std::thread::scope(|scope| {
            let one = scope.spawn(|| join(&case, &open).status);
            let other = scope.spawn(|| join(&open, &case).status);
            [one.join().unwrap(), other.join().unwrap()]
        });
        let closed =
            [&case, &open].map(|case| town.seat(Seat::Coordinator).get(&format!("/api/v1/cases/{case}")).status);
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(closed.iter().filter(|status| **status == 200).count(), 1, "{closed:?}");
    });
}
