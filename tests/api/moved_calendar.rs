//! What must not follow a calendar that a demonstration has moved.

use super::town::{Town, referral};
use crate::harness::running_on_both;
use channel_panel::demo::seats::Seat;
use serde_json::json;

/// Keys are made and destroyed by the machine's own time: a calendar that was moved asks for none that nobody made.
#[test]
fn a_moved_calendar_asks_for_no_other_keys() {
    running_on_both(|running| {
        let town = Town::new(running);
        for (days, surname) in [(-390, "Longago"), (3 * 360, "Tocome")] {
            running.service.clock.move_calendar(days);
            town.refer(Seat::School, &referral(surname, false)).expect(201);
            let asked = json!({"date": town.today(), "channel": "phone", "sector": "health", "advice": ["signposted"]});
            town.seat(Seat::Coordinator).post("/api/v1/consultations", &asked).expect(201);
        }
    });
}
