//! The store, the recorder and the sequencer, on both databases. A test here must never rely on one database's behaviour.

mod concurrency;
mod delivery;
mod entry_lists;
mod lost_commit;
mod outage;
mod quorum;
mod read_back;
mod recorder;
mod rows;
mod schema;
pub mod sequencer;

use crate::harness::{Backend, Database, Schema};
use channel_panel::app::recorder::{Limits, Recorder, Share};
use channel_panel::casework::category::{Category, Shape};
use channel_panel::casework::ids::{CaseId, LedgerId, PanelId, PersonId, RequestId, SubjectId};
use channel_panel::clock::Clock;
use channel_panel::ledger::entry::{Actor, CaseMark, Draft, Outcome};
use channel_panel::ledger::note::LogKey;
use channel_panel::store::rows::{CaseRow, PanelRow};
use channel_panel::store::{Settings, Store};
use diesel::prelude::*;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use uuid::Uuid;

pub const SERVICE: Schema = Schema { name: "service", migrate: |url| open(url).migrate().unwrap() };

pub fn settings() -> Settings {
    Settings {
        lock_timeout: Duration::from_millis(1500),
        statement_timeout: Duration::from_secs(3),
        checkout_wait: Duration::from_secs(2),
        ..Settings::default()
    }
}

pub fn open(url: &str) -> Store {
    Store::open(url, &settings()).unwrap()
}

/// As the owner of the database: round the store, by its own door.
pub fn as_owner(db: &Database, sql: &str) -> Result<(), String> {
    let done = match db.backend() {
        Backend::Sqlite => {
            let mut c = SqliteConnection::establish(db.url()).unwrap();
            diesel::connection::SimpleConnection::batch_execute(&mut c, "PRAGMA busy_timeout = 5000;").unwrap();
            diesel::connection::SimpleConnection::batch_execute(&mut c, sql)
        }
        Backend::Postgres => {
            let mut c = PgConnection::establish(db.url()).unwrap();
            diesel::connection::SimpleConnection::batch_execute(&mut c, sql)
        }
    };
    done.map_err(|error| error.to_string())
}

pub fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(30), future).await.expect("it hangs") })
}

pub fn start(store: &Store, epoch: &str, limits: &Limits) -> Recorder {
    Recorder::start(store, &Arc::new(Clock::default()), &log_key(), epoch, limits, None).unwrap()
}

/// One for all tests of the store.
pub fn log_key() -> Arc<LogKey> {
    static KEY: OnceLock<Arc<LogKey>> = OnceLock::new();
    let make = || LogKey::from_pkcs8("channel-panel.example/log", &LogKey::generate_pkcs8().unwrap()).unwrap();
    Arc::clone(KEY.get_or_init(|| Arc::new(make())))
}

/// Whether an entry is one that the log writes of itself: beginnings, beats and what it found.
pub fn of_the_log(body: &str) -> bool {
    body.contains("\"operation\":\"ledger.")
}

pub fn somebody() -> Share {
    Share::Principal(Uuid::new_v4())
}

pub fn draft(operation: &'static str) -> Draft {
    Draft {
        panel: None,
        actor: Actor { person: Some(PersonId::new()), ..Actor::default() },
        operation,
        outcome: Outcome::Shown,
        problem: None,
        cases: Vec::new(),
        policy: [7; 32],
        purpose: None,
        manifest: Vec::new(),
        request: RequestId::new(),
        detail: Vec::new(),
    }
}

/// An entry that cannot be made: its operation is prose.
pub fn bad_draft() -> Draft {
    draft("not a name")
}

pub fn change_of(case: &CaseRow) -> Draft {
    let mark = CaseMark { ledger_id: case.ledger_id, version: case.version, header_hash: Some([9; 32]) };
    Draft { outcome: Outcome::Changed, cases: vec![mark], ..draft("case.change") }
}

pub fn a_panel(store: &Store) -> PanelId {
    let row = PanelRow { id: PanelId::new(), version: 1, facts: "{}".to_owned(), tag: vec![1] };
    store.writer().unwrap().transaction(|tx| tx.put_panel(&row)).unwrap();
    row.id
}

pub fn a_case(panel: PanelId) -> CaseRow {
    let singles = Category::ALL.iter().filter(|c| c.shape() == Shape::Single);
    CaseRow {
        id: CaseId::new(),
        panel,
        subject: SubjectId::new(),
        ledger_id: LedgerId::new(),
        version: 1,
        stage: "referred".to_owned(),
        due_on: None,
        review_on: None,
        header: "{\"v\":1}".to_owned(),
        header_tag: vec![1, 2, 3],
        wrapped_keys: "{}".to_owned(),
        singles: singles.map(|c| (*c, format!("{{\"sealed\":\"{c}\"}}"))).collect(),
    }
}
