//! Headers that every answer carries. They must never tell one reader's answer from another's.

use crate::casework::ids::RequestId;
use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};

const SECURITY: [(&str, &str); 8] = [
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "interest-cohort=()"),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

pub fn stamp<B>(response: &mut HttpResponse<B>, request: RequestId) {
    let headers = response.headers_mut();
    for (name, value) in SECURITY {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(&request.to_string()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
}

/// For what never changes. Private: a proxy that answered from its own store would show what the ledger has no entry of.
pub fn keep<B>(response: &mut HttpResponse<B>) {
    let forever = HeaderValue::from_static("private, max-age=31536000, immutable");
    response.headers_mut().insert(CACHE_CONTROL, forever);
}
