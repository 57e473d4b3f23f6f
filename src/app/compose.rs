//! Putting a service together from where its parts lie: database, key folder, signer, issuers, rules.
//! It must never make what it does not find: keys and signer state are made by their own commands, or a lost folder
//! would quietly become an empty one.

use super::erasures::{Erasures, ErasuresError, replay};
use super::jobs::JobThread;
use super::notices::Outbox;
use super::recall::{RecallError, Recalled, recall, refresh};
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
use crate::ledger::note::LogKey;
use crate::ledger::signer::{Signer, SignerError, load_key};
use crate::seal::key_file::FileKeks;
use crate::seal::key_folder::{FolderError, Mode};
use crate::seal::{Limits as CacheLimits, Retention, SealError, Sealer};
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
    pub sequence_every: Duration,
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
    sequencer: Option<SequencerThread>,
}

/// The file that holds the log's signing key, in the signer's folder.
pub const LOG_KEY: &str = "log.key";

/// Opens every part and starts recorder, sequencer and jobs.
///
/// # Errors
/// `ComposeError`, naming the part.
pub fn compose(plan: Plan) -> Result<Composed, ComposeError> {
    let signer = Signer::open(&plan.signer, key(&plan)?)?;
    assemble(plan, Some(signer))
}

fn key(plan: &Plan) -> Result<LogKey, SignerError> {
    load_key(&plan.signer.join(LOG_KEY), &plan.origin)
}

/// The same without sequencer and jobs, for a command that runs beside the service: whose signer is in use, and who
/// places what the command enters.
///
/// # Errors
/// `ComposeError`, naming the part.
pub fn compose_beside(plan: Plan) -> Result<Composed, ComposeError> {
    assemble(plan, None)
}

fn assemble(plan: Plan, signer: Option<Signer>) -> Result<Composed, ComposeError> {
    let key = Arc::new(key(&plan)?);
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
    let Recalled { watermark, erased } = seen(&store, signer.as_ref())?;
    let erasures = Erasures::in_folder(&plan.signer);
    let epoch = Uuid::new_v4().to_string();
    let queue = QueueLimits {
        places: plan.limits.recorder_queue,
        places_of_a_principal: plan.limits.recorder_share,
        ..QueueLimits::default()
    };
    // Read back where somebody places what is entered: the process that only enters leaves that to its beats.
    let kept = signer.is_some().then(Arc::<Kept>::default);
    let recorder = Recorder::start(&store, &clock, &key, &epoch, &queue, kept.as_ref());
    let recorder = recorder.map_err(|_| ComposeError::Start("recorder"))?;
    let every = plan.sequence_every;
    let sequencer = signer
        .map(|signer| {
            let (clock, key) = (Arc::clone(&clock), Arc::clone(&key));
            let sequencer = Sequencer::new(store.clone(), clock, key, &epoch, Some(signer));
            kept.into_iter().fold(sequencer, Sequencer::reading_back).start(every)
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
        key,
        outbox: plan.notices.map(Outbox::open).transpose().map_err(ComposeError::Notices)?,
    })?);
    if sequencer.is_some() {
        erase_again(&service, &erased)?;
    }
    let jobs = sequencer.is_some().then(|| JobThread::start(Arc::clone(&service)));
    let jobs = jobs.transpose().map_err(|_| ComposeError::Start("jobs"))?;
    Ok(Composed { service, jobs, sequencer })
}

/// On a thread of its own: whoever composes may be inside a runtime already.
fn erase_again(service: &Service, erased: &[LedgerId]) -> Result<(), ComposeError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|_| ComposeError::Start("erasures"))?;
    let replayed = thread::scope(|scope| scope.spawn(|| runtime.block_on(replay(service, erased))).join());
    replayed.map_err(|_| ComposeError::Start("erasures"))??;
    Ok(())
}

fn seen(store: &Store, signer: Option<&Signer>) -> Result<Recalled, ComposeError> {
    let Some(signer) = signer else {
        let watermark = Watermark::default();
        refresh(store, &watermark)?;
        return Ok(Recalled { watermark, ..Recalled::default() });
    };
    Ok(recall(store, signer)?)
}

impl Drop for Composed {
    fn drop(&mut self) {
        self.service.stop();
        // Jobs first, then the writers: what they enter last, and that they close, is still sequenced.
        drop(self.jobs.take());
        self.service.recorder.close();
        drop(self.sequencer.take());
    }
}
