//! "Is this person known?", as it is answered to those who may read less of a case than others.

use super::town::Town;
use crate::harness::{Answer, running_on_both};
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};

const RIGHT: &str = "07700 900123";
const WRONG: &str = "07700 900456";

fn search(town: &Town<'_>, seat: Seat, asked: &Value) -> Answer {
    let mut form = json!({"purpose": "duplicate_check"});
    form.as_object_mut().unwrap().extend(asked.as_object().unwrap().clone());
    town.seat(seat).purpose("case_work").post("/api/v1/subjects/search", &form).expect(200)
}

fn found(answer: &Answer) -> Vec<Value> {
    answer.json()["subjects"].as_array().unwrap().clone()
}

/// Whoever may not read a telephone number would else find it by asking for one after another.
#[test]
fn a_search_compares_what_the_asker_may_read_and_no_more() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Ringfellow", false);
        town.name_lead(&case, Body::Police);
        let contact = json!({"phones": [RIGHT], "emails": ["anwen@example.invalid"],
            "addresses": [{"lines": ["1 Alder Lane"], "postcode": "EX1 1EX", "current": true}]});
        town.amend(Seat::Coordinator, &case, "contact", &contact);
        let view = town.view(Seat::PoliceLocal, &case);
        assert!(view["categories"]["identity"].is_object() && view["categories"]["contact"].is_null(), "{view}");

        let named = |phone: &str| json!({"forenames": "Anwen", "surname": "Ringfellow", "phone": phone});
        let reached = [
            json!({"phone": RIGHT}),
            json!({"phone": RIGHT, "dateOfBirth": "2001-04-17"}),
            json!({"email": "anwen@example.invalid", "dateOfBirth": "2001-04-17"}),
        ];
        let of = |seat: Seat, asked: &Value| search(&town, seat, asked);
        let (right, wrong) = (of(Seat::PoliceLocal, &named(RIGHT)), of(Seat::PoliceLocal, &named(WRONG)));
        assert_eq!(right.body, wrong.body);
        assert_eq!(found(&right)[0]["case"], json!(case), "they are found by name");
        for asked in &reached {
            assert!(found(&of(Seat::PoliceLocal, asked)).is_empty(), "{asked}");
        }
        let placed = json!({"forenames": "Anwen", "surname": "Ringfellow", "postcode": "EX1 1EX"});
        assert_eq!(of(Seat::PoliceLocal, &placed).body, wrong.body);

        // Whoever reads them is told, of an open case and of a closed one.
        let told = |closed: &str| {
            let reasons =
                |asked: &Value| found(&of(Seat::Coordinator, asked))[0]["reasons"].as_array().unwrap().clone();
            assert!(reasons(&named(RIGHT)).contains(&json!("phone")), "{closed}");
            assert!(!reasons(&named(WRONG)).contains(&json!("phone")), "{closed}");
            assert!(reasons(&reached[0]).contains(&json!("phone")), "{closed}");
        };
        told("open");
        town.step(Seat::Coordinator, &case, "close", json!({"outcome": "left_uk", "reason": "Moved"}));
        told("closed");
        assert!(found(&of(Seat::PoliceLocal, &reached[0])).is_empty());
    });
}
