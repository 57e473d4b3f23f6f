//! The clock of a closed case: from when it counts, who must look earlier, and what two people may say of it.

use channel_panel::casework::ids::{CaseId, PersonId, RecordId};
use channel_panel::casework::opening::Opening;
use channel_panel::casework::retention::{Erasure, LegalHold, Retention, Return, Standing};
use channel_panel::casework::rules::Rules;
use channel_panel::casework::state::{CaseOutcome, FrontDoor, Joined, Stage, State};
use chrono::NaiveDate;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn open() -> State {
    let received = day("2019-01-07");
    State::opened(&Opening::referral(received, received, FrontDoor::Council, false)).unwrap()
}

/// Closed on this day, after support that ended a year before.
fn completed(on: &str) -> State {
    State {
        stage: Stage::Closed,
        stage_on: day(on),
        outcome: Some(CaseOutcome::Completed),
        adopted_on: Some(day("2019-06-03")),
        exited_on: day(on).checked_sub_months(chrono::Months::new(12)),
        ..open()
    }
}

fn closed(on: &str) -> State {
    State { stage: Stage::Closed, stage_on: day(on), outcome: Some(CaseOutcome::NotAdopted), ..open() }
}

fn adult() -> Retention {
    Retention { adult: true, ..Retention::default() }
}

fn due(retention: &Retention, state: &State) -> (String, &'static str) {
    let due = retention.due(state, &Rules::default()).unwrap();
    (due.on.to_string(), due.what)
}

fn hold() -> LegalHold {
    LegalHold { reason: "complaint".to_owned(), on: day("2024-01-08"), by: PersonId::new(), record: RecordId::new() }
}

fn proposed(on: &str) -> Erasure {
    Erasure { record: RecordId::new(), proposed_by: PersonId::new(), proposed_on: day(on), confirmed: None }
}

#[test]
fn six_years_count_from_leaving_the_programme() {
    assert_eq!(due(&adult(), &completed("2024-05-01")), ("2029-05-01".into(), "review_retention"));
    let never_left = State { exited_on: None, ..completed("2024-05-01") };
    assert_eq!(due(&adult(), &never_left).0, "2030-05-01");
    let seven = Rules { retention_years: 7, ..Rules::default() };
    assert_eq!(adult().due(&never_left, &seven).unwrap().on, day("2031-05-01"));
}

/// Six years after 29 February end on the 28th (the corresponding date rule, Dodds v Walker [1981] 1 WLR 1027).
#[test]
fn a_case_closed_on_a_leap_day_has_its_term() {
    let state = State { exited_on: None, ..completed("2024-02-29") };
    assert_eq!(due(&adult(), &state).0, "2030-02-28");
    let eight = Rules { retention_years: 8, ..Rules::default() };
    assert_eq!(adult().due(&state, &eight).unwrap().on, day("2032-02-29"));
    assert_eq!(due(&Retention::default(), &state).0, "2025-02-28", "a child's, after twelve months");
}

#[test]
fn a_childs_case_and_one_never_adopted_are_looked_at_earlier() {
    assert_eq!(due(&Retention::default(), &completed("2024-05-01")).0, "2025-05-01");
    assert_eq!(due(&adult(), &closed("2024-05-01")).0, "2027-05-01");
    assert_eq!(due(&Retention::default(), &closed("2024-05-01")).0, "2025-05-01");
    // However short the term: not before there was anything to look at.
    let none = Rules { retention_years: 0, ..Rules::default() };
    assert_eq!(adult().due(&completed("2024-05-01"), &none).unwrap().on, day("2024-05-01"));
}

#[test]
fn an_open_or_erased_case_has_no_clock() {
    for stage in Stage::ALL.iter().filter(|stage| **stage != Stage::Closed) {
        assert_eq!(adult().due(&State { stage: *stage, ..closed("2024-05-01") }, &Rules::default()), None);
    }
}

#[test]
fn a_joined_case_has_a_clock_of_its_own() {
    let joined = Joined { to: CaseId::new(), stage: Stage::Triage, stage_on: day("2024-04-02"), stage_at: None };
    let state = State { outcome: Some(CaseOutcome::Joined), joined: Some(joined), ..closed("2024-05-01") };
    assert_eq!(due(&adult(), &state).0, "2027-05-01");
}

#[test]
fn what_was_kept_is_looked_at_again_on_its_day() {
    let kept = Retention { kept_until: Some(day("2031-03-03")), ..adult() };
    assert_eq!(due(&kept, &completed("2024-05-01")).0, "2031-03-03");
}

#[test]
fn a_reopened_case_begins_its_term_anew_and_keeps_its_holds() {
    let (before, after) = (closed("2024-05-01"), State { stage: Stage::Panel, ..open() });
    let mut retention = Retention {
        kept_until: Some(day("2031-03-03")),
        holds: vec![hold()],
        erasure: Some(proposed("2024-06-03")),
        ..adult()
    };
    retention.moved(&before, &before, Some(30));
    assert!(retention.kept_until.is_some() && retention.erasure.is_some(), "a step that leaves it closed");
    retention.moved(&before, &after, Some(30));
    assert_eq!(retention, Retention { holds: retention.holds.clone(), ..Retention::default() });
    assert!(retention.held());
    retention.moved(&after, &closed("2025-09-01"), Some(17));
    assert_eq!(due(&retention, &closed("2025-09-01")).0, "2026-09-01");
    retention.moved(&closed("2025-09-01"), &after, Some(18));
    retention.moved(&after, &closed("2025-09-01"), Some(18));
    assert_eq!(due(&retention, &closed("2025-09-01")).0, "2028-09-01", "of age by then");
    retention.moved(&closed("2025-09-01"), &after, None);
    retention.moved(&after, &closed("2025-09-01"), None);
    assert_eq!(due(&retention, &closed("2025-09-01")).0, "2026-09-01", "whose age nobody knows");
}

#[test]
fn two_words_and_thirty_days() {
    let state = completed("2024-05-01");
    let mut retention = adult();
    assert_eq!(retention.standing(day("2026-01-01")), Standing::None);
    retention.erasure = Some(proposed("2030-05-02"));
    assert_eq!(retention.standing(day("2040-01-01")), Standing::Proposed, "one word waits for ever");
    assert_eq!(due(&retention, &state), ("2030-05-02".into(), "confirm_erasure"));
    retention.confirm(PersonId::new(), day("2030-05-06"), &Rules::default());
    assert_eq!(due(&retention, &state), ("2030-06-05".into(), "erase"));
    assert_eq!(retention.standing(day("2030-06-04")), Standing::Confirmed);
    assert_eq!(retention.standing(day("2030-06-05")), Standing::Due);
    retention.give_back(Return::OtherCase, day("2030-06-05"));
    assert_eq!(retention.standing(day("2030-06-05")), Standing::None);
    assert_eq!(due(&retention, &state), ("2030-06-05".into(), "review_retention"), "somebody must decide anew");
    assert_eq!(retention.returned.unwrap().why, Return::OtherCase);
}

#[test]
fn what_nobody_proposed_is_not_confirmed_and_not_given_back() {
    let mut retention = adult();
    retention.confirm(PersonId::new(), day("2030-05-06"), &Rules::default());
    retention.give_back(Return::Withdrawn, day("2030-05-06"));
    assert_eq!(retention, adult());
}
