//! A world: the borough's database with its cases, and the service on it without anything that happens by itself.
//! Asking must not change it; only `act` does, on the road of a request, as somebody who may.

use super::sight::{self, Sights};
use super::sink::Sink;
use super::targets::{Target, lay};
use crate::api::town::Town;
use crate::harness::{Backend, Running};
use crate::store::wait;
use channel_panel::access::{Authentic, Header};
use channel_panel::api::endpoint;
use channel_panel::api::incoming::Incoming;
use channel_panel::app::compose::Composed;
use channel_panel::app::jobs::match_referrals;
use channel_panel::app::service::Service;
use channel_panel::app::session::{Credentials, Identified};
use channel_panel::casework::ids::{AgencyId, CaseId, TransferId};
use channel_panel::demo::seats::{Body, Seat};
use channel_panel::store::rows::{CaseRow, TransferRow};
use serde_json::Value;
use std::collections::BTreeSet;

pub struct World<'r> {
    pub running: &'r Running,
    pub sink: Sink,
    pub targets: Vec<Target>,
    /// What the school sent, and others.
    pub referrals: Vec<String>,
    composed: Composed,
    ids: BTreeSet<String>,
}

/// The borough with every situation laid, no longer served.
pub fn borough(backend: Backend) -> (Running, Vec<Target>, Vec<String>) {
    let (mut running, targets, referrals) = laid(backend);
    running.stop();
    (running, targets, referrals)
}

/// The served borough with every situation laid. From here its clock stands, and that of every world on it: worlds are compared
/// in what a reader may not read, and a day that ends between two of them would be another difference.
pub fn laid(backend: Backend) -> (Running, Vec<Target>, Vec<String>) {
    let running = Running::start(backend);
    let town = Town::new(&running);
    let targets = lay(&town);
    let mut referrals = Vec::new();
    for (seat, name) in [(Seat::School, "Tansy"), (Seat::Health, "Yarrow"), (Seat::PartnerSystem, "Sorrel")] {
        let sent = town.refer(seat, &crate::api::town::least_referral(name)).expect(201).json();
        referrals.push(sent["referral"].as_str().unwrap().to_owned());
    }
    let clock = &running.service.clock;
    clock.stop_at(clock.instant());
    (running, targets, referrals)
}

impl<'r> World<'r> {
    pub fn new(running: &'r Running, targets: Vec<Target>, referrals: Vec<String>) -> Self {
        let composed = running.beside_on(running.url());
        composed.service.clock.stop_at(running.service.clock.instant());
        let sink = Sink::new(running);
        let mut world = Self { running, sink, targets, referrals, composed, ids: BTreeSet::new() };
        world.settle();
        world
    }

    pub fn service(&self) -> &Service {
        &self.composed.service
    }

    pub fn target(&self, name: &str) -> &Target {
        self.targets.iter().find(|target| target.name == name).unwrap_or_else(|| panic!("no target {name}"))
    }

    pub fn case(&self, name: &str) -> CaseId {
        self.target(name).case.parse().unwrap()
    }

    pub fn agency(&self, body: Body) -> AgencyId {
        self.running.borough.agency(body)
    }

    /// As this seat, for good: the change is committed, and its entry with it.
    pub fn act(&self, seat: Seat, method: &str, path: &str, body: Option<&Value>, etag: Option<String>) -> Value {
        self.act_with(seat, method, path, body, etag.map(|etag| ("if-match", etag)))
    }

    /// The same with a header of the request's own.
    pub fn act_with(
        &self,
        seat: Seat,
        method: &str,
        path: &str,
        body: Option<&Value>,
        header: Option<(&'static str, String)>,
    ) -> Value {
        let held = self.running.book.get(seat).unwrap();
        let mut headers = vec![
            ("authorization", format!("Bearer {}", held.token)),
            ("acting-membership", held.membership.to_string()),
            ("content-type", "application/json".to_owned()),
            ("idempotency-key", uuid::Uuid::new_v4().to_string()),
        ];
        headers.extend(header);
        let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let incoming = Incoming::in_process(method, path, &headers, bytes);
        let (status, body, _) = wait(endpoint::handle(self.service(), incoming)).into_parts();
        let text = String::from_utf8(body).unwrap();
        assert!(status < 300, "{} {method} {path}: {status} {text}", seat.name());
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Lets the jobs do what they would, and the sink follow.
    pub fn settle(&mut self) {
        wait(match_referrals::run(self.service())).unwrap();
        let cases = self.cases();
        let mut reader = self.service().store.reader().unwrap();
        let candidates: Vec<_> = cases.iter().flat_map(|case| reader.candidates_of(case.id).unwrap()).collect();
        drop(reader);
        self.sink.follow(&cases, &candidates, &super::meetings::meetings(self), &self.transfer_rows());
        self.ids = self.every_id(&cases);
    }

    /// Of both panels.
    pub fn cases(&self) -> Vec<CaseRow> {
        let panels = [self.running.borough.panel, self.running.borough.neighbour];
        let mut reader = self.service().store.reader().unwrap();
        panels.into_iter().flat_map(|panel| reader.cases_of_panel(panel, None, None, 1000).unwrap()).collect()
    }

    /// Of both panels, in the same order in every world.
    pub fn transfer_rows(&self) -> Vec<TransferRow> {
        let panels = [self.running.borough.panel, self.running.borough.neighbour];
        let mut reader = self.service().store.reader().unwrap();
        panels.into_iter().flat_map(|panel| reader.transfers_to(panel, 1000).unwrap()).collect()
    }

    pub fn transfers(&self) -> Vec<TransferId> {
        self.transfer_rows().iter().map(|row| row.id).collect()
    }

    pub fn row(&self, case: CaseId) -> CaseRow {
        self.service().store.reader().unwrap().case_by_id(case).unwrap().expect("the case is there")
    }

    pub fn header(&self, case: CaseId) -> Authentic<Header> {
        let row = self.row(case);
        Authentic::open(&self.service().sealer, row.id, &row.header, &row.header_tag).unwrap()
    }

    pub fn identified(&self, seat: Seat) -> Identified {
        let held = self.running.book.get(seat).unwrap();
        let membership = held.membership.to_string();
        let credentials = Credentials { bearer: Some(&held.token), membership: Some(&membership), reason: None };
        Identified::from_request(self.service(), credentials).unwrap()
    }

    pub fn sights(&self) -> Sights {
        let mut cases: Vec<CaseId> = self.targets.iter().map(|target| target.case.parse().unwrap()).collect();
        cases.sort_unstable();
        sight::all(self, &cases)
    }

    /// Whether the id stands anywhere in the database.
    pub fn knows_id(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    fn every_id(&self, cases: &[CaseRow]) -> BTreeSet<String> {
        let borough = &self.running.borough;
        let mut ids = BTreeSet::from([borough.panel.to_string(), borough.neighbour.to_string()]);
        ids.extend(borough.agencies().iter().map(ToString::to_string));
        for seat in Seat::ALL {
            ids.extend([borough.person(*seat).to_string(), borough.membership(*seat).to_string()]);
        }
        ids.extend(self.referrals.iter().cloned());
        for meeting in super::meetings::meetings(self) {
            ids.insert(meeting.id.to_string());
            ids.extend(meeting.items.iter().map(|item| item.item.to_string()));
        }
        ids.extend(self.transfers().iter().map(ToString::to_string));
        let mut reader = self.service().store.reader().unwrap();
        for case in cases {
            ids.extend([case.id.to_string(), case.subject.to_string(), case.ledger_id.to_string()]);
            ids.extend(super::road::ids(&case.header));
            let records = reader.records_of(case.id).unwrap();
            ids.extend(records.iter().map(|record| record.record.to_string()));
        }
        ids
    }
}
