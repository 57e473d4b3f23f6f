//! The one road of a request under `/api/v1`: token, membership, purpose, session, body, use case, record, answer.
//! Nothing may answer around it: an answer leaves only after the ledger entry that says what was shown is committed.

use super::OPERATIONS;
use super::grain;
use super::incoming::{Incoming, Outgoing};
use super::operation::{Call, Effect, Operation, PurposeRule};
use super::router::{self, Params, Route};
use crate::access::purpose::Purpose;
use crate::app::agreements;
use crate::app::answer::{Answer, Refused, Reply};
use crate::app::flood::Verdict;
use crate::app::recorder::ApplyError;
use crate::app::service::Service;
use crate::app::session::{Identified, REASONS, Session};
use crate::casework::ids::RequestId;
use crate::error::{Kind, Problem};
use crate::ledger::receipt::Receipt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::time::Instant;

/// Serves one request from whatever transport brought it.
pub async fn handle(service: &Service, mut incoming: Incoming) -> Outgoing {
    let request = RequestId::new();
    let at_work = service.recorder.at_work();
    let Served { outcome, entered, began } = serve(service, request, &mut incoming).await;
    drop(at_work);
    incoming.drain(service.limits.body_bytes).await;
    if let Some(began) = began.filter(|_| outcome.is_err()) {
        grain::beat(began).await;
    }
    let receipt = entered.filter(|_| incoming.wants_receipt()).map(|entered| service.receipt(&entered));
    let allow = match &outcome {
        Err(problem) if problem.kind == Kind::MethodNotAllowed => router::methods(OPERATIONS, &incoming.path),
        _ => Vec::new(),
    };
    Outgoing::new(request, outcome, allow, receipt)
}

/// What is answered, and as what it was entered.
struct Served {
    outcome: Result<Reply, Problem>,
    entered: Option<Receipt>,
    /// When the last byte was there that the caller had a say in, for a caller we know: from then on it is the service's time.
    /// Counted from the request's head, whoever holds back a body's end would choose where in the beat the work falls.
    began: Option<Instant>,
}

async fn serve(service: &Service, request: RequestId, incoming: &mut Incoming) -> Served {
    let route = router::route(OPERATIONS, &incoming.method, &incoming.path);
    let operation_id = match &route {
        Route::Found(operation, _) => operation.id,
        Route::WrongMethod | Route::Unknown => "unknownOperation",
    };
    let identified = match Identified::from_request(service, incoming.credentials()) {
        Ok(identified) => identified,
        // Whom we do not know gets no receipt: signing is work that a stranger must not be able to ask for.
        Err(fault) => {
            let told = refuse_stranger(service, request, operation_id, incoming, fault).await;
            return Served { outcome: Err(told), entered: None, began: None };
        }
    };
    let refused = Refused { request, operation: operation_id, identified: Some(&identified), purpose: None };
    let prepared = prepare(service, &identified, route, incoming).await;
    let began = Some(Instant::now());
    let (refused, problem) = match prepared {
        Ok((operation, call, access)) => match act(service, request, &identified, operation, &call, access).await {
            Ok((reply, entered)) => return Served { outcome: Ok(reply), entered: Some(entered), began },
            Err(problem) => {
                let told = agreements::explain(service, &identified, problem);
                (Refused { purpose: Some(access.0), ..refused }, told)
            }
        },
        Err(problem) => (refused, problem),
    };
    let (problem, entered) = refused.enter(service, problem).await;
    Served { outcome: Err(problem), entered, began }
}

/// A caller nobody vouches for. Listed one by one up to a bound, then counted: a flood must not fill the ledger or its queue.
async fn refuse_stranger(
    service: &Service,
    request: RequestId,
    operation: &'static str,
    incoming: &Incoming,
    fault: Problem,
) -> Problem {
    match service.flood.verdict(incoming.network(service), fault.kind, service.clock.instant()) {
        Verdict::List => Refused { request, operation, identified: None, purpose: None }.record(service, fault).await,
        Verdict::Count => Kind::TooManyRequests.into(),
    }
}

/// Everything between knowing who it is and the use case: the operation, the purpose, and only then the bounded body.
///
/// # Errors
/// What is wrong with address, headers, purpose, query or body, in that order.
pub async fn prepare(
    service: &Service,
    identified: &Identified,
    route: Route,
    incoming: &mut Incoming,
) -> Result<(&'static Operation, Call, (Purpose, bool)), Problem> {
    let (operation, params) = match route {
        Route::Found(operation, params) => (operation, params),
        Route::WrongMethod => return Err(Kind::MethodNotAllowed.into()),
        Route::Unknown => return Err(Kind::NotFound.into()),
    };
    incoming.must_have_sound_headers()?;
    incoming.must_want_a_receipt_or_say_nothing()?;
    identified.must_act()?;
    must_be_a_reason(incoming)?;
    let access = purpose_of(operation, incoming)?;
    let call = read_call(service, operation, params, incoming).await?;
    Ok((operation, call, access))
}

/// A reason that is none must not pass for one that was not given.
fn must_be_a_reason(incoming: &Incoming) -> Result<(), Problem> {
    match incoming.header("access-reason") {
        Some(text) if !REASONS.contains(&text) => Err(Problem::field(
            Kind::Invalid,
            "Access-Reason",
            "unknown_code",
            "must be one of the reasons for opening what is closed",
        )),
        _ => Ok(()),
    }
}

/// The purpose, and whether the caller said it: some count only when said.
fn purpose_of(operation: &Operation, incoming: &Incoming) -> Result<(Purpose, bool), Problem> {
    let Some(text) = incoming.header("access-purpose") else {
        return match operation.purpose {
            PurposeRule::Default(purpose) => Ok((purpose, false)),
            PurposeRule::MustBeSaid => Err(Problem::field(
                Kind::PurposeRequired,
                "Access-Purpose",
                "required",
                "say with Access-Purpose why this is opened",
            )),
        };
    };
    text.parse().map(|purpose| (purpose, true)).map_err(|()| {
        Problem::field(Kind::Invalid, "Access-Purpose", "unknown_code", "must be one of the purposes of access")
    })
}

async fn read_call(
    service: &Service,
    operation: &'static Operation,
    params: Params,
    incoming: &mut Incoming,
) -> Result<Call, Problem> {
    let query = incoming.query(operation.query)?;
    let body = match operation.body {
        None => Vec::new(),
        Some(_) => {
            incoming.must_be_json()?;
            incoming.body(service.limits.body_bytes, service.limits.request_seconds).await?
        }
    };
    Ok(Call {
        params,
        query,
        body,
        if_match: incoming.header("if-match").map(str::to_owned),
        idempotency_key: incoming.header("idempotency-key").map(str::to_owned),
    })
}

/// How often a request is decided. A meeting's opening touches forty cases, and the service's own jobs touch them too: once
/// more was not enough. With `If-Match` the second decision sees the other version, and says so.
const TRIES: u8 = 4;

/// Runs the use case and records what it did. What lost a race is decided again, on fresh facts.
async fn act(
    service: &Service,
    request: RequestId,
    identified: &Identified,
    operation: &'static Operation,
    call: &Call,
    access: (Purpose, bool),
) -> Result<(Reply, Receipt), Problem> {
    for tries_left in (0..TRIES).rev() {
        let last_try = tries_left == 0;
        let change = match decide(service, request, identified, operation, call, access) {
            Ok(Answer::Change(change)) => change,
            Ok(Answer::Read(unrecorded)) => return unrecorded.entered(&service.recorder).await,
            Err(problem) if problem.moved && !last_try => continue,
            Err(problem) => return Err(problem),
        };
        debug_assert_eq!(operation.effect, Effect::Changes);
        match change.entered(service).await {
            Ok(done) => {
                service.after_commit(operation.id);
                return Ok(done);
            }
            Err(ApplyError::Stale | ApplyError::Unique) if !last_try => {}
            Err(ApplyError::Stale | ApplyError::Unique) => return Err(Kind::PreconditionFailed.into()),
            Err(_) => return Err(Problem::unavailable("the change could not be committed")),
        }
    }
    Err(Problem::internal("the loop of tries ended without an answer"))
}

/// The use case, and no more: what it gives has not left, and cannot before it is recorded.
///
/// # Errors
/// The use case's refusal; `internal` where it panicked.
pub fn decide(
    service: &Service,
    request: RequestId,
    identified: &Identified,
    operation: &'static Operation,
    call: &Call,
    access: (Purpose, bool),
) -> Result<Answer, Problem> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let session = Session::begin(service, identified, operation.id, access, request)?;
        (operation.run)(&session, call)
    }));
    outcome.unwrap_or_else(|_| Err(Problem::internal("a use case panicked")))
}
