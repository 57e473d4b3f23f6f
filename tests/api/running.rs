//! That the harness's service runs, and that everybody in the borough can sign in to it.

use crate::harness::running_on_both;
use channel_panel::demo::seats::Seat;

#[test]
fn every_seat_signs_in_and_is_who_the_borough_says() {
    running_on_both(|running| {
        for seat in Seat::ALL {
            let answer = running.client(*seat).get("/api/v1/codes");
            assert_eq!(answer.status, 200, "{}: {}", seat.name(), answer.text());
            let me = running.client(*seat).get("/api/v1/me").json();
            assert_eq!(me["memberships"][0]["role"], seat.role().name());
        }
    });
}
