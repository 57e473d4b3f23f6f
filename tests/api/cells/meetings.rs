//! What meetings ask of the policies. One sits in each worker's panel with its cases before it; requests are turned back for
//! their form, or for what is not there, so that nothing moves.

use super::questions::{Ask, Gate, On, Probe, open, post};
use super::table::Tried;
use serde_json::{Value, json};
use uuid::Uuid;

const NOT_FILLED_IN: &[&str] = &["invalid"];
const NOT_THERE: &[&str] = &["not-found"];

fn panel(action: &str) -> Ask {
    Ask::new(Gate::Panel, action)
}

fn own() -> Ask {
    Ask::new(Gate::Meeting, "")
}

fn case(action: &str) -> Ask {
    Ask::new(Gate::Opens(On::Case), action)
}

pub fn probes(operation: &str, t: &Tried<'_>) -> Vec<Probe> {
    let meeting = t.ground.meeting;
    let at = |rest: &str| format!("/meetings/{meeting}{rest}");
    let item = |rest: &str| at(&format!("/items/{}{rest}", t.ground.items[&t.ground.scratch]));
    let put = |path: String, body: Value, asks: Vec<Ask>, lets| post(&path, body, asks, lets);
    let none: [Uuid; 0] = [];
    vec![match operation {
        "scheduleMeeting" => {
            let form = json!({"forum": "scheduled", "on": t.ground.town.today(), "monthly": 40});
            put("/meetings".to_owned(), form, vec![panel("hold_meetings")], NOT_FILLED_IN)
        }
        "listMeetings" => open("/meetings", vec![panel("read_meetings")]),
        "readAgenda" => open(&at("/agenda"), vec![panel("read_meetings"), own()]),
        "stepMeeting" => {
            let nowhere = format!("/meetings/{}/steps", Uuid::nil());
            put(nowhere, json!({"step": "cancel"}), vec![panel("hold_meetings")], NOT_THERE)
        }
        "recordAttendance" => {
            let nobody = json!({"membership": Uuid::nil(), "capacity": "chair", "confidentiality": true});
            put(at("/attendance"), json!({"present": [nobody]}), vec![panel("hold_meetings"), own()], NOT_FILLED_IN)
        }
        "orderAgenda" => {
            let form = json!({"items": [Uuid::nil()]});
            put(at("/order"), form, vec![panel("hold_meetings"), own()], NOT_FILLED_IN)
        }
        "addAgendaItem" => {
            let form = json!({"case": t.ground.scratch, "reason": ""});
            put(at("/items"), form, vec![panel("hold_meetings"), own(), case("list_item")], NOT_FILLED_IN)
        }
        "settleAgendaItem" => {
            let form = json!({"outcome": "noted", "reason": ""});
            put(item("/outcome"), form, vec![panel("hold_meetings"), own(), case("decide")], NOT_FILLED_IN)
        }
        "draftMinutes" => {
            let asks = vec![own(), case("write_minutes"), Ask::new(Gate::Then, "write_panel")];
            put(item("/minutes"), json!({"discussion": none}), asks, NOT_FILLED_IN)
        }
        "approveMinutes" => {
            let asks = vec![own(), case("decide"), Ask::new(Gate::Then, "write_panel")];
            put(item("/minutes/approval"), json!({"version": 1}), asks, NOT_THERE)
        }
        "addToMinutes" => {
            let asks = vec![own(), case("decide"), Ask::new(Gate::Then, "write_panel")];
            put(item("/minutes/addenda"), json!({"discussion": none}), asks, &["conflict"])
        }
        other => panic!("operation {other} of meetings has no line in tests/api/cells/meetings.rs"),
    }]
}
