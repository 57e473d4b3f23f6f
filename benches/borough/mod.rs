//! A borough whose chair has an agenda of forty cases: the service in this process, on the database of whoever measures.
//! It must never reach a case by another road than the API's.

use channel_panel::api::endpoint;
use channel_panel::api::incoming::Incoming;
use channel_panel::app::compose::{Composed, LOG_KEY, Plan, compose};
use channel_panel::app::register;
use channel_panel::app::service::Service;
use channel_panel::casework::ids::MeetingId;
use channel_panel::casework::rules::Rules;
use channel_panel::config::Limits;
use channel_panel::demo::borough::Borough;
use channel_panel::demo::seats::Seat;
use channel_panel::demo::stories::forms;
use channel_panel::demo::tokens::{Issuers, TokenBook};
use channel_panel::ledger::signer::{self, Signer};
use channel_panel::seal::key_folder::{self, Mode};
use channel_panel::seal::{Bucket, Retention};
use channel_panel::store::rows::Published;
use channel_panel::store::{Settings, Store};
use chrono::Days;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

pub const CASES: usize = 40;
const ORIGIN: &str = "channel-panel.bench/log";

pub struct Bench {
    folder: PathBuf,
    pub composed: Composed,
    book: TokenBook,
    pub borough: Borough,
    runtime: Runtime,
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Somebody's requests, for any thread.
#[derive(Clone)]
pub struct Caller {
    service: Arc<Service>,
    headers: [(&'static str, String); 3],
}

impl Caller {
    pub async fn send(&self, method: &str, path: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        let incoming = Incoming::in_process(method, path, &self.headers, body);
        let (status, body, _) = endpoint::handle(&self.service, incoming).await.into_parts();
        (status, body)
    }
}

impl Bench {
    /// In a new folder of that name; the database's address may lie in it.
    pub fn new(name: &str, url: impl FnOnce(&std::path::Path) -> String, sequence_every: Duration) -> Self {
        let folder = std::env::temp_dir().join(format!("channel-panel-bench-{}-{name}", std::process::id()));
        std::fs::create_dir_all(folder.join("signer")).unwrap();
        let url = url(&folder);
        Store::open(&url, &Settings::default()).unwrap().migrate().unwrap();
        let today = channel_panel::clock::Clock::default().today();
        let buckets: Vec<Bucket> =
            [0, 100].map(|days| Bucket::for_case(today + Days::new(days), Retention::default())).to_vec();
        key_folder::init(&folder.join("keys"), Mode::Demo, &buckets).unwrap();
        let key = signer::create_key(&folder.join("signer").join(LOG_KEY), ORIGIN).unwrap();
        drop(Signer::init(&folder.join("signer"), key).unwrap());
        let (borough, issuers) = (Borough::fresh(), Issuers::fresh().unwrap());
        let plan = Plan {
            clock: channel_panel::clock::Clock::default(),
            database_url: url,
            settings: Settings::default(),
            keys: folder.join("keys"),
            mode: Mode::Demo,
            signer: folder.join("signer"),
            origin: ORIGIN.to_owned(),
            sequence_every,
            issuers: issuers.config(&borough),
            rules: Rules::default(),
            limits: Limits::default(),
            notices: None,
            signs: true,
            keep_years: 6,
            published: Published::Signed,
            delivery: None,
        };
        let composed = compose(plan).unwrap();
        let now = composed.service.clock.instant();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(register::take_in(&composed.service, borough.register(today, now))).unwrap();
        let book = TokenBook::issue(&issuers, &borough, now).unwrap();
        Self { folder, composed, book, borough, runtime }
    }

    pub fn caller(&self, seat: Seat) -> Caller {
        let held = self.book.get(seat).unwrap();
        let headers = [
            ("authorization", format!("Bearer {}", held.token)),
            ("acting-membership", held.membership.to_string()),
            ("content-type", "application/json".to_owned()),
        ];
        Caller { service: Arc::clone(&self.composed.service), headers }
    }

    pub fn send(&self, seat: Seat, method: &str, path: &str, body: Option<&Value>) -> (u16, Vec<u8>) {
        let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        self.runtime.block_on(self.caller(seat).send(method, path, bytes))
    }

    fn does(&self, seat: Seat, path: &str, body: &Value) -> Value {
        let (status, answer) = self.send(seat, "POST", path, Some(body));
        assert!(status < 300, "{path}: {status} {}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).unwrap_or(Value::Null)
    }

    /// A case as a panel gets it: assessed by VAF, planned, listed.
    fn case(&self, n: usize) -> String {
        let today = self.composed.service.clock.today();
        let born = today - Days::new(6_000 + u64::try_from(n).unwrap());
        let form = json!({"origin": "legacy", "receivedOn": today, "stage": "referred", "stageOn": today,
            "identity": {"forenames": "Anwen", "surname": format!("Number{n}x").replace(char::is_numeric, "o"), "dateOfBirth": born}});
        let case = self.does(Seat::Coordinator, "/cases", &form)["id"].as_str().unwrap().to_owned();
        let vaf = forms::vaf(&[("grievance", "Bullied for two years and told nobody.", None)], "Some vulnerability.");
        for (seat, step, content) in [
            (Seat::Coordinator, "begin_triage", json!({"earlierCasesSearched": true})),
            (Seat::Coordinator, "send_to_gateway", json!({"referralComplete": true})),
            (Seat::PoliceCt, "gateway_clear", json!({"statementForOthers": "Nothing stands in the way of Channel."})),
            (Seat::Coordinator, "begin_assessment", json!({"reason": "A need that support may meet."})),
            (Seat::PoliceCt, "section36_decide", json!({"grounds": "Set out in the referral."})),
            (Seat::Coordinator, "record_assessment", vaf),
            (Seat::Coordinator, "write_plan", forms::plan("life_skills", "the youth service", None)),
            (Seat::Coordinator, "list_for_panel", json!({"meetingDate": today})),
        ] {
            let body = json!({"transition": step, "content": content});
            self.does(seat, &format!("/cases/{case}/transitions"), &body);
        }
        case
    }

    /// A meeting that has all of them before it.
    pub fn meeting(&self) -> MeetingId {
        let today = self.composed.service.clock.today();
        let plan = json!({"forum": "extraordinary", "on": today});
        let meeting = self.does(Seat::Coordinator, "/meetings", &plan)["meetings"][0].as_str().unwrap().to_owned();
        for n in 0..CASES {
            let item = json!({"case": self.case(n), "reason": "It is due."});
            self.does(Seat::Coordinator, &format!("/meetings/{meeting}/items"), &item);
        }
        meeting.parse().unwrap()
    }

    pub fn agenda(&self, meeting: MeetingId) -> Vec<u8> {
        let (status, body) = self.send(Seat::Chair, "GET", &format!("/meetings/{meeting}/agenda"), None);
        assert_eq!(status, 200);
        body
    }

    /// Asked once, and not in the measurement: what the chair's own machine does with an answer is no cost of ours.
    pub fn must_be_whole(&self, meeting: MeetingId) {
        let agenda: Value = serde_json::from_slice(&self.agenda(meeting)).unwrap();
        assert_eq!(agenda["items"].as_array().unwrap().len(), CASES);
    }
}
