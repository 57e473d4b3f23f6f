//! What was not sent, for whoever runs the service: which letter, to whom by id, and why it waits or was given up.
//! It must never show an address, nor what a letter says.

use crate::app::service::Service;
use crate::error::Problem;
use crate::store::rows::{NoticeRow, NoticeState};

/// The oldest first; at most so many.
const MOST: i64 = 1_000;

/// # Errors
/// `unavailable`.
pub fn list(service: &Service) -> Result<Vec<NoticeRow>, Problem> {
    Ok(service.store.reader()?.notices_unsent(MOST)?)
}

/// Puts back what was refused: the address was mended, or the server's rules. Gives how many.
///
/// # Errors
/// `unavailable`.
pub fn again(service: &Service) -> Result<usize, Problem> {
    let now = service.clock.instant();
    let done = service.store.writer()?.transaction(|tx| tx.retry_notices(NoticeState::Refused, now));
    done.map_err(|_| Problem::unavailable("what was refused could not be put back"))
}
