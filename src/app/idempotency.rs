//! A request that was sent twice is answered twice and done once.
//! Keys and bodies are kept as MACs only: a client may put anything into a key.

use super::session::Session;
use crate::error::{Kind, Problem};
use crate::store::rows::IdempotencyRow;

/// Whether this key was used before by this person on this panel for this operation.
#[derive(Debug)]
pub enum Earlier {
    /// With the same body: the result that was given then.
    Answered(String),
    Never(Ticket),
}

/// The row to write with the change.
#[derive(Debug)]
pub struct Ticket(IdempotencyRow);

impl Ticket {
    pub fn row(self, result: String) -> IdempotencyRow {
        IdempotencyRow { result, ..self.0 }
    }
}

/// # Errors
/// `invalid` without a sound key; `idempotency-mismatch` where it came with another body.
pub fn look_up(session: &Session<'_>, key: Option<&str>, body: &[u8]) -> Result<Earlier, Problem> {
    let key = key.filter(|k| (8..=200).contains(&k.len())).ok_or_else(|| {
        Problem::field(
            Kind::Invalid,
            "Idempotency-Key",
            "required",
            "send an Idempotency-Key of 8 to 200 characters, new for every new request",
        )
    })?;
    let agency = session.principal.agency().map(|id| id.to_string()).unwrap_or_default();
    let person = session.principal.person().map(|id| id.to_string()).unwrap_or_default();
    // With the panel: who sends for two has a referral to make in each, and the first one's answer is not the second's.
    let scope = format!("{}/{agency}/{person}/{}", session.panel(), session.operation);
    let sealer = &session.service.sealer;
    let key_mac = sealer.idempotency(&[scope.as_bytes(), b"key"], key.as_bytes()).to_vec();
    let body_mac = sealer.idempotency(&[scope.as_bytes(), b"body"], body).to_vec();
    match session.reader().idempotency(&scope, &key_mac)? {
        Some(row) if row.body_mac == body_mac => Ok(Earlier::Answered(row.result)),
        Some(_) => Err(Kind::IdempotencyMismatch.into()),
        None => Ok(Earlier::Never(Ticket(IdempotencyRow {
            scope,
            key_mac,
            body_mac,
            result: String::new(),
            at: session.now,
        }))),
    }
}
