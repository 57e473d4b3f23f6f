//! Tells every story to a service in this process, on the road that a request takes over HTTP.
//! It must never write by another: what the demonstration holds, somebody of the borough was allowed to make.

use super::calendar;
use super::caller::{Caller, Sent};
use super::seats::Seat;
use super::stories::telling::{StoryFailed, Told};
use super::stories::{self, Story};
use super::tokens::TokenBook;
use crate::api::endpoint;
use crate::api::incoming::Incoming;
use crate::app::jobs;
use crate::app::jobs::match_referrals;
use crate::app::service::Service;
use chrono::NaiveDate;
use serde_json::Value;
use tokio::runtime::Runtime;

/// A caller in this process. It waits for each answer: it must not be used in async code.
pub struct InProcess<'s> {
    service: &'s Service,
    book: &'s TokenBook,
    runtime: &'s Runtime,
}

impl std::fmt::Debug for InProcess<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InProcess")
    }
}

impl<'s> InProcess<'s> {
    /// `runtime` must drive timers.
    pub fn new(service: &'s Service, book: &'s TokenBook, runtime: &'s Runtime) -> Self {
        Self { service, book, runtime }
    }
}

impl Caller for InProcess<'_> {
    fn call(
        &mut self,
        who: Seat,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&'static str, String)],
    ) -> Sent {
        let mut all = headers.to_vec();
        if let Some(held) = self.book.get(who) {
            all.push(("authorization", format!("Bearer {}", held.token)));
            all.push(("acting-membership", held.membership.to_string()));
        }
        all.push(("content-type", "application/json".to_owned()));
        let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let incoming = Incoming::in_process(method, path, &all, bytes);
        let (status, answer, etag) = self.runtime.block_on(endpoint::handle(self.service, incoming)).into_parts();
        if method == "POST"
            && path == "/referrals"
            && self.runtime.block_on(match_referrals::run(self.service)).is_err()
        {
            tracing::warn!("referrals wait to be matched");
        }
        Sent { status, body: serde_json::from_slice(&answer).unwrap_or(Value::Null), etag }
    }

    fn stay_today(&mut self) -> NaiveDate {
        let today = self.service.clock.today();
        calendar::move_to(&self.service.clock, today);
        today
    }

    fn move_to(&mut self, day: NaiveDate) {
        calendar::move_to(&self.service.clock, day);
        // A day's own work is done before anybody goes to theirs.
        self.pause();
    }

    /// A failure is left to the service's own jobs, which try again; the story says if nothing comes of it.
    fn pause(&mut self) {
        if !self.runtime.block_on(jobs::once(self.service)) {
            tracing::warn!("what time brings waits to be done");
        }
    }
}

/// Tells all stories, saying how far it is.
///
/// # Errors
/// The first step of a story that went otherwise.
pub fn load(
    service: &Service,
    book: &TokenBook,
    runtime: &Runtime,
    say: &mut dyn FnMut(&str),
) -> Result<Vec<Told>, StoryFailed> {
    let mut caller = InProcess::new(service, book, runtime);
    let mut told = Vec::new();
    for (number, Story { name, about, tell }) in stories::ALL.iter().enumerate() {
        say(&format!("story {} of {}: {name}: {about}", number.saturating_add(1), stories::ALL.len()));
        let one = tell(&mut caller)?;
        say(&format!("  {} requests, {} cases", one.requests, one.cases.len()));
        told.push(one);
    }
    // From here on days go by again.
    calendar::move_to(&service.clock, 0);
    // What has become overdue in the telling.
    if !runtime.block_on(jobs::once(service)) {
        tracing::warn!("what time brings waits to be done");
    }
    Ok(told)
}
