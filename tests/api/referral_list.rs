//! The list of what one has sent: whole, page by page, and to an organisation's safeguarding lead what the organisation sent.

use super::town::{Town, least_referral};
use crate::harness::{Client, running_on_both};
use channel_panel::demo::seats::Seat;
use serde_json::Value;

fn listed(client: &Client, query: &str) -> (Vec<String>, Option<String>) {
    let page = client.get(&format!("/api/v1/referrals{query}")).expect(200).json();
    let ids = page["referrals"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    (ids, page["next"].as_str().map(str::to_owned))
}

/// Page by page to the end.
fn paged(client: &Client, limit: usize) -> Vec<String> {
    let (mut all, mut query) = (Vec::new(), format!("?limit={limit}"));
    loop {
        let (page, next) = listed(client, &query);
        assert!(page.len() <= limit);
        all.extend(page);
        let Some(next) = next else { return all };
        query = format!("?limit={limit}&after={next}");
    }
}

#[test]
fn everything_one_sent_is_listed_and_to_the_lead_what_the_organisation_sent() {
    running_on_both(|running| {
        let town = Town::new(running);
        let sent = |seat: Seat, name: &str| -> String {
            let answer: Value = town.refer(seat, &least_referral(name)).expect(201).json();
            answer["referral"].as_str().unwrap().to_owned()
        };
        let first = sent(Seat::School, "Alpha");
        let others = [sent(Seat::Health, "Beta"), sent(Seat::PartnerSystem, "Gamma")];
        let of_lead = sent(Seat::SchoolLead, "Delta");
        let last = sent(Seat::School, "Epsilon");
        let (school, lead) = (town.seat(Seat::School), town.seat(Seat::SchoolLead));
        let (own, whole) = ([first.clone(), last.clone()], [first, of_lead, last]);
        assert_eq!(listed(&school, ""), (own.to_vec(), None), "oldest first");
        assert_eq!(listed(&lead, ""), (whole.to_vec(), None), "the school's, and nobody else's");
        for limit in 1..=3 {
            assert_eq!((paged(&school, limit), paged(&lead, limit)), (own.to_vec(), whole.to_vec()), "{limit} a page");
        }
        assert_eq!(listed(&town.seat(Seat::Health), ""), (vec![others[0].clone()], None));
        // A cursor is its reader's own.
        let (_, next) = listed(&lead, "?limit=1");
        let next = next.unwrap();
        for query in [format!("?after={next}"), "?after=x".into(), "?limit=0".into(), "?limit=201".into()] {
            assert_eq!(school.get(&format!("/api/v1/referrals{query}")).problem(), "invalid", "{query}");
        }
    });
}
