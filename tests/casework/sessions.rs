//! Sessions: when somebody may leave though some are not accounted for, and what comes of too many that were missed.

use super::canned::{actor, day};
use super::support::{act, desk, logs, rules, session, taken};
use channel_panel::casework::agenda::{Ahead, Reason, reasons};
use channel_panel::casework::deadlines::{due, due_of_sessions};
use channel_panel::casework::state::*;
use channel_panel::casework::transitions::{Who, find};
use serde_json::{Value, json};

/// Each outcome and reason alone: who has died, was arrested or will have no more of it is not kept for a session's account.
#[test]
fn leaving_waits_for_accounts_only_where_a_commission_started_and_only_where_it_is_a_choice() {
    let (desk, s) = desk();
    let planned = |s: &State| logs(&desk, s, "planned", "2024-02-16");
    let exit = |s: &State, why: &str| {
        let on = day("2024-02-20");
        let mut body = super::canned::decision(on);
        body["exitReason"] = json!(why);
        act(&desk, s, "exit", "2024-02-20", &body)
    };
    let never_began = planned(&taken(&desk, &s));
    assert_eq!(exit(&never_began, "concerns_resolved").expect("left").stage, Stage::Exited);
    let started = planned(&desk.does(&taken(&desk, &s), "begin_commission", "2024-02-15"));
    for why in [
        "concerns_resolved",
        "insufficient_evidence_of_risk",
        "needs_met_elsewhere",
        "police_led",
        "transferred",
        "left_uk",
    ] {
        assert_eq!(rules(exit(&started, why)), ["sessions_reconciled"], "{why}");
    }
    for why in ["died", "arrested_charged_recalled", "consent_withdrawn"] {
        assert_eq!(exit(&started, why).expect(why).stage, Stage::Exited);
    }
    let unsaid = {
        let mut body = super::canned::decision(day("2024-02-20"));
        body["exitReason"] = Value::Null;
        rules(act(&desk, &started, "exit", "2024-02-20", &body))
    };
    assert_eq!(unsaid, ["exit_reason", "sessions_reconciled"]);
    // The same by other roads: a death closes, a withdrawal stops support, an arrest is a hold.
    let died = json!({"outcome": "died", "reason": "r"});
    assert_eq!(act(&desk, &started, "close", "2024-02-20", &died).expect("closed").stage, Stage::Closed);
    assert_eq!(desk.does(&started, "withdraw_consent", "2024-02-20").stage, Stage::Consent);
    assert_eq!(desk.does(&started, "place_hold", "2024-02-20").hold, Hold::Custody);
    // Another provider's plan is not accounted for by this one's word.
    let two = desk.does(&desk.does(&started, "commission", "2024-02-17"), "accept_commission", "2024-02-17");
    let mut account = session(&two, "missed", "2024-02-17");
    account["wasPlanned"] = json!(true);
    assert_eq!(rules(act(&desk, &two, "log_session", "2024-02-17", &account)), ["session_planned"]);
    account["commission"] = json!(two.commissions[0].record);
    let told = act(&desk, &two, "log_session", "2024-02-17", &account).expect("accounted for");
    assert_eq!(exit(&told, "concerns_resolved").expect("left").stage, Stage::Exited);
}

#[test]
fn what_a_provider_left_unaccounted_is_accounted_for_by_whoever_ends_it() {
    let (desk, s) = desk();
    let started = logs(&desk, &logs(&desk, &taken(&desk, &s), "held", "2024-02-15"), "planned", "2024-02-16");
    assert_eq!(desk.refuses(&started, "end_commission", "2024-02-20", None), ["sessions_told"]);
    let body =
        json!({"commission": started.commissions[0].record, "reason": "r", "account": "He never came; she says so."});
    let ended = act(&desk, &started, "end_commission", "2024-02-20", &body).expect("ended");
    let sessions = ended.commissions[0].sessions;
    assert_eq!((sessions.awaiting, sessions.written_off, sessions.held), (0, 1, 1));
    assert_eq!(desk.does(&ended, "exit", "2024-02-21").stage, Stage::Exited);
}

#[test]
fn too_many_missed_in_a_row_come_to_coordinator_and_panel_until_the_panel_has_decided() {
    let (desk, s) = desk();
    let alarm = |s: &State| due_of_sessions(s, &desk.rules).map(|due| due.on);
    let on_agenda = |s: &State| {
        let ahead = Ahead {
            on: day("2024-05-01"),
            last: None,
            unheard_from: None,
            calendar: &desk.calendar,
            rules: &desk.rules,
        };
        reasons(s, false, ahead).contains(&Reason::SessionsMissed)
    };
    let one = logs(&desk, &taken(&desk, &s), "missed", "2024-02-15");
    assert!(alarm(&one).is_none() && !on_agenda(&one));
    // Told on its day by a desk whose today is later: what counts is when it could be known.
    let two = logs(&desk, &one, "missed", "2024-02-22");
    assert!(alarm(&two) == Some(desk.today) && on_agenda(&two));
    let lenient = channel_panel::casework::rules::Rules { missed_sessions: 3, ..desk.rules.clone() };
    assert!(due_of_sessions(&two, &lenient).is_none());
    // One that was held ends the row; one cancelled does not, nor one held before and told after.
    assert!(alarm(&logs(&desk, &two, "held", "2024-02-29")).is_none());
    assert!(alarm(&logs(&desk, &two, "cancelled", "2024-02-29")).is_some());
    let early = act(&desk, &two, "log_session", "2024-02-23", &session(&two, "held", "2024-02-14")).expect("told late");
    assert!(alarm(&early).is_some());
    // Missed before the last that was held, it is in no row.
    let held = logs(&desk, &taken(&desk, &s), "held", "2024-03-01");
    let before = logs(&desk, &logs(&desk, &held, "missed", "2024-02-20"), "missed", "2024-02-27");
    assert!(alarm(&before).is_none() && before.commissions[0].sessions.missed == 2);
    // A decision that may have come before the news does not answer it.
    let blind = desk.does(&two, "remain", "2024-06-03");
    assert!(alarm(&blind).is_some());
    let later = super::canned::Desk::new("2024-06-04", 17);
    let seen = later.does(&two, "remain", "2024-06-04");
    assert!(alarm(&seen).is_none() && !on_agenda(&seen));
    let again = later.act(
        find("log_session").unwrap(),
        &seen,
        actor(Who::Provider, 1),
        day("2024-05-20"),
        &session(&seen, "missed", "2024-05-20"),
    );
    assert!(alarm(&again.unwrap().state).is_some());
    // Not of what is over, nor on a case that waits, nor where no support is.
    assert!(alarm(&desk.does(&two, "end_commission", "2024-03-01")).is_none());
    assert!(alarm(&desk.does(&two, "withdraw_consent", "2024-03-01")).is_none());
    let on_hold = desk.does(&two, "place_hold", "2024-03-01");
    assert!(alarm(&on_hold).is_none());
    assert_eq!(due(&on_hold, &desk.calendar, &desk.rules).map(|due| due.what), Some("review_hold"));
    // It moves no clock that others are told of.
    assert_eq!(due(&two, &desk.calendar, &desk.rules), due(&one, &desk.calendar, &desk.rules));
}
