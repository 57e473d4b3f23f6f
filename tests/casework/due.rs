//! How late a due thing is, whose it is, and what comes of a birthday.

use super::canned::{Desk, consent, day, referred};
use channel_panel::casework::calendar::Calendar;
use channel_panel::casework::deadlines::{Due, Lateness, done_by, due};
use channel_panel::casework::majority::{Birth, Coming, coming, rests_on_a_parent};
use channel_panel::casework::role::{Role, Unit};
use channel_panel::casework::rules::Rules;
use channel_panel::casework::state::{ConsentTrack, FrontDoor, Giver, Stage, State};
use channel_panel::casework::transitions::{Who, find};
use chrono::{Datelike, Days, NaiveDate};

#[test]
fn late_is_counted_in_working_days_and_escalates_once_too_many_have_passed() {
    let (calendar, rules) = (Calendar::england_and_wales().unwrap(), Rules::default());
    // The Wednesday before Good Friday of 2027 (26 March); Easter Monday is the 29th.
    let due = Due { on: day("2027-03-24"), what: "begin_triage" };
    let on = |text: &str| due.lateness(day(text), &calendar, &rules);
    assert_eq!(on("2027-03-18"), Lateness::OnTime, "four working days are left");
    assert_eq!([on("2027-03-19"), on("2027-03-24")], [Lateness::DueSoon; 2]);
    assert_eq!([on("2027-03-25"), on("2027-04-01")], [Lateness::Overdue; 2], "Easter does not count");
    assert_eq!(due.escalates_on(&calendar, &rules), day("2027-04-05"));
    assert_eq!([on("2027-04-02"), on("2027-04-04")], [Lateness::Overdue; 2], "five working days, and a weekend");
    assert_eq!([on("2027-04-05"), on("2028-01-01")], [Lateness::Escalated; 2]);
    let stricter = Rules { escalate_after_days: 0, due_soon_days: 0, ..Rules::default() };
    assert_eq!(due.lateness(day("2027-03-25"), &calendar, &stricter), Lateness::Escalated);
    assert_eq!(due.lateness(day("2027-03-23"), &calendar, &stricter), Lateness::OnTime);
}

#[test]
fn what_is_due_is_somebodys_to_do() {
    let everything = [
        "acknowledge_onward",
        "answer_gateway",
        "ask_consent_anew",
        "begin_triage",
        "chase_consent",
        "close",
        "decide_section36",
        "decide_triage",
        "first_panel",
        "look_at_missed_sessions",
        "panel_review",
        "post_exit_review",
        "reassess",
        "review_hold",
        "review_police_led",
    ];
    for what in everything {
        let steps = done_by(what);
        assert!(!steps.is_empty(), "{what}");
        for step in steps {
            assert!(find(step).is_some_and(|t| t.who != [Who::Service]), "{what}: {step} is no step of a person's");
        }
        let due = Due { on: day("2027-01-01"), what };
        for step in steps.iter().filter_map(|step| find(step)) {
            let police = (Role::Police, Some(Unit::CounterTerrorism));
            let somebody = [(Role::Council, None), (Role::Chair, None), police].into_iter();
            assert!(somebody.clone().any(|(role, unit)| due.is_for(step.from[0], role, unit)), "{what}");
        }
    }
    let due = Due { on: day("2027-01-01"), what: "begin_triage" };
    assert!(due.is_for(Stage::Referred, Role::Council, None) && due.is_for(Stage::Referred, Role::Mash, None));
    assert!(!due.is_for(Stage::Referred, Role::Chair, None) && !due.is_for(Stage::Panel, Role::Council, None));
    assert!(done_by("nothing_of_ours").is_empty());
}

fn supported(giver: Giver) -> State {
    State {
        stage: Stage::Intervention,
        consent: ConsentTrack::Given,
        consent_giver: Some(giver),
        consent_on: Some(day("2026-01-05")),
        stage_on: day("2026-01-06"),
        assessed_on: Some(day("2029-01-01")),
        ..referred("2026-01-02", FrontDoor::Council, false)
    }
}

#[test]
fn of_all_who_are_born_in_a_month_the_notice_is_the_same() {
    let (calendar, rules) = (Calendar::england_and_wales().unwrap(), Rules::default());
    let state = supported(Giver::Parent);
    let mut told = Vec::new();
    for born in (1..=31).map(|d| day(&format!("2009-03-{d:02}"))) {
        // Day by day, as the job asks: the first day on which there is something to say, and what.
        let mut days = day("2026-10-01").iter_days().take(400);
        let first = days.find_map(|today| Some((today, coming(&state, born, today, &calendar, &rules)?)));
        told.push(first.unwrap());
        let of_age = day("2027-03-01") + Days::new(u64::from(born.day0()));
        assert!(of_age - first.unwrap().0 >= chrono::Duration::days(60), "told too late");
        let noted = State { ask_anew_by: Some(day("2027-02-26")), ..state.clone() };
        assert_eq!(coming(&noted, born, of_age - Days::new(1), &calendar, &rules), None, "told once");
        for late in [0, 1, 200] {
            let lapsed = coming(&noted, born, of_age + Days::new(late), &calendar, &rules);
            assert_eq!(lapsed, Some(Coming::Lapsed(of_age)), "and ended on its day, however late");
        }
    }
    told.dedup();
    assert_eq!(told, [(day("2026-12-01"), Coming::AskBy(day("2027-02-26")))]);
}

#[test]
fn only_a_parents_word_ends_with_childhood() {
    let (calendar, rules) = (Calendar::england_and_wales().unwrap(), Rules::default());
    let (born, later) = (day("2009-03-10"), day("2028-01-01"));
    for giver in Giver::ALL {
        let state = supported(*giver);
        assert_eq!(rests_on_a_parent(&state), giver.is_parental());
        let found = coming(&state, born, later, &calendar, &rules);
        assert_eq!(found.is_some(), giver.is_parental(), "{}", giver.name());
    }
    for stage in Stage::ALL {
        let state = State { stage: *stage, ..supported(Giver::Parent) };
        assert_eq!(rests_on_a_parent(&state), matches!(stage, Stage::Consent | Stage::Intervention));
    }
    let refused = State { consent: ConsentTrack::Refused, ..supported(Giver::Parent) };
    assert_eq!(coming(&refused, born, later, &calendar, &rules), None);
    // Never before the case came to its stage, and found late there is still time to ask.
    let since = State { stage_on: day("2027-04-01"), ..supported(Giver::Parent) };
    assert_eq!(coming(&since, born, later, &calendar, &rules), Some(Coming::Lapsed(day("2027-04-01"))));
    let late = coming(&supported(Giver::Parent), born, day("2027-03-01"), &calendar, &rules);
    assert_eq!(late, Some(Coming::AskBy(day("2027-03-08"))));
    assert_eq!(coming(&supported(Giver::Parent), NaiveDate::MAX, later, &calendar, &rules), None);
}

/// Somebody of about 16 turns 17 on the next day, or in a year.
#[test]
fn where_only_an_age_is_known_notice_is_for_the_first_day_it_may_be_and_the_end_is_on_the_last() {
    let (calendar, rules) = (Calendar::england_and_wales().unwrap(), Rules::default());
    let said = day("2026-01-02");
    let state = supported(Giver::Parent);
    let birth = Birth::of_age(16, said).unwrap();
    assert_eq!(
        ["2026-01-02", "2027-01-01", "2027-01-02", "2028-01-02"].map(|on| birth.age_on(day(on))),
        [Some(16), Some(16), Some(17), Some(18)]
    );
    let first = day("2026-01-02").iter_days().find_map(|on| Some((on, coming(&state, birth, on, &calendar, &rules)?)));
    assert_eq!(first, Some((day("2026-11-01"), Coming::AskBy(day("2026-12-31")))), "as if the birthday were 3 January");
    let noted = State { ask_anew_by: Some(day("2026-12-31")), ..state };
    assert_eq!(coming(&noted, birth, day("2028-01-01"), &calendar, &rules), None);
    assert_eq!(coming(&noted, birth, day("2028-01-02"), &calendar, &rules), Some(Coming::Lapsed(day("2028-01-02"))));
    // Who was 18 already when they were referred was never a parent's to speak for; a leap day has its last of February.
    let grown = coming(&noted, Birth::of_age(18, said).unwrap(), day("2026-03-01"), &calendar, &rules);
    assert_eq!(grown, Some(Coming::Lapsed(day("2026-01-06"))));
    assert_eq!(Birth::of_age(17, day("2028-02-29")).unwrap().age_on(day("2029-02-28")), Some(18));
    assert_eq!(Birth::of_age(120, day("0100-01-01")).map(|birth| birth.age_on(day("0100-01-01"))), Some(Some(120)));
    assert_eq!(Birth::of_age(u8::MAX, said), None);
}

#[test]
fn the_child_is_asked_ahead_and_the_parents_word_stands_until_the_day() {
    let mut desk = Desk::new("2027-06-03", 17);
    let untold = supported(Giver::Parent);
    assert_eq!(desk.refuses(&untold, "ask_consent_anew", "2027-02-10", None), ["coming_of_age"]);
    let told = State { ask_anew_by: Some(day("2027-02-26")), ..untold };
    let next = due(&told, &desk.calendar, &desk.rules).unwrap();
    assert_eq!((next.what, next.on), ("ask_consent_anew", day("2027-02-26")));
    let asked = desk.does(&told, "ask_consent_anew", "2027-02-10");
    assert_eq!((asked.stage, asked.consent, asked.asked_anew_on), (told.stage, told.consent, Some(day("2027-02-10"))));
    assert_ne!(due(&asked, &desk.calendar, &desk.rules).unwrap().what, "ask_consent_anew");
    assert_eq!(desk.refuses(&asked, "ask_consent_anew", "2027-02-11", None), ["coming_of_age"]);
    desk.age = Some(18);
    let lapsed = desk.does(&asked, "consent_lapsed_at_18", "2027-03-10");
    assert_eq!((lapsed.ask_anew_by, lapsed.asked_anew_on), (None, None));
    assert_eq!(due(&lapsed, &desk.calendar, &desk.rules).unwrap().what, "ask_consent_anew");
    let given = desk.act(
        find("give_consent").unwrap(),
        &State { adopted_on: Some(day("2026-01-03")), plan_on: Some(day("2026-01-03")), ..lapsed },
        super::canned::actor(Who::Council, 1),
        day("2027-03-11"),
        &consent("self"),
    );
    assert_eq!(given.unwrap().state.consent_giver, Some(Giver::Person));
}

#[test]
fn the_service_itself_makes_no_step_but_its_own() {
    use super::canned::{actor, bodies};
    let desk = Desk::new("2027-06-03", 18);
    let state = State { ask_anew_by: None, ..supported(Giver::Parent) };
    for t in channel_panel::casework::transitions::all() {
        let body = bodies(t.name, &state, day("2027-06-03")).remove(0);
        let done = desk.act(t, &state, actor(Who::Service, 1), day("2027-06-03"), &body);
        assert_eq!(done.is_ok(), t.name == "consent_lapsed_at_18", "{}", t.name);
        if let Ok(effect) = done {
            assert!(!effect.records[0].fields.contains_key("recordedBy"), "nobody is named for it");
        }
    }
}
