//! Putting a service together from where its parts lie: database, key folder, signer, issuers, rules.
//! It must never make what it does not find: keys and signer state are made by their own commands, or a lost folder
//! would quietly become an empty one.

use super::checkpoints::{Delivery, DeliveryThread, Roads};
use super::erasures::{Erasures, ErasuresError, replay};
use super::jobs::JobThread;
use super::notices::Outbox;
use super::predecessors::Predecessors;
use super::recall::{RecallError, Recalled, Signed, recall, refresh};
use super::recorder::kept::Kept;
use super::recorder::{Limits as QueueLimits, Recorder};
use super::sequencer::{Sequencer, SequencerThread};
use super::service::{Parts, Service};
use super::watermark::Watermark;
use crate::access::{Issuer, Policies, Tokens};
use crate::casework::calendar::Calendar;
use crate::casework::ids::LedgerId;
use crate::casework::rules::Rules;
use crate::clock::Clock;
use crate::config::{Limits, Notices};
use crate::error::Problem;
pub use crate::ledger::key_files::LOG_KEY;
use crate::ledger::key_files::{LogKeys, load_keys};
use crate::ledger::note::VKey;
use crate::ledger::signer::{Signer, SignerError};
use crate::seal::key_file::FileKeks;
use crate::seal::key_folder::{FolderError, Mode};
use crate::seal::{Limits as CacheLimits, Retention, SealError, Sealer};
use crate::store::rows::Published;
use crate::store::{Settings, Store, StoreError};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use uuid::Uuid;

/// Where the parts lie and how they are set.
#[derive(Debug)]
pub struct Plan {
    /// The machine's own, but in a demonstration, whose calendar may have been moved.
    pub clock: Clock,
    pub database_url: String,
    pub settings: Settings,
    pub keys: PathBuf,
    pub mode: Mode,
    pub signer: PathBuf,
    pub origin: String,
    /// Whether this instance has the log's signer: of several, one.
    pub signs: bool,
    pub sequence_every: Duration,
    /// Whether witnesses are waited for, until a checkpoint counts.
    pub published: Published,
    /// Years for which the log keeps what its entries say.
    pub keep_years: u32,
    /// Where checkpoints go; None where they stay, or where another instance signs them.
    pub delivery: Option<Roads>,
    pub issuers: Vec<Issuer>,
    pub rules: Rules,
    pub limits: Limits,
    pub notices: Option<Notices>,
}

/// Why a service cannot be put together. No text here holds a secret or a person.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    #[error("database: {0}")]
    Store(#[from] StoreError),
    #[error("database: the schema is not this program's; run `channel-panel migrate`")]
    Schema,
    #[error("keys: {0}")]
    Keys(#[from] FolderError),
    #[error("keys: {0}")]
    Seal(#[from] SealError),
    #[error("policies: {0}")]
    Policies(String),
    #[error("issuers: {0}")]
    Issuers(#[from] crate::access::IssuerError),
    #[error("issuers: an issuer of a demonstration is not served")]
    DemoIssuer,
    #[error("signer: {0}")]
    Signer(#[from] SignerError),
    #[error("ledger: {0}")]
    Log(#[from] RecallError),
    #[error("erasures: {0}")]
    Erasures(#[from] ErasuresError),
    #[error("notices: {0}")]
    Notices(&'static str),
    #[error("delivery: what was delivered cannot be read or written in the signer's folder")]
    Delivery,
    #[error("ledger: `epochs` in the signer's folder, the former runs of this service, cannot be read or written")]
    Runs,
    #[error("{0}: cannot be started")]
    Start(&'static str),
}

impl From<Problem> for ComposeError {
    fn from(problem: Problem) -> Self {
        ComposeError::Start(problem.internal.unwrap_or("service"))
    }
}

/// A service at work. Dropping it stops the jobs and lets the sequencer take its last turn.
#[derive(Debug)]
pub struct Composed {
    pub service: Arc<Service>,
    jobs: Option<JobThread>,
    delivery: Option<DeliveryThread>,
    sequencer: Option<SequencerThread>,
}

/// Opens every part and starts recorder, sequencer and jobs.
///
/// # Errors
/// `ComposeError`, naming the part.
pub fn compose(plan: Plan) -> Result<Composed, ComposeError> {
    let LogKeys { current, next } = load_keys(&plan.signer, &plan.origin)?;
    let signer = if plan.signs { Some(Signer::open(&plan.signer, current)?.with_next(next)) } else { None };
    assemble(plan, Some(signer))
}

/// The same without sequencer and jobs, for a command that runs beside the service: whose signer is in use, and who
/// places what the command enters.
///
/// # Errors
/// `ComposeError`, naming the part.
pub fn compose_beside(plan: Plan) -> Result<Composed, ComposeError> {
    assemble(plan, None)
}

/// Everybody has the log's key, for receipts and to vouch for writers; of those who serve, one has its signer.
fn assemble(plan: Plan, serving: Option<Option<Signer>>) -> Result<Composed, ComposeError> {
    let serves = serving.is_some();
    let signer = serving.flatten();
    let key = Arc::new(load_keys(&plan.signer, &plan.origin)?.current);
    let store = Store::open(&plan.database_url, &plan.settings)?;
    if !store.schema_is_current()? {
        return Err(ComposeError::Schema);
    }
    let clock = Arc::new(plan.clock);
    let keks = FileKeks::open(&plan.keys, plan.mode)?;
    let root = keks.root()?;
    let sealer = Sealer::new(Arc::new(keks), root, CacheLimits::default())?;
    sealer.health()?;
    let tokens = Tokens::new(plan.issuers)?;
    if plan.mode == Mode::Serve && tokens.has_demo_issuer() {
        return Err(ComposeError::DemoIssuer);
    }
    let policies = Policies::load().map_err(|error| ComposeError::Policies(error.to_string()))?;
    let signed = match &signer {
        Some(signer) => Some(Signed::by(signer)),
        None if serves => Some(Signed::newest(&store, key.vkey())?),
        None => None,
    };
    let Recalled { watermark, erased } = seen(&store, signed, key.vkey())?;
    let erasures = Erasures::in_folder(&plan.signer);
    let run = Uuid::new_v4();
    let epoch = run.to_string();
    let predecessors = signer.as_ref().map(|_| Predecessors::open(&plan.signer, run)).transpose();
    let predecessors = predecessors.map_err(|_| ComposeError::Runs)?;
    let queue = QueueLimits {
        places: plan.limits.recorder_queue,
        places_of_a_principal: plan.limits.recorder_share,
        ..QueueLimits::default()
    };
    // Read back where somebody places what is entered: the process that only enters leaves that to its beats.
    let kept = serves.then(Arc::<Kept>::default);
    let recorder = Recorder::start(&store, &clock, &key, &epoch, &queue, kept.as_ref());
    let recorder = recorder.map_err(|_| ComposeError::Start("recorder"))?;
    let delivery = match (&signer, plan.delivery) {
        (Some(signer), Some(roads)) => {
            let (store, clock, key) = (store.clone(), Arc::clone(&clock), signer.key().vkey().clone());
            Some(Delivery::open(store, clock, &plan.signer, key, roads).map_err(|_| ComposeError::Delivery)?)
        }
        _ => None,
    };
    let sequencer = kept
        .map(|kept| {
            let sequencer = Sequencer::new(store.clone(), Arc::clone(&clock), Arc::clone(&key), &epoch, signer);
            sequencer.reading_back(kept).start(plan.sequence_every)
        })
        .transpose()
        .map_err(|_| ComposeError::Start("sequencer"))?;
    let service = Arc::new(Service::new(Parts {
        clock,
        store,
        recorder,
        policies,
        sealer,
        retention: Retention::default(),
        tokens,
        calendar: Calendar::england_and_wales()?,
        rules: plan.rules,
        limits: plan.limits,
        watermark,
        erasures,
        predecessors,
        key,
        signs: plan.signs,
        published: plan.published,
        keep_years: plan.keep_years,
        delivered: delivery.as_ref().map(Delivery::standing),
        outbox: plan.notices.map(Outbox::open).transpose().map_err(ComposeError::Notices)?,
    })?);
    if serves {
        erase_again(&service, &erased)?;
    }
    let jobs = serves.then(|| JobThread::start(Arc::clone(&service)));
    let jobs = jobs.transpose().map_err(|_| ComposeError::Start("jobs"))?;
    let delivery = delivery.map(Delivery::start).transpose().map_err(|_| ComposeError::Start("delivery"))?;
    Ok(Composed { service, jobs, delivery, sequencer })
}

/// On a thread of its own: whoever composes may be inside a runtime already.
fn erase_again(service: &Service, erased: &[LedgerId]) -> Result<(), ComposeError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|_| ComposeError::Start("erasures"))?;
    let replayed = thread::scope(|scope| scope.spawn(|| runtime.block_on(replay(service, erased))).join());
    replayed.map_err(|_| ComposeError::Start("erasures"))??;
    Ok(())
}

fn seen(store: &Store, signed: Option<Signed>, key: &VKey) -> Result<Recalled, ComposeError> {
    let Some(signed) = signed else {
        let watermark = Watermark::default();
        refresh(store, &watermark)?;
        return Ok(Recalled { watermark, ..Recalled::default() });
    };
    Ok(recall(store, &signed, std::slice::from_ref(key))?)
}

impl Drop for Composed {
    fn drop(&mut self) {
        self.service.stop();
        // Jobs first, then the writers: what they enter last, and that they close, is still sequenced.
        drop(self.jobs.take());
        self.service.recorder.close();
        // It writes beside the signer's memory, which the sequencer locks for as long as it lives.
        drop(self.delivery.take());
        drop(self.sequencer.take());
    }
}
