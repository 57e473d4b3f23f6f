//! The client of the tests: one request, one answer, nothing helpful in between (no retry, redirect, proxy or cookie).
//! It must never print a token: what tests print ends in CI logs.

use serde_json::Value;
use std::fmt;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::http;

const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody who talks to the service: where it is, and what they send with every request.
#[derive(Clone)]
pub struct Client {
    base: String,
    agent: Agent,
    headers: Vec<(&'static str, String)>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Client {
    /// Nobody yet: sends no token. `base` is `http://host:port`.
    pub fn new(base: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .allow_non_standard_methods(true)
            .timeout_global(Some(PATIENCE))
            // Sooner than the service closes what is idle: else a request may meet the closing.
            .max_idle_age(Duration::from_secs(2))
            .build()
            .new_agent();
        Self { base: base.to_owned(), agent, headers: Vec::new() }
    }

    pub fn bearer(&self, token: &str) -> Self {
        self.with("Authorization", format!("Bearer {token}"))
    }

    pub fn acting(&self, membership: impl fmt::Display) -> Self {
        self.with("Acting-Membership", membership.to_string())
    }

    pub fn purpose(&self, purpose: &str) -> Self {
        self.with("Access-Purpose", purpose.to_owned())
    }

    /// The same client, sending this header with every request, in place of one of that name.
    pub fn with(&self, name: &'static str, value: String) -> Self {
        let mut client = self.clone();
        client.headers.retain(|(present, _)| *present != name);
        client.headers.push((name, value));
        client
    }

    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send()
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.request("POST", path).json(body).send()
    }

    /// Any method, existing or not.
    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        let builder = http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        let builder = self.headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, value));
        Request { agent: &self.agent, builder, body: None }
    }
}

/// A request being put together.
#[must_use = "nothing is sent before send()"]
pub struct Request<'a> {
    agent: &'a Agent,
    builder: http::request::Builder,
    body: Option<Vec<u8>>,
}

impl Request<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    pub fn if_match(self, etag: &str) -> Self {
        self.header("If-Match", etag)
    }

    pub fn idempotency_key(self, key: impl fmt::Display) -> Self {
        self.header("Idempotency-Key", &key.to_string())
    }

    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Anything at all, under any name: what a hostile client sends.
    pub fn body(mut self, content_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Some(bytes.into());
        self.header("Content-Type", content_type)
    }

    /// # Panics
    /// If no answer comes: the service must answer everything that can be sent here.
    pub fn send(self) -> Answer {
        self.try_send().expect("the service answers")
    }

    /// For whoever reckons with a service that is gone, or a connection that breaks.
    pub fn try_send(self) -> Result<Answer, ureq::Error> {
        let mut response = match self.body {
            Some(bytes) => self.agent.run(self.builder.body(bytes).unwrap()),
            None => self.agent.run(self.builder.body(()).unwrap()),
        }?;
        let body = response.body_mut().with_config().limit(64 << 20).read_to_vec()?;
        Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
    }
}

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// The header's value, if it is there once.
    ///
    /// # Panics
    /// If it is there twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().unwrap());
        assert!(values.next().is_none(), "{name} is there twice");
        value
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    /// # Panics
    /// If the status is another, showing what came.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// The slug of a problem document: the last segment of its `type`.
    ///
    /// # Panics
    /// If the answer is not a problem document whose `status` is the response's.
    #[track_caller]
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "status {}", self.status);
        let document = self.json();
        assert_eq!(document["status"], self.status);
        document["type"].as_str().unwrap().rsplit(['/', ':']).next().unwrap().to_owned()
    }
}

/// Sends a head and, after a while, a body, each time on the same connection, and returns what comes back.
///
/// # Panics
/// If the connection is reset, or closed before everything was answered by a service that did not say so.
pub fn haltingly(base: &str, requests: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answers = Vec::new();
    for (head, body) in requests {
        stream.write_all(head.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        stream.write_all(body).expect("what was begun is heard to its end");
        let answer = one_answer(&mut stream);
        let closes = answer.to_ascii_lowercase().contains("connection: close");
        answers.push(answer);
        if closes {
            break;
        }
        std::thread::sleep(Duration::from_millis(300));
    }
    answers
}

/// Sends a head, after that long a body, and returns what comes back and how long after the body's end it came.
pub fn haltingly_timed(base: &str, head: &str, body: &[u8], late: Duration) -> (String, Duration) {
    let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(late);
    let began = Instant::now();
    stream.write_all(body).unwrap();
    let answer = one_answer(&mut stream);
    (answer, began.elapsed())
}

fn one_answer(stream: &mut TcpStream) -> String {
    let (mut answer, mut bytes) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&answer).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        let read = stream.read(&mut bytes).expect("the connection is not reset");
        assert!(read > 0, "the connection was closed after: {text}");
        answer.extend_from_slice(&bytes[..read]);
    }
}

/// Sends bytes as they are, which a well-behaved client cannot, ends its side, and returns all that comes back.
/// `base` as for [`Client::new`].
pub fn raw(base: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    // A service may rightly hang up before it has heard it all; what it said until then is the result.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
