//! When a refusal leaves: at the next beat after the request was whole, not as soon as it is made. Nearly any can stand before
//! something hidden ("not found", "no such case to join"), and how large a hidden row is takes microseconds to read: that must
//! not be there to be measured.
//! It must never hold a worker: others are served while one waits.

use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Several times what such an answer takes. Whatever takes longer leaves at a later beat: all that is told is how many beats
/// went by (Koepf and Duermuth 2009, "A provably secure and efficient countermeasure against timing attacks").
pub const GRAIN: Duration = Duration::from_millis(10);

/// Waits for the beat after now, counted from when the request was whole.
pub async fn beat(began: Instant) {
    sleep_until(next_beat(began, Instant::now())).await;
}

fn next_beat(began: Instant, now: Instant) -> Instant {
    let gone = now.saturating_duration_since(began).as_nanos() / GRAIN.as_nanos().max(1);
    let beats = u32::try_from(gone).unwrap_or(u32::MAX).saturating_add(1);
    began.checked_add(GRAIN.saturating_mul(beats)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beat_depends_on_the_beginning_and_not_on_the_moment() {
        let began = Instant::now();
        let after = |micros: u64| next_beat(began, began + Duration::from_micros(micros)) - began;
        for micros in [0, 1, 700, 9_999] {
            assert_eq!(after(micros), GRAIN);
        }
        assert_eq!(after(10_000), 2 * GRAIN);
        assert_eq!(after(22_345), 3 * GRAIN);
    }
}
