//! Former runs of this service are over: the log says so, and whatever is put onto them afterwards is a forgery.
//! It must never fence a run of which a commit may still arrive.

use crate::app::predecessors::Predecessors;
use crate::app::recorder::Share;
use crate::app::service::Service;
use crate::error::Problem;
use crate::ledger::attest::FENCE;
use crate::ledger::entry::{Draft, Outcome};
use std::time::Duration;
use uuid::Uuid;

/// Above any transaction's time limit, as the verifiers have it too: what the run before had begun is committed or gone.
const OVER_AFTER: Duration = Duration::from_secs(120);

/// Gives how many were fenced.
///
/// # Errors
/// `unavailable`: it is done at the next turn.
pub async fn run(service: &Service) -> Result<usize, Problem> {
    match &service.predecessors {
        Some(predecessors) => enter(service, predecessors, OVER_AFTER).await,
        None => Ok(0),
    }
}

/// # Errors
/// `unavailable`.
pub async fn enter(service: &Service, predecessors: &Predecessors, over: Duration) -> Result<usize, Problem> {
    let former = predecessors.over(over);
    for epoch in &former {
        let draft = Draft::of_the_log("ledger.signer", FENCE, Outcome::Changed, service.sign_fence(*epoch)?);
        let draft = Draft { policy: service.policies.hash(), ..draft };
        let entered = service.recorder.record(Share::Principal(Uuid::nil()), draft).await;
        entered.map_err(|_| Problem::unavailable("a former run could not be fenced"))?;
    }
    if !former.is_empty() {
        predecessors.forget().map_err(|_| Problem::unavailable("the former runs could not be forgotten"))?;
    }
    Ok(former.len())
}
