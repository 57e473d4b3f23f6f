//! Joining a case to the same person's other, over HTTP on both databases: the concern must go on somewhere.

use super::meetings::{decide, rules};
use super::town::Town;
use crate::harness::running_on_both;
use channel_panel::demo::seats::Seat;
use serde_json::json;

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
