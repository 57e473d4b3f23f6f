//! What an answer shows, against what Cedar says may be read: category by category, case by case.
//! It must never look at anything but the answer and Cedar.

use super::described::Said;
use super::judge::Judge;
use super::oracle::Reads;
use super::questions::Probe;
use super::registry::own_and_others;
use crate::api::matrix::story::{owns, word};
use crate::harness::Answer;
use channel_panel::casework::category::{Category, Shape};
use serde_json::{Value, json};

/// Only records write here, of a case that is closed: no story fills it beforehand. What is withheld of it is compared all
/// the same, and what is written of it is another test's (`tests/endings`).
pub const UNFILLED: Category = Category::Retention;

/// How many cells an answer of 200 holds, and what of it is not as Cedar says.
pub fn compare(
    judge: &Judge<'_>,
    operation: &str,
    probe: &Probe,
    answer: &Answer,
    said: &Said,
) -> (usize, Vec<String>) {
    let mut found = Found::default();
    match operation {
        "openCase" => opened(judge, answer, said, &mut found),
        "readAccesses" => accesses(judge, answer, said, &mut found),
        "readHistory" => history(judge, answer, said, &mut found),
        "listLinks" => {
            let there = in_it(&answer.json()["links"], "case", &judge.tried.ground.beside.to_string());
            found.same("the linked case", judge.beside().allows("open_case", said), there);
        }
        "listCandidates" => {
            let there = in_it(&answer.json()["candidates"], "case", &judge.tried.ground.beside.to_string());
            let known = judge.beside().knows(said) || judge.beside().knows(&said.as_history());
            found.same("the candidate", known, there);
        }
        "readAgenda" => agenda(judge, answer, said, &mut found),
        "listMemberships" | "listAgreements" => registered(judge, operation, answer, said, &mut found),
        "readDigest" => {
            let own = judge.tried.ground.cast.agency(judge.tried.seat.body()).to_string();
            found.same("a digest of another agency", false, answer.json()["agency"] != own);
        }
        "readSignals" => signals(judge, answer, said, &mut found),
        "readReferral" => {
            let sender = judge.tried.ground.referrals.iter().position(|id| probe.path.ends_with(id.as_str())).unwrap();
            let reads = judge.referrals()[sender].allows("read_referral", said);
            found.same("what was sent", reads, answer.json()["sent"].is_object());
        }
        "listReferrals" => referrals(judge, answer, said, &mut found),
        _ => {}
    }
    (found.cells, found.different)
}

#[derive(Default)]
struct Found {
    cells: usize,
    different: Vec<String>,
}

impl Found {
    fn same(&mut self, what: &str, allowed: bool, shown: bool) {
        self.cells += 1;
        if allowed != shown {
            self.different.push(format!("{what}: Cedar says {allowed}, shown: {shown}"));
        }
    }
}

fn in_it(list: &Value, key: &str, id: &str) -> bool {
    list.as_array().unwrap().iter().any(|item| item[key] == id)
}

fn opened(judge: &Judge<'_>, answer: &Answer, said: &Said, found: &mut Found) {
    let (view, text) = (answer.json(), answer.text());
    for category in Category::ALL {
        let name = category.name();
        let reads = judge.case().reads(name, said);
        let own = reads == Reads::Own && owns(judge.tried.seat, *category);
        found.same(name, *category != UNFILLED && (reads == Reads::Whole || own), text.contains(&word(*category)));
        let withheld = view["withheld"].as_array().unwrap().contains(&json!(name));
        found.same(&format!("{name}, not withheld"), reads != Reads::Nothing, !withheld);
        if category.shape() == Shape::Single {
            let writes = reads != Reads::Nothing && judge.case().writes(name, said);
            found.same(&format!("{name}, its tag"), writes, view["categories"][name]["etag"].is_string());
        }
    }
    let tracks = ["gateway", "hold", "contactBlocked"].iter().any(|track| !view["state"][track].is_null());
    found.same("hold and gateway by kind", judge.case().allows("read_tracks", said), tracks);
}

fn history(judge: &Judge<'_>, answer: &Answer, said: &Said, found: &mut Found) {
    let (view, text) = (answer.json(), answer.text());
    for category in Category::ALL {
        let whole = judge.case().reads(category.name(), said) == Reads::Whole;
        if category.shape() == Shape::Single {
            found.same(category.name(), whole, view["versions"][category.name()].is_array());
            found.same(&format!("{category}, its word"), whole, text.contains(&word(*category)));
        } else {
            found.same(&format!("{category}, its word"), false, text.contains(&word(*category)));
        }
    }
}

/// Of readings by others no category is told that this reader may not read: that it was shown says that there is something.
fn accesses(judge: &Judge<'_>, answer: &Answer, said: &Said, found: &mut Found) {
    let view = answer.json();
    let told = |name: &str| {
        let accesses = view["accesses"].as_array().unwrap();
        accesses.iter().any(|access| access["categories"].as_array().unwrap().contains(&json!(name)))
    };
    for category in Category::ALL {
        let name = category.name();
        let reads = judge.case().reads(name, said) != Reads::Nothing;
        found.same(&format!("{name}, shown to another"), reads && told(name), told(name));
    }
}

/// The case of this stage: there for whoever may find it, or could open it for its history; what is told of it in words goes by
/// the policies. What happened to it, and what was decided, is told by other tests.
fn agenda(judge: &Judge<'_>, answer: &Answer, said: &Said, found: &mut Found) {
    let ground = judge.tried.ground;
    let stage = judge.tried.setting.stage;
    let view = answer.json();
    let case = ground.full[&stage].to_string();
    let items = view["items"].as_array().unwrap();
    let line = items.iter().find(|item| item["case"] == case);
    let world = judge.case();
    let listed = world.allows("list_case", said) || (!stage.is_open() && world.knows(&said.as_history()));
    found.same("the case of this stage", listed, line.is_some());
    let Some(line) = line else { return };
    let text = line.to_string();
    for category in Category::ALL {
        let reads = world.reads(category.name(), said);
        let shown = text.contains(&word(*category));
        found.same(&format!("{category}, kept back"), shown && reads != Reads::Nothing, shown);
        let told = line["summary"][category.name()]["fields"].is_object();
        found.same(&format!("{category}, summed up"), told && reads != Reads::Nothing, told);
    }
    let concern = Category::Concern.name();
    let shown = line["summary"][concern].is_object();
    found.same("the concern", world.reads(concern, said) == Reads::Whole, shown);
}

/// What the reader may read of the memberships and agreements that are there: their agency's, others', the other panel's.
fn registered(judge: &Judge<'_>, operation: &str, answer: &Answer, said: &Said, found: &mut Found) {
    let shown = answer.json();
    let whose = own_and_others(judge.tried);
    for whose in whose.into_iter().filter(|whose| judge.tried.ground.things.contains_key(whose)) {
        let thing = &judge.tried.ground.things[&whose];
        let (allowed, there) = if operation == "listMemberships" {
            let allowed = judge.membership(whose).allows("read_membership", said);
            (allowed, in_it(&shown["memberships"], "id", &thing.membership.to_string()))
        } else {
            let allowed = judge.agreement(whose).allows("read_agreement", said);
            (allowed, in_it(&shown["agreements"], "id", &thing.agreement.to_string()))
        };
        found.same(&format!("{whose:?}"), allowed, there);
    }
}

/// That the glass of the two cases was broken, for whom the policies let hear of it; other signals for the auditor alone.
fn signals(judge: &Judge<'_>, answer: &Answer, said: &Said, found: &mut Found) {
    let view = answer.json();
    let list = view["signals"].as_array().unwrap();
    let every = judge.panel().allows("read_signals", said);
    let others = list.iter().any(|signal| signal["kind"] != "break_glass");
    found.same("signals of other kinds", every && others, others);
    let ground = judge.tried.ground;
    for (name, id, world) in [("it", ground.scratch, judge.case()), ("the one beside", ground.beside, judge.beside())] {
        let hears = |said: &Said| world.allows("hear_of_broken_glass", said);
        let allowed = !every && (hears(said) || hears(&said.as_history()));
        let shown = in_it(&view["signals"], "case", &id.to_string());
        // On a page that others' signals have filled it may be missing.
        let cut = allowed && !shown && view["next"].is_string();
        found.same(&format!("the broken glass of {name}"), allowed && !cut, shown);
    }
}

/// One's own, and no others: whoever may read another's reads it by its id.
fn referrals(judge: &Judge<'_>, answer: &Answer, said: &Said, found: &mut Found) {
    let shown = answer.json()["referrals"].clone();
    for ((sender, id), world) in super::ground::SENDERS.iter().zip(&judge.tried.ground.referrals).zip(judge.referrals())
    {
        let (seat, of) = (judge.tried.seat.post(), sender.post());
        let own = *sender == judge.tried.seat || (seat.safeguarding_lead && seat.body == of.body);
        let name = format!("the referral of {}", sender.name());
        found.same(&name, own && world.allows("read_feedback", said), in_it(&shown, "id", id));
    }
    let known = judge.tried.ground.referrals.iter().filter(|id| in_it(&shown, "id", id)).count();
    found.same("a referral of nobody here", false, known != shown.as_array().unwrap().len());
}
