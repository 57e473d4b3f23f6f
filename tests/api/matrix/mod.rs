//! The matrix as it arrives: role by category by stage, over HTTP, against what the policies say of the same facts.
//! Every category holds a word of its own, and what counts is whether that word is in the answer: not whether a rule says so.
//! `cells` tries every operation and every broken condition; this one is the table that people read.

mod look;
pub mod story;

use super::town::{Town, least_referral};
use crate::harness::running_on_both;
use channel_panel::casework::category::{Category, Shape};
use channel_panel::casework::state::Stage;
use channel_panel::demo::seats::{Body, Seat};
use look::opening;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use story::{Story, assign_the_agencies, fill_from_the_start, tell};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/http-matrix.txt");

#[test]
fn each_seat_is_shown_each_category_as_the_policies_say_at_each_stage() {
    running_on_both(|running| {
        let town = Town::new(running);
        let Story { text: table, cells, written, different, .. } = tell(&town);
        assert!(different.is_empty(), "{} of {cells} cells differ:\n{}", different.len(), different.join("\n"));
        let text = format!(
            "What each seat is shown over HTTP: `shown` its words, `-` readable and nothing there for it, `x` withheld, blank: the case is not there.\n\
             * nobody has written this category yet.\n{table}"
        );
        println!("{cells} cells compared with the policies, {written} categories written");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(GOLDEN, &text).unwrap();
        }
        let golden = std::fs::read_to_string(GOLDEN).unwrap();
        assert!(golden == text, "what is shown changed; look at it, then run with UPDATE_GOLDEN=1");
    });
}

/// What is withheld says who reads, never what there is: a full case and a bare one are withheld alike.
#[test]
fn what_is_withheld_is_the_same_whether_it_is_there_or_not() {
    running_on_both(|running| {
        let town = Town::new(running);
        let mut full = Story::new(&town);
        fill_from_the_start(&mut full);
        assign_the_agencies(&mut full);
        town.refer(Seat::School, &least_referral("Bareword")).expect(201);
        let bare = town.case_named("Bareword");
        for body in [Body::SocialCare, Body::Health, Body::Education, Body::Probation, Body::Police] {
            town.name_lead(&bare, body);
        }
        let mut opened = 0;
        for seat in Seat::ALL {
            let client = opening(&town, *seat, Stage::Referred);
            let seen = |case: &str| client.get(&format!("/api/v1/cases/{case}"));
            let (rich, poor) = (seen(&full.case), seen(&bare));
            assert_eq!(rich.status, poor.status, "{}", seat.name());
            if rich.status != 200 {
                continue;
            }
            opened += 1;
            let (rich, poor) = (rich.json(), poor.json());
            assert_eq!(rich["withheld"], poor["withheld"], "{}", seat.name());
            let keys = |view: &Value| view.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(keys(&rich), keys(&poor), "{}", seat.name());
            let shown =
                rich["categories"].as_object().unwrap().keys().chain(poor["categories"].as_object().unwrap().keys());
            for category in shown {
                assert!(
                    !rich["withheld"].as_array().unwrap().contains(&json!(category)),
                    "{}: {category}",
                    seat.name()
                );
            }
        }
        println!("{opened} seats opened both");
        assert!(opened >= 10);
    });
}

/// Each writer really writes: a change by whoever may, read back by whoever may read, and refused to those beside them.
#[test]
fn whoever_may_write_a_category_can_and_reads_it_back() {
    let patches: BTreeMap<Category, fn(&str) -> Value> = BTreeMap::from([
        (Category::Identity, (|w| json!({"distinguishingNote": w})) as fn(&str) -> Value),
        (Category::Contact, |w| json!({"howToReach": w})),
        (Category::Source, |w| json!({"handling": w})),
        (Category::Concern, |w| json!({"furtherInformation": w})),
        (Category::Ideology, |w| json!({"sympatheticInterest": w})),
        (Category::Monitoring, |w| json!({"politicalOpinion": {"answer": "given", "words": w}})),
        (Category::SocialCare, |w| json!({"history": w})),
        (Category::Health, |w| json!({"diagnoses": w})),
        (Category::Education, |w| json!({"behaviour": w})),
        (Category::Police, |w| json!({"associates": w})),
        (Category::Safety, |w| json!({"precautions": w})),
    ]);
    let amendable =
        Category::ALL.iter().filter(|c| c.shape() == Shape::Single && !c.is_summary() && **c != Category::Plan);
    assert!(amendable.eq(patches.keys()), "a category that can be amended has no patch here");
    running_on_both(|running| {
        let town = Town::new(running);
        let mut story = Story::new(&town);
        assign_the_agencies(&mut story);
        let mut written = 0;
        for seat in Seat::ALL {
            for (category, policy) in Category::ALL.iter().zip(story.policy(*seat)) {
                let Some(patch) = patches.get(category).filter(|_| policy == "W") else { continue };
                let mark = format!("Okapi {} {}", seat.name(), category.name());
                town.amend(*seat, &story.case, category.name(), &patch(&mark));
                assert!(town.view(*seat, &story.case).to_string().contains(&mark), "{mark}");
                written += 1;
            }
        }
        println!("{written} writes by whoever may");
        assert!(written >= 30, "{written}");
    });
}
