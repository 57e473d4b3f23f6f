//! What the chair's agenda of forty cases costs, opened, redacted, decrypted and recorded, beside the bare SQL for the same
//! rows and one insert, on the same database in the same run; and whether it costs more where the panel has more cases.
//! It reports ratios. It must never leave out of the one side what it asks of the other.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement panics to fail and prints what it found"
)]

mod measured;

use channel_panel::api::endpoint;
use channel_panel::api::incoming::Incoming;
use channel_panel::app::compose::{Composed, LOG_KEY, Plan, compose};
use channel_panel::app::register;
use channel_panel::casework::ids::{CaseId, LedgerId, MeetingId, SubjectId};
use channel_panel::casework::rules::Rules;
use channel_panel::config::Limits;
use channel_panel::demo::borough::Borough;
use channel_panel::demo::seats::Seat;
use channel_panel::demo::stories::forms;
use channel_panel::demo::tokens::{Issuers, TokenBook};
use channel_panel::ledger::entry::{Actor, Draft, Outcome};
use channel_panel::ledger::signer::{self, Signer};
use channel_panel::seal::key_folder::{self, Mode};
use channel_panel::seal::{Bucket, Retention};
use channel_panel::store::rows::CaseRow;
use channel_panel::store::rows::Published;
use channel_panel::store::{Settings, Store, StoreError, Writer};
use chrono::Days;
use criterion::Criterion;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tokio::runtime::Runtime;

const CASES: usize = 40;
const ORIGIN: &str = "channel-panel.bench/log";
/// The panel's other cases, in the two databases that are compared.
const FEW: usize = 1_000;
const MANY: usize = 100_000;

struct Bench {
    folder: PathBuf,
    composed: Composed,
    book: TokenBook,
    borough: Borough,
    runtime: Runtime,
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Bench {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("channel-panel-bench-{}-{name}", std::process::id()));
        std::fs::create_dir_all(folder.join("signer")).unwrap();
        let url = format!("sqlite:{}", folder.join("panel.db").display());
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
            sequence_every: Duration::from_secs(3600),
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

    fn send(&self, seat: Seat, method: &str, path: &str, body: Option<&Value>) -> (u16, Vec<u8>) {
        let held = self.book.get(seat).unwrap();
        let headers = [
            ("authorization", format!("Bearer {}", held.token)),
            ("acting-membership", held.membership.to_string()),
            ("content-type", "application/json".to_owned()),
        ];
        let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let incoming = Incoming::in_process(method, path, &headers, bytes);
        let (status, body, _) = self.runtime.block_on(endpoint::handle(&self.composed.service, incoming)).into_parts();
        (status, body)
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

    fn meeting(&self) -> MeetingId {
        let today = self.composed.service.clock.today();
        let plan = json!({"forum": "extraordinary", "on": today});
        let meeting = self.does(Seat::Coordinator, "/meetings", &plan)["meetings"][0].as_str().unwrap().to_owned();
        for n in 0..CASES {
            let item = json!({"case": self.case(n), "reason": "It is due."});
            self.does(Seat::Coordinator, &format!("/meetings/{meeting}/items"), &item);
        }
        meeting.parse().unwrap()
    }

    /// Rows of the panel that nobody opens.
    fn fill(&self, rows: usize) {
        let store = &self.composed.service.store;
        let like = store.reader().unwrap().cases_of_panel(self.borough.panel, None, None, 1).unwrap().remove(0);
        let mut writer = store.writer().unwrap();
        for batch in 0..rows.div_ceil(1_000) {
            let count = 1_000.min(rows - batch * 1_000);
            let done = writer.transaction(|tx| {
                (0..count).try_for_each(|_| {
                    let (id, subject, ledger_id) = (CaseId::new(), SubjectId::new(), LedgerId::new());
                    tx.insert_case(&CaseRow { id, subject, ledger_id, ..like.clone() })
                })
            });
            done.map_err(|_: channel_panel::store::CommitError<StoreError>| "filling").unwrap();
        }
    }

    fn agenda(&self, meeting: MeetingId) -> Vec<u8> {
        let (status, body) = self.send(Seat::Chair, "GET", &format!("/meetings/{meeting}/agenda"), None);
        assert_eq!(status, 200);
        body
    }

    /// Asked once, and not in the measurement: what the chair's own machine does with an answer is no cost of ours.
    fn must_be_whole(&self, meeting: MeetingId) {
        let agenda: Value = serde_json::from_slice(&self.agenda(meeting)).unwrap();
        assert_eq!(agenda["items"].as_array().unwrap().len(), CASES);
    }

    /// The same rows and one entry, and nothing else.
    fn bare(&self, meeting: MeetingId, writer: &mut Writer, n: &mut i64) {
        let mut reader = self.composed.service.store.reader().unwrap();
        assert_eq!(reader.cases_of_meeting(meeting).unwrap().len(), CASES);
        assert!(!reader.records_of_meeting(meeting).unwrap().is_empty());
        assert!(!reader.events_of_meeting(meeting).unwrap().is_empty());
        drop(reader);
        let draft = Draft {
            panel: Some(self.borough.panel),
            actor: Actor::default(),
            operation: "readAgenda",
            outcome: Outcome::Shown,
            problem: None,
            cases: Vec::new(),
            policy: [0; 32],
            purpose: None,
            manifest: Vec::new(),
            request: channel_panel::casework::ids::RequestId::new(),
            detail: Vec::new(),
        };
        *n += 1;
        let entry = draft.finish("bench/0.0", *n, self.composed.service.clock.instant(), [0; 32]).unwrap();
        assert_eq!(writer.append_entries(&[entry]).map_err(|_| "append").unwrap(), [true]);
    }
}

fn main() {
    let mut criterion = Criterion::default().sample_size(20).configure_from_args().without_plots();
    // A hundred thousand rows are for a measurement.
    let smoke = measured::is_smoke();
    let bench = Bench::new("agenda");
    let meeting = bench.meeting();
    bench.fill(if smoke { 10 } else { FEW });
    let mut writer = bench.composed.service.store.writer().unwrap();
    bench.must_be_whole(meeting);
    let mut n = 0;
    let mut group = criterion.benchmark_group("agenda");
    group.bench_function("chair", |b| b.iter(|| bench.agenda(meeting).len()));
    group.bench_function("bare", |b| b.iter(|| bench.bare(meeting, &mut writer, &mut n)));
    if !smoke {
        bench.fill(MANY - FEW);
        group.bench_function("chair, many cases", |b| b.iter(|| bench.agenda(meeting).len()));
    }
    group.finish();
    if !smoke {
        let of = |what| measured::median("agenda", what);
        let (chair, bare, many) = (of("chair"), of("bare"), of("chair, many cases"));
        println!("an agenda of {CASES} costs {:.2} times its bare SQL and one insert", chair / bare);
        println!("with {MANY} cases in the panel instead of {FEW} it costs {:.2} times as much", many / chair);
    }
}
