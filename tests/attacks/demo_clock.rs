//! The calendar of a demonstration: moved by its own command, in its own folder, never back; and of no service.

use super::deployed::Deployed;
use crate::api::entered::entries_path;
use crate::api::town::{least_referral, referral};
use crate::harness::{Backend, Client, Folder, Service};
use channel_panel::clock::Clock;
use channel_panel::demo::seats::Seat;
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use std::process::Output;
use std::time::{Duration, Instant};

/// A demonstration without cases, in the real binary.
struct Demo {
    folder: Folder,
}

impl Demo {
    fn data(&self) -> String {
        self.folder.join("data").to_str().unwrap().to_owned()
    }

    fn start(&self) -> Service {
        let mut command = Service::binary();
        command.args(["demo", "--empty", "--port", "0", "--data", &self.data()]).env("CHANNEL_PANEL_LOG", "info");
        Service::start(command, &self.folder)
    }

    fn client(&self, service: &Service, seat: Seat) -> Client {
        let tokens: Value =
            serde_json::from_slice(&std::fs::read(self.folder.join("data/tokens.json")).unwrap()).unwrap();
        let held = &tokens[seat.name()];
        service.client().bearer(held["token"].as_str().unwrap()).acting(held["membership"].as_str().unwrap())
    }

    fn set(&self, to: NaiveDate) -> Output {
        set(&self.data(), to)
    }
}

fn set(data: &str, to: NaiveDate) -> Output {
    Service::binary().args(["demo-clock", "--data", data, "--to", &to.to_string()]).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// What the coordinator is told of the one case there is.
fn due(client: &Client) -> Value {
    client.get("/api/v1/cases").expect(200).json()["cases"][0]["due"].clone()
}

/// For what a running demonstration does by itself within seconds.
#[track_caller]
fn until(what: &str, mut there: impl FnMut() -> bool) {
    let began = Instant::now();
    while !there() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what} did not come");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_demonstration_follows_its_calendar_keeps_it_and_never_goes_back() {
    let demo = Demo { folder: Folder::new() };
    let today = Clock::default().today();
    let service = demo.start();
    let school = demo.client(&service, Seat::School);
    let mut form = least_referral("Calendar");
    form["dates"] = json!({"concernArose": today, "referralMade": today});
    school.request("POST", "/api/v1/referrals").idempotency_key("sent-before").json(&form).send().expect(201);
    let coordinator = demo.client(&service, Seat::Coordinator);
    assert_eq!(due(&coordinator)["overdue"], false);
    assert!(demo.client(&service, Seat::Chair).get("/api/v1/cases").expect(200).json()["cases"][0].is_null());

    let later = today + Days::new(60);
    let moved = demo.set(later);
    assert!(moved.status.success(), "{}", said(&moved));
    // It follows without a restart, and what the days brought is done: the chair is told.
    until("the chair's sight", || {
        !demo.client(&service, Seat::Chair).get("/api/v1/cases").expect(200).json()["cases"][0].is_null()
    });
    assert_eq!(due(&coordinator)["standing"], "escalated");
    // Only the calendar: tokens go by the machine's time, and so does the log.
    school.get("/api/v1/me").expect(200);
    let entries = demo.client(&service, Seat::Auditor).get(&entries_path("outcome=shown&limit=1")).expect(200).json();
    let at = entries["entries"][0]["body"]["at"].to_string();
    assert!(!at.contains(&later.to_string()[..7]), "{at}");
    // A case keyed then lies behind the earlier days.
    let mut form = least_referral("Thereafter");
    form["dates"] = json!({"concernArose": later, "referralMade": later});
    school.request("POST", "/api/v1/referrals").idempotency_key("sent-after").json(&form).send().expect(201);
    assert!(service.stop().success());

    let back = demo.set(today + Days::new(30));
    assert!(back.status.code() == Some(1) && said(&back).contains("written down on"), "{}", said(&back));
    let service = demo.start();
    let coordinator = demo.client(&service, Seat::Coordinator);
    assert_eq!(due(&coordinator)["standing"], "escalated", "a restart keeps the day");
    let far = demo.set(NaiveDate::from_ymd_opt(2031, 1, 1).unwrap());
    assert!(far.status.code() == Some(2) && said(&far).contains("bank holidays"), "{}", said(&far));
    let same = demo.set(later);
    assert!(same.status.success(), "{}", said(&same));
    assert!(service.stop().success());
}

/// Neither command nor file moves the calendar of a service.
#[test]
fn a_service_has_no_road_to_another_calendar() {
    let deployed = Deployed::new(Backend::Sqlite);
    let later = Clock::default().today() + Days::new(60);
    let folder = deployed.folder.path().to_str().unwrap().to_owned();
    let refused = set(&folder, later);
    assert!(refused.status.code() == Some(2) && said(&refused).contains("not a folder of a demonstration"));
    // Where the demonstration keeps its own: beside the database, the keys, the signer's state.
    for at in ["calendar", "keys/calendar", "signer/calendar"] {
        deployed.write(at, "60\n");
    }
    let _ = std::fs::remove_file(deployed.folder.join("keys/calendar"));
    let service = deployed.start();
    let mut form = least_referral("Realtime");
    form["dates"] = json!({"concernArose": later, "referralMade": later});
    let school = deployed.client(service.base(), Seat::School);
    let sent = school.request("POST", "/api/v1/referrals").idempotency_key("sent-by-the-school").json(&form).send();
    assert_eq!(sent.expect(422).problem(), "invalid", "a day of the other calendar is in the future here");
    // And nothing but the demonstration's one file names the lever.
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut named = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read_to_string(&path).unwrap().contains("move_calendar(") {
                named.push(path.strip_prefix(&root).unwrap().display().to_string());
            }
        }
    }
    named.sort();
    assert_eq!(named, ["clock.rs", "demo/calendar.rs"]);
    assert!(service.stop().success());
}

#[test]
fn jobs_run_by_the_command_beside_the_service_or_without_it() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let deployed = Deployed::new(backend);
        let run = || deployed.run(&["jobs", "run", "--config", &deployed.config()]);
        assert_eq!(run(), "done\n", "while the service is down");
        let service = deployed.start();
        // Dates long past: overdue for too long as soon as it is there.
        let school = deployed.client(service.base(), Seat::School);
        school
            .request("POST", "/api/v1/referrals")
            .idempotency_key("sent-by-the-school")
            .json(&referral("Longpast", false))
            .send()
            .expect(201);
        let chair = || {
            let list = deployed.client(service.base(), Seat::Chair).get("/api/v1/cases").expect(200).json();
            list["cases"].as_array().unwrap().len()
        };
        assert_eq!([run(), run()], ["done\n", "done\n"]);
        assert_eq!(chair(), 1);
        let id = due_case(&deployed.client(service.base(), Seat::Coordinator));
        let history = format!("/api/v1/cases/{id}/history");
        let history = deployed.client(service.base(), Seat::Coordinator).get(&history).expect(200).json();
        let times = history["events"].as_array().unwrap().iter().filter(|event| event["name"] == "escalated").count();
        assert_eq!(times, 1);
        assert!(service.stop().success());
        let (code, report) = deployed.verify(&deployed.export(), &deployed.vkey(), &[]);
        assert_eq!(code, 0, "{report}");
        // What cannot be done is said by the exit code.
        let nowhere = deployed.refused(&["jobs", "run", "--config", &deployed.path("none.toml")]);
        assert_eq!(nowhere.0, 1);
    }
}

fn due_case(client: &Client) -> String {
    client.get("/api/v1/cases").expect(200).json()["cases"][0]["id"].as_str().unwrap().to_owned()
}
