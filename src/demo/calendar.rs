//! The demonstration's calendar: how many days it is away from the machine's, in a file of its folder.
//! Only `today()` follows it. It must never be reached by `serve`.

use crate::app::service::Service;
use crate::clock::{Calendar, Clock};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub const FILE: &str = "calendar";

/// How soon a running demonstration follows.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What the file holds for a calendar so many days ahead.
pub fn text(days: i64) -> String {
    format!("{days}\n")
}

/// # Errors
/// The operating system's; `InvalidData` for a file that is no number of days.
fn days(folder: &Path) -> io::Result<i64> {
    match std::fs::read_to_string(folder.join(FILE)) {
        Ok(text) => {
            text.trim().parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "calendar: no number of days"))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// The clock of a demonstration in this folder.
///
/// # Errors
/// As the file's.
pub fn clock(folder: &Path) -> io::Result<Clock> {
    let clock = Clock::default();
    let days = days(folder)?;
    move_to(&clock, days);
    Ok(clock)
}

/// So many days away from the machine's, or on a day and there until it is moved again.
#[allow(clippy::disallowed_methods, reason = "the one road to the calendar of a demonstration")]
pub fn move_to(clock: &Clock, calendar: impl Into<Calendar>) {
    clock.move_calendar(calendar);
}

/// Follows the file for as long as it lives.
#[derive(Debug)]
pub struct Follower {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Moves the service's calendar whenever the file says so, and lets its jobs do what the days brought.
///
/// # Errors
/// The operating system's, where no thread can be had.
pub fn follow(folder: &Path, service: Arc<Service>) -> io::Result<Follower> {
    let (stop, stopped) = channel();
    let folder: PathBuf = folder.to_owned();
    let mut at = days(&folder)?;
    let thread = thread::Builder::new().name("calendar".to_owned()).spawn(move || {
        while stopped.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            let Ok(days) = days(&folder) else { continue };
            if days != at {
                at = days;
                move_to(&service.clock, days);
                tracing::info!(today = %service.clock.today(), "the demonstration's calendar was moved");
                service.wake_jobs();
            }
        }
    })?;
    Ok(Follower { stop: Some(stop), thread: Some(thread) })
}

impl Drop for Follower {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the calendar's follower ended in a panic");
        }
    }
}
