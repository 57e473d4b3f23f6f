//! What the service's log says while the tests run in its process. Other tests write to it too: ask by id, never by count.

use serde_json::Value;
use std::io::{self, Write};
use std::sync::{Mutex, OnceLock, PoisonError};
use tracing_subscriber::fmt::MakeWriter;

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[derive(Clone, Copy)]
struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(String::from_utf8_lossy(bytes).into_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Sink;

    fn make_writer(&'a self) -> Sink {
        *self
    }
}

/// Begins to listen, once a process.
pub fn listen() {
    static LISTENING: OnceLock<()> = OnceLock::new();
    LISTENING.get_or_init(|| {
        tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::INFO)
            .with_writer(Sink)
            .try_init()
            .expect("nobody else listens");
    });
}

/// Where the log is now.
pub fn mark() -> usize {
    LINES.lock().unwrap_or_else(PoisonError::into_inner).len()
}

/// Every line since `mark`.
pub fn since(mark: usize) -> String {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)[mark..].concat()
}

/// What was said since `mark` of any of these ids: the alarm's `what` or `cause`, else its message.
pub fn about(mark: usize, ids: &[String]) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for line in since(mark).lines().filter(|line| ids.iter().any(|id| line.contains(id.as_str()))) {
        let fields = &serde_json::from_str::<Value>(line).unwrap()["fields"];
        let text = ["what", "cause", "refusal", "message"].iter().find_map(|name| fields[*name].as_str());
        let text = text.unwrap_or_default().to_owned();
        if !said.contains(&text) {
            said.push(text);
        }
    }
    said
}
