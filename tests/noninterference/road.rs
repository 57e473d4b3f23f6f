//! One request on the service's own road, in this process: credentials, route, purpose, body, use case, record, response.
//! It ends in the bytes that HTTP would carry; only the transport's own headers (Date, Content-Length) are not there.

use super::world::World;
use actix_web::body::to_bytes;
use channel_panel::api::incoming::{Incoming, Outgoing};
use channel_panel::api::operation::{Effect, Operation};
use channel_panel::api::{OPERATIONS, endpoint, router};
use channel_panel::app::answer::Answer;
use channel_panel::app::session::Identified;
use channel_panel::casework::ids::RequestId;
use channel_panel::demo::seats::Seat;
use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use uuid::Uuid;

/// A request. `label` names it among those of its operation; below `/api/v1`.
#[derive(Debug, Clone)]
pub struct Asked {
    pub operation: &'static Operation,
    pub label: String,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<String>,
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    pub fn key(&self) -> String {
        format!("{} {}", self.operation.id, self.label)
    }

    /// The same bytes are sent.
    pub fn same(&self, other: &Self) -> bool {
        (&self.path, &self.headers, &self.body) == (&other.path, &other.headers, &other.body)
    }
}

impl Answered {
    pub fn problem(&self) -> Option<&str> {
        let slug = self.body.split_once("/problems/")?.1;
        slug.split('"').next()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// Asks many things at once, so that their entries commit together; the answers in the order of the questions.
pub async fn ask_all(world: &World<'_>, seat: Seat, asked: &[Asked]) -> Vec<Answered> {
    let mut answers = Vec::with_capacity(asked.len());
    // Half of one principal's share of the recorder's queue.
    for batch in asked.chunks(32) {
        answers.extend(together(batch.iter().map(|one| ask(world, seat, one)).collect()).await);
    }
    answers
}

async fn together<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<Pin<Box<_>>> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    poll_fn(move |context| {
        for (future, done) in waiting.iter_mut().zip(&mut done) {
            if done.is_none()
                && let Poll::Ready(answer) = future.as_mut().poll(context)
            {
                *done = Some(answer);
            }
        }
        if done.iter().all(Option::is_some) {
            Poll::Ready(done.iter_mut().filter_map(Option::take).collect())
        } else {
            Poll::Pending
        }
    })
    .await
}

pub async fn ask(world: &World<'_>, seat: Seat, asked: &Asked) -> Answered {
    let request = RequestId::new();
    let mut incoming = incoming(world, seat, asked);
    let outcome = decided(world, request, &mut incoming).await;
    let changed = outcome.is_ok() && asked.operation.effect == Effect::Changes;
    let response = Outgoing::new(request, outcome, Vec::new(), None).into_response();
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let mut headers: Vec<_> =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    // actix keeps them in a map that is seeded anew for each answer: their order is chance and tells nothing.
    headers.sort();
    let body = to_bytes(response.into_body()).await.unwrap_or_default();
    // A tile of the log is no text: escaped, two that differ still differ.
    let body = String::from_utf8(body.to_vec()).unwrap_or_else(|error| error.as_bytes().escape_ascii().to_string());
    let answered = Answered { status, headers, body };
    alike(world, answered, request, changed, asked)
}

/// On the service's road to its very end: entered in its own log, and given out when the service gives it out.
pub async fn served(world: &World<'_>, seat: Seat, asked: &Asked) {
    drop(endpoint::handle(world.service(), incoming(world, seat, asked)).await);
}

fn incoming(world: &World<'_>, seat: Seat, asked: &Asked) -> Incoming {
    let held = world.running.book.get(seat).unwrap();
    let mut headers = asked.headers.clone();
    headers.push(("authorization", format!("Bearer {}", held.token)));
    headers.push(("acting-membership", held.membership.to_string()));
    if asked.body.is_some() {
        headers.push(("content-type", "application/json".to_owned()));
    }
    let body = asked.body.clone().unwrap_or_default().into_bytes();
    Incoming::in_process(asked.operation.method, &asked.path, &headers, body)
}

/// As `endpoint::handle`, with the recorder of the sink: what is read is read in the world, what is entered is entered there.
async fn decided(
    world: &World<'_>,
    request: RequestId,
    incoming: &mut Incoming,
) -> Result<channel_panel::app::answer::Reply, channel_panel::error::Problem> {
    let (service, sink) = (world.service(), world.sink.service());
    let identified = Identified::from_request(service, incoming.credentials())?;
    let route = router::route(OPERATIONS, &incoming.method, &incoming.path);
    let (operation, call, access) = endpoint::prepare(service, &identified, route, incoming).await?;
    match endpoint::decide(service, request, &identified, operation, &call, access)? {
        Answer::Read(unrecorded) => unrecorded.recorded(&sink.recorder).await,
        Answer::Change(change) => Ok(change
            .commit(sink)
            .await
            .unwrap_or_else(|error| panic!("{}: the sink kept nothing: {error:?}", operation.id))),
    }
}

/// The request's own id is struck out, and of a change's answer each id that it invented.
fn alike(world: &World<'_>, mut answered: Answered, request: RequestId, changed: bool, asked: &Asked) -> Answered {
    let request = request.to_string();
    let mut struck: BTreeSet<String> = BTreeSet::from([request.clone()]);
    if changed {
        let texts = answered.headers.iter().map(|(_, value)| value.as_str()).chain([answered.body.as_str()]);
        let invented = texts.flat_map(ids).filter(|id| !world.knows_id(id) && !asked.path.contains(id.as_str()));
        struck.extend(invented.filter(|id| !asked.body.as_ref().is_some_and(|body| body.contains(id.as_str()))));
    }
    for id in struck {
        let mark = if id == request { "REQUEST" } else { "FRESH" };
        answered.body = answered.body.replace(&id, mark);
        for (_, value) in &mut answered.headers {
            *value = value.replace(&id, mark);
        }
    }
    answered
}

/// Every identifier in a text.
pub fn ids(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !(c.is_ascii_hexdigit() || c == '-'));
    parts.filter(|part| part.len() == 36 && Uuid::parse_str(part).is_ok()).map(str::to_owned).collect()
}
