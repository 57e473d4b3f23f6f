//! A case that goes to another panel of the service: offered, read there, taken or not, and the answer brought home. Each panel
//! sees its own side and nothing of the other's.

use super::entered::{self, detail};
use super::lateness::{at_once, events};
use super::town::Town;
use crate::casework::canned::vaf;
use crate::harness::{Answer, Running, running_on_both};
use crate::store::wait;
use channel_panel::app::jobs;
use channel_panel::casework::ids::TransferId;
use channel_panel::demo::seats::{Body, Seat};
use channel_panel::store::rows::TransferRow;
use serde_json::{Value, json};

const THERE: [Seat; 2] = [Seat::NeighbourChair, Seat::NeighbourCoordinator];

/// Of this panel, at assessment and on an agenda, with words in what is released and in what is not.
pub fn assessed(town: &Town<'_>, surname: &str) -> String {
    let case = town.open(surname, true);
    let council = Seat::Coordinator;
    town.step(council, &case, "begin_triage", json!({"earlierCasesSearched": true}));
    let found = json!({"findings": "Zebra triage", "childConcerned": false, "mashInformed": true});
    town.step(council, &case, "record_triage", found);
    town.step(council, &case, "send_to_gateway", json!({"referralComplete": true}));
    town.step(Seat::PoliceCt, &case, "gateway_clear", json!({"statementForOthers": "Zebra outcome"}));
    town.step(council, &case, "begin_assessment", json!({"reason": "A need."}));
    town.amend(council, &case, "contact", &json!({"howToReach": "Zebra contact"}));
    town.amend(Seat::PoliceCt, &case, "police", &json!({"associates": "Zebra police"}));
    town.name_lead(&case, Body::Health);
    town.post(Seat::Health, &case, "releases/health_summary", &town.release("Zebra summary"));
    let mut assessment = vaf();
    assessment["full"]["factors"][0]["evidence"] = json!([
        {"text": "Zebra of their own"},
        {"text": "Zebra of health", "sourceCategory": "health_summary"},
        {"text": "Zebra of the police", "sourceCategory": "police"},
    ]);
    town.step(Seat::PoliceCt, &case, "record_assessment", assessment);
    town.sits(&case);
    case
}

pub const RELEASED: [&str; 4] = ["identity", "contact", "health_summary", "assessment"];
const GIVEN: [&str; 4] = ["Zebra contact", "Zebra summary", "Zebra of their own", "Zebra of health"];
const KEPT: [&str; 4] = ["Zebra triage", "Zebra outcome", "Zebra police", "Zebra of the police"];

pub fn offer(town: &Town<'_>, released: &[&str]) -> Value {
    json!({"panel": town.running.borough.neighbour, "receivingPanel": "The panel of Oxholme", "receivingChair": "A. Penhaligon",
        "reason": "She lives there now.", "riskOwner": town.agency(Body::Council), "released": released})
}

/// Offers it to the neighbour; gives the transfer's id.
pub fn offered(town: &Town<'_>, case: &str, released: &[&str]) -> String {
    let stepped = town.step(Seat::Chair, case, "offer_transfer", offer(town, released));
    stepped["records"][0].as_str().unwrap().to_owned()
}

/// A yes, at the stage where the case stands.
pub fn taken(town: &Town<'_>) -> Value {
    let met = |guard: &str| json!({"guard": guard, "on": town.today(), "statement": "Brackenmere told us"});
    json!({"answer": "accept", "stage": "assessment", "stageOn": town.today(),
        "evidence": [met("screening_done"), met("gateway_clear")], "riskOwner": town.agency(Body::NeighbourCouncil)})
}

fn refused() -> Value {
    json!({"answer": "decline", "reason": "Zebra grounds: she never came."})
}

fn answer(town: &Town<'_>, seat: Seat, transfer: &str, body: &Value) -> Answer {
    town.seat(seat).post(&format!("/api/v1/transfers/{transfer}/answer"), body)
}

fn try_step(town: &Town<'_>, seat: Seat, case: &str, name: &str, content: &Value) -> (u16, Value) {
    let body = json!({"transition": name, "content": content});
    let answer = town.seat(seat).post(&format!("/api/v1/cases/{case}/transitions"), &body);
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    (answer.status, said["errors"][0]["rule"].clone())
}

fn listed(town: &Town<'_>, seat: Seat) -> Vec<Value> {
    let list = town.seat(seat).get("/api/v1/transfers").expect(200).json();
    list["transfers"].as_array().unwrap().clone()
}

fn row(running: &Running, transfer: &str) -> TransferRow {
    let id: TransferId = transfer.parse().unwrap();
    running.service.store.reader().unwrap().transfer_by_id(id).unwrap().unwrap()
}

fn track(town: &Town<'_>, case: &str) -> Value {
    town.view(Seat::Coordinator, case)["state"]["transfer"].clone()
}

/// Everything that somebody of the other panel can have of it.
fn all_there(town: &Town<'_>, transfer: &str) -> String {
    let paths = ["/api/v1/transfers".to_owned(), format!("/api/v1/transfers/{transfer}"), "/api/v1/cases".to_owned()];
    let texts = THERE.iter().flat_map(|seat| paths.iter().map(|path| town.seat(*seat).get(path).text()));
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_case_goes_to_the_neighbours_panel_with_what_was_released_and_nothing_else() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = assessed(&town, "Farrowby");
        let sent = town.seat(Seat::Chair).post(
            &format!("/api/v1/cases/{case}/transitions"),
            &json!({"transition": "offer_transfer", "content": offer(&town, &RELEASED)}),
        );
        assert_eq!(sent.status, 200, "{}", sent.text());
        let transfer = sent.json()["records"][0].as_str().unwrap().to_owned();
        // It is a disclosure, and its entry says of what.
        let entry = entered::one(running, &sent);
        let manifest = entry["manifest"][0]["shown"].as_object().unwrap();
        let mut shown: Vec<&str> = manifest.keys().map(String::as_str).collect();
        shown.sort_unstable();
        assert_eq!(shown, ["assessment", "contact", "health_summary", "identity"]);
        assert_eq!(entry["manifest"][0]["records"], json!([["assessment", 2]]), "why it was begun, and what it found");
        assert_eq!(entry["cases"].as_array().unwrap().len(), 2, "the case and the transfer");

        assert_eq!(listed(&town, Seat::Chair).len(), 0, "the sender's own list");
        for seat in THERE {
            let line = listed(&town, seat)[0].clone();
            assert_eq!(line["from"], "Brackenmere Channel Panel");
            assert_eq!((&line["id"], &line["stage"]), (&json!(transfer), &json!("offered")));
            assert_eq!(line["categories"], json!(["identity", "contact", "health_summary", "assessment"]));
            let read = town.seat(seat).get(&format!("/api/v1/transfers/{transfer}"));
            let view = read.json();
            assert_eq!(view["released"]["identity"]["fields"]["surname"], "Farrowby");
            let record = &view["released"]["assessment"]["records"][1];
            assert_eq!(record["kind"], "assessment");
            assert_eq!(record["evidence"]["health_summary"]["evidence"][0]["text"], "Zebra of health");
            let entry = entered::one(running, &read);
            assert_eq!(entry["manifest"][0]["records"], json!([["assessment", 2]]));
            assert_eq!(entry["manifest"][0]["shown"]["contact"], json!(["howToReach"]));
        }
        let seen = all_there(&town, &transfer);
        assert!(GIVEN.iter().all(|word| seen.contains(word)) && !KEPT.iter().any(|word| seen.contains(word)));
        assert!(!seen.contains(&case), "nothing says which case it is");
        let here =
            [Seat::Coordinator, Seat::Chair, Seat::PoliceCt].map(|seat| running.borough.person(seat).to_string());
        assert!(!here.iter().any(|person| seen.contains(person)), "nor who wrote it down");

        let answered = answer(&town, Seat::NeighbourChair, &transfer, &taken(&town)).expect(200).json();
        let there = answered["case"].as_str().unwrap().to_owned();
        let view = town.view(Seat::NeighbourCoordinator, &there);
        assert_eq!(view["state"]["stage"], "assessment");
        assert_eq!(view["categories"]["identity"]["fields"]["surname"], "Farrowby");
        assert_eq!(view["categories"]["contact"]["version"], 1);
        assert_eq!(
            view["categories"]["assessment"]["records"][1]["evidence"]["health_summary"]["evidence"][0]["text"],
            "Zebra of health"
        );
        let log = &view["categories"]["log"]["records"];
        assert_eq!(
            log.as_array().unwrap().len(),
            1,
            "what stands for the guards it skipped, and no log of the sender's"
        );
        let text = view.to_string();
        assert!(GIVEN.iter().all(|word| text.contains(word)) && !KEPT.iter().any(|word| text.contains(word)));
        assert_eq!(events(&town, Seat::NeighbourCoordinator, &there, "transferred_in").len(), 1);
        // The case goes on there like any.
        town.amend(Seat::NeighbourCoordinator, &there, "contact", &json!({"howToReach": "By letter"}));
        for seat in [Seat::Coordinator, Seat::Chair, Seat::PoliceCt, Seat::Records] {
            assert_eq!(town.seat(seat).get(&format!("/api/v1/cases/{there}")).status, 404, "{}", seat.name());
        }
        for seat in THERE {
            assert_eq!(town.seat(seat).get(&format!("/api/v1/cases/{case}")).status, 404, "{}", seat.name());
        }

        town.until("the answer", || (track(&town, &case) == "accepted").then_some(()));
        let brought: Vec<Value> =
            entered::all(running).into_iter().filter(|entry| entry["operation"] == "bringAnswer").collect();
        assert_eq!(brought.len(), 1);
        assert_eq!(
            (&brought[0]["actor"]["system"], &brought[0]["panel"]),
            (&json!("courier"), &json!(running.borough.panel))
        );
        assert_eq!(detail(&brought[0], "transition"), "accept_transfer");
        let close = json!({"outcome": "transferred_out", "reason": "Oxholme has taken it."});
        town.step(Seat::Coordinator, &case, "close", close);
        let found = town.at_the_end(Seat::Records, "GET", &case, "/recipients", None).expect(200).json();
        assert_eq!(found["elsewhere"], json!([{"to": "The panel of Oxholme", "released": RELEASED}]));

        // What is left is a shell that leads to neither case.
        let shell = row(running, &transfer);
        assert_eq!((shell.wrapped_keys.as_str(), shell.sealed.as_str(), shell.waits), ("", "", false));
        assert!(![&case, &there].iter().any(|id| shell.facts.contains(*id)));
        let read = town.seat(Seat::NeighbourChair).get(&format!("/api/v1/transfers/{transfer}")).expect(200).json();
        assert_eq!((&read["stage"], &read["released"]), (&json!("accepted"), &Value::Null));
    });
}

#[test]
fn only_the_chair_of_the_panel_it_is_for_answers_and_only_chair_and_coordinator_know_of_it() {
    running_on_both(|running| {
        let town = Town::new(running);
        let transfer = offered(&town, &assessed(&town, "Ottersley"), &RELEASED);
        let path = format!("/api/v1/transfers/{transfer}");
        for seat in Seat::ALL.iter().filter(|seat| !THERE.contains(seat)) {
            let there = town.seat(*seat).get(&path);
            let nowhere = town.seat(*seat).get("/api/v1/transfers/00000000-0000-4000-8000-00000000dead");
            assert_eq!((there.status, nowhere.status), (404, 404), "{}", seat.name());
            let tried = answer(&town, *seat, &transfer, &taken(&town));
            assert_eq!(tried.status, 404, "{}", seat.name());
            let list = town.seat(*seat).get("/api/v1/transfers");
            let may = matches!(seat, Seat::Chair | Seat::Coordinator | Seat::Deputy);
            assert_eq!(list.status, if may { 200 } else { 403 }, "{}", seat.name());
            assert!(!list.text().contains(&transfer), "{}", seat.name());
        }
        assert_eq!(answer(&town, Seat::NeighbourCoordinator, &transfer, &taken(&town)).status, 403);
        let behind = town.seat(Seat::NeighbourChair).purpose("break_glass");
        assert_eq!(behind.get("/api/v1/transfers").status, 403);
        assert_eq!(behind.post(&format!("{path}/answer"), &taken(&town)).status, 404);
        assert_eq!(listed(&town, Seat::NeighbourChair)[0]["stage"], "offered", "nobody has answered");
        answer(&town, Seat::NeighbourChair, &transfer, &taken(&town)).expect(200);
    });
}

#[test]
fn an_offer_names_a_panel_of_the_service_and_what_its_chair_reads() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = assessed(&town, "Peverell");
        let tried = |change: &dyn Fn(&mut Value)| {
            let mut content = offer(&town, &RELEASED);
            change(&mut content);
            try_step(&town, Seat::Chair, &case, "offer_transfer", &content)
        };
        let unknown = (422, json!("unknown_panel"));
        assert_eq!(tried(&|offer| offer["panel"] = json!(running.borough.panel)), unknown, "one's own");
        assert_eq!(tried(&|offer| offer["panel"] = json!("00000000-0000-4000-8000-00000000dead")), unknown);
        assert_eq!(tried(&|offer| offer["released"] = json!(["concern"])), (422, json!("identity_needed")));
        assert_eq!(tried(&|offer| offer["released"] = json!(["identity", "police"])), (422, json!("not_to_release")));
        assert_eq!(listed(&town, Seat::NeighbourChair).len(), 0);
        let panels = town.seat(Seat::Chair).get("/api/v1/transfers").expect(200).json()["panels"].clone();
        assert_eq!(panels, json!([{"id": running.borough.neighbour, "name": "Oxholme Channel Panel"}]));
        // Nor may anybody else offer it, nor the chair answer it by hand.
        assert_eq!(try_step(&town, Seat::Coordinator, &case, "offer_transfer", &offer(&town, &RELEASED)).0, 403);
        let transfer = offered(&town, &case, &RELEASED);
        for name in ["accept_transfer", "decline_transfer"] {
            let (status, rule) = try_step(&town, Seat::Chair, &case, name, &json!({"answeredBy": "A. Penhaligon"}));
            assert_eq!((status, rule), (409, json!("answered_elsewhere")), "{name}");
        }
        // While it is on its way the case is not closed, nor the offer taken back by mending it.
        let died = json!({"outcome": "died", "reason": "She died."});
        assert_eq!(try_step(&town, Seat::Coordinator, &case, "close", &died), (409, json!("not_on_its_way")));
        let mend = json!({"remedy": "restore", "reason": "A wrong click."});
        assert_eq!(try_step(&town, Seat::Chair, &case, "correct", &mend), (409, json!("own_to_correct")));
        assert_eq!(row(running, &transfer).stage, "offered");
    });
}

#[test]
fn an_answer_is_given_as_it_must_be() {
    running_on_both(|running| {
        let town = Town::new(running);
        let transfer = offered(&town, &assessed(&town, "Quarrington"), &RELEASED);
        let rule = |change: &dyn Fn(&mut Value)| {
            let mut body = taken(&town);
            change(&mut body);
            let answer = answer(&town, Seat::NeighbourChair, &transfer, &body);
            assert_eq!(answer.status, 422, "{}", answer.text());
            let first = answer.json()["errors"][0].clone();
            (first["field"].as_str().unwrap().to_owned(), first["rule"].as_str().unwrap().to_owned())
        };
        let is = |field: &str, rule: &str| (field.to_owned(), rule.to_owned());
        assert_eq!(rule(&|body| body["stage"] = Value::Null), is("/stage", "missing"));
        assert_eq!(rule(&|body| body["reason"] = json!("Why")), is("/reason", "not_with_this"));
        assert_eq!(rule(&|body| body["evidence"] = json!([])), is("/evidence", "evidence_missing"));
        assert_eq!(rule(&|body| body["stage"] = json!("closed")).1, "opens_open");
        let elsewhere = json!(town.agency(Body::Council));
        assert_eq!(rule(&|body| body["riskOwner"] = elsewhere.clone()), is("/riskOwner", "unknown_agency"));
        assert_eq!(rule(&|body| body["answer"] = json!("decline")), is("/reason", "missing"));
        assert_eq!(row(running, &transfer).version, 1);
    });
}

#[test]
fn what_is_declined_or_withdrawn_is_gone_there_and_told_here() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = assessed(&town, "Ravenscar");
        let transfer = offered(&town, &case, &RELEASED);
        answer(&town, Seat::NeighbourChair, &transfer, &refused()).expect(200);
        assert_eq!(answer(&town, Seat::NeighbourChair, &transfer, &taken(&town)).problem(), "conflict");
        town.until("the answer", || (track(&town, &case) == "declined").then_some(()));
        let view = town.view(Seat::Coordinator, &case);
        let records = view["categories"]["panel"]["records"].as_array().unwrap();
        let heard = records.iter().find(|record| record["kind"] == "transfer_declined").unwrap();
        assert_eq!(heard["fields"]["note"], refused()["reason"]);
        assert_eq!(heard["fields"]["answeredBy"], "Oxholme Channel Panel");
        let gone = |transfer: &str| {
            let row = row(running, transfer);
            assert_eq!((row.wrapped_keys.as_str(), row.sealed.as_str(), row.waits), ("", "", false));
            assert!(!all_there(&town, transfer).contains("Zebra"));
        };
        gone(&transfer);

        let again = offered(&town, &case, &RELEASED);
        assert_ne!(again, transfer);
        town.step(Seat::Chair, &case, "withdraw_transfer", json!({"reason": "She came back."}));
        gone(&again);
        assert_eq!(track(&town, &case), "none");
        assert_eq!(answer(&town, Seat::NeighbourChair, &again, &taken(&town)).problem(), "conflict");
        let stages: Vec<Value> = listed(&town, Seat::NeighbourChair).iter().map(|line| line["stage"].clone()).collect();
        assert!(stages.contains(&json!("declined")) && stages.contains(&json!("withdrawn")));
        let found = try_step(&town, Seat::Chair, &case, "withdraw_transfer", &json!({"reason": "Once more."}));
        assert_eq!(found, (409, json!("transfer_offered")));
        // What was offered stays in the list of whom to tell when it is erased, taken or not.
        town.step(Seat::Coordinator, &case, "close", json!({"outcome": "left_uk", "reason": "Moved"}));
        let found = town.at_the_end(Seat::Records, "GET", &case, "/recipients", None).expect(200).json();
        assert_eq!(found["elsewhere"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn of_two_answers_at_once_one_stands_and_it_comes_home_once() {
    running_on_both(|running| {
        let town = Town::new(running);
        let before = town.seat(Seat::NeighbourCoordinator).get("/api/v1/cases").expect(200).json();
        for round in 0..3 {
            let case = assessed(&town, ["Staithes", "Thornaby", "Ugthorpe"][round]);
            let transfer = offered(&town, &case, &RELEASED);
            let (path, body) = (format!("/api/v1/transfers/{transfer}/answer"), taken(&town));
            let withdraw = json!({"transition": "withdraw_transfer", "content": {"reason": "She came back."}});
            let steps = format!("/api/v1/cases/{case}/transitions");
            let statuses: Vec<u16> = std::thread::scope(|scope| {
                let mut runs: Vec<_> =
                    (0..2).map(|_| scope.spawn(|| town.seat(Seat::NeighbourChair).post(&path, &body).status)).collect();
                if round == 2 {
                    runs.push(scope.spawn(|| town.seat(Seat::Chair).post(&steps, &withdraw).status));
                }
                runs.into_iter().map(|run| run.join().unwrap()).collect()
            });
            assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
            assert!(statuses.iter().all(|status| [200, 409, 412].contains(status)), "{statuses:?}");
            let other = running.beside();
            at_once(&[&running.service, &other.service]);
            assert!(wait(jobs::once(&other.service)));
            town.until("the end of it", || (!row(running, &transfer).waits).then_some(()));
            let of_it =
                |entry: &&Value| entry["operation"] == "bringAnswer" && detail(entry, "transfer") == json!(transfer);
            let brought = entered::all(running).iter().filter(of_it).count();
            let withdrawn = track(&town, &case) == "none";
            assert_eq!(brought, usize::from(!withdrawn));
        }
        let cases = |list: &Value| list["cases"].as_array().unwrap().len();
        let after = town.seat(Seat::NeighbourCoordinator).get("/api/v1/cases").expect(200).json();
        let opened = listed(&town, Seat::NeighbourChair).iter().filter(|line| line["stage"] == "accepted").count();
        assert_eq!(cases(&after) - cases(&before), opened, "a case for each that was taken, and no more");
    });
}

/// A hold of the sender's keeps no answer from it, and nothing of the receiver's is lost to a narrower agreement.
#[test]
fn an_answer_comes_home_to_a_case_on_hold() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = assessed(&town, "Whitby");
        let transfer = offered(&town, &case, &RELEASED);
        let hold = json!({"kind": "hospital", "reviewOn": town.later(9)});
        town.step(Seat::Coordinator, &case, "place_hold", hold);
        answer(&town, Seat::NeighbourChair, &transfer, &taken(&town)).expect(200);
        town.until("the answer", || (track(&town, &case) == "accepted").then_some(()));
    });
}
