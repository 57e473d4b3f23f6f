//! A way to send a request as somebody: in process while the demonstration is loaded, over HTTP in the tests.
//! A story told through it must never know which of the two it is.

use super::seats::Seat;
use chrono::NaiveDate;
use serde_json::Value;

/// What came back.
#[derive(Clone)]
pub struct Sent {
    pub status: u16,
    /// Null where there was no body.
    pub body: Value,
    pub etag: Option<String>,
}

impl std::fmt::Debug for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sent({})", self.status)
    }
}

/// Sends requests. `path` is below `/api/v1`; headers are the API's, lower case (`if-match`, `idempotency-key`,
/// `access-purpose`, `access-reason`).
pub trait Caller {
    fn call(
        &mut self,
        who: Seat,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&'static str, String)],
    ) -> Sent;

    /// The day it is, and stays until the calendar is moved: what a story says of today must not become yesterday's in it.
    fn stay_today(&mut self) -> NaiveDate;

    /// Moves the calendar to this day, where it stays. Ages, papers and deadlines follow it; tokens and the ledger never do.
    fn move_to(&mut self, day: NaiveDate);

    /// Lets the service's own jobs catch up, between two looks at what they bring.
    fn pause(&mut self);
}
