//! The list of cases shows exactly those that Cedar says: never more, never fewer than single reads would.
//! Cases lie still here, one for each condition that is about a case, at stages that take turns.

use super::described::{What, Who};
use super::ground::{rewrite, taken_over};
use super::header::{References, lay};
use super::judge::heard;
use super::oracle::{Oracle, Reads};
use super::rows::Registry;
use super::setting::{Condition, Setting, conditions};
use super::{cast::Cast, described::Said, described::sent, service};
use crate::api::town::Town;
use crate::harness::{Backend, Client};
use channel_panel::casework::ids::CaseId;
use channel_panel::casework::state::Stage;
use channel_panel::demo::seats::Seat;
use serde_json::Value;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Readers: all in order, and with one thing broken of each kind that is not about the case.
const READERS: &[&str] = &[
    "every part",
    "member of the other panel",
    "agreement without identity",
    "agreement lapsed",
    "weak sign-in",
    "earlier history with a reason",
    "for break_glass, no reason",
    "also the auditor",
];
/// Small enough that every list has several pages.
const PAGE: usize = 9;

struct Lying {
    id: CaseId,
    name: String,
    setting: Setting,
}

/// How a reader stands towards a case: the case's own setting, and theirs.
fn both(case: &Setting, reader: &Setting) -> Setting {
    Setting {
        member: reader.member,
        sponsor: reader.sponsor,
        also: reader.also,
        agreement: reader.agreement,
        sign_in: reader.sign_in,
        words: reader.words,
        ..case.clone()
    }
}

fn client(cast: &Cast, keep: &Client, seat: Seat, reader: &Setting) -> Client {
    let client = cast.client(keep, seat, reader.sign_in);
    match sent(reader, seat, "listCases") {
        Some((purpose, true)) => client.purpose(purpose.name()).with("Access-Reason", "repeat_referral".to_owned()),
        Some((purpose, false)) => client.purpose(purpose.name()),
        None => client,
    }
}

/// All pages, or the refusal.
fn pages(client: &Client, filter: &str) -> Result<Vec<Value>, String> {
    let (mut lines, mut after) = (Vec::new(), String::new());
    loop {
        let answer = client.get(&format!("/api/v1/cases?limit={PAGE}{filter}{after}"));
        if answer.status != 200 {
            return Err(heard(&answer));
        }
        let page = answer.json();
        let cases = page["cases"].as_array().unwrap();
        lines.extend(cases.iter().cloned());
        match page["next"].as_str() {
            Some(next) => {
                assert_eq!(cases.len(), PAGE, "a page that is not the last is short: something was left out of it");
                after = format!("&after={next}");
            }
            None => return Ok(lines),
        }
    }
}

struct Reader<'a> {
    oracle: &'a Oracle,
    cast: &'a Cast,
    cases: &'a [Lying],
    setting: Setting,
    name: &'a str,
    client: Client,
    seat: Seat,
}

/// The stage of the second list that each reader asks for.
const FILTER: Stage = Stage::Panel;

impl Reader<'_> {
    /// Every case in the list or not, its name shown or not; of one stage; and some of them by single reads.
    fn compare(&self, different: &mut Vec<String>) -> usize {
        let who = Who::of(self.cast, &self.setting, self.seat);
        let said = Said::of(&self.setting, self.seat, "listCases");
        let panel = self.oracle.about(&who, &What::panel(self.cast, &self.setting, self.seat)).ask("list_cases", &said);
        let expected = (!panel.allowed).then(|| if panel.may_not_act() { "membership-required" } else { panel.told() });
        let at = format!("{}, {}", self.seat.name(), self.name);
        let mut all = self.list("", expected, &at, different);
        let mut of_stage = self.list(&format!("&stage={}", FILTER.name()), expected, &at, different);
        let mut cells = 2;
        for (number, case) in self.cases.iter().enumerate() {
            let world = self.oracle.about(&who, &What::case(self.cast, &both(&case.setting, &self.setting)));
            let there = panel.allowed && world.allows("list_case", &said);
            let named = there && world.reads("identity", &said) == Reads::Whole;
            let (line, filtered) = (all.remove(&case.id.to_string()), of_stage.remove(&case.id.to_string()));
            let mut same = |what: &str, allowed: bool, shown: bool| {
                cells += 1;
                if allowed != shown {
                    different.push(format!("{}, {at}, {what}: Cedar says {allowed}, shown: {shown}", case.name));
                }
            };
            same("in the list", there, line.is_some());
            same("in the list of its stage", there && case.setting.stage == FILTER, filtered.is_some());
            same("its name", named, line.is_some_and(|line| line["name"].is_string()));
            // By turns: each would be a read of its own.
            if (number + self.seat.name().len()).is_multiple_of(4) {
                let opened = self.client.get(&format!("/api/v1/cases/{}", case.id)).status == 200;
                same("opened by itself", world.allows("open_case", &said), opened);
            }
        }
        for left in [all, of_stage] {
            if !left.is_empty() {
                different.push(format!("{at}: {} cases in the list that nobody laid", left.len()));
            }
        }
        cells
    }

    /// By id; empty where it was refused.
    fn list(
        &self,
        filter: &str,
        expected: Option<&str>,
        at: &str,
        different: &mut Vec<String>,
    ) -> BTreeMap<String, Value> {
        let (refused, lines) = match pages(&self.client, filter) {
            Ok(lines) => (None, lines),
            Err(refusal) => (Some(refusal), Vec::new()),
        };
        if refused.as_deref() != expected {
            different.push(format!("the list{filter}, {at}: Cedar says {expected:?}, answered {refused:?}"));
        }
        let count = lines.len();
        let by_id: BTreeMap<String, Value> =
            lines.into_iter().map(|line| (line["id"].as_str().unwrap().to_owned(), line)).collect();
        if by_id.len() != count {
            different.push(format!("the list{filter}, {at}: a case is in it twice"));
        }
        by_id
    }
}

fn compare_all(backend: Backend, stages_each: usize, readers: &[&str]) {
    let (running, casting) = service(backend, 1);
    let cast = casting.cast(0, &running);
    let mut registry = Registry::register(&running, &cast);
    let town = Town::of(&running, &cast);
    let (oracle, refs) = (Oracle::new(), References::fresh());
    let known = conditions();
    let mut cases = Vec::new();
    for (number, condition) in known.iter().filter(|condition| condition.of_case()).enumerate() {
        for turn in 0..stages_each {
            let stage = Stage::ALL[(number + turn * 4) % Stage::ALL.len()];
            let setting = condition.at(stage);
            let id = taken_over(&town, "Lying");
            rewrite(&running, id, |header| {
                lay(header, &cast, &setting, &refs, (town.today(), running.service.clock.instant()))
            });
            cases.push(Lying { id, name: format!("{}, {}", condition.name, stage.name()), setting });
        }
    }
    let (mut cells, mut different) = (0, Vec::new());
    let reading = |name: &&&str| -> (&str, &Condition) {
        let found = known.iter().find(|condition| condition.name == **name);
        (found.unwrap().name.as_str(), found.unwrap())
    };
    for (name, condition) in readers.iter().map(|name| reading(&name)) {
        let setting = condition.at(Stage::Triage);
        registry.set(&running, &cast, &setting);
        for seat in Seat::ALL {
            let client = client(&cast, town.nobody(), *seat, &setting);
            let (oracle, cast, cases, seat) = (&oracle, &cast, cases.as_slice(), *seat);
            let reader = Reader { oracle, cast, cases, setting: setting.clone(), name, client, seat };
            cells += reader.compare(&mut different);
        }
    }
    println!("{backend:?}: {} cases, {cells} cells of lists", cases.len());
    let shown = different.iter().take(60).cloned().collect::<Vec<_>>().join("\n");
    assert!(different.is_empty(), "{backend:?}: {} of {cells} cells differ:\n{shown}", different.len());
}

#[test]
fn a_list_shows_exactly_the_cases_that_cedar_says() {
    let failed: Vec<Backend> = [(Backend::Sqlite, 2, READERS), (Backend::Postgres, 1, &READERS[..1])]
        .into_iter()
        .filter(|(backend, stages, readers)| {
            catch_unwind(AssertUnwindSafe(|| compare_all(*backend, *stages, readers))).is_err()
        })
        .map(|(backend, ..)| backend)
        .collect();
    assert!(failed.is_empty(), "failed on {failed:?}");
}
