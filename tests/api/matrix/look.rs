//! What every seat is shown of the story's case, against what the policies say of the same facts.
//! It must never change the case it looks at.

use super::story::{Story, owns, word};
use crate::api::town::Town;
use crate::harness::{Client, Running};
use channel_panel::access::facts::{Circumstances, MemberFacts};
use channel_panel::access::{PersonKind, Purpose, matrix};
use channel_panel::casework::category::Category;
use channel_panel::casework::state::Stage;
use channel_panel::demo::seats::Seat;
use serde_json::json;
use std::fmt::Write;

impl Story<'_> {
    /// Opens the case as every seat, compares, and writes the table.
    pub fn look(&mut self, title: &str) {
        if !self.looks {
            return;
        }
        let columns: Vec<(Seat, Vec<&str>)> = Seat::ALL.iter().map(|seat| (*seat, self.column(title, *seat))).collect();
        let _ = write!(self.text, "\n## {title}\n{:<20}", "");
        for (seat, _) in &columns {
            let _ = write!(self.text, " {:<5}", short(*seat));
        }
        self.text.truncate(self.text.trim_end().len());
        self.text.push('\n');
        for (row, category) in Category::ALL.iter().enumerate() {
            let name = format!("{}{}", category.name(), if self.filled.contains(category) { "" } else { " *" });
            let _ = write!(self.text, "{name:<20}");
            for (_, cells) in &columns {
                let _ = write!(self.text, " {:<5}", cells[row]);
            }
            self.text.truncate(self.text.trim_end().len());
            self.text.push('\n');
        }
    }

    fn column(&mut self, title: &str, seat: Seat) -> Vec<&'static str> {
        let client = opening(self.town, seat, self.facts.stage);
        let opened = client.get(&format!("/api/v1/cases/{}", self.case));
        let history = client.get(&format!("/api/v1/cases/{}/history", self.case)).text();
        let policy = self.policy(seat);
        let may_open = opened.status == 200;
        // Who is asked whether to take the case knows that there is one, and no more.
        let offered = self.facts.offered.contains(&self.town.agency(seat.body())) && seat == Seat::Provider;
        let refusal = if offered { 403 } else { 404 };
        assert!(may_open || opened.status == refusal, "{title}, {}: {}", seat.name(), opened.status);
        let body = opened.text();
        let withheld = if may_open { opened.json()["withheld"].clone() } else { json!([]) };
        let mut cells = Vec::new();
        for (category, policy) in Category::ALL.iter().zip(&policy) {
            let shown = body.contains(&word(*category));
            let at = format!("{title}, {}, {category}", seat.name());
            let expected = self.filled.contains(category)
                && match policy.chars().next() {
                    Some('W' | 'R') => true,
                    Some('r') => owns(seat, *category),
                    _ => false,
                };
            if shown != expected {
                self.different.push(format!("{at}: the policies say {policy}, shown: {shown}"));
            }
            if may_open {
                let said = withheld.as_array().unwrap().contains(&json!(category.name()));
                if said == readable(policy) {
                    self.different.push(format!("{at}: the policies say {policy}, said to be withheld: {said}"));
                }
            }
            assert!(!history.contains(&word(*category)) || shown, "{at}: the history shows what the case does not");
            cells.push(match (may_open, shown, readable(policy)) {
                (false, false, _) => "",
                (_, true, _) => "shown",
                (true, false, true) => "-",
                (true, false, false) => "x",
            });
            self.cells += 1;
        }
        cells
    }

    pub fn policy(&self, seat: Seat) -> Vec<String> {
        let circumstances = circumstances(seat, self.facts.stage);
        let member = member(self.town.running, seat);
        matrix::column(&self.town.running.service.policies, &member, &self.facts, &circumstances)
    }
}

fn readable(cell: &str) -> bool {
    cell.starts_with(['W', 'R', 'r'])
}

/// For the table's head: the first letters of a seat's name.
fn short(seat: Seat) -> String {
    let mut parts = seat.name().split('-');
    let first: String = parts.next().unwrap_or_default().chars().take(3).collect();
    let second: String = parts.next().map(|part| part.chars().take(1).collect()).unwrap_or_default();
    let third: String = parts.next().map(|part| part.chars().take(1).collect()).unwrap_or_default();
    format!("{first}{second}{third}")
}

fn purpose(seat: Seat, stage: Stage) -> Purpose {
    match (seat, stage) {
        (Seat::Records, _) => Purpose::Retention,
        (Seat::Auditor, _) => Purpose::Audit,
        (_, Stage::Closed) => Purpose::EarlierHistory,
        _ => Purpose::CaseWork,
    }
}

fn circumstances(seat: Seat, stage: Stage) -> Circumstances {
    let closed = stage == Stage::Closed;
    Circumstances { has_reason: closed, purpose_given: true, ..Circumstances::new(purpose(seat, stage)) }
}

pub fn opening(town: &Town<'_>, seat: Seat, stage: Stage) -> Client {
    let client = town.seat(seat).purpose(purpose(seat, stage).name());
    if stage == Stage::Closed { client.with("Access-Reason", "repeat_referral".into()) } else { client }
}

/// A seat's membership as policy should see it, from the borough's register.
fn member(running: &Running, seat: Seat) -> MemberFacts {
    let (post, borough) = (seat.post(), &running.borough);
    let (_, kind) = post.body.describe();
    let register = borough.register(running.service.clock.today(), running.service.clock.instant());
    let agreements = register.agreements.iter().filter(|a| a.agency == borough.agency(post.body));
    MemberFacts {
        person: borough.person(seat),
        agency: borough.agency(post.body),
        agency_kind: kind,
        panel: borough.panel_of(post.body),
        system: post.kind == PersonKind::System,
        strong: post.kind != PersonKind::System,
        safeguarding_lead: post.safeguarding_lead,
        sponsor: post.sponsor,
        agreement_categories: agreements.flat_map(|a| a.categories.iter().copied()).collect(),
        ..matrix::member(post.role, post.unit)
    }
}
