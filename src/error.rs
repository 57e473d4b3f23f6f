//! The one shape of a refusal: an RFC 9457 problem with a stable type, and the fields and rules that were broken.
//! It must never hold what the client sent: a value that is refused may be somebody's diagnosis.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

/// Every refusal this service gives. The slug is the stable tail of the problem's `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Malformed,
    Invalid,
    NotAuthenticated,
    StrongSignInRequired,
    StepUpRequired,
    MembershipRequired,
    PurposeRequired,
    NotAllowed,
    AgreementNotInForce,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    Timeout,
    Conflict,
    TransitionRefused,
    TransitionHeld,
    PreconditionFailed,
    PreconditionRequired,
    TooLarge,
    UnsupportedMediaType,
    IdempotencyMismatch,
    WithheldMarker,
    TooManyRequests,
    Integrity,
    Internal,
    Unavailable,
}

impl Kind {
    pub const ALL: [Kind; 26] = [
        Kind::Malformed,
        Kind::Invalid,
        Kind::NotAuthenticated,
        Kind::StrongSignInRequired,
        Kind::StepUpRequired,
        Kind::MembershipRequired,
        Kind::PurposeRequired,
        Kind::NotAllowed,
        Kind::AgreementNotInForce,
        Kind::NotFound,
        Kind::MethodNotAllowed,
        Kind::NotAcceptable,
        Kind::Timeout,
        Kind::Conflict,
        Kind::TransitionRefused,
        Kind::TransitionHeld,
        Kind::PreconditionFailed,
        Kind::PreconditionRequired,
        Kind::TooLarge,
        Kind::UnsupportedMediaType,
        Kind::IdempotencyMismatch,
        Kind::WithheldMarker,
        Kind::TooManyRequests,
        Kind::Integrity,
        Kind::Internal,
        Kind::Unavailable,
    ];

    /// (slug, HTTP status, title). Slugs are part of the API: add, never rename.
    pub fn describe(self) -> (&'static str, u16, &'static str) {
        match self {
            Kind::Malformed => ("malformed", 400, "The request could not be read"),
            Kind::Invalid => ("invalid", 422, "Some fields break a rule"),
            Kind::NotAuthenticated => ("not-authenticated", 401, "No valid token was presented"),
            Kind::StrongSignInRequired => ("strong-sign-in-required", 401, "A stronger sign-in is needed"),
            Kind::StepUpRequired => ("step-up-required", 401, "A recent sign-in is needed for this"),
            Kind::MembershipRequired => ("membership-required", 403, "No membership in force was chosen"),
            Kind::PurposeRequired => ("purpose-required", 403, "A purpose of access must be given"),
            Kind::NotAllowed => ("not-allowed", 403, "Your role does not allow this"),
            Kind::AgreementNotInForce => {
                ("agreement-not-in-force", 403, "Your agency's sharing agreement does not cover this")
            }
            Kind::NotFound => ("not-found", 404, "There is nothing here for you"),
            Kind::MethodNotAllowed => ("method-not-allowed", 405, "This address does not take that method"),
            Kind::NotAcceptable => ("not-acceptable", 406, "Only JSON is offered here"),
            Kind::Timeout => ("timeout", 408, "The request took too long to arrive"),
            Kind::Conflict => ("conflict", 409, "This cannot be done in the present state"),
            Kind::TransitionRefused => ("transition-refused", 409, "A guard of this transition is not met"),
            Kind::TransitionHeld => ("transition-held", 409, "This transition is held"),
            Kind::PreconditionFailed => ("precondition-failed", 412, "It was changed since you read it"),
            Kind::PreconditionRequired => ("precondition-required", 428, "If-Match is required"),
            Kind::TooLarge => ("too-large", 413, "The request is too large"),
            Kind::UnsupportedMediaType => ("unsupported-media-type", 415, "Only application/json is taken here"),
            Kind::IdempotencyMismatch => {
                ("idempotency-mismatch", 422, "This Idempotency-Key was used for another body")
            }
            Kind::WithheldMarker => ("withheld-marker", 422, "A withheld field cannot be written back"),
            Kind::TooManyRequests => ("too-many-requests", 429, "Too many requests"),
            // Not a 500: nothing of ours failed. Somebody changed what is stored, and it stays shut until it is examined.
            Kind::Integrity => ("integrity", 503, "This record is closed until its integrity has been examined"),
            Kind::Internal => ("internal", 500, "Something failed on our side"),
            Kind::Unavailable => ("unavailable", 503, "The service cannot record or reach its data now"),
        }
    }

    pub fn slug(self) -> &'static str {
        self.describe().0
    }

    pub fn status(self) -> u16 {
        self.describe().1
    }
}

/// One broken rule. `field` is a JSON pointer or a header's name; `rule` a stable code; `message` says the rule in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    pub field: String,
    pub rule: &'static str,
    pub message: &'static str,
}

/// A sharing agreement, told to its own agency's people and to nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgreementNote {
    pub reference: String,
    /// What the agency may receive and write under it.
    pub categories: Vec<&'static str>,
    #[schema(value_type = String, format = Date)]
    pub from: NaiveDate,
    /// The last day it holds.
    #[schema(value_type = String, format = Date)]
    pub to: NaiveDate,
    /// `in_force`, `not_begun` or `ended`.
    pub state: &'static str,
    /// Days until the last day, 0 on it; only when the end is near.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_in_days: Option<i64>,
}

/// A refusal on its way to the client and to the ledger (by slug only). `internal` goes to the log, never to the client.
#[derive(Debug, Clone)]
pub struct Problem {
    pub kind: Kind,
    pub violations: Vec<Violation>,
    pub internal: Option<&'static str>,
    /// In words, where the kind's title says too little.
    pub detail: Option<&'static str>,
    /// Of the caller's own agency, where the want of one is the reason.
    pub agreements: Vec<AgreementNote>,
    /// Somebody's change fell between two readings: asked again, it is answered.
    pub moved: bool,
}

impl Problem {
    pub fn new(kind: Kind) -> Self {
        Self { kind, violations: Vec::new(), internal: None, detail: None, agreements: Vec::new(), moved: false }
    }

    pub fn invalid(violations: Vec<Violation>) -> Self {
        Self { violations, ..Self::new(Kind::Invalid) }
    }

    /// One broken rule of one field.
    pub fn field(kind: Kind, field: &str, rule: &'static str, message: &'static str) -> Self {
        Self { violations: vec![Violation { field: field.to_owned(), rule, message }], ..Self::new(kind) }
    }

    /// A failure of ours. The cause is a fixed text: a driver's message may quote a value.
    pub fn internal(cause: &'static str) -> Self {
        Self { internal: Some(cause), ..Self::new(Kind::Internal) }
    }

    pub fn unavailable(cause: &'static str) -> Self {
        Self { internal: Some(cause), ..Self::new(Kind::Unavailable) }
    }

    /// What was read does not fit together, for it was changed meanwhile. Whoever can is to begin again.
    pub fn moved(cause: &'static str) -> Self {
        Self { moved: true, ..Self::unavailable(cause) }
    }
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Self {
        Problem::new(kind)
    }
}

/// Collects every broken rule of a form, so that a sender sees all of them at once.
#[derive(Debug, Default)]
pub struct Violations(Vec<Violation>);

impl Violations {
    pub fn add(&mut self, field: impl Into<String>, rule: &'static str, message: &'static str) {
        self.0.push(Violation { field: field.into(), rule, message });
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// # Errors
    /// The collected violations as one `invalid` problem, if there are any.
    pub fn finish(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::invalid(self.0)) }
    }
}
