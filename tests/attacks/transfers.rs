//! The owner of the database and a transfer: each attack beside the same request working before it and after it is undone.

use super::alarms;
use super::sql::Owner;
use crate::api::town::Town;
use crate::api::transfers::{RELEASED, assessed, offered, taken};
use crate::harness::running_on_both;
use channel_panel::demo::seats::Seat;

const TABLE: [&str; 1] = ["transfer"];

fn path(transfer: &str) -> String {
    format!("/api/v1/transfers/{transfer}")
}

/// `column = (what the other row has)`.
fn from_other(columns: &[&str], row: &str, other: &str) -> String {
    let set: Vec<String> = columns
        .iter()
        .map(|column| format!("{column} = (SELECT o.{column} FROM kept_transfer o WHERE o.id = '{other}')"))
        .collect();
    format!("UPDATE transfer SET {} WHERE id = '{row}'", set.join(", "))
}

#[test]
fn a_transfer_that_is_moved_swapped_or_altered_opens_to_nobody() {
    running_on_both(|running| {
        alarms::listen();
        let (town, owner) = (Town::new(running), Owner::of(&running.database));
        let one = offered(&town, &assessed(&town, "Aldersyde"), &RELEASED);
        let other = offered(&town, &assessed(&town, "Birkdale"), &RELEASED);
        let (here, there) = (running.borough.panel, running.borough.neighbour);
        let differ = "a transfer's row and its facts differ";
        let attacks = [
            (
                "moved to the sender's panel",
                format!("UPDATE transfer SET panel_id = '{here}' WHERE id = '{one}'"),
                differ,
            ),
            ("another's content", from_other(&["sealed"], &one, &other), differ),
            ("another's content and keys", from_other(&["sealed", "wrapped_keys"], &one, &other), differ),
            ("another's facts", from_other(&["facts", "tag"], &one, &other), "another row's facts"),
            (
                "facts that name another panel",
                format!(
                    "UPDATE transfer SET panel_id = '{here}', facts = replace(facts, '{there}', '{here}') WHERE id = '{one}'"
                ),
                "tag",
            ),
            ("its stage", format!("UPDATE transfer SET stage = 'declined' WHERE id = '{one}'"), differ),
            ("that nobody waits", format!("UPDATE transfer SET waits = 'no' WHERE id = '{one}'"), differ),
            ("its content taken out", format!("UPDATE transfer SET sealed = '' WHERE id = '{one}'"), differ),
        ];
        for (name, attack, what) in attacks {
            town.seat(Seat::NeighbourChair).get(&path(&one)).expect(200);
            owner.keep("kept", &TABLE);
            owner.run(&attack);
            let mark = alarms::mark();
            for seat in [Seat::NeighbourChair, Seat::Chair] {
                let answer = town.seat(seat).get(&path(&one));
                assert_eq!(answer.problem(), "integrity", "{name}, {}", seat.name());
                assert!(!answer.text().contains("Zebra"), "{name}");
                let list = town.seat(seat).get("/api/v1/transfers").expect(200).json();
                let listed = list["transfers"].as_array().unwrap();
                assert!(!listed.iter().any(|line| line["id"] == one.as_str()), "{name}, {}", seat.name());
            }
            let answer = town.seat(Seat::NeighbourChair).post(&format!("{}/answer", path(&one)), &taken(&town));
            assert_eq!(answer.problem(), "integrity", "{name}");
            let said = alarms::about(mark, std::slice::from_ref(&one));
            assert!(said.iter().any(|said| said == what), "{name}: {said:?}");
            owner.put_back("kept", &TABLE);
        }
        // Keys of another's: the facts vouch for the content, and the content does not open under them.
        owner.keep("kept", &TABLE);
        owner.run(&from_other(&["wrapped_keys"], &one, &other));
        assert_eq!(town.seat(Seat::NeighbourChair).get(&path(&one)).problem(), "integrity");
        owner.put_back("kept", &TABLE);
        town.seat(Seat::NeighbourChair).get(&path(&one)).expect(200);
    });
}

#[test]
fn an_offer_that_was_answered_is_not_answered_again_when_its_row_is_put_back() {
    running_on_both(|running| {
        alarms::listen();
        let (town, owner) = (Town::new(running), Owner::of(&running.database));
        let case = assessed(&town, "Carnforth");
        let transfer = offered(&town, &case, &RELEASED);
        let answer = || town.seat(Seat::NeighbourChair).post(&format!("{}/answer", path(&transfer)), &taken(&town));
        owner.keep("young", &TABLE);
        answer().expect(200);
        town.until("the answer", || {
            (town.view(Seat::Coordinator, &case)["state"]["transfer"] == "accepted").then_some(())
        });
        assert_eq!(answer().problem(), "conflict");
        owner.keep("kept", &TABLE);
        owner.put_back("young", &TABLE);
        let mark = alarms::mark();
        assert_eq!(answer().problem(), "integrity");
        assert_eq!(town.seat(Seat::NeighbourChair).get(&path(&transfer)).problem(), "integrity");
        let said = alarms::about(mark, std::slice::from_ref(&transfer));
        assert!(said.iter().any(|said| said == "an older version"), "{said:?}");
        owner.put_back("kept", &TABLE);
        assert_eq!(answer().problem(), "conflict");
    });
}
