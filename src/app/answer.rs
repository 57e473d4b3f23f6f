//! What a use case hands back, and the only doors out: a read leaves after its entry is committed, a change with it.
//! Nothing here may be rendered, copied or sent while it is unrecorded.

use super::pipe::{Inlet, Outlet, pipe};
use super::recorder::{ApplyError, Change as RecordedChange, Recorder, Share};
use super::service::Service;
use super::session::Identified;
use crate::access::Purpose;
use crate::casework::ids::RequestId;
use crate::error::{Kind, Problem};
use crate::ledger::entry::{Actor, Draft, Manifest, Outcome};
use crate::ledger::receipt::Receipt;
use crate::store::Tx;
use serde::Serialize;
use std::fmt;
use std::thread;
use std::time::Duration;

/// What the bytes of an answer are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    Json,
    /// A tile of the log.
    Octets,
    /// An export of the log.
    Zstd,
}

/// A finished answer: status, bytes, and the headers a use case may set.
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
    pub media: Media,
    /// The same for ever, and of nobody's case: whoever was given it may keep it.
    pub lasting: bool,
    pub etag: Option<String>,
    pub location: Option<String>,
    /// In place of a body: what makes it, on a thread of its own, once the entry is committed and while it is sent.
    pub stream: Option<Stream>,
}

/// What is too large to be made before it is sent.
pub struct Stream(Box<dyn FnOnce(Inlet) + Send>);

/// The longest that a stream waits for a reader to take anything.
const PATIENCE: Duration = Duration::from_secs(30);

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}

impl Stream {
    /// Begins to make it. Where no thread can be had, what comes out is broken.
    pub fn start(self) -> Outlet {
        let (inlet, outlet) = pipe(PATIENCE);
        if thread::Builder::new().name("stream".to_owned()).spawn(move || (self.0)(inlet)).is_err() {
            tracing::error!("a thread for an answer could not be started");
        }
        outlet
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({})", self.status)
    }
}

impl Reply {
    /// # Errors
    /// `internal`, for a view that has no JSON form; ours all have one.
    pub fn json<V: Serialize>(status: u16, view: &V) -> Result<Self, Problem> {
        let body = serde_json::to_vec(view).map_err(|_| Problem::internal("a view could not be written as JSON"))?;
        Ok(Self { body, ..Self::empty(status) })
    }

    pub fn empty(status: u16) -> Self {
        Self { status, body: Vec::new(), media: Media::Json, lasting: false, etag: None, location: None, stream: None }
    }

    pub fn tile(body: Vec<u8>, lasting: bool) -> Self {
        Self { body, media: Media::Octets, lasting, ..Self::empty(200) }
    }

    pub fn streamed(make: impl FnOnce(Inlet) + Send + 'static) -> Self {
        Self { media: Media::Zstd, stream: Some(Stream(Box::new(make))), ..Self::empty(200) }
    }

    #[must_use]
    pub fn with_etag(mut self, etag: String) -> Self {
        self.etag = Some(etag);
        self
    }

    #[must_use]
    pub fn with_location(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }
}

/// Something that may be shown once the ledger says that it was. It has no `Serialize`, no `Deref`, no `Debug` of content:
/// its only exit is `recorded`.
///
/// ```compile_fail
/// fn leak(unrecorded: channel_panel::app::answer::Unrecorded<String>) -> String {
///     serde_json::to_string(&unrecorded).unwrap()
/// }
/// ```
///
/// ```compile_fail
/// fn leak(unrecorded: channel_panel::app::answer::Unrecorded<String>) -> String {
///     unrecorded.view
/// }
/// ```
#[must_use = "what is not recorded is not shown"]
pub struct Unrecorded<V> {
    view: V,
    draft: Draft,
    share: Share,
}

impl<V> fmt::Debug for Unrecorded<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unrecorded")
    }
}

impl<V> Unrecorded<V> {
    pub(super) fn new(view: V, draft: Draft, share: Share) -> Self {
        Self { view, draft, share }
    }

    /// Waits until the entry is committed.
    ///
    /// # Errors
    /// `unavailable`: what cannot be recorded is not shown.
    pub async fn recorded(self, recorder: &Recorder) -> Result<V, Problem> {
        self.entered(recorder).await.map(|(view, _)| view)
    }

    /// The same, with what it was entered as.
    ///
    /// # Errors
    /// As for `recorded`.
    pub async fn entered(self, recorder: &Recorder) -> Result<(V, Receipt), Problem> {
        match recorder.enter(self.share, self.draft).await {
            Ok(entered) => Ok((self.view, entered)),
            Err(_) => Err(Problem::unavailable("the recorder could not commit an entry")),
        }
    }
}

type Apply = Box<dyn FnOnce(&mut Tx<'_>) -> Result<(), ApplyError> + Send>;

/// A change that was decided and sealed, and is not yet written. Its entry commits in its transaction.
#[must_use = "a change that is not committed did not happen"]
pub struct Change {
    draft: Draft,
    share: Share,
    apply: Apply,
    reply: Reply,
    afterwards: Option<Box<dyn FnOnce() + Send>>,
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change")
    }
}

impl Change {
    pub(super) fn new(
        draft: Draft,
        share: Share,
        reply: Reply,
        apply: impl FnOnce(&mut Tx<'_>) -> Result<(), ApplyError> + Send + 'static,
    ) -> Self {
        Self { draft, share, apply: Box::new(apply), reply, afterwards: None }
    }

    /// A change that also gives something away: of each row that it changes what.
    pub(super) fn disclosing(mut self, manifest: Vec<Manifest>) -> Self {
        self.draft.manifest = manifest;
        self
    }

    /// Said once it has happened, and not if it was tried in vain.
    pub(super) fn once_committed(mut self, say: impl FnOnce() + Send + 'static) -> Self {
        self.afterwards = Some(Box::new(say));
        self
    }

    /// # Errors
    /// `ApplyError`: stale where somebody was faster, unavailable where it could not be committed.
    pub async fn commit(self, service: &Service) -> Result<Reply, ApplyError> {
        self.entered(service).await.map(|(reply, _)| reply)
    }

    /// The same, with what it was entered as.
    ///
    /// # Errors
    /// As for `commit`.
    pub async fn entered(self, service: &Service) -> Result<(Reply, Receipt), ApplyError> {
        let apply = self.apply;
        let marks = self.draft.cases.clone();
        let change = RecordedChange::new(self.draft, move |tx, _| apply(tx));
        let ((), entered) = service.recorder.change_entered(self.share, change).await?;
        // Now, not at the next reading: until then an old row could be put back unseen.
        service.watermark.attest(&marks);
        if let Some(say) = self.afterwards {
            say();
        }
        Ok((self.reply, entered))
    }
}

/// What a use case ends in.
#[derive(Debug)]
pub enum Answer {
    Read(Unrecorded<Reply>),
    Change(Change),
}

impl Answer {
    /// Of a change, what it gives away of each row that it changes.
    #[must_use]
    pub(super) fn disclosing(self, manifest: Vec<Manifest>) -> Self {
        match self {
            Answer::Change(change) => Answer::Change(change.disclosing(manifest)),
            read @ Answer::Read(_) => read,
        }
    }

    /// Of a change, what to say once it has happened.
    #[must_use]
    pub(super) fn once_committed(self, say: impl FnOnce() + Send + 'static) -> Self {
        match self {
            Answer::Change(change) => Answer::Change(change.once_committed(say)),
            read @ Answer::Read(_) => read,
        }
    }
}

/// A refusal about to be entered in the ledger, with whoever was refused.
#[derive(Debug)]
pub struct Refused<'a> {
    pub request: RequestId,
    pub operation: &'static str,
    pub identified: Option<&'a Identified>,
    /// Where the request came so far as to have one.
    pub purpose: Option<Purpose>,
}

impl Refused<'_> {
    /// Enters the refusal and gives the problem to answer with; if it cannot be entered, that is the problem.
    pub async fn record(&self, service: &Service, problem: Problem) -> Problem {
        self.enter(service, problem).await.0
    }

    /// The same, with what it was entered as.
    pub async fn enter(&self, service: &Service, problem: Problem) -> (Problem, Option<Receipt>) {
        if let Some(cause) = problem.internal {
            tracing::error!(request = %self.request, operation = self.operation, cause, "a request failed on our side");
        }
        let outcome = match problem.kind {
            Kind::NotFound => Outcome::NotFound,
            Kind::Internal | Kind::Unavailable => Outcome::Failed,
            _ => Outcome::Refused,
        };
        let draft = Draft {
            panel: self.identified.and_then(Identified::panel),
            actor: self.identified.map_or_else(Actor::default, Identified::actor),
            operation: self.operation,
            outcome,
            problem: Some(problem.kind.slug()),
            cases: Vec::new(),
            policy: service.policies.hash(),
            purpose: self.purpose.map(Purpose::name),
            manifest: Vec::new(),
            request: self.request,
            detail: Vec::new(),
        };
        let share = self.identified.map_or(Share::Unauthenticated, Identified::share);
        match service.recorder.enter(share, draft).await {
            Ok(entered) => (problem, Some(entered)),
            Err(_) => (Problem::unavailable("the recorder could not commit a refusal"), None),
        }
    }
}
