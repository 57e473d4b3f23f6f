//! What is asked of meetings: of each that there is, and of one that is not; and of items, the reader's to see or not.

use super::calls::{Headers, Maker, NOWHERE};
use super::world::World;
use channel_panel::access::MeetingFacts;
use channel_panel::casework::meeting::MeetingStage;
use channel_panel::demo::seats::Seat;
use serde_json::{Value, json};

/// Every meeting of the panel, as the database holds it, the same order in every world.
pub fn meetings(world: &World<'_>) -> Vec<MeetingFacts> {
    let days = ("2000-01-01".parse().unwrap(), "2100-01-01".parse().unwrap());
    let rows =
        world.service().store.reader().unwrap().meetings_of_panel(world.running.borough.panel, days, 100).unwrap();
    let mut all: Vec<MeetingFacts> = rows.iter().map(|row| serde_json::from_str(&row.facts).unwrap()).collect();
    all.sort_by_key(|facts| facts.id);
    all
}

/// Of an open meeting with this case before it, if there is one; else of any that is open.
pub fn sitting(world: &World<'_>, case: &str) -> Value {
    let open = || meetings(world).into_iter().filter(|m| m.stage == MeetingStage::Open);
    let of_case = open().filter(|m| m.items.len() > 1 && m.items.iter().any(|item| item.case.to_string() == case));
    json!(of_case.chain(open()).next().map(|m| m.id))
}

pub fn of_meetings(make: &mut Maker, world: &World<'_>) {
    let plain: Headers = Vec::new();
    let operation = make.operation();
    if operation.id == "listMeetings" {
        make.ask("", "/meetings", &plain, None);
        make.ask("backwards", "/meetings?from=2026-02-01&to=2026-01-01", &plain, None);
        return;
    }
    if operation.id == "scheduleMeeting" {
        let good = json!({"forum": "extraordinary", "on": world.service().clock.today()});
        make.ask("good", "/meetings", &plain, Some(&good));
        make.ask("bad", "/meetings", &plain, Some(&json!({})));
        return;
    }
    let all = meetings(world);
    for (n, meeting) in all.iter().enumerate() {
        let at = |rest: &str| format!("/meetings/{}{rest}", meeting.id);
        for (label, path, body) in asked(operation.id, world, meeting, &at) {
            make.ask(format!("{n} {label}"), path, &plain, body.as_ref());
        }
    }
    let path = operation.path.replace("{meeting}", NOWHERE).replace("{item}", NOWHERE);
    let body = operation.body.is_some().then(|| json!({"unheard": "of"}));
    make.ask("of nothing", path, &plain, body.as_ref());
}

type Requests = Vec<(String, String, Option<Value>)>;

fn asked(id: &str, world: &World<'_>, meeting: &MeetingFacts, at: &dyn Fn(&str) -> String) -> Requests {
    let said = json!({"discussion": [{"text": "It was heard"}, {"text": "A diagnosis", "sourceCategory": "health"}]});
    let of_items = |rest: &str, body: Value| -> Requests {
        let items = meeting.items.iter().map(|item| item.item.to_string()).chain([NOWHERE.to_owned()]);
        items.map(|item| (item.clone(), at(&format!("/items/{item}{rest}")), Some(body.clone()))).collect()
    };
    match id {
        "readAgenda" => vec![(String::new(), at("/agenda"), None)],
        "stepMeeting" => ["open", "close", "cancel"]
            .into_iter()
            .map(|step| (step.to_owned(), at("/steps"), Some(json!({"step": step}))))
            .collect(),
        "recordAttendance" => {
            let chair = world.running.borough.membership(Seat::Chair);
            let came = json!({"membership": chair, "capacity": "chair", "confidentiality": true});
            vec![("good".to_owned(), at("/attendance"), Some(json!({"present": [came]})))]
        }
        "orderAgenda" => {
            let items: Vec<_> = meeting.items.iter().map(|item| item.item).collect();
            let none: [&str; 0] = [];
            vec![
                ("all".to_owned(), at("/order"), Some(json!({"items": items}))),
                ("none".to_owned(), at("/order"), Some(json!({"items": none}))),
                ("together".to_owned(), at("/order"), Some(json!({"items": items, "together": [items]}))),
            ]
        }
        "addAgendaItem" => {
            let cases = world.targets.iter().map(|target| (target.name, target.case.as_str()));
            let one = |(name, case): (&str, &str)| {
                (name.to_owned(), at("/items"), Some(json!({"case": case, "reason": "It does not wait"})))
            };
            cases.chain([("nothing", NOWHERE)]).map(one).collect()
        }
        "settleAgendaItem" => of_items("/outcome", json!({"outcome": "held_over", "reason": "No time"})),
        "draftMinutes" => of_items("/minutes", said),
        "approveMinutes" => of_items("/minutes/approval", json!({"version": 1})),
        "addToMinutes" => of_items("/minutes/addenda", said),
        other => {
            panic!("operation {other} of meetings is asked nothing: add requests to tests/noninterference/meetings.rs")
        }
    }
}
