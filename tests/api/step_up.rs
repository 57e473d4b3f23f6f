//! What stands for years, lets somebody in, cannot be undone or opens what is not one's own is not left to a screen left
//! open: the named actions need a sign-in of the last five minutes. Each is tried at four minutes and at six.

use super::entered;
use super::registry::{agree, confirm, enter};
use super::town::Town;
use crate::harness::{Answer, Client, strict_on_both};
use channel_panel::demo::seats::{Body, Seat};
use serde_json::json;

const PASSES: i64 = 4 * 60;
const TOO_OLD: i64 = 6 * 60;

/// One named action, on a case that is ready for it.
struct Named {
    verbs: &'static [&'static str],
    seat: Seat,
    ready: fn(&Town<'_>) -> String,
    send: fn(&Town<'_>, &Client, &str) -> Answer,
}

const NAMED: [Named; 7] = [
    Named {
        verbs: &["decide"],
        seat: Seat::Chair,
        ready: on_the_agenda,
        send: |town, client, case| {
            let body = json!({"transition": "adopt", "content": town.decision(case, "Support may help.")});
            client.post(&format!("/api/v1/cases/{case}/transitions"), &body)
        },
    },
    Named {
        verbs: &["break_glass", "reach_for_glass"],
        seat: Seat::SocialCare,
        ready: |town| town.open("Stepanova", false),
        send: |_, client, case| {
            let body = json!({"reason": "threat_to_life"});
            client.purpose("break_glass").post(&format!("/api/v1/cases/{case}/break-glass"), &body)
        },
    },
    Named {
        verbs: &["confirm_membership"],
        seat: Seat::Health,
        ready: |town| enter(town, Body::Health, "health").membership,
        send: |_, client, membership| confirm(client, membership),
    },
    Named {
        verbs: &["confirm_agreement"],
        seat: Seat::Deputy,
        ready: |town| agree(town, Body::Health),
        send: |_, client, agreement| client.request("POST", &format!("/api/v1/agreements/{agreement}/confirm")).send(),
    },
    Named {
        verbs: &["propose_erasure"],
        seat: Seat::Records,
        ready: |town| town.ended("Juniper"),
        send: |_, client, case| {
            let grounds = json!({"words": "Its time is over."});
            client.purpose("retention").post(&format!("/api/v1/cases/{case}/erasure"), &grounds)
        },
    },
    Named {
        verbs: &["confirm_erasure"],
        seat: Seat::Chair,
        ready: |town| {
            let case = town.ended("Rowan");
            town.propose_erasure(&case);
            case
        },
        send: |_, client, case| {
            let path = format!("/api/v1/cases/{case}/erasure/confirmation");
            client.purpose("retention").request("POST", &path).send()
        },
    },
    Named {
        verbs: &["export_ledger"],
        seat: Seat::Auditor,
        ready: |town| {
            town.signed();
            String::new()
        },
        send: |_, client, _| client.get("/api/v1/ledger/export"),
    },
];

fn on_the_agenda(town: &Town<'_>) -> String {
    let (council, case) = (Seat::Coordinator, town.open("Stepford", false));
    town.step(council, &case, "begin_triage", json!({"earlierCasesSearched": true}));
    town.step(council, &case, "send_to_gateway", json!({"referralComplete": true}));
    town.step(Seat::PoliceCt, &case, "gateway_clear", json!({"statementForOthers": "Nothing stands in the way."}));
    town.step(council, &case, "begin_assessment", json!({"reason": "A need."}));
    town.step(Seat::PoliceCt, &case, "section36_decide", json!({"grounds": "Set out in the referral."}));
    let held = json!({"heldElsewhere": {"system": "PCMT", "reference": "1", "framework": "PAF", "date": town.today(),
        "author": "a", "countersigned": true, "conclusion": "Some need."}});
    town.step(Seat::PoliceCt, &case, "record_assessment", held);
    let plan = json!({"consentRequest": {"how": "h", "when": "w", "byWhom": "b"},
        "support": [{"nature": "Mentoring", "providedBy": "p", "howAndWhen": "h"}]});
    town.step(council, &case, "write_plan", plan);
    town.step(council, &case, "list_for_panel", json!({"meetingDate": town.today()}));
    assert_ne!(town.agency(Body::Council), town.agency(Body::Police));
    case
}

#[test]
fn each_named_action_needs_a_sign_in_of_the_last_five_minutes() {
    strict_on_both(|running| {
        let town = Town::new(running);
        for Named { verbs, seat, ready, send } in NAMED {
            let case = ready(&town);
            let late = send(&town, &town.signed_in(seat, TOO_OLD), &case);
            assert_eq!((late.status, late.problem().as_str()), (401, "step-up-required"), "{verbs:?}");
            let entry = entered::one(running, &late);
            assert_eq!((&entry["outcome"], &entry["problem"]), (&json!("refused"), &json!("step-up-required")));
            assert_eq!(entry["actor"]["person"], running.borough.person(seat).to_string(), "{verbs:?}");
            let done = send(&town, &town.signed_in(seat, PASSES), &case);
            assert!(done.status < 300, "{verbs:?}: {}", done.text());
            let outcome = if verbs == ["export_ledger"] { "shown" } else { "changed" };
            assert_eq!(entered::one(running, &done)["outcome"], outcome, "{verbs:?}");
        }
    });
}

/// Whatever the policy names is tried above; whoever names more adds it there.
#[test]
fn every_action_that_the_guard_names_is_tried() {
    let guards = include_str!("../../policies/guards.cedar");
    let guard = guards.split("@id(\"guard_recent_sign_in\")").nth(1).unwrap().split("unless").next().unwrap();
    let named: Vec<&str> = guard.split("Action::\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let tried: Vec<&str> = NAMED.iter().flat_map(|one| one.verbs.iter().copied()).collect();
    assert_eq!(named, tried);
}
