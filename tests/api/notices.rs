//! Letters that say that something waits: to whom, how often, and not a word of any case.

use super::lateness::{at_once, fresh_case, set_calendar};
use super::town::Town;
use crate::harness::{Running, running_on_both};
use crate::store::wait;
use channel_panel::app::jobs::{self, deliver};
use channel_panel::app::notices::letter::is_address;
use channel_panel::app::notices::{Kind, letters as of_kind, tell};
use channel_panel::demo::seats::Seat;
use channel_panel::store::rows::NoticeRow;
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use uuid::Uuid;

type Told = (String, String);

/// Letters sent so far, as (receiver's name, subject), sorted; none is on its way any more.
fn letters(running: &Running) -> Vec<Told> {
    let mut found: Vec<Told> = texts(running).iter().map(|text| (to(text), line(text, "Subject: "))).collect();
    found.sort();
    found
}

fn line(text: &str, name: &str) -> String {
    text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name} in {text}")).to_owned()
}

fn to(text: &str) -> String {
    line(text, "To: <").split('@').next().unwrap().to_owned()
}

fn told(name: &str, subject: &str) -> Told {
    (name.to_owned(), format!("OFFICIAL-SENSITIVE: {subject}"))
}

/// The service's own threads may hold one in hand: it comes.
fn texts(running: &Running) -> Vec<String> {
    Town::new(running).until("the last letter", || {
        deliver::run(&running.service).unwrap();
        running.service.store.reader().unwrap().notices_unsent(1).unwrap().is_empty().then_some(())
    });
    let files = fs::read_dir(running.folder.join("outbox")).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|e| e == "eml"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

fn unfolded(text: &str) -> String {
    text.replace("\r\n ", "")
}

fn put(running: &Running, rows: &[NoticeRow]) {
    running.service.store.writer().unwrap().transaction(|tx| tell(tx, rows)).unwrap();
}

/// Another day, for this service and for another beside it, and what it brings, by both at once and twice.
fn a_day(running: &Running, day: NaiveDate) {
    let (service, other) = (&running.service, running.beside());
    set_calendar(service, day);
    set_calendar(&other.service, day);
    at_once(&[service, &other.service]);
    at_once(&[&other.service, service]);
}

fn plan(town: &Town<'_>, forum: &str, on: NaiveDate) -> (String, NaiveDate) {
    let planned = town.seat(Seat::Coordinator).post("/api/v1/meetings", &json!({"forum": forum, "on": on})).expect(201);
    let id = planned.json()["meetings"][0].as_str().unwrap().to_owned();
    let list: Value = town.seat(Seat::Coordinator).get("/api/v1/meetings").expect(200).json();
    let found = list["meetings"].as_array().unwrap().iter().find(|meeting| meeting["id"] == id.as_str()).unwrap();
    (id, found["papersFrom"].as_str().unwrap().parse().unwrap())
}

fn invite(town: &Town<'_>, case: &str, seat: Seat, meeting: &str) {
    town.post(Seat::Coordinator, case, "listings", &json!({"person": town.person(seat), "meeting": meeting}));
}

#[test]
fn those_whose_queue_holds_something_due_are_told_once_a_working_day_and_nothing_of_what() {
    running_on_both(|running| {
        let (town, service) = (Town::new(running), &running.service);
        let (case, other) = (fresh_case(&town, "Digestible"), fresh_case(&town, "Digested"));
        for case in [&case, &other] {
            town.post(Seat::Deputy, case, "recusals", &json!({}));
        }
        let due: NaiveDate = town.view(Seat::Coordinator, &case)["due"]["on"].as_str().unwrap().parse().unwrap();
        a_day(running, due);
        // To begin triage is the council's and the hub's; the deputy recused herself, the chair has no such case.
        let both = ["coordinator", "mash"].map(|name| told(name, "Something is due"));
        assert_eq!(letters(running), both);
        for text in texts(running) {
            assert!(
                text.contains("https://channel-panel.test/") && text.contains("overdue: 0; due soon: 2."),
                "{text}"
            );
            for never in [case.as_str(), "Digest", "triage", "Brackenmere", "Castellano"] {
                assert!(!text.contains(never), "{never}: {text}");
            }
        }
        for entry in fs::read_dir(running.folder.join("outbox")).unwrap() {
            assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        // Not on a weekend; on the next working day once more.
        let mut next = due + Days::new(1);
        while !service.calendar.is_working_day(next) {
            set_calendar(service, next);
            assert!(wait(jobs::once(service)));
            assert_eq!(letters(running).len(), 2, "{next}");
            next = next + Days::new(1);
        }
        a_day(running, next);
        assert_eq!(letters(running).len(), 4);
        assert_eq!(texts(running).iter().filter(|text| text.contains("overdue: 2; due soon: 0.")).count(), 2);
    });
}

#[test]
fn the_same_thing_is_one_letter_and_a_letter_waits_for_its_road() {
    running_on_both(|running| {
        let service = &running.service;
        let (folder, aside) = (running.folder.join("outbox"), running.folder.join("aside"));
        fs::rename(&folder, &aside).unwrap();
        let (thing, panel) = (Uuid::new_v4(), running.borough.panel);
        let of = |seat, kind: Kind| {
            of_kind(service, panel, [running.borough.person(seat)], &kind, (thing, String::new())).unwrap().remove(0)
        };
        put(running, &[of(Seat::Coordinator, Kind::Papers(None)), of(Seat::Coordinator, Kind::Papers(None))]);
        // Nobody of ours wrote this one; this one is for a system without an address.
        let planted = NoticeRow { tag: vec![0; 32], ..of(Seat::Coordinator, Kind::Commission) };
        put(running, &[planted.clone(), of(Seat::PartnerSystem, Kind::Papers(None))]);
        assert_eq!(deliver::run(service).unwrap(), 0, "there is no folder");
        fs::rename(&aside, &folder).unwrap();
        service.clock.stop_at(service.clock.instant().plus_seconds(24 * 60 * 60));
        let unsent = || service.store.reader().unwrap().notices_unsent(10).unwrap();
        Town::new(running).until("the letter", || {
            deliver::run(service).unwrap();
            (unsent().len() == 1).then_some(())
        });
        assert_eq!(unsent()[0].id, planted.id, "refused, and to be seen");
        put(running, &[of(Seat::Coordinator, Kind::Papers(None))]);
        assert_eq!(deliver::run(service).unwrap(), 0, "the same thing, later");
        let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
    });
}

#[test]
fn a_meeting_comes_to_the_calendars_of_those_who_sit_and_leaves_them_when_it_is_called_off() {
    running_on_both(|running| {
        let town = Town::new(running);
        let day = town.later(30);
        let refused = json!({"forum": "extraordinary", "on": day});
        town.seat(Seat::Health).post("/api/v1/meetings", &refused).expect(403);
        assert_eq!(letters(running), [], "what was refused tells nobody");
        let (meeting, _) = plan(&town, "extraordinary", day);
        let planned = letters(running);
        let names: Vec<&str> = planned.iter().map(|(name, _)| name.as_str()).collect();
        for sits in ["chair", "coordinator", "police-ct", "mash", "health", "social-care", "education", "partner"] {
            assert_eq!(names.iter().filter(|name| **name == sits).count(), 1, "{sits} of {names:?}");
        }
        for not in ["guest", "administrator", "auditor", "school", "provider", "records", "partner-system"] {
            assert!(!names.contains(&not), "{not} of {names:?}");
        }
        // A guest has it from the invitation, and nothing else.
        let case = fresh_case(&town, "Calendered");
        town.item(&meeting, &case);
        invite(&town, &case, Seat::Guest, &meeting);
        let invited: Vec<String> = texts(running).into_iter().filter(|text| to(text) == "guest").collect();
        assert_eq!((invited.len(), line(&invited[0], "Subject: ")), (1, told("", "You are invited").1));
        assert!(invited[0].contains("one item of a meeting of the panel Brackenmere"), "{}", invited[0]);
        town.meeting_step(&meeting, "cancel").expect(204);
        let off: Vec<String> = texts(running).into_iter().filter(|text| text.contains("METHOD:CANCEL\r\n")).collect();
        let mut gone: Vec<String> = off.iter().map(|text| to(text)).collect();
        gone.sort();
        let mut had: Vec<String> = names.iter().map(|name| (*name).to_owned()).chain(["guest".to_owned()]).collect();
        had.sort();
        assert_eq!(gone, had, "all who had it, each once");
        for text in texts(running) {
            let (sequence, status) = if off.contains(&text) { (1, "CANCELLED") } else { (0, "CONFIRMED") };
            let text = unfolded(&text);
            assert!(text.contains(&format!("UID:{meeting}@channel-panel\r\n")) && text.contains(status), "{text}");
            assert!(text.contains(&format!("SEQUENCE:{sequence}\r\n")), "{text}");
            assert!(text.contains(&format!("DTSTART;VALUE=DATE:{}\r\n", day.format("%Y%m%d"))), "{text}");
            for never in [case.as_str(), "Calendered", "Castellano", "Quillfeather"] {
                assert!(!text.contains(never), "{never}: {text}");
            }
        }
        town.meeting_step(&meeting, "cancel").expect(409);
        assert_eq!(letters(running).len(), planned.len() * 2 + 2, "nothing a second time");
    });
}

#[test]
fn papers_are_told_of_once_to_those_who_may_read_them_when_they_open() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = fresh_case(&town, "Paperwick");
        let (meeting, opens) = plan(&town, "extraordinary", town.later(30));
        town.item(&meeting, &case);
        invite(&town, &case, Seat::Guest, &meeting);
        invite(&town, &case, Seat::Partner, &meeting);
        town.post(Seat::Chair, &case, "recusals", &json!({"person": town.person(Seat::Partner)}));
        let of_papers = || {
            let all = letters(running).into_iter();
            all.filter(|(_, subject)| subject.ends_with("papers")).map(|(name, _)| name).collect::<Vec<_>>()
        };
        a_day(running, opens - Days::new(1));
        assert_eq!(of_papers(), Vec::<String>::new(), "not before");
        a_day(running, opens + Days::new(2));
        // Health sits in the panel too, and has no part in this case; the partner is recused from it.
        assert_eq!(of_papers(), ["chair", "guest"], "late, and by two at once");
        a_day(running, opens + Days::new(3));
        assert_eq!(of_papers(), ["chair", "guest"]);
        // What comes while papers are open is told with the act that brings it, and not by the job again.
        let second = fresh_case(&town, "Papercroft");
        town.item(&meeting, &second);
        invite(&town, &second, Seat::Health, &meeting);
        assert_eq!(of_papers(), ["chair", "chair", "guest", "health"]);
        let added = town
            .seat(Seat::Coordinator)
            .post(&format!("/api/v1/meetings/{meeting}/items"), &json!({"case": second, "reason": "Once more"}));
        added.expect(409);
        a_day(running, opens + Days::new(4));
        assert_eq!(of_papers(), ["chair", "chair", "guest", "health"]);
        for text in texts(running) {
            for never in ["Paper", &case, &second] {
                assert!(!text.replace("papers", "").contains(never), "{never}: {text}");
            }
        }
    });
}

#[test]
fn whoever_left_the_panel_gets_nothing_and_an_address_is_checked() {
    running_on_both(|running| {
        let town = Town::new(running);
        let person = |notices: &str| {
            let body = json!({"issuer": "https://demo.channel-panel.invalid/people", "subject": Uuid::new_v4(),
                "displayName": "Somebody New", "kind": "person", "notices": notices});
            town.seat(Seat::Administrator).post("/api/v1/people", &body)
        };
        person("somebody.new@council.invalid").expect(201);
        let bad = person("somebody@council.invalid\r\nBcc: x@y.invalid").expect(422);
        assert_eq!(bad.json()["errors"][0]["field"], "/notices");
        assert!(!bad.text().contains("Bcc"));
        // Whose letters go where is seen by whoever confirms them and by themselves, and by no colleague.
        let health = town.person(Seat::Health).to_string();
        let mine = town.seat(Seat::Health).get("/api/v1/me").expect(200).json()["notices"].take();
        assert!(mine.as_str().is_some_and(is_address), "{mine}");
        let listed = town.seat(Seat::Administrator).get("/api/v1/memberships").expect(200).json();
        let of_them = listed["memberships"].as_array().unwrap().iter().find(|one| one["person"]["id"] == *health);
        assert_eq!(of_them.unwrap()["person"]["notices"], mine);
        assert!(!town.seat(Seat::Coordinator).get("/api/v1/me").expect(200).text().contains(mine.as_str().unwrap()));

        // Without a road, so that the letter still waits when its receiver leaves.
        let (folder, aside) = (running.folder.join("outbox"), running.folder.join("aside"));
        fs::rename(&folder, &aside).unwrap();
        let case = fresh_case(&town, "Invited");
        town.post(Seat::Coordinator, &case, "listings", &town.invitation(Seat::Guest));
        town.post(Seat::Coordinator, &case, "listings", &town.invitation(Seat::Health));
        let held = running.book.get(Seat::Guest).unwrap().membership;
        town.seat(Seat::Administrator).post(&format!("/api/v1/memberships/{held}/end"), &json!({})).expect(204);
        fs::rename(&aside, &folder).unwrap();
        running.service.clock.stop_at(running.service.clock.instant().plus_seconds(24 * 60 * 60));
        assert_eq!(letters(running), [told("health", "You have papers")]);
    });
}
