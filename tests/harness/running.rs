//! The service with the synthetic borough in it, in this process and on a real socket, on either database.
//! It must never take a shortcut past the API: whoever wants a case asks for it as some seat.

use super::{Backend, Client, Database, Folder};
use crate::store::{SERVICE, wait};
use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use channel_panel::access::Issuer;
use channel_panel::api::server;
use channel_panel::app::compose::{ComposeError, Composed, LOG_KEY, Plan, compose, compose_beside};
use channel_panel::app::service::Service;
use channel_panel::app::{ledger_export, register};
use channel_panel::casework::rules::Rules;
use channel_panel::clock::{Calendar, Clock};
use channel_panel::config::{Limits, Notices, Smtp};
use channel_panel::demo::borough::Borough;
use channel_panel::demo::caller::{Caller, Sent};
use channel_panel::demo::seats::Seat;
use channel_panel::demo::tokens::{Issuers, TokenBook};
use channel_panel::ledger::signer::{self, Signer};
use channel_panel::seal::key_folder::{self, Mode};
use channel_panel::seal::{Bucket, Retention};
use channel_panel::store::rows::Published;
use channel_panel::store::{Settings, Store};
use chrono::{Days, NaiveDate};
use serde_json::Value;
use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::Duration;

pub const ORIGIN: &str = "channel-panel.test/log";

/// A running service. Ends when dropped.
#[derive(Debug)]
pub struct Running {
    /// `http://127.0.0.1:port`.
    pub base: String,
    pub book: TokenBook,
    pub borough: Borough,
    pub issuers: Issuers,
    /// The service behind the socket, for a look at its parts.
    pub service: Data<Service>,
    pub database: Database,
    /// Key folder (`keys`); the log's key and its signer's memory (`signer`).
    pub folder: Folder,
    /// The log's public key, as `ledger verify --key` takes it.
    pub vkey: String,
    handle: Option<ServerHandle>,
    thread: Option<JoinHandle<()>>,
    composed: Option<Composed>,
}

impl Running {
    /// On a fresh database, with agencies and people and no case.
    pub fn start(backend: Backend) -> Self {
        Self::start_with(backend, Limits::default())
    }

    pub fn start_with(backend: Backend, limits: Limits) -> Self {
        Self::start_trusting(backend, limits, Vec::new())
    }

    /// Its people must have signed in within five minutes for what needs a recent sign-in, as in a real borough.
    pub fn start_strict(backend: Backend) -> Self {
        Self::start_adapted(backend, Limits::default(), |_, issuers| {
            issuers.into_iter().map(|issuer| Issuer { step_up: 300, ..issuer }).collect()
        })
    }

    /// Believes further issuers besides the borough's own two.
    pub fn start_trusting(backend: Backend, limits: Limits, further: Vec<Issuer>) -> Self {
        Self::start_adapted(backend, limits, |_, issuers| issuers.into_iter().chain(further).collect())
    }

    /// The same, with issuers that speak for agencies of the borough.
    pub fn start_among(backend: Backend, limits: Limits, further: impl FnOnce(&Borough) -> Vec<Issuer>) -> Self {
        Self::start_adapted(backend, limits, |borough, issuers| issuers.into_iter().chain(further(borough)).collect())
    }

    /// On another day than the machine's: the borough's people have their places from then.
    pub fn start_on(backend: Backend, day: NaiveDate) -> Self {
        Self::start_at(day, backend, Limits::default(), |_, issuers| issuers)
    }

    fn start_adapted(
        backend: Backend,
        limits: Limits,
        adapt: impl FnOnce(&Borough, Vec<Issuer>) -> Vec<Issuer>,
    ) -> Self {
        Self::start_at(0, backend, limits, adapt)
    }

    fn start_at(
        calendar: impl Into<Calendar>,
        backend: Backend,
        limits: Limits,
        adapt: impl FnOnce(&Borough, Vec<Issuer>) -> Vec<Issuer>,
    ) -> Self {
        let database = Database::new(backend, &SERVICE);
        let folder = Folder::new();
        let borough = Borough::fresh();
        let issuers = Issuers::fresh().unwrap();
        let vkey = make_keys(&folder);
        let trusted = adapt(&borough, issuers.config(&borough));
        let composed = compose(plan(&database, &folder, trusted, limits)).unwrap();
        composed.service.clock.move_calendar(calendar);
        let (today, now) = (composed.service.clock.today(), composed.service.clock.instant());
        wait(register::take_in(&composed.service, borough.register(today, now))).unwrap();
        let book = TokenBook::issue(&issuers, &borough, now).unwrap();
        let service = Data::from(composed.service.clone());
        let (base, handle, thread) = serve(service.clone());
        Self {
            base,
            book,
            borough,
            issuers,
            service,
            database,
            folder,
            vkey,
            handle: Some(handle),
            thread: Some(thread),
            composed: Some(composed),
        }
    }

    /// Sends as this seat, acting by its membership.
    pub fn client(&self, seat: Seat) -> Client {
        let held = self.book.get(seat).unwrap();
        Client::new(&self.base).bearer(&held.token).acting(held.membership)
    }

    pub fn caller(&self) -> HttpCaller<'_> {
        HttpCaller { running: self, keep: Client::new(&self.base) }
    }

    /// `sqlite:///path` or `postgresql://…`.
    pub fn url(&self) -> &str {
        self.database.url()
    }

    pub fn key_folder(&self) -> PathBuf {
        self.folder.join("keys")
    }

    pub fn signer_folder(&self) -> PathBuf {
        self.folder.join("signer")
    }

    /// The log as an auditor is handed it, written to a folder that is not there yet.
    pub fn export(&self, folder: &std::path::Path) -> u64 {
        let store = Store::open(self.url(), &Settings::default()).unwrap();
        ledger_export::write(&store, folder, &[self.vkey.parse().unwrap()], Published::Signed).unwrap()
    }

    /// Ends the service and starts it again on the same database, keys and signer: another process, as far as it knows.
    ///
    /// # Errors
    /// Why it does not start.
    pub fn restart(&mut self) -> Result<(), ComposeError> {
        self.stop();
        self.start_again()
    }

    /// # Errors
    /// Why it does not start.
    pub fn start_again(&mut self) -> Result<(), ComposeError> {
        let issuers = self.issuers.config(&self.borough);
        let composed = compose(plan(&self.database, &self.folder, issuers, Limits::default()))?;
        self.service = Data::from(composed.service.clone());
        let (base, handle, thread) = serve(self.service.clone());
        (self.base, self.handle, self.thread) = (base, Some(handle), Some(thread));
        self.composed = Some(composed);
        Ok(())
    }

    /// Another process on the same database, as far as this one knows: without sequencer and jobs.
    pub fn beside(&self) -> Composed {
        self.beside_on(self.url())
    }

    /// The service once more, on this database or another, without socket, signer and jobs: nothing happens in it but
    /// what a test does. Stop the served one first, or two write the log.
    pub fn beside_on(&self, url: &str) -> Composed {
        let issuers = self.issuers.config(&self.borough);
        let here = plan(&self.database, &self.folder, issuers, Limits::default());
        compose_beside(Plan { database_url: url.to_owned(), ..here }).unwrap()
    }

    /// Another process on the same database whose letters go by another road.
    ///
    /// # Errors
    /// Why it does not start.
    pub fn beside_posting(&self, notices: Notices) -> Result<Composed, ComposeError> {
        let issuers = self.issuers.config(&self.borough);
        let here = plan(&self.database, &self.folder, issuers, Limits::default());
        compose_beside(Plan { notices: Some(notices), ..here })
    }

    /// Waits until every entry has its place and the last checkpoint is signed, and ends the service.
    pub fn stop(&mut self) {
        if let Some(handle) = self.handle.take() {
            self.service.stop();
            wait(handle.stop(true));
        }
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
        drop(self.composed.take());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // What failed already shall be the report, not a second panic in here.
            let _ = catch_unwind(AssertUnwindSafe(|| self.stop()));
        } else {
            self.stop();
        }
    }
}

/// Runs a test on a service on each database, and on the second even if the first failed.
///
/// # Panics
/// Naming the backends on which the test panicked.
pub fn running_on_both(test: impl Fn(&Running)) {
    on_each(Running::start, test);
}

/// The same on a service as of [`Running::start_strict`].
pub fn strict_on_both(test: impl Fn(&Running)) {
    on_each(Running::start_strict, test);
}

/// On a service that has ended: what happens on its database is what the test does.
pub fn stopped_on_both(test: impl Fn(&Running)) {
    let start = |backend| {
        let mut running = Running::start(backend);
        running.stop();
        running
    };
    on_each(start, test);
}

fn on_each(start: impl Fn(Backend) -> Running, test: impl Fn(&Running)) {
    let failed: Vec<Backend> = [Backend::Sqlite, Backend::Postgres]
        .into_iter()
        .filter(|backend| catch_unwind(AssertUnwindSafe(|| test(&start(*backend)))).is_err())
        .collect();
    assert!(failed.is_empty(), "failed on {failed:?}");
}

/// Keys of every kind, as `keys init` and the demonstration make them; gives the log's public key.
fn make_keys(folder: &Folder) -> String {
    let today = chrono::Utc::now().date_naive();
    let buckets = Bucket::span(today - Days::new(1), today + Days::new(400), Retention::default());
    key_folder::init(&folder.join("keys"), Mode::Demo, &buckets).unwrap();
    let signer = folder.join("signer");
    std::fs::create_dir(&signer).unwrap();
    let key = signer::create_key(&signer.join(LOG_KEY), ORIGIN).unwrap();
    let vkey = key.vkey().to_string();
    drop(Signer::init(&signer, key).unwrap());
    vkey
}

/// Letters as files, for tests to read.
fn files(folder: &Folder) -> Notices {
    Notices { files: Some(folder.join("outbox")), ..posted(None) }
}

/// By whichever road.
pub fn posted(smtp: Option<Smtp>) -> Notices {
    let (url, from) = ("https://channel-panel.test/".to_owned(), "service@channel-panel.test".to_owned());
    Notices { url, from, reply_to: Some("desk@channel-panel.test".to_owned()), files: None, smtp }
}

/// A machine that runs many services at once may stall for seconds, and a service then rightly refuses. How long it waits has
/// tests of its own (`store::outage`); everywhere else a refusal for slowness would only hide what is tested.
fn patient() -> Settings {
    let long = Duration::from_secs(30);
    Settings { statement_timeout: long, lock_timeout: long, checkout_wait: long, ..Settings::default() }
}

fn plan(database: &Database, folder: &Folder, issuers: Vec<channel_panel::access::Issuer>, limits: Limits) -> Plan {
    Plan {
        clock: Clock::default(),
        database_url: database.url().to_owned(),
        settings: patient(),
        keys: folder.join("keys"),
        mode: Mode::Demo,
        signer: folder.join("signer"),
        origin: ORIGIN.to_owned(),
        signs: true,
        sequence_every: Duration::from_millis(100),
        published: Published::Signed,
        keep_years: 6,
        delivery: None,
        issuers,
        rules: Rules::default(),
        limits,
        notices: Some(files(folder)),
    }
}

fn serve(service: Data<Service>) -> (String, ServerHandle, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (ready, started) = channel();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = server::build(service, listener, None).unwrap();
            ready.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    (base, started.recv_timeout(Duration::from_secs(30)).expect("the server starts"), thread)
}

/// Tells stories over HTTP, each seat with its own token.
#[derive(Debug)]
pub struct HttpCaller<'r> {
    running: &'r Running,
    /// One pool of connections for all seats.
    keep: Client,
}

impl Caller for HttpCaller<'_> {
    fn call(
        &mut self,
        who: Seat,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&'static str, String)],
    ) -> Sent {
        let held = self.running.book.get(who).unwrap();
        let client = self.keep.bearer(&held.token).acting(held.membership);
        let mut request = client.request(method, &format!("/api/v1{path}"));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send();
        let etag = answer.header("etag").map(|tag| tag.trim_matches('"').to_owned());
        let body = if answer.body.is_empty() { Value::Null } else { answer.json() };
        Sent { status: answer.status, body, etag }
    }

    fn stay_today(&mut self) -> NaiveDate {
        let clock = &self.running.service.clock;
        let today = clock.today();
        clock.move_calendar(today);
        today
    }

    fn move_to(&mut self, day: NaiveDate) {
        self.running.service.clock.move_calendar(day);
        self.running.service.wake_jobs();
    }

    fn pause(&mut self) {
        std::thread::sleep(Duration::from_millis(50));
    }
}
