//! Minutes over HTTP on both databases: readable as far as their sources are, unchangeable once approved, hashed into the ledger.

use super::meetings::{agenda, deputy, item_of, rules, settle, to_panel};
use super::samples::said;
use super::town::Town;
use crate::harness::{Running, running_on_both};
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};

/// A diagnosis that was said aloud and minuted is read by health and by nobody else; approved minutes are never changed.
#[test]
fn minutes_keep_what_was_said_where_it_came_from() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = to_panel(&town, "Minuteby");
        town.name_lead(&case, Body::Health);
        let meeting = town.sits(&case);
        let item = item_of(&agenda(&town, Seat::Chair, &meeting), &case)["item"].as_str().unwrap().to_owned();
        let below = format!("/api/v1/meetings/{meeting}/items/{item}/minutes");
        let draft = |seat: Seat, body: &Value| town.seat(seat).request("PUT", &below).json(body).send();
        let mut words = said();
        let diagnosis = json!({"text": "Zirconium disorder", "sourceCategory": "health"});
        words["discussion"].as_array_mut().unwrap().push(diagnosis);
        draft(Seat::Coordinator, &said()).expect(200);
        draft(Seat::Coordinator, &words).expect(200);
        for (seat, reads) in
            [(Seat::Coordinator, false), (Seat::Chair, false), (Seat::PoliceCt, false), (Seat::Health, true)]
        {
            let view = town.view(seat, &case).to_string();
            assert!(view.contains("The school spoke first."), "{}", seat.name());
            assert_eq!(view.contains("Zirconium"), reads, "{}", seat.name());
        }
        assert_eq!(draft(Seat::Health, &words).status, 403);
        // Only the newest version, only the chair, only once.
        let approve =
            |seat: Seat, version: u32| town.seat(seat).post(&format!("{below}/approval"), &json!({"version": version}));
        assert_eq!(approve(Seat::Chair, 1).status, 412);
        assert_eq!(approve(Seat::Coordinator, 2).status, 403);
        let addenda = |seat: Seat| town.seat(seat).post(&format!("{below}/addenda"), &said());
        assert_eq!(rules(&addenda(Seat::Chair).expect(409)), ["not_approved"]);
        let approval = approve(Seat::Chair, 2).expect(204);
        let entry = super::entered::one(running, &approval);
        let detail = entry["detail"].as_array().unwrap();
        let digest = detail.iter().find(|pair| pair[0] == "digest").expect("the version is hashed")[1].clone();
        assert_eq!(digest.as_str().unwrap(), stored_digest(running, &case, 2));
        assert_eq!(rules(&draft(Seat::Coordinator, &words).expect(409)), ["approved"]);
        assert_eq!(rules(&approve(Seat::Chair, 2).expect(409)), ["approved"]);
        addenda(Seat::Chair).expect(201);
    });
}

/// The chair who was out of the room for an item cannot say what was said there; the deputy who presided can.
#[test]
fn whoever_was_out_for_an_item_does_not_say_what_was_said_there() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = to_panel(&town, "Outby");
        let (deputy, presides) = deputy(&town);
        let meeting = town.sits(&case);
        let item = item_of(&agenda(&town, Seat::Chair, &meeting), &case);
        let mut out = town.attendee(Seat::Chair, "member");
        out["away"] = json!([{"item": item["item"], "left": "10:05"}]);
        town.seated(&meeting, &[presides, town.attendee(Seat::PoliceCt, "police"), out]);
        let below = format!("/api/v1/meetings/{meeting}/items/{}/minutes", item["item"].as_str().unwrap());
        town.seat(Seat::Coordinator).request("PUT", &below).json(&said()).send().expect(200);
        assert_eq!(rules(&settle(&town, &meeting, &item, "noted").expect(409)), ["was_out"]);
        let (approval, one) = (format!("{below}/approval"), json!({"version": 1}));
        assert_eq!(rules(&town.seat(Seat::Chair).post(&approval, &one).expect(409)), ["was_out"]);
        deputy.client.post(&approval, &one).expect(204);
        let addenda = format!("{below}/addenda");
        assert_eq!(rules(&town.seat(Seat::Chair).post(&addenda, &said()).expect(409)), ["was_out"]);
        deputy.client.post(&addenda, &said()).expect(201);
    });
}

/// The digest that the case's chain takes of the newest minutes, computed from the row.
fn stored_digest(running: &Running, case: &str, version: u32) -> String {
    let rows = running.service.store.reader().unwrap().records_of(case.parse().unwrap()).unwrap();
    let row = rows.iter().find(|row| row.kind == "minutes" && row.record_version == version).expect("the record");
    channel_panel::ledger::body::hex(&channel_panel::app::case_records::record_digest(row))
}
