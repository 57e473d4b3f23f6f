//! What the service does by itself: each job opens a session of its own, with its own policy and entries.
//! No job may touch a case by another road than a person would.

pub mod bring_answers;
pub mod come_of_age;
pub mod count_floods;
pub mod deliver;
pub mod digests;
pub mod erase_cases;
pub mod escalate;
pub mod expire_log;
pub mod fence_runs;
pub mod forget_keys;
pub mod gather_agendas;
pub mod match_referrals;
pub mod papers;
mod turn;

use super::recall;
use super::service::Service;
use chrono::NaiveDate;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A referral that arrived while nobody listened, or before a crash, is found at the next turn.
const TURN: Duration = Duration::from_secs(15);

/// The jobs' own threads: comparing a panel's identities must not hold up a person's request, nor a slow mail server the
/// erasure of a case.
#[derive(Debug)]
pub struct JobThread {
    service: Arc<Service>,
    threads: Vec<JoinHandle<()>>,
}

impl JobThread {
    /// # Errors
    /// The operating system's, where no thread or timer can be had.
    pub fn start(service: Arc<Service>) -> std::io::Result<Self> {
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build();
        let named = |name: &str| thread::Builder::new().name(name.to_owned());
        let (of_jobs, of_letters) = (runtime()?, runtime()?);
        let mut started = Self { service, threads: Vec::new() };
        let own = Arc::clone(&started.service);
        started.threads.push(named("jobs").spawn(move || of_jobs.block_on(turns(&own)))?);
        if started.service.outbox.is_some() {
            let own = Arc::clone(&started.service);
            started.threads.push(named("letters").spawn(move || of_letters.block_on(deliveries(&own)))?);
        }
        Ok(started)
    }
}

impl Drop for JobThread {
    fn drop(&mut self) {
        self.service.stop();
        self.service.wake_jobs();
        self.service.letters_wait.notify_one();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("the jobs ended in a panic");
            }
        }
    }
}

/// What time brings, done once and now. Gives whether all of it could be done; what could not be is at the next turn.
pub async fn once(service: &Service) -> bool {
    let frequent = frequent(service).await;
    daily(service).await && send(service) && frequent
}

fn send(service: &Service) -> bool {
    let sent = deliver::run(service).is_ok();
    if !sent {
        tracing::error!("letters wait to be sent");
    }
    sent
}

/// One job's failure keeps no other from its work.
async fn frequent(service: &Service) -> bool {
    let matched = match_referrals::run(service).await.is_ok();
    if !matched {
        tracing::error!("referrals wait to be matched");
    }
    let gathered = match gather_agendas::run(service).await {
        // Of a meeting whose papers were open from the beginning: nobody waits a day to hear of them.
        Ok(agendas) => agendas == 0 || tell_of_papers(service).await,
        Err(_) => {
            tracing::error!("agendas wait to be gathered");
            false
        }
    };
    let brought = bring_answers::run(service).await.is_ok();
    if !brought {
        tracing::error!("answers to transfers wait to be brought home");
    }
    let refreshed = recall::refresh(&service.store, &service.watermark).is_ok();
    if !refreshed {
        tracing::error!("what other processes wrote could not be read");
    }
    // The list of erasures outside the database lies with the signer.
    let erased = !service.signs || erase_cases::run(service).await.is_ok();
    if !erased {
        tracing::error!("erasures wait to be carried out");
    }
    let forgotten = forget_keys::run(service).is_ok();
    if !forgotten {
        tracing::warn!("old idempotency keys could not be forgotten");
    }
    let fenced = fence_runs::run(service).await.is_ok();
    if !fenced {
        tracing::error!("former runs of the service wait to be fenced");
    }
    matched && gathered && brought && refreshed && erased && forgotten && fenced
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
    let papers = tell_of_papers(service).await;
    // Last: what was done by the clock is not anybody's to do any more.
    let told = digests::run(service).await.is_ok();
    if !told {
        tracing::error!("people wait to be told that something is due");
    }
    let expired = expire_log::run(service).await.is_ok();
    if !expired {
        tracing::error!("entries of the log whose time is over wait to be let go");
    }
    tended && escalated && papers && told && expired
}

async fn tell_of_papers(service: &Service) -> bool {
    let told = papers::run(service).await.is_ok();
    if !told {
        tracing::error!("people wait to be told that papers are open");
    }
    told
}

async fn deliveries(service: &Service) {
    while !service.is_stopping() {
        send(service);
        let _ = tokio::time::timeout(TURN, service.letters_wait.notified()).await;
    }
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
