//! What the service does by itself: each job opens a session of its own, with its own policy and entries.
//! No job may touch a case by another road than a person would.

pub mod come_of_age;
pub mod count_floods;
pub mod erase_cases;
pub mod escalate;
pub mod forget_keys;
pub mod gather_agendas;
pub mod match_referrals;
mod turn;

use super::recall;
use super::service::Service;
use chrono::NaiveDate;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A referral that arrived while nobody listened, or before a crash, is found at the next turn.
const TURN: Duration = Duration::from_secs(15);

/// The jobs' own thread: comparing a panel's identities must not hold up a person's request.
#[derive(Debug)]
pub struct JobThread {
    service: Arc<Service>,
    thread: Option<JoinHandle<()>>,
}

impl JobThread {
    /// # Errors
    /// The operating system's, where no thread or timer can be had.
    pub fn start(service: Arc<Service>) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let own = Arc::clone(&service);
        let thread = thread::Builder::new().name("jobs".to_owned()).spawn(move || runtime.block_on(turns(&own)))?;
        Ok(Self { service, thread: Some(thread) })
    }
}

impl Drop for JobThread {
    fn drop(&mut self) {
        self.service.stop();
        self.service.wake_jobs();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the jobs ended in a panic");
        }
    }
}

/// What time brings, done once and now. Gives whether all of it could be done; what could not be is at the next turn.
pub async fn once(service: &Service) -> bool {
    let frequent = frequent(service).await;
    daily(service).await && frequent
}

/// One job's failure keeps no other from its work.
async fn frequent(service: &Service) -> bool {
    let matched = match_referrals::run(service).await.is_ok();
    if !matched {
        tracing::error!("referrals wait to be matched");
    }
    let gathered = gather_agendas::run(service).await.is_ok();
    if !gathered {
        tracing::error!("agendas wait to be gathered");
    }
    let refreshed = recall::refresh(&service.store, &service.watermark).is_ok();
    if !refreshed {
        tracing::error!("what other processes wrote could not be read");
    }
    let erased = erase_cases::run(service).await.is_ok();
    if !erased {
        tracing::error!("erasures wait to be carried out");
    }
    let forgotten = forget_keys::run(service).is_ok();
    if !forgotten {
        tracing::warn!("old idempotency keys could not be forgotten");
    }
    matched && gathered && refreshed && erased && forgotten
}

/// What a new day of the calendar brings. Done late or twice, it comes to the same.
async fn daily(service: &Service) -> bool {
    let tended = come_of_age::run(service).await.is_ok();
    if !tended {
        tracing::error!("consents wait to be looked at");
    }
    // After them: a consent that has lapsed is not overdue.
    let escalated = escalate::run(service).await.is_ok();
    if !escalated {
        tracing::error!("what is overdue waits to be looked at");
    }
    tended && escalated
}

async fn turns(service: &Service) {
    let mut kept: Option<NaiveDate> = None;
    while !service.is_stopping() {
        frequent(service).await;
        let today = service.clock.today();
        if kept != Some(today) && daily(service).await {
            kept = Some(today);
        }
        let finished = service.flood.finished(service.clock.instant());
        count_floods::enter(service, finished).await;
        let _ = tokio::time::timeout(TURN, service.referral_arrived.notified()).await;
    }
    count_floods::enter(service, service.flood.close()).await;
}
