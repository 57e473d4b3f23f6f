//! The ground a worker tries on: its cast, cases of its own, and the means to lay them as a setting says.
//! Content is written over HTTP as anybody's would be; only what decides is laid by hand. It must never lay two settings at once.

use super::cast::Cast;
use super::header::{References, lay};
use super::rows::{Registry, commit};
use super::seen::UNFILLED;
use super::setting::Setting;
use super::things::{self, Things};
use crate::api::matrix::story::{Story, fill_everything};
use crate::api::town::{Town, referral};
use crate::harness::Running;
use channel_panel::access::{Authentic, Header, LinkFact, TransferFacts};
use channel_panel::app::enrolled;
use channel_panel::app::vouched::candidates_fact;
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::{CaseId, MeetingId, RecordId, TransferId};
use channel_panel::casework::state::{FrontDoor, Opening, Stage, State, TransferStage};
use channel_panel::demo::seats::Seat;
use channel_panel::store::Tx;
use channel_panel::store::rows::{CandidateRow, CandidateState, CaseRow, HeaderVersionRow};
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Who sent the referrals that are there to be read.
pub const SENDERS: [Seat; 4] = [Seat::School, Seat::PartnerSystem, Seat::Health, Seat::Coordinator];

pub struct Ground<'r> {
    pub running: &'r Running,
    pub cast: &'r Cast,
    pub town: Town<'r>,
    pub refs: References,
    /// One for each stage, with a word in every category: for reading.
    pub full: BTreeMap<Stage, CaseId>,
    /// For what a request changes if it is let in.
    pub scratch: CaseId,
    /// Another case, linked with all of them and likely the same person's. Its own setting never changes.
    pub beside: CaseId,
    /// In the order of `SENDERS`.
    pub referrals: Vec<String>,
    pub things: Things,
    /// Answered already, so that nobody's answer changes it.
    pub transfer: TransferId,
    /// A meeting that sits, with all of them but `beside` before it.
    pub meeting: MeetingId,
    pub items: BTreeMap<CaseId, RecordId>,
    newborn: State,
    registry: RefCell<Registry>,
}

/// What `beside` is: nobody has a part in it.
pub fn beside() -> Setting {
    Setting::no_part(Stage::Triage)
}

impl<'r> Ground<'r> {
    pub fn prepare(running: &'r Running, cast: &'r Cast, stages: &[Stage]) -> Self {
        let registry = Registry::register(running, cast);
        let town = Town::of(running, cast);
        let full: BTreeMap<Stage, CaseId> = stages.iter().map(|stage| (*stage, told(&town))).collect();
        let scratch = taken_over(&town, "Scratch");
        let (meeting, items) = sits(&town, full.values().chain([&scratch]));
        let ground = Self {
            running,
            cast,
            refs: References::fresh(),
            full,
            scratch,
            meeting,
            items,
            beside: taken_over(&town, "Beside"),
            referrals: SENDERS.map(|seat| sent(&town, seat)).to_vec(),
            things: things::lay(running, cast),
            transfer: answered(running, cast),
            newborn: newborn(&town),
            town,
            registry: RefCell::new(registry),
        };
        for case in ground.full.values().chain([&ground.scratch]) {
            ground.propose(*case);
        }
        for case in [ground.scratch, ground.beside] {
            let council = ground.town.seat(Seat::Coordinator).purpose("break_glass");
            council.post(&format!("/api/v1/cases/{case}/break-glass"), &json!({"reason": "missing_child"})).expect(201);
        }
        ground.put(ground.beside, &beside());
        ground
    }

    /// Makes the registry and both cases what the setting says.
    pub fn set(&self, setting: &Setting) {
        self.registry.borrow_mut().set(self.running, self.cast, setting);
        self.put(self.full[&setting.stage], setting);
        self.put(self.scratch, setting);
    }

    /// The scratch case once more as the setting says, whatever a request has made of it.
    pub fn mend(&self, setting: &Setting) {
        let rows = self.candidates(self.scratch);
        for row in rows.into_iter().filter(|row| row.state != CandidateState::Proposed) {
            let back =
                move |tx: &mut Tx<'_>| tx.set_candidate_state(row.case, row.other, row.state, CandidateState::Proposed);
            commit(self.running, back);
        }
        self.put(self.scratch, setting);
    }

    fn put(&self, case: CaseId, setting: &Setting) {
        let candidates = self.candidates(case);
        let linked = |case: &CaseId| LinkFact { case: *case, kind: "sibling".to_owned() };
        let links = if case == self.beside {
            self.full.values().chain([&self.scratch]).map(linked).collect()
        } else {
            vec![linked(&self.beside)]
        };
        rewrite(self.running, case, |header| {
            if case == self.scratch {
                header.state = self.newborn.clone();
            }
            let clock = &self.running.service.clock;
            lay(header, self.cast, setting, &self.refs, (clock.today(), clock.instant()));
            header.links = links;
            header.candidates = (!candidates.is_empty()).then(|| candidates_fact(&candidates));
        });
    }

    fn candidates(&self, case: CaseId) -> Vec<CandidateRow> {
        self.running.service.store.reader().unwrap().candidates_of(case).unwrap()
    }

    fn propose(&self, case: CaseId) {
        let row = CandidateRow {
            case,
            other: self.beside,
            score: 80,
            reasons: "same_name".to_owned(),
            rule_version: "1".to_owned(),
            state: CandidateState::Proposed,
        };
        commit(self.running, move |tx| tx.insert_candidate(&row));
    }
}

fn answered(running: &Running, cast: &Cast) -> TransferId {
    let today = running.service.clock.today();
    let facts = TransferFacts {
        id: TransferId::new(),
        panel: cast.panel,
        from_panel: cast.neighbour,
        from_case: None,
        categories: [Category::Identity].into(),
        stage: TransferStage::Accepted,
        offered_on: today,
        ended_on: Some(today),
        digest: String::new(),
        version: 1,
    };
    let row = enrolled::transfer(&running.service.sealer, facts, String::new(), String::new()).unwrap();
    let id = row.id;
    commit(running, move |tx| tx.put_transfer(&row));
    id
}

fn sits<'c>(town: &Town<'_>, cases: impl Iterator<Item = &'c CaseId>) -> (MeetingId, BTreeMap<CaseId, RecordId>) {
    let meeting = town.meeting("extraordinary");
    let items = cases.map(|case| (*case, town.item(&meeting, &case.to_string()).parse().unwrap())).collect();
    town.meeting_step(&meeting, "open").expect(204);
    (meeting.parse().unwrap(), items)
}

/// Changes a case's header as a version of its own, under the service's tag.
pub fn rewrite(running: &Running, case: CaseId, change: impl FnOnce(&mut Header)) {
    let service = &running.service;
    let row = service.store.reader().unwrap().case_by_id(case).unwrap().unwrap();
    let recorded_at = service.clock.instant();
    let mut header: Header = serde_json::from_str(&row.header).unwrap();
    (header.version, header.recorded_at) = (row.version + 1, recorded_at);
    change(&mut header);
    let (header, stored) = Authentic::seal(&service.sealer, header).unwrap();
    let stage = header.state.stage.name().to_owned();
    let (before, version, tag) = (row.version, header.version, stored.tag.to_vec());
    let row = CaseRow { version, stage, header: stored.json, header_tag: tag, ..row };
    let (header, header_tag) = (row.header.clone(), row.header_tag.clone());
    let past = HeaderVersionRow { case, version, header, header_tag, recorded_at };
    commit(running, move |tx| {
        tx.update_case(&row, before)?;
        tx.append_header(&past)
    });
}

/// A case from elsewhere: nobody's referral, so that the matcher does not come and move it.
pub fn taken_over(town: &Town<'_>, surname: &str) -> CaseId {
    let form = json!({"origin": "legacy", "receivedOn": town.today(), "stage": "referred", "stageOn": town.today(),
        "identity": {"forenames": "Anwen", "surname": surname, "dateOfBirth": "1999-02-03", "ageBasis": "from_record"}});
    let opened = town.seat(Seat::Coordinator).post("/api/v1/cases", &form).expect(201).json();
    opened["id"].as_str().unwrap().parse().unwrap()
}

fn told(town: &Town<'_>) -> CaseId {
    let case = taken_over(town, "Zennor");
    let mut story = Story::of(town, case.to_string(), false);
    fill_everything(&mut story);
    assert!(
        Category::ALL.iter().all(|category| *category == UNFILLED || story.filled.contains(category)),
        "the story leaves a category without its word"
    );
    case
}

/// The state that a case begins with.
fn newborn(town: &Town<'_>) -> State {
    State::opened(&Opening::referral(town.today(), town.today(), FrontDoor::Council, false)).unwrap()
}

fn sent(town: &Town<'_>, seat: Seat) -> String {
    let name = format!("Sent{}", RecordId::new());
    let name: String = name.chars().filter(|c| c.is_ascii_alphabetic()).collect();
    town.refer(seat, &referral(&name, false)).expect(201).json()["referral"].as_str().unwrap().to_owned()
}
