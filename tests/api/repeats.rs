//! How long a referral's key is remembered: as long as clients are promised, and no longer.

use super::town::{Town, referral};
use crate::harness::running_on_both;
use channel_panel::app::jobs::forget_keys;
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
