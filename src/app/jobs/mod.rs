//! What the service does by itself: each job opens a session of its own, with its own policy and entries.
//! No job may touch a case by another road than a person would.

pub mod count_floods;
pub mod erase_cases;
pub mod forget_keys;
pub mod gather_agendas;
pub mod match_referrals;

use super::recall;
use super::service::Service;
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
        self.service.referral_arrived.notify_one();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the jobs ended in a panic");
        }
    }
}

async fn turns(service: &Service) {
    while !service.is_stopping() {
        if match_referrals::run(service).await.is_err() {
            tracing::error!("referrals wait to be matched");
        }
        if gather_agendas::run(service).await.is_err() {
            tracing::error!("agendas wait to be gathered");
        }
        if recall::refresh(&service.store, &service.watermark).is_err() {
            tracing::error!("what other processes wrote could not be read");
        }
        if erase_cases::run(service).await.is_err() {
            tracing::error!("erasures wait to be carried out");
        }
        if forget_keys::run(service).is_err() {
            tracing::warn!("old idempotency keys could not be forgotten");
        }
        let finished = service.flood.finished(service.clock.instant());
        count_floods::enter(service, finished).await;
        let _ = tokio::time::timeout(TURN, service.referral_arrived.notified()).await;
    }
    count_floods::enter(service, service.flood.close()).await;
}
