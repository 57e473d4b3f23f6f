//! How long a referral's key is remembered: as long as clients are promised, and no longer; and on which panel.

use super::town::{Town, referral};
use crate::harness::{Client, Running, running_on_both};
use crate::store::wait;
use channel_panel::access::MembershipFacts;
use channel_panel::app::jobs::forget_keys;
use channel_panel::app::register::{Register, take_in};
use channel_panel::casework::ids::MembershipId;
use channel_panel::demo::seats::Seat;
use channel_panel::store::rows::IdempotencyRow;
use serde_json::Value;

const DAY: i64 = 24 * 60 * 60;

#[test]
fn a_key_is_remembered_for_its_days_and_forgotten_after_them() {
    running_on_both(|running| {
        let (town, service) = (Town::new(running), &running.service);
        let form = referral("Twicesent", false);
        let school = town.seat(Seat::School);
        let send = |form: &Value| {
            let sent =
                school.request("POST", "/api/v1/referrals").idempotency_key("sent-by-the-school").json(form).send();
            sent.expect(201).json()["referral"].as_str().unwrap().to_owned()
        };
        let first = send(&form);
        assert_eq!(forget_keys::run(service), Ok(0));
        assert_eq!(send(&form), first, "within its days it is the same referral");

        // More old ones than one turn forgets, and one a little too young.
        let now = service.clock.instant();
        let row = |n: i64, age: i64| IdempotencyRow {
            scope: "nobody".to_owned(),
            key_mac: n.to_be_bytes().to_vec(),
            body_mac: vec![0; 32],
            result: "x".to_owned(),
            at: now.plus_seconds(-age),
        };
        let rows: Vec<IdempotencyRow> = (0..700).map(|n| row(n, 8 * DAY + n)).collect();
        let young = row(9999, 7 * DAY - 60);
        let mut writer = service.store.writer().unwrap();
        writer.transaction(|tx| rows.iter().chain([&young]).try_for_each(|row| tx.insert_idempotency(row))).unwrap();
        drop(writer);
        let mut forgotten = Vec::new();
        while forgotten.last() != Some(&0) {
            forgotten.push(forget_keys::run(service).unwrap());
        }
        // The jobs' own thread may have taken a turn in between.
        assert!(forgotten.iter().sum::<usize>() <= 700 && forgotten.iter().all(|n| *n <= 500), "{forgotten:?}");
        let mut reader = service.store.reader().unwrap();
        let there = |row: &IdempotencyRow| reader.idempotency(&row.scope, &row.key_mac).unwrap().is_some();
        assert_eq!(rows.iter().map(there).filter(|there| *there).count(), 0);
        assert!(service.store.reader().unwrap().idempotency("nobody", &young.key_mac).unwrap().is_some());
        assert_eq!(send(&form), first, "the others' age is not its own");
    });
}

/// The seat's person, for the same agency in the same role, on the neighbouring panel too.
fn also_next_door(running: &Running, seat: Seat) -> MembershipId {
    let held = running.service.store.reader().unwrap().membership_by_id(running.borough.membership(seat)).unwrap();
    let mut facts: MembershipFacts = serde_json::from_str(&held.unwrap().facts).unwrap();
    (facts.id, facts.panel, facts.version) = (MembershipId::new(), running.borough.neighbour, 1);
    let id = facts.id;
    wait(take_in(&running.service, Register { memberships: vec![facts], ..Register::default() })).unwrap();
    id
}

/// A system that sends for two panels, and numbers what it sends for each alike.
#[test]
fn one_key_on_two_panels_is_two_referrals() {
    running_on_both(|running| {
        let town = Town::new(running);
        let here = town.seat(Seat::PartnerSystem);
        let there = here.acting(also_next_door(running, Seat::PartnerSystem));
        let form = referral("Twopanels", false);
        let send = |client: &Client| {
            let sent = client.request("POST", "/api/v1/referrals").idempotency_key("number-00001").json(&form).send();
            sent.expect(201).json()["referral"].as_str().unwrap().to_owned()
        };
        let cases =
            |seat: Seat| town.seat(seat).get("/api/v1/cases").expect(200).json()["cases"].as_array().unwrap().len();
        let first = send(&here);
        assert_eq!((cases(Seat::Coordinator), cases(Seat::NeighbourCoordinator)), (1, 0));
        let second = send(&there);
        assert_ne!(first, second, "the other panel's own");
        assert_eq!((cases(Seat::Coordinator), cases(Seat::NeighbourCoordinator)), (1, 1));
        assert_eq!((send(&here), send(&there)), (first, second), "each is remembered for its own");
        assert_eq!((cases(Seat::Coordinator), cases(Seat::NeighbourCoordinator)), (1, 1));
    });
}
