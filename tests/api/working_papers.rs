//! Questions and actions over HTTP, on both databases: an agency reads those put to it, as they stand now, and no others, whoever
//! put them.

use super::town::Town;
use crate::harness::running_on_both;
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};

/// The questions and actions that a seat is shown, each with its version.
fn papers(town: &Town<'_>, seat: Seat, case: &str) -> Vec<(String, u64)> {
    let view = town.view(seat, case);
    let records = view["categories"]["work"]["records"].as_array().cloned().unwrap_or_default();
    records.iter().map(|r| (r["id"].as_str().unwrap().to_owned(), r["version"].as_u64().unwrap())).collect()
}

fn id(written: &Value) -> String {
    written["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_question_is_for_whoever_is_asked_and_not_for_the_asker_s_agency() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Papersby", false);
        town.name_lead(&case, Body::Police);
        // The one force has both officers: one asks, the other has a part in the case.
        let to_health = id(&town.post(
            Seat::PoliceCt,
            &case,
            "information-requests",
            &town.question(Body::Health, "Is he seen by a psychiatrist?"),
        ));
        let to_police = town.ask(&case, Body::Police, "Is the address known?");
        let owed = id(&town.post(Seat::Coordinator, &case, "actions", &town.action(Body::Police)));
        let own = vec![(to_police, 1), (owed, 1)];
        assert_eq!(papers(&town, Seat::PoliceLocal, &case), own);
        assert_eq!(papers(&town, Seat::Health, &case), [(to_health.clone(), 1)]);
        let answer = json!({"answer": {"reply": "not_known", "repliedOn": town.today()}});
        town.post(Seat::Health, &case, &format!("information-requests/{to_health}/reply"), &answer);
        assert_eq!(papers(&town, Seat::PoliceLocal, &case), own, "nor once it is answered");
        // A part in the case lets Health look back at what it said: the answer, and not the question as it was.
        town.name_lead(&case, Body::Health);
        assert_eq!(papers(&town, Seat::Health, &case), [(to_health.clone(), 2)]);
        let all = papers(&town, Seat::PoliceCt, &case);
        assert_eq!((all.len(), all.iter().find(|(id, _)| *id == to_health)), (3, Some(&(to_health, 2))));
    });
}

/// Answered for them by the council, it is theirs as before.
#[test]
fn an_answer_by_telephone_stays_the_agency_s_own() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Ringby", false);
        town.name_lead(&case, Body::Education);
        let asked = town.ask(&case, Body::Education, "Does he come to school?");
        let by_telephone = json!({"answer": {"reply": "not_known", "repliedOn": town.today()},
            "onBehalfOf": {"agency": "The college", "person": "Its officer", "how": "phone",
                "when": town.today()}});
        town.post(Seat::Coordinator, &case, &format!("information-requests/{asked}/reply"), &by_telephone);
        assert_eq!(papers(&town, Seat::Education, &case), [(asked, 2)]);
    });
}
