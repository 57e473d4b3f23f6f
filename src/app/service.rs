//! Everything a running service holds: store, recorder, policies, sealer, tokens, calendar, limits.
//! It must never be reached by a use case except through a session.

use super::checkpoints::Standing;
use super::decoy::Decoys;
use super::erasures::Erasures;
use super::export_ledger::Exports;
use super::flood::Flood;
use super::notices::Outbox;
use super::predecessors::Predecessors;
use super::readings::Readings;
use super::recorder::Recorder;
use super::watermark::{Belief, Watermark};
use crate::access::Mac as _;
use crate::access::{Policies, Tokens};
use crate::casework::calendar::Calendar;
use crate::casework::ids::RequestId;
use crate::casework::rules::Rules;
use crate::clock::Clock;
use crate::config::Limits;
use crate::error::Problem;
use crate::ledger::attest;
use crate::ledger::entry::DetailValue;
use crate::ledger::expired::{self, Claim};
use crate::ledger::note::{LogKey, VKey};
use crate::ledger::receipt::Receipt;
use crate::seal::{Retention, Sealer};
use crate::store::Store;
use crate::store::rows::Published;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;
use uuid::Uuid;

/// What a service is made of; how the parts were come by is the business of `cli`.
pub struct Parts {
    pub clock: Arc<Clock>,
    pub store: Store,
    pub recorder: Recorder,
    pub policies: Policies,
    pub sealer: Sealer,
    pub retention: Retention,
    pub tokens: Tokens,
    pub calendar: Calendar,
    pub rules: Rules,
    pub limits: Limits,
    /// None where no letters are written.
    pub outbox: Option<Outbox>,
    /// How far each row had come, as the log says.
    pub watermark: Watermark,
    pub erasures: Erasures,
    /// None where the log's signer is not this service's.
    pub predecessors: Option<Predecessors>,
    /// The log's: signs receipts, and vouches for writers.
    pub key: Arc<LogKey>,
    /// Whether the log's signer is this service's: of several instances there is one.
    pub signs: bool,
    /// How long the log keeps what its entries say.
    pub keep_years: u32,
    /// None where no checkpoints are sent out from here.
    pub delivered: Option<Arc<Standing>>,
    pub published: Published,
}

pub struct Service {
    pub clock: Arc<Clock>,
    pub store: Store,
    pub recorder: Recorder,
    pub policies: Policies,
    pub sealer: Sealer,
    /// How long a case's keys are to live, from its opening.
    pub retention: Retention,
    pub tokens: Tokens,
    pub calendar: Calendar,
    pub rules: Rules,
    pub limits: Limits,
    /// None where no letters are written.
    pub outbox: Option<Outbox>,
    pub flood: Flood,
    pub watermark: Watermark,
    readings: Readings,
    /// What was erased, kept outside the database.
    pub erasures: Erasures,
    pub predecessors: Option<Predecessors>,
    pub referral_arrived: Notify,
    /// Whoever sends letters is to look.
    pub letters_wait: Notify,
    pub exports: Exports,
    /// Whether the log's signer is this service's.
    pub signs: bool,
    /// Which checkpoints count.
    pub published: Published,
    /// How long the log keeps what its entries say, from when they were made or their case was erased.
    pub keep_years: u32,
    delivered: Option<Arc<Standing>>,
    key: Arc<LogKey>,
    decoys: Decoys,
    stopping: AtomicBool,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Service")
    }
}

impl Service {
    /// Puts the parts together.
    ///
    /// # Errors
    /// `internal` where a part cannot be made.
    pub fn new(parts: Parts) -> Result<Self, Problem> {
        let decoys = Decoys::new(&parts.sealer, &parts.clock)?;
        Ok(Self {
            flood: Flood::new(parts.limits.faults_listed_a_minute),
            clock: parts.clock,
            store: parts.store,
            recorder: parts.recorder,
            policies: parts.policies,
            sealer: parts.sealer,
            retention: parts.retention,
            tokens: parts.tokens,
            calendar: parts.calendar,
            rules: parts.rules,
            limits: parts.limits,
            outbox: parts.outbox,
            watermark: parts.watermark,
            readings: Readings::default(),
            erasures: parts.erasures,
            predecessors: parts.predecessors,
            key: parts.key,
            exports: Exports::default(),
            referral_arrived: Notify::new(),
            letters_wait: Notify::new(),
            signs: parts.signs,
            delivered: parts.delivered,
            published: parts.published,
            keep_years: parts.keep_years,
            decoys,
            stopping: AtomicBool::new(false),
        })
    }

    /// To be taken before the first row is read.
    pub fn belief(&self) -> Belief<'_> {
        self.watermark.belief(&self.sealer, &self.readings)
    }

    /// What is decided on in place of what is not there.
    pub fn decoys(&self) -> &Decoys {
        &self.decoys
    }

    /// A network as a number that only this service can make, and nobody can turn back.
    pub fn network_mark(&self, prefix: &[u8]) -> u64 {
        let tag = self.sealer.tag("cp-network-v1", prefix);
        tag.first_chunk::<8>().map_or(0, |first| u64::from_be_bytes(*first))
    }

    /// The log's public key.
    pub fn log_key(&self) -> &VKey {
        self.key.vkey()
    }

    /// The signed word that something was entered, to give to whoever asked for it.
    pub fn receipt(&self, entered: &Receipt) -> String {
        entered.sign(&self.key)
    }

    /// The log's word that these entries expire, as the detail of its entry.
    ///
    /// # Errors
    /// `internal` where the key cannot sign.
    pub fn sign_expiry(&self, request: RequestId, claim: &Claim) -> Result<Vec<(&'static str, DetailValue)>, Problem> {
        expired::signed(&self.key, request.0, claim).map_err(|_| Problem::internal("an expiry could not be signed"))
    }

    /// The log's word that a former run is over, as the detail of its entry.
    ///
    /// # Errors
    /// `internal` where the key cannot sign.
    pub fn sign_fence(&self, epoch: Uuid) -> Result<Vec<(&'static str, DetailValue)>, Problem> {
        attest::fence(&self.key, epoch).map_err(|_| Problem::internal("a fence could not be signed"))
    }

    /// What a committed operation sets going.
    pub fn after_commit(&self, operation: &'static str) {
        if ["submitReferral", "answerTransfer"].contains(&operation) {
            self.wake_jobs();
        }
    }

    /// Lets the jobs look now at what there is to do.
    pub fn wake_jobs(&self) {
        self.referral_arrived.notify_one();
    }

    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Whether the service can do its work now: database, schema, keys, recorder.
    ///
    /// # Errors
    /// The name of the first part that cannot.
    pub fn ready(&self) -> Result<(), &'static str> {
        if self.is_stopping() {
            return Err("stopping");
        }
        self.store.ping().map_err(|_| "database")?;
        self.sealer.health().map_err(|_| "keys")?;
        if self.recorder.is_alive() { Ok(()) } else { Err("recorder") }
    }

    /// Whether nobody outside took a checkpoint for longer than is allowed; `None` where none are sent out from here.
    pub fn checkpoints_overdue(&self) -> Option<bool> {
        self.delivered.as_ref().map(|delivered| delivered.is_overdue(self.clock.instant()))
    }
}

super::opaque!(Parts);
