//! Children in support on a parent's word who turn 18: said ahead without a word of when, ended on the day, and once.

use super::entered::{self, detail};
use super::lateness::{at_once, events, set_calendar};
use super::town::Town;
use crate::harness::{Running, running_on_both};
use crate::store::wait;
use channel_panel::app::jobs;
use channel_panel::casework::ids::CaseId;
use channel_panel::demo::seats::Seat;
use chrono::{Datelike, Days, Months, NaiveDate};
use serde_json::{Value, json};

/// Taken over in support today, on the word of `giver`.
pub fn supported(town: &Town<'_>, surname: &str, born: Value, giver: &str) -> String {
    let mut evidence: Vec<Value> = [
        "screening_done",
        "gateway_clear",
        "section36_decided",
        "assessed",
        "plan_written",
        "adopted",
        "consent_given",
    ]
    .map(|guard| json!({"guard": guard, "on": town.today(), "statement": "The older system, page 1"}))
    .to_vec();
    evidence[2]["section36"] = json!("decided_by_council");
    evidence[6]["giver"] = json!(giver);
    let mut identity = born;
    (identity["forenames"], identity["surname"]) = (json!("Anwen"), json!(surname));
    let body = json!({"origin": "legacy", "receivedOn": town.today(), "stage": "intervention", "stageOn": town.today(),
        "evidence": evidence, "identity": identity});
    let opened = town.seat(Seat::Coordinator).post("/api/v1/cases", &body).expect(201).json();
    opened["id"].as_str().unwrap().to_owned()
}

fn born(on: NaiveDate) -> Value {
    json!({"dateOfBirth": on, "ageBasis": "from_record"})
}

fn tended(running: &Running) -> Vec<Value> {
    entered::all(running).into_iter().filter(|entry| entry["operation"] == "tendConsents").collect()
}

/// The header as it lies in the database.
fn stored(running: &Running, case: &str) -> String {
    let id: CaseId = case.parse().unwrap();
    running.service.store.reader().unwrap().case_by_id(id).unwrap().unwrap().header
}

#[test]
fn a_child_who_turns_18_is_announced_by_the_month_and_the_parents_word_ends_on_the_day() {
    running_on_both(|running| {
        let (town, service) = (Town::new(running), &running.service);
        let month = town.today().with_day(1).unwrap() + Months::new(6);
        let (third, last) = (month.with_day(3).unwrap(), month.with_day(27).unwrap());
        let childhood = |day: NaiveDate| born(day - Months::new(18 * 12));
        let early = supported(&town, "Earlyborn", childhood(third), "parent");
        let late = supported(&town, "Lateborn", childhood(last), "guardian");
        let adult = supported(&town, "Grown", childhood(third), "self");
        let untouched = stored(running, &adult);
        let opens = (month - Days::new(60)).with_day(1).unwrap();

        set_calendar(service, opens - Days::new(1));
        assert!(wait(jobs::once(service)));
        for case in [&early, &late] {
            assert_eq!(events(&town, Seat::Coordinator, case, "coming_of_age").len(), 0, "a day too soon");
        }
        set_calendar(service, opens);
        let other = running.beside();
        set_calendar(&other.service, opens);
        at_once(&[service, &other.service]);
        at_once(&[&other.service]);
        let of_today: Vec<Value> = tended(running).into_iter().filter(|e| detail(e, "announced") == 2).collect();
        assert_eq!(of_today.len(), 1, "both in one turn, taken once: {of_today:?}");
        assert_eq!(of_today[0]["actor"]["system"], "coming_of_age");
        assert_eq!([detail(&of_today[0], "examined"), detail(&of_today[0], "lapsed")], [json!(2), json!(0)]);

        // The same of both, and of neither the birthday: it stands nowhere in clear.
        let assessed = json!({"heldElsewhere": {"system": "PCMT", "reference": "1", "framework": "PAF",
            "date": town.today(), "author": "A. Assessor", "countersigned": false, "conclusion": "Continue"}});
        let mut due = Vec::new();
        for (case, birthday) in [(&early, third), (&late, last)] {
            assert_eq!(events(&town, Seat::Coordinator, case, "coming_of_age").len(), 1);
            let header = stored(running, case);
            assert!(header.contains("askAnewBy") && !header.contains(&birthday.to_string()), "{header}");
            town.step(Seat::Coordinator, case, "record_assessment", assessed.clone());
            due.push(town.view(Seat::Coordinator, case)["due"].clone());
        }
        assert_eq!(due[0], due[1]);
        let by: NaiveDate = due[0]["on"].as_str().unwrap().parse().unwrap();
        assert_eq!((&due[0]["what"], &due[0]["yours"]), (&json!("ask_consent_anew"), &json!(true)));
        assert!(by < month && month - by <= chrono::Duration::days(5), "{by}");
        // Asked ahead, it is done; until the birthday the parent's word stands.
        let asked = json!({"askedBy": "The coordinator", "how": "in_person", "result": "thinking_it_over"});
        town.step(Seat::Coordinator, &early, "ask_consent_anew", asked);
        assert_ne!(town.view(Seat::Coordinator, &early)["due"]["what"], "ask_consent_anew");

        set_calendar(service, third);
        assert!(wait(jobs::once(service)));
        let view = town.view(Seat::Coordinator, &early);
        assert_eq!((&view["state"]["stage"], &view["state"]["consent"]), (&json!("consent"), &json!("lapsed_at_18")));
        assert_eq!(view["due"]["what"], "ask_consent_anew");
        let records = view["categories"]["consent"]["records"].as_array().unwrap();
        assert!(records.iter().any(|record| record["kind"] == "lapsed_at_18"));
        assert_eq!(town.view(Seat::Coordinator, &late)["state"]["consent"], "given", "whose birthday has not come");

        // Nobody looked for months: it ended on its day all the same, and once.
        for instance in [service.as_ref(), &other.service] {
            set_calendar(instance, last + Days::new(100));
        }
        at_once(&[service, &other.service]);
        at_once(&[service, &other.service]);
        for (case, birthday) in [(&early, third), (&late, last)] {
            let ended = events(&town, Seat::Coordinator, case, "consent_lapsed_at_18");
            assert_eq!(ended.len(), 1, "{ended:?}");
            assert_eq!((&ended[0]["occurredOn"], &ended[0]["role"]), (&json!(birthday), &Value::Null));
        }
        let lapsed = tended(running).iter().filter(|entry| detail(entry, "lapsed") == 1).count();
        assert_eq!(lapsed, 2);
        assert_eq!(version(&stored(running, &adult)), version(&untouched));
    });
}

#[test]
fn of_whom_only_an_age_is_known_the_parents_word_ends_when_they_are_18_for_certain() {
    running_on_both(|running| {
        let (town, service) = (Town::new(running), &running.service);
        let (received, about) = (town.today(), |age: u8| json!({"approximateAge": age}));
        let seventeen = supported(&town, "Undated", about(17), "parent");
        let sixteen = supported(&town, "Younger", about(16), "parent");
        let told = |case: &str| events(&town, Seat::Coordinator, case, "coming_of_age").len();
        set_calendar(service, received + Days::new(1));
        assert!(wait(jobs::once(service)));
        assert_eq!([told(&seventeen), told(&sixteen)], [1, 0], "who may be 18 tomorrow is asked now");
        let of_age = received + Months::new(12);
        for (on, consent) in [(of_age - Days::new(1), "given"), (of_age, "lapsed_at_18")] {
            set_calendar(service, on);
            assert!(wait(jobs::once(service)));
            assert_eq!(town.view(Seat::Coordinator, &seventeen)["state"]["consent"], consent);
            assert_eq!(town.view(Seat::Coordinator, &sixteen)["state"]["consent"], "given");
        }
        assert_eq!(told(&sixteen), 1);
        let ended = events(&town, Seat::Coordinator, &seventeen, "consent_lapsed_at_18");
        assert_eq!((ended.len(), &ended[0]["occurredOn"]), (1, &json!(of_age)));
    });
}

/// Of a case that only the clock may have moved: escalation is not what is asked here.
fn version(header: &str) -> Value {
    let header: Value = serde_json::from_str(header).unwrap();
    header["state"].clone()
}

#[test]
fn a_turn_that_the_service_did_not_take_is_alarmed_and_keeps_nobody_from_the_work_for_long() {
    use channel_panel::store::rows::TurnRow;
    running_on_both(|running| {
        let (town, service) = (Town::new(running), &running.service);
        let child = supported(&town, "Planted", born(town.today() - Months::new(18 * 12) + Days::new(40)), "parent");
        let day = town.today() + Days::new(50);
        let panel = service.store.reader().unwrap().panels().unwrap();
        let planted: Vec<TurnRow> = panel
            .iter()
            .map(|panel| TurnRow { job: "coming_of_age".into(), panel: panel.id, day, tag: vec![0; 32] })
            .collect();
        let mut writer = service.store.writer().unwrap();
        writer.transaction(|tx| planted.iter().try_for_each(|row| tx.take_turn(row))).unwrap();
        drop(writer);
        set_calendar(service, day);
        assert!(!wait(jobs::once(service)), "it says that not all was done");
        assert_eq!(town.view(Seat::Coordinator, &child)["state"]["consent"], "given");
        set_calendar(service, day + Days::new(1));
        assert!(wait(jobs::once(service)));
        assert_eq!(town.view(Seat::Coordinator, &child)["state"]["consent"], "lapsed_at_18");
    });
}
