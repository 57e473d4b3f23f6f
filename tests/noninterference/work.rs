//! The work behind an answer: statements sent to the database, questions put to the policies, tags checked, maps opened.
//! Where the answer must not tell two things apart, neither may the work. Counted, not timed: a test that times fails
//! on a busy machine and passes on an idle one; the drill times (`timing`).

use super::calls::NOWHERE;
use super::road::{Asked, ask};
use super::world::{World, borough};
use crate::api::town::least_referral;
use crate::harness::Backend;
use crate::store::wait;
use channel_panel::api::OPERATIONS;
use channel_panel::demo::seats::Seat;
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Metadata, Subscriber};

thread_local! {
    /// Of this thread: a session does all its work in the thread that asked.
    static DONE: RefCell<BTreeMap<String, usize>> = RefCell::default();
}

fn count(what: String) {
    DONE.with_borrow_mut(|done| *done.entry(what).or_default() += 1);
}

struct Statements;

impl Instrumentation for Statements {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            // The statement without its values; and not what sets up a connection, which is made when all are in use.
            let statement = text.split(" -- binds").next().unwrap_or_default();
            if !(statement.starts_with("PRAGMA") || statement.starts_with("SET ")) {
                count(statement.to_owned());
            }
        }
    }
}

/// Hears what the service says it does.
struct Listener;

impl Visit for Listener {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            count(format!("{value:?}"));
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "work"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Listener);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Before any connection is made that shall be listened to. One listener, which lives as long as the process: with one for
/// each request, what nobody seems to hear at some moment is not said at all, and other tests' logs come and go. And beside
/// it another: where there is only one, whichever thread first comes to a place is asked whether it hears what is said there.
fn listen() -> &'static Dispatch {
    static LISTENING: OnceLock<(Dispatch, Dispatch)> = OnceLock::new();
    let (listening, _) = LISTENING.get_or_init(|| {
        set_default_instrumentation(|| Some(Box::new(Statements))).unwrap();
        (Dispatch::new(Listener), Dispatch::new(Listener))
    });
    listening
}

fn work(world: &World<'_>, seat: Seat, what: &Asked) -> (u16, BTreeMap<String, usize>) {
    // Who asks is known: the first to sign in is read anew, whatever they ask for.
    wait(ask(world, seat, &asked("whoAmI", "/me".to_owned(), None)));
    DONE.take();
    let answered = tracing::dispatcher::with_default(listen(), || wait(ask(world, seat, what)));
    (answered.status, DONE.take())
}

pub fn asked(operation: &str, path: String, body: Option<Value>) -> Asked {
    let operation = OPERATIONS.iter().copied().find(|known| known.id == operation).unwrap();
    let headers = match operation.id {
        "searchSubjects" => vec![("access-purpose", "case_work".to_owned())],
        "submitReferral" => vec![("idempotency-key", "noninterference-0002".to_owned())],
        _ => Vec::new(),
    };
    Asked { operation, label: String::new(), path, headers, body: body.map(|body| body.to_string()) }
}

/// Cases that somebody may not know of, and one that is not there.
const STRANGERS: [(Seat, &str); 7] = [
    (Seat::Health, "apart"),
    (Seat::Partner, "restricted"),
    (Seat::SocialCare, "apart"),
    (Seat::School, "triage"),
    (Seat::Deputy, "restricted"),
    (Seat::Provider, "offered"),
    (Seat::NeighbourCoordinator, "intervention"),
];

#[test]
fn what_is_not_there_costs_the_work_of_what_is_not_theirs() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        listen();
        let (running, targets, referrals) = borough(backend);
        let world = World::new(&running, targets, referrals);
        let mut counted = 0;
        for (seat, name) in STRANGERS.into_iter().filter(|(seat, _)| *seat != Seat::Provider) {
            let case = &world.target(name).case;
            let today = world.service().clock.today();
            for (operation, below, body) in [
                ("openCase", "", None),
                ("readHistory", "/history", None),
                ("listLinks", "/links", None),
                ("listCandidates", "/candidates", None),
                ("recuse", "/recusals", Some(json!({}))),
                ("addLogNote", "/log", Some(json!({"on": today, "kind": "note", "note": "n"}))),
                ("makeTransition", "/transitions", Some(json!({"transition": "begin_triage", "content": {}}))),
                (
                    "replyInformation",
                    "/information-requests/00000000-0000-4000-8000-00000000beef/reply",
                    Some(json!({"answer": {"reply": "not_known", "repliedOn": today}})),
                ),
            ] {
                let to = |case: &str| asked(operation, format!("/cases/{case}{below}"), body.clone());
                let (hidden, there) = work(&world, seat, &to(case));
                let (missing, not) = work(&world, seat, &to(NOWHERE));
                assert_eq!((hidden, missing), (404, 404), "{} {operation} {name}", seat.name());
                assert!(
                    there.contains_key("a tag") && there.contains_key("a decision"),
                    "nothing was counted: {there:?}"
                );
                assert!(there.keys().any(|what| what.contains("case_file")), "no statement was counted: {there:?}");
                assert_eq!(there, not, "{backend:?}: {} {operation} {name}", seat.name());
                counted += 1;
            }
            for referral in [&world.referrals[0], &world.referrals[1]] {
                let (hidden, there) =
                    work(&world, Seat::Partner, &asked("readReferral", format!("/referrals/{referral}"), None));
                let (missing, not) =
                    work(&world, Seat::Partner, &asked("readReferral", format!("/referrals/{NOWHERE}"), None));
                assert_eq!((hidden, missing), (404, 404));
                assert_eq!(there, not, "{backend:?}: a referral");
            }
        }
        for seat in [Seat::Coordinator, Seat::Chair, Seat::Partner] {
            let to = |id: &str| asked("readTransfer", format!("/transfers/{id}"), None);
            let (hidden, there) = work(&world, seat, &to(&world.transfers()[0].to_string()));
            let (missing, not) = work(&world, seat, &to(NOWHERE));
            assert_eq!((hidden, missing), (404, 404));
            assert_eq!(there, not, "{backend:?}: a transfer, {}", seat.name());
        }
        println!("{backend:?}: {counted} pairs of equal work");
    }
}

#[test]
fn somebody_known_costs_the_work_of_somebody_unknown() {
    for backend in [Backend::Sqlite] {
        listen();
        let (running, targets, referrals) = borough(backend);
        let world = World::new(&running, targets, referrals);
        for seat in [Seat::School, Seat::Health, Seat::PoliceCt, Seat::PartnerSystem] {
            let of = |surname: &str| asked("submitReferral", "/referrals".to_owned(), Some(least_referral(surname)));
            let (known, first) = work(&world, seat, &of("Larkspur"));
            let (unknown, second) = work(&world, seat, &of("Nobodyatall"));
            assert_eq!((known, unknown), (201, 201));
            assert_eq!(first, second, "{backend:?}: {}", seat.name());
        }
        // Whom the searcher may not know is searched for like nobody: all are compared, and what is found is weighed.
        for seat in [Seat::NeighbourCoordinator, Seat::Coordinator] {
            let of = |surname: &str| {
                let body = json!({"purpose": "duplicate_check", "surname": surname, "forenames": "Quite"});
                asked("searchSubjects", "/subjects/search".to_owned(), Some(body))
            };
            let (known, first) = work(&world, seat, &of("Tansyother"));
            let (unknown, second) = work(&world, seat, &of("Nobodyatall"));
            assert_eq!((known, unknown), (200, 200));
            assert_eq!(first, second, "{backend:?}: {}", seat.name());
        }
    }
}
