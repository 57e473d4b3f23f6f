//! Every story of the demonstration, over HTTP, on both databases, each role with its own token.

use crate::harness::running_on_both;
use channel_panel::demo::load;
use channel_panel::demo::stories::{self, barnet};

fn tell(name: &str) {
    let story = stories::ALL.iter().find(|story| story.name == name).expect("a story");
    running_on_both(|running| {
        let told = (story.tell)(&mut running.caller()).unwrap_or_else(|failed| panic!("{failed}"));
        assert!(!told.cases.is_empty() && told.requests > 0);
    });
}

#[test]
fn from_a_school_to_exit_and_both_reviews() {
    tell("support");
}

#[test]
fn one_that_ends_in_advice() {
    tell("advice");
}

#[test]
fn one_that_begins_with_the_police() {
    tell("police-first");
}

#[test]
fn one_not_adopted() {
    tell("not-adopted");
}

#[test]
fn one_with_consent_refused() {
    tell("consent-refused");
}

#[test]
fn one_police_led() {
    tell("police-led");
}

#[test]
fn one_keyed_wholly_by_the_council() {
    tell("keyed-for-others");
}

#[test]
fn a_second_referral_under_a_misspelt_name() {
    tell("repeat");
}

#[test]
fn one_in_which_a_glass_is_broken() {
    tell("broken-glass");
}

#[test]
fn the_contacts_of_barnets_table_give_its_figures() {
    running_on_both(|running| {
        let mut caller = running.caller();
        let told = barnet::tell(&mut caller).unwrap_or_else(|failed| panic!("{failed}"));
        assert_eq!(told.cases.len(), 29, "and nine consultations");
        assert_eq!(barnet::figures(&mut caller).unwrap_or_else(|failed| panic!("{failed}")), barnet::printed());
    });
}

#[test]
fn the_demonstration_loads_in_process_and_says_how_far_it_is() {
    running_on_both(|running| {
        let mut said = Vec::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let told = load::load(&running.service, &running.book, &runtime, &mut |line| said.push(line.to_owned()));
        let told = told.unwrap_or_else(|failed| panic!("{failed}"));
        assert_eq!(told.len(), stories::ALL.len());
        assert!(said.first().is_some_and(|line| line.starts_with("story 1 of 11: year")), "{said:?}");
    });
}
