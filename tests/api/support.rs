//! Needs, commissions and sessions over HTTP: who is shown the wait, the pause and the alarm, and who is not.

use super::coming_of_age::supported;
use super::town::Town;
use crate::harness::running_on_both;
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};

/// In support, and the panel has said that it goes on: so the chair knows of it.
fn taken_over(town: &Town<'_>, surname: &str) -> String {
    let case = supported(town, surname, json!({"dateOfBirth": "1990-02-03", "ageBasis": "from_record"}), "self");
    town.step(Seat::Chair, &case, "remain", town.decision(&case, "It goes on here"));
    case
}

fn passes(town: &Town<'_>, days: i64) {
    let clock = &town.running.service.clock;
    clock.move_calendar((clock.today() - clock.instant().london_date()).num_days() + days);
}

fn offer(town: &Town<'_>, need: &Value) -> Value {
    json!({"provider": town.agency(Body::Provider), "need": need, "brief": "Weekly talks", "objectives": ["Trust"],
        "sessionsPlanned": 6, "from": town.today(), "to": town.later(200)})
}

/// Noted, looked for, offered and, ten days later, accepted; gives the commission.
fn commissioned(town: &Town<'_>, case: &str) -> Value {
    let need = json!({"support": "mentoring", "need": "Somebody to talk to"});
    let need = town.step(Seat::Coordinator, case, "note_need", need)["records"][0].clone();
    town.step(Seat::Coordinator, case, "request_provider", json!({"need": need, "asked": "The regional list"}));
    let commission = town.step(Seat::Coordinator, case, "commission", offer(town, &need))["records"][0].clone();
    passes(town, 10);
    town.step(Seat::Provider, case, "accept_commission", json!({"commission": commission, "briefRead": true}));
    commission
}

fn missed(town: &Town<'_>, case: &str, commission: &Value) {
    let session = json!({"commission": commission, "status": "missed", "sessionOn": town.today()});
    town.step(Seat::Provider, case, "log_session", session);
}

#[test]
fn the_wait_and_the_sessions_are_shown_to_those_who_read_briefs_and_sessions_and_a_providers_own_to_it() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = taken_over(&town, "Waitley");
        for body in [Body::Health, Body::SocialCare, Body::Mash] {
            town.name_lead(&case, body);
        }
        let commission = commissioned(&town, &case);
        let support = |seat: Seat| town.view(seat, &case)["support"].clone();
        let waiting = support(Seat::Coordinator);
        assert_eq!(
            (
                &waiting["needs"][0]["status"],
                &waiting["commissions"][0]["status"],
                &waiting["commissions"][0]["daysWaited"]
            ),
            (&json!("requested"), &json!("accepted"), &json!(10))
        );
        passes(&town, 5);
        town.step(Seat::Provider, &case, "begin_commission", json!({"commission": commission}));
        passes(&town, 20);
        for seat in [Seat::Coordinator, Seat::Chair, Seat::PoliceCt] {
            let known = support(seat);
            let first = &known["commissions"][0];
            assert_eq!((&first["record"], &first["status"]), (&commission, &json!("started")), "{}", seat.name());
            assert_eq!((&first["daysWaited"], &first["need"]), (&json!(15), &known["needs"][0]["record"]));
        }
        // The provider has its own, and what else is looked for is not its business.
        let own = support(Seat::Provider);
        assert_eq!((own["commissions"].as_array().unwrap().len(), &own["needs"]), (1, &Value::Null));
        for seat in [Seat::Health, Seat::SocialCare, Seat::Mash] {
            assert!(support(seat).is_null(), "{}", seat.name());
        }
        // While it rests the provider is told so, and no session counts.
        town.step(
            Seat::Coordinator,
            &case,
            "pause_commission",
            json!({"commission": commission, "reason": "He is ill"}),
        );
        assert_eq!(support(Seat::Provider)["commissions"][0]["status"], "paused");
        let held = json!({"commission": commission, "status": "held", "sessionOn": town.today(), "report": "We met"});
        let body = json!({"transition": "log_session", "content": held});
        let refused = town.seat(Seat::Provider).post(&format!("/api/v1/cases/{case}/transitions"), &body);
        assert_eq!((refused.status, refused.problem().as_str()), (409, "transition-held"));
        town.step(
            Seat::Coordinator,
            &case,
            "resume_commission",
            json!({"commission": commission, "reason": "He is well"}),
        );
        town.step(Seat::Provider, &case, "log_session", held);
        assert_eq!(support(Seat::Provider)["commissions"][0]["sessions"]["held"], 1);
    });
}

#[test]
fn sessions_missed_in_a_row_come_to_coordinator_and_panel_and_to_nobody_who_may_not_read_of_sessions() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = taken_over(&town, "Missby");
        for body in [Body::SocialCare, Body::Mash] {
            town.name_lead(&case, body);
        }
        let commission = commissioned(&town, &case);
        let due = |seat: Seat| town.view(seat, &case)["due"].clone();
        missed(&town, &case, &commission);
        let before = [Seat::Coordinator, Seat::Mash].map(due);
        assert_eq!(
            before[0],
            json!({"what": before[1]["what"], "on": before[1]["on"], "overdue": before[1]["overdue"],
            "standing": before[1]["standing"], "yours": before[0]["yours"]}),
            "one is no alarm"
        );
        missed(&town, &case, &commission);
        for seat in [Seat::Coordinator, Seat::Chair, Seat::PoliceCt] {
            let told = due(seat);
            assert_eq!((&told["what"], &told["on"]), (&json!("look_at_missed_sessions"), &json!(town.today())));
            assert_eq!(told["yours"], seat != Seat::PoliceCt, "{}", seat.name());
        }
        assert_eq!(due(Seat::Mash), before[1], "the hub reads no sessions, and no alarm about them");
        assert_eq!(town.view(Seat::Coordinator, &case)["support"]["commissions"][0]["sessions"]["alarm"], true);

        // A week later it is overdue, and the chair's list has it among what is escalated.
        passes(&town, 14);
        let list = town.seat(Seat::Chair).get("/api/v1/cases?deadline=escalated").expect(200).json();
        assert!(list["cases"].as_array().unwrap().iter().any(|line| line["id"] == case.as_str()));
        let meeting = town.meeting("scheduled");
        let table = [(Seat::Chair, "chair"), (Seat::PoliceCt, "police"), (Seat::SocialCare, "member")];
        town.seated(&meeting, &table.map(|(seat, capacity)| town.attendee(seat, capacity)));
        town.meeting_step(&meeting, "open").expect(204);
        let reasons = |seat: Seat| {
            let agenda = town.seat(seat).get(&format!("/api/v1/meetings/{meeting}/agenda")).expect(200).json();
            let lines = agenda["items"].as_array().unwrap().clone();
            let line = lines.into_iter().find(|line| line["case"] == case.as_str()).expect("on the agenda");
            line["reasons"].as_array().unwrap().contains(&json!("sessions_missed"))
        };
        assert!(reasons(Seat::Chair) && reasons(Seat::Coordinator));
        assert!(!reasons(Seat::SocialCare), "it reads the panel's words and no sessions");

        // The panel has looked: until the next one is missed there is nothing to look at.
        let remain = town.decision_at(&meeting, "Somebody else is asked to go");
        let assessed = json!({"heldElsewhere": {"system": "PCMT", "reference": "1", "framework": "PAF", "date": town.today(),
            "author": "A. Assessor", "countersigned": false, "conclusion": "Continue"}});
        town.step(Seat::Chair, &case, "remain", remain);
        assert_ne!(due(Seat::Coordinator)["what"], "look_at_missed_sessions");
        town.step(Seat::Coordinator, &case, "record_assessment", assessed);
        passes(&town, 7);
        missed(&town, &case, &commission);
        assert_eq!(due(Seat::Chair)["what"], "look_at_missed_sessions");
    });
}

#[test]
fn the_panels_word_where_consent_was_refused_is_the_chairs_at_a_meeting_and_ends_the_case_or_tries_again() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = taken_over(&town, "Nayworth");
        let no = json!({"by": "self", "reassessOn": town.later(30)});
        town.step(Seat::Coordinator, &case, "withdraw_consent", no);
        let path = format!("/api/v1/cases/{case}/transitions");
        let tries = |seat: Seat, name: &str, content: Value| {
            town.seat(seat).post(&path, &json!({"transition": name, "content": content}))
        };
        let close = json!({"outcome": "consent_refused", "reason": "r"});
        let alone = tries(Seat::Coordinator, "close", close.clone());
        assert_eq!((alone.status, alone.json()["errors"][0]["rule"].clone()), (409, json!("outcome_fits")));
        let meeting = town.sits(&case);
        let mut leads = town.decision_at(&meeting, "Social care knows her best");
        leads["managedBy"] =
            json!({"lead": town.agency(Body::SocialCare), "due": town.later(10), "need": "A plan of its own"});
        for name in ["try_consent_again", "manage_elsewhere", "conclude_without_consent"] {
            assert_eq!(tries(Seat::Coordinator, name, leads.clone()).status, 403, "{name}: the chair decides");
        }
        let decided = tries(Seat::Chair, "manage_elsewhere", leads);
        assert_eq!(decided.status, 200, "{}", decided.text());
        let lead = decided.json()["records"][0].clone();
        assert_eq!(tries(Seat::Coordinator, "close", close.clone()).json()["errors"][0]["rule"], "no_open_onward");
        let answer = json!({"onwardReferral": lead, "answer": "accepted", "acknowledgedBy": "A. Worker"});
        town.step(Seat::Coordinator, &case, "acknowledge_onward", answer);
        town.step(Seat::Coordinator, &case, "close", close);
    });
}
