//! Signals and the digest over HTTP: a series of refusals and unusual reading give exactly the signals they should, and
//! ordinary work gives none.

use super::entered;
use super::town::Town;
use crate::harness::{Client, Running, running_on_both};
use crate::store::wait;
use channel_panel::access::MembershipFacts;
use channel_panel::app::register::{self, Register};
use channel_panel::clock::Moment;
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

/// Stands still, and is set from here.
struct Time<'r> {
    running: &'r Running,
    start: Moment,
}

impl<'r> Time<'r> {
    /// Noon, so that no hour of a test is of another day.
    fn stop(running: &'r Running) -> Self {
        let start = Moment::begin_of(running.service.clock.today()).plus_seconds(DAY + DAY / 2);
        running.service.clock.stop_at(start);
        Self { running, start }
    }

    fn at(&self, seconds: i64) {
        self.running.service.clock.stop_at(self.start.plus_seconds(seconds));
    }

    fn day(&self, seconds: i64) -> String {
        self.start.plus_seconds(seconds).london_date().to_string()
    }
}

fn signals(client: &Client, query: &str) -> Vec<Value> {
    client.get(&format!("/api/v1/signals{query}")).expect(200).json()["signals"].as_array().unwrap().clone()
}

fn refused(town: &Town<'_>, seat: Seat) {
    town.seat(seat).get(&format!("/api/v1/cases/{}", Uuid::new_v4())).expect(404);
}

#[test]
fn a_series_of_refusals_is_a_signal_and_ordinary_refusals_are_none() {
    running_on_both(|running| {
        let (town, time) = (Town::new(running), Time::stop(running));
        // Twelve in five and a half minutes, and ten more two hours later: two series.
        for n in 0..12 {
            time.at(n * 30);
            refused(&town, Seat::SocialCare);
            // One less than a series.
            if n < 9 {
                refused(&town, Seat::Health);
            }
            // A form with a mistake is no door that was tried.
            let wrong = town.seat(Seat::Coordinator).post("/api/v1/consultations", &json!({"channel": "pigeon"}));
            assert_eq!(wrong.problem(), "invalid");
        }
        // Ten, but one more minute apart than would fit: 10 refusals within 10 minutes need gaps of at most 66 seconds.
        for n in 0..10 {
            time.at(n * 67);
            refused(&town, Seat::Education);
        }
        for n in 0..10 {
            time.at(2 * 60 * MINUTE + n);
            refused(&town, Seat::SocialCare);
        }
        let auditor = town.seat(Seat::Auditor);
        let found = signals(&auditor, "");
        let person = running.borough.person(Seat::SocialCare).to_string();
        let told: Vec<(&Value, &Value, &Value)> =
            found.iter().map(|signal| (&signal["kind"], &signal["person"], &signal["refusals"])).collect();
        let (kind, person) = (json!("refusals_in_series"), json!(person));
        assert_eq!(told, [(&kind, &person, &json!(10)), (&kind, &person, &json!(12))], "newest first");
        assert_eq!(found[1]["from"], time.start.rfc3339());
        assert_eq!(found[1]["until"], time.start.plus_seconds(11 * 30).rfc3339());
        assert_eq!(found[0]["displayName"], Seat::SocialCare.post().person);
        assert_eq!(found[0]["agency"], running.borough.agency(Body::SocialCare).to_string());
        pages(&auditor, &found);
        assert!(signals(&town.seat(Seat::Chair), "").is_empty(), "of people who are refused the chair is told nothing");
        let answer = auditor.get("/api/v1/signals").expect(200);
        let entry = entered::one(running, &answer);
        assert_eq!(
            (&entry["operation"], &entry["outcome"], &entry["purpose"]),
            (&json!("readSignals"), &json!("shown"), &json!("audit"))
        );
        assert_eq!(entry["detail"], json!([["count", 2]]));
        bounds(&auditor, &time);
    });
}

fn pages(auditor: &Client, whole: &[Value]) {
    let mut seen = Vec::new();
    let mut query = "?limit=1".to_owned();
    loop {
        let page = auditor.get(&format!("/api/v1/signals{query}")).expect(200).json();
        seen.extend(page["signals"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => query = format!("?limit=1&before={next}"),
            None => break,
        }
    }
    assert_eq!(seen, whole, "page by page");
}

fn bounds(auditor: &Client, time: &Time<'_>) {
    let today = time.day(0);
    let asked = |from: &str, to: &str| auditor.get(&format!("/api/v1/signals?from={from}&to={to}"));
    asked(&time.day(-30 * DAY), &today).expect(200);
    for (from, to) in
        [(time.day(-31 * DAY).as_str(), today.as_str()), (&today, &time.day(-DAY)), ("2026-1-1", &today), ("x", &today)]
    {
        assert_eq!(asked(from, to).problem(), "invalid", "{from} to {to}");
    }
    assert_eq!(auditor.get("/api/v1/signals?before=x").problem(), "invalid");
    let yesterday = time.day(-DAY);
    assert_eq!(asked(&yesterday, &yesterday).expect(200).json()["signals"], json!([]));
}

/// Names are letters: `Aldera`, `Alderb`, …
fn cases(town: &Town<'_>, count: u8) -> Vec<String> {
    let name = |n: u8| format!("Alder{}", char::from(b'a' + n));
    (0..count).map(|n| town.open(&name(n), false)).collect()
}

fn open(town: &Town<'_>, seat: Seat, cases: &[String]) {
    for case in cases {
        town.seat(seat).get(&format!("/api/v1/cases/{case}")).expect(200);
    }
}

#[test]
fn reading_far_above_ones_usual_is_a_signal_and_reading_much_as_ever_is_none() {
    running_on_both(|running| {
        let (town, time) = (Town::new(running), Time::stop(running));
        let cases = cases(&town, 24);
        let last = 9 * DAY;
        for day in 0..9 {
            time.at(day * DAY);
            // Some days off: they say nothing of a usual day.
            if day % 3 != 2 {
                open(&town, Seat::Coordinator, &cases[..5]);
            }
            open(&town, Seat::Deputy, &cases[..7]);
        }
        time.at(last);
        // 22 is more than 20, and than three times 5. 21 is not more than three times 7 (below).
        open(&town, Seat::Coordinator, &cases[..22]);
        open(&town, Seat::Mash, &cases[..21]);
        // Twenty is not more than twenty, however often each is opened.
        open(&town, Seat::PoliceCt, &cases[..20]);
        open(&town, Seat::PoliceCt, &cases[..20]);
        time.at(last - DAY);
        open(&town, Seat::Deputy, &cases[7..8]);
        time.at(last);
        open(&town, Seat::Deputy, &cases[..21]);
        let auditor = town.seat(Seat::Auditor);
        let found = signals(&auditor, "");
        let told: Vec<Value> = found
            .iter()
            .map(|signal| json!([signal["kind"], signal["person"], signal["date"], signal["cases"], signal["usual"]]))
            .collect();
        let expected = [(Seat::Mash, 21, 0.0), (Seat::Coordinator, 22, 5.0)].map(|(seat, cases, usual)| {
            json!(["reads_above_usual", running.borough.person(seat), time.day(last), cases, usual])
        });
        assert_eq!(told, expected, "newest first");
        pages(&auditor, &found);
        assert!(signals(&town.seat(Seat::Chair), "").is_empty());
        digests(&town, &time, last, &cases);
    });
}

/// The seat's membership, with the appointment of a safeguarding lead.
pub(super) fn make_lead(running: &Running, seat: Seat) {
    let (today, now) = (running.service.clock.today(), running.service.clock.instant());
    let held =
        running.borough.register(today, now).memberships.into_iter().find(|m| m.id == running.borough.membership(seat));
    let lead = MembershipFacts { safeguarding_lead: true, version: 2, ..held.unwrap() };
    wait(register::take_in(&running.service, Register { memberships: vec![lead], ..Register::default() })).unwrap();
}

fn digests(town: &Town<'_>, time: &Time<'_>, last: i64, cases: &[String]) {
    let running = town.running;
    let path = format!("/api/v1/digest?date={}", time.day(last));
    for seat in [Seat::Coordinator, Seat::Chair, Seat::PoliceCt, Seat::School] {
        assert_eq!(town.seat(seat).get(&path).problem(), "not-allowed", "{}", seat.name());
    }
    for seat in [Seat::Deputy, Seat::Auditor, Seat::Administrator] {
        make_lead(running, seat);
    }
    for seat in [Seat::Auditor, Seat::Administrator] {
        assert_eq!(town.seat(seat).get(&path).problem(), "not-allowed", "{}, lead or not", seat.name());
    }
    refused(town, Seat::Coordinator);
    town.seat(Seat::Coordinator)
        .purpose("break_glass")
        .post(&format!("/api/v1/cases/{}/break-glass", cases[0]), &json!({"reason": "missing_child"}))
        .expect(201);
    town.seat(Seat::Coordinator).purpose("break_glass").get(&format!("/api/v1/cases/{}", cases[0])).expect(200);
    let answer = town.seat(Seat::Deputy).get(&path).expect(200);
    let digest = answer.json();
    assert_eq!(digest["agency"], running.borough.agency(Body::Council).to_string());
    let people = digest["people"].as_array().unwrap();
    let of_us: BTreeSet<String> = [Seat::Coordinator, Seat::Deputy, Seat::Chair, Seat::Administrator]
        .map(|seat| running.borough.person(seat).to_string())
        .into();
    let told: BTreeSet<String> = people.iter().map(|one| one["person"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, of_us, "all of one's own who did anything that day, and nobody else");
    let coordinator = people.iter().find(|one| one["displayName"] == Seat::Coordinator.post().person).unwrap();
    assert_eq!(coordinator["roles"], json!(["council"]));
    assert_eq!((&coordinator["casesOpened"], coordinator["cases"].as_array().unwrap().len()), (&json!(22), 22));
    // Each of 22 once, and one of them again behind the glass.
    assert_eq!(
        (&coordinator["categories"]["identity"], &coordinator["categories"]["concern"]),
        (&json!(23), &json!(23))
    );
    assert_eq!(coordinator["categories"].get("health"), None);
    // Two digests that were not theirs, and a case that is not there.
    assert_eq!(coordinator["refusals"], 2);
    assert_eq!((&coordinator["glassesBroken"], &coordinator["readBehindGlass"]), (&json!(1), &json!(1)));
    assert!(cases.iter().all(|case| !answer.text().contains(case)), "cases have their names in the ledger here");
    let page = town.seat(Seat::Deputy).get(&format!("{path}&limit=3")).expect(200).json();
    let rest = town
        .seat(Seat::Deputy)
        .get(&format!("{path}&limit=3&after={}", page["next"].as_str().unwrap()))
        .expect(200)
        .json();
    assert_eq!((page["people"].as_array().unwrap().len(), rest["people"].as_array().unwrap().len()), (3, 1));
    assert!(rest.get("next").is_none());
    let entry = entered::one(running, &answer);
    assert_eq!((&entry["operation"], &entry["outcome"]), (&json!("readDigest"), &json!("shown")));
    // Another agency's lead is shown their own people.
    let schools = town.seat(Seat::SchoolLead).get(&format!("/api/v1/digest?date={}", time.day(0))).expect(200).json();
    let told: Vec<&Value> = schools["people"].as_array().unwrap().iter().map(|one| &one["displayName"]).collect();
    assert_eq!(told, [Seat::School.post().person]);
}
