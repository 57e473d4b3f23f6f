//! A request and its answer, freed of the transport: actix brings them in production, the demonstration in process.
//! It must never read a body before its bounds are known, nor let a header's text into a log.

use super::flowing::Flowing;
use super::operation::Query;
use super::problem;
use crate::app::answer::{Media, Reply};
use crate::app::service::Service;
use crate::app::session::Credentials;
use crate::casework::ids::RequestId;
use crate::error::{Kind, Problem, Violations};
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderName, HeaderValue};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// Headers that an operation may look at, with the names that problems give them. The others are not kept.
/// Each says one thing: none of them is a list.
const HEADERS: [(&str, &str); 9] = [
    (AUTHORIZATION, "Authorization"),
    ("acting-membership", "Acting-Membership"),
    ("access-purpose", "Access-Purpose"),
    ("access-reason", "Access-Reason"),
    ("content-type", "Content-Type"),
    ("content-length", "Content-Length"),
    ("if-match", "If-Match"),
    ("idempotency-key", "Idempotency-Key"),
    (RECEIPT, "Ledger-Receipt"),
];

const AUTHORIZATION: &str = "authorization";

/// Asked with and answered with.
const RECEIPT: &str = "ledger-receipt";

/// A header of ours that cannot be believed.
#[derive(Clone, Copy)]
struct Unsound {
    name: &'static str,
    shown: &'static str,
    rule: &'static str,
    message: &'static str,
}

enum Body {
    Stream(Payload),
    Ready(Vec<u8>),
}

pub struct Incoming {
    pub method: String,
    /// Below `/api/v1`.
    pub path: String,
    query: String,
    headers: BTreeMap<&'static str, String>,
    unsound: Option<Unsound>,
    peer: Option<IpAddr>,
    body: Body,
}

/// Whoever sends more slowly than this, after they were refused, sends for nobody.
const DRAINED_WITHIN: Duration = Duration::from_secs(2);

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Incoming")
    }
}

impl Incoming {
    pub fn from_http(request: &HttpRequest, path: String, payload: Payload) -> Self {
        let mut headers = BTreeMap::new();
        let mut unsound = None;
        for (name, shown) in HEADERS {
            let mut values = request.headers().get_all(name);
            match values.next().map(|value| value.to_str()) {
                Some(Ok(text)) => {
                    headers.insert(name, text.trim().to_owned());
                }
                // Taken for absent, it would let a default stand in for what was said.
                Some(Err(_)) => {
                    unsound = Some(Unsound {
                        name,
                        shown,
                        rule: "unreadable",
                        message: "this header must be printable ASCII",
                    });
                }
                None => {}
            }
            // Which of the two would be believed?
            if values.next().is_some() {
                unsound = Some(Unsound { name, shown, rule: "duplicate_field", message: "this header is given twice" });
            }
        }
        Self {
            method: request.method().as_str().to_owned(),
            path,
            query: request.query_string().to_owned(),
            headers,
            unsound,
            peer: request.peer_addr().map(|address| address.ip()),
            body: Body::Stream(payload),
        }
    }

    /// A request made in this process, which keeps the same road.
    pub fn in_process(method: &str, path_and_query: &str, headers: &[(&'static str, String)], body: Vec<u8>) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.iter().cloned().collect(),
            unsound: None,
            peer: None,
            body: Body::Ready(body),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// # Errors
    /// `malformed`, naming a header of ours that is given twice or cannot be read.
    pub fn must_have_sound_headers(&self) -> Result<(), Problem> {
        match self.unsound {
            Some(it) => Err(Problem::field(Kind::Malformed, it.shown, it.rule, it.message)),
            None => Ok(()),
        }
    }

    /// Whether a receipt is to be given for this request's entry.
    pub fn wants_receipt(&self) -> bool {
        self.header(RECEIPT) == Some("wanted")
    }

    /// # Errors
    /// `invalid` for a wish that is none: whoever believes to have a receipt must have one.
    pub fn must_want_a_receipt_or_say_nothing(&self) -> Result<(), Problem> {
        if self.header(RECEIPT).is_none() || self.wants_receipt() {
            return Ok(());
        }
        Err(Problem::field(Kind::Invalid, "Ledger-Receipt", "unknown_code", "must be `wanted`, or not be there"))
    }

    /// What the caller says of who they are. Two tokens make it nothing: no guess between two answers.
    pub fn credentials(&self) -> Credentials<'_> {
        if self.unsound.is_some_and(|it| it.name == AUTHORIZATION) {
            return Credentials::default();
        }
        Credentials {
            bearer: self.header(AUTHORIZATION).and_then(|value| {
                let (scheme, token) = value.split_once(' ')?;
                scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
            }),
            membership: self.header("acting-membership"),
            reason: self.header("access-reason"),
        }
    }

    /// Which neighbourhood it comes from, as a keyed number: floods are counted by it, and it names nobody.
    pub fn network(&self, service: &Service) -> u64 {
        let mut prefix = Vec::with_capacity(8);
        match self.peer {
            Some(IpAddr::V4(v4)) => prefix.extend(v4.octets().into_iter().take(3)),
            Some(IpAddr::V6(v6)) => prefix.extend(v6.octets().into_iter().take(7)),
            None => {}
        }
        service.network_mark(&prefix)
    }

    /// The query, with only the parameters an operation knows, each once.
    ///
    /// # Errors
    /// `invalid`, naming each parameter of ours that is repeated, or `query` for one that we do not know.
    pub fn query(&self, known: &'static [(&'static str, Query)]) -> Result<BTreeMap<String, String>, Problem> {
        let pairs = actix_web::web::Query::<Vec<(String, String)>>::from_query(&self.query)
            .map_err(|_| Problem::field(Kind::Malformed, "query", "malformed", "the query could not be read"))?;
        let mut violations = Violations::default();
        let mut query = BTreeMap::new();
        for (name, value) in pairs.into_inner() {
            match known.iter().map(|(known, _)| *known).find(|known| *known == name) {
                None => violations.add("query", "unknown_field", "this operation has no such parameter"),
                Some(ours) if value.len() > 1024 => violations.add(ours, "too_long", "this parameter is too long"),
                Some(ours) => {
                    if query.insert(name, value).is_some() {
                        violations.add(ours, "duplicate_field", "a parameter is given twice");
                    }
                }
            }
        }
        violations.finish()?;
        Ok(query)
    }

    /// # Errors
    /// `unsupported-media-type` for anything but JSON in UTF-8.
    pub fn must_be_json(&self) -> Result<(), Problem> {
        let media = self.header("content-type").unwrap_or_default();
        let mut parts = media.split(';').map(str::trim);
        let json = parts.next().is_some_and(|m| {
            m.eq_ignore_ascii_case("application/json") || m.eq_ignore_ascii_case("application/merge-patch+json")
        });
        let utf8 = parts
            .all(|p| p.to_ascii_lowercase().strip_prefix("charset=").is_none_or(|c| c.trim_matches('"') == "utf-8"));
        if json && utf8 { Ok(()) } else { Err(Kind::UnsupportedMediaType.into()) }
    }

    /// The whole body, within a size and a time.
    ///
    /// # Errors
    /// `too-large`, `timeout`, or `malformed` where it broke off.
    pub async fn body(&mut self, limit: usize, seconds: u64) -> Result<Vec<u8>, Problem> {
        let said = self.header("content-length").and_then(|n| n.parse::<usize>().ok());
        if said.is_some_and(|n| n > limit) {
            return Err(Kind::TooLarge.into());
        }
        match std::mem::replace(&mut self.body, Body::Ready(Vec::new())) {
            Body::Ready(bytes) if bytes.len() > limit => Err(Kind::TooLarge.into()),
            Body::Ready(bytes) => Ok(bytes),
            Body::Stream(payload) => {
                let read = payload.to_bytes_limited(limit);
                match tokio::time::timeout(Duration::from_secs(seconds), read).await {
                    Err(_) => Err(Kind::Timeout.into()),
                    Ok(Err(_)) => Err(Kind::TooLarge.into()),
                    Ok(Ok(Err(_))) => Err(Kind::Malformed.into()),
                    Ok(Ok(Ok(bytes))) => Ok(bytes.to_vec()),
                }
            }
        }
    }

    /// Takes in, and drops, what of the body nobody asked for. An answer that overtakes the sending of its request is lost with
    /// the connection, which then cannot be kept (RFC 9112 §9.3): whoever is refused must hear why, and not a reset.
    pub async fn drain(&mut self, limit: usize) {
        if let Body::Stream(payload) = std::mem::replace(&mut self.body, Body::Ready(Vec::new())) {
            let _ = tokio::time::timeout(DRAINED_WITHIN, payload.to_bytes_limited(limit)).await;
        }
    }
}

/// An answer on its way to the transport.
pub struct Outgoing {
    pub request: RequestId,
    outcome: Result<Reply, Problem>,
    /// For `Allow`, where the method was the fault.
    allow: Vec<&'static str>,
    /// Where one was wanted.
    receipt: Option<String>,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outgoing")
    }
}

impl Outgoing {
    pub fn new(
        request: RequestId,
        outcome: Result<Reply, Problem>,
        allow: Vec<&'static str>,
        receipt: Option<String>,
    ) -> Self {
        Self { request, outcome, allow, receipt }
    }

    /// Status, JSON body and ETag, for whoever called in process.
    pub fn into_parts(self) -> (u16, Vec<u8>, Option<String>) {
        match self.outcome {
            Ok(reply) => (reply.status, reply.body, reply.etag),
            Err(problem) => {
                let body = serde_json::to_vec(&problem::body(&problem, self.request)).unwrap_or_default();
                (problem.kind.status(), body, None)
            }
        }
    }

    pub fn into_response(self) -> HttpResponse {
        let lasting = self.outcome.as_ref().is_ok_and(|reply| reply.lasting);
        let mut response = match self.outcome {
            Ok(reply) => of_reply(reply),
            Err(problem) => problem::response(&problem, self.request),
        };
        if !self.allow.is_empty()
            && let Ok(methods) = HeaderValue::from_str(&self.allow.join(", "))
        {
            response.headers_mut().insert(ALLOW, methods);
        }
        if let Some(receipt) = self.receipt.and_then(|line| HeaderValue::from_str(&line).ok()) {
            response.headers_mut().insert(HeaderName::from_static(RECEIPT), receipt);
        }
        super::headers::stamp(&mut response, self.request);
        if lasting {
            super::headers::keep(&mut response);
        }
        response
    }
}

fn of_reply(reply: Reply) -> HttpResponse {
    let mut builder =
        HttpResponse::build(StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    if let Some(etag) = reply.etag {
        builder.insert_header(("ETag", format!("\"{etag}\"")));
    }
    if let Some(location) = reply.location {
        builder.insert_header(("Location", location));
    }
    let media = match reply.media {
        Media::Json => "application/json",
        Media::Octets => "application/octet-stream",
        Media::Zstd => "application/zstd",
    };
    if let Some(stream) = reply.stream {
        return builder.content_type(media).body(BoxBody::new(Flowing(stream.start())));
    }
    if reply.body.is_empty() { builder.finish() } else { builder.content_type(media).body(reply.body) }
}
