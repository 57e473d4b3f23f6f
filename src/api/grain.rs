//! When an answer leaves that says of nothing whether it is there: at the next beat after the request began, not as soon as
//! it is made. How large a hidden row is takes microseconds to read, and must not be there to be measured.
//! It must never hold a worker: others are served while one waits.

use crate::error::Kind;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Several times what such an answer takes. Whatever takes longer leaves at a later beat: all that is told is how many beats
/// went by (Koepf and Duermuth 2009, "A provably secure and efficient countermeasure against timing attacks").
pub const GRAIN: Duration = Duration::from_millis(10);

/// Problems that must not tell a thing that is hidden from one that is not there. Whose agency has no agreement in force is
/// told so in place of "not found".
pub fn is_told_on_the_beat(kind: Kind) -> bool {
    matches!(kind, Kind::NotFound | Kind::AgreementNotInForce)
}

/// Waits for the beat after now, counted from when the request began.
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
