//! Enters what the flood guard counted: one entry a minute for each kind of fault and network.
//! It must never enter a header, a token or an address: the network is a keyed number.

use crate::app::flood::Counted;
use crate::app::recorder::Share;
use crate::app::service::Service;
use crate::casework::ids::RequestId;
use crate::ledger::entry::{Actor, DetailValue, Draft, Outcome};

/// Enters each count; what cannot be entered is logged by number only.
pub async fn enter(service: &Service, counts: Vec<Counted>) {
    for counted in counts {
        let network = i64::from_be_bytes(counted.network.to_be_bytes());
        let draft = Draft {
            panel: None,
            actor: Actor::default(),
            operation: "refusedUnauthenticated",
            outcome: Outcome::Refused,
            problem: Some(counted.kind.slug()),
            cases: Vec::new(),
            policy: service.policies.hash(),
            purpose: None,
            manifest: Vec::new(),
            request: RequestId::new(),
            detail: vec![("count", DetailValue::Number(counted.count)), ("network", DetailValue::Number(network))],
        };
        if service.recorder.record(Share::Unauthenticated, draft).await.is_err() {
            tracing::error!(count = counted.count, "a count of refused requests could not be entered");
        }
    }
}
