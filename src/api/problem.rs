//! A refusal as RFC 9457 `application/problem+json`.
//! It must never carry what the client sent: fields and rules only.

use crate::casework::ids::RequestId;
use crate::error::{AgreementNote, Kind, Problem, Violation};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

const TYPE_BASE: &str = "https://channel-panel.example/problems/";

/// The body of every refusal. `type` is stable; `errors` names each field and the rule it broke.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    #[serde(rename = "type")]
    pub problem_type: String,
    pub title: &'static str,
    pub status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'static str>,
    /// The request's id, as in `X-Request-Id` and in the ledger.
    pub request: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Of `agreement-not-in-force`: your own agency's sharing agreements for this panel.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agreements: Vec<AgreementNote>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer into the body, or the name of a header or query parameter.
    pub field: String,
    /// Stable code of the rule.
    pub rule: &'static str,
    /// The rule in words.
    pub message: &'static str,
}

impl From<&Violation> for FieldError {
    fn from(violation: &Violation) -> Self {
        Self { field: violation.field.clone(), rule: violation.rule, message: violation.message }
    }
}

/// The body, the same whatever carries it.
pub fn body(problem: &Problem, request: RequestId) -> ProblemBody {
    let (slug, status, title) = problem.kind.describe();
    ProblemBody {
        problem_type: format!("{TYPE_BASE}{slug}"),
        title,
        status,
        detail: problem.detail,
        request: request.to_string(),
        errors: problem.violations.iter().map(FieldError::from).collect(),
        agreements: problem.agreements.clone(),
    }
}

pub fn response(problem: &Problem, request: RequestId) -> HttpResponse {
    let body = body(problem, request);
    let status = body.status;
    let mut builder = HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    builder.content_type("application/problem+json");
    match problem.kind {
        Kind::NotAuthenticated | Kind::StrongSignInRequired => {
            builder.insert_header(("WWW-Authenticate", "Bearer"));
        }
        Kind::StepUpRequired => {
            // RFC 9470: tell the client that only a fresher sign-in will do.
            builder.insert_header((
                "WWW-Authenticate",
                "Bearer error=\"insufficient_user_authentication\", max_age=\"300\"",
            ));
        }
        Kind::TooManyRequests | Kind::Unavailable => {
            builder.insert_header(("Retry-After", "10"));
        }
        _ => {}
    }
    builder.json(body)
}
