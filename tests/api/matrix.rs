//! The matrix as it arrives: role by category by stage, over HTTP, against what the policies say of the same facts.
//! Every category holds a word of its own, and what counts is whether that word is in the answer: not whether a rule says so.

use super::town::{Town, amendment, least_referral};
use crate::harness::{Client, Running, running_on_both};
use channel_panel::access::facts::{CaseFacts, Circumstances, MemberFacts};
use channel_panel::access::{PersonKind, Purpose, matrix};
use channel_panel::casework::category::{Category, Shape};
use channel_panel::casework::retention::Standing;
use channel_panel::casework::state::Stage;
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/http-matrix.txt");

fn word(category: Category) -> String {
    format!("Zebra {} Zebra", category.name())
}

/// What the case is by now, kept by this test from what it did: nothing is read back from the service.
struct Story<'t> {
    town: &'t Town<'t>,
    case: String,
    facts: CaseFacts,
    filled: BTreeSet<Category>,
    text: String,
    cells: usize,
    written: usize,
    different: Vec<String>,
}

impl<'t> Story<'t> {
    fn new(town: &'t Town<'t>) -> Self {
        let case = town.open("Zennor", true);
        let facts = CaseFacts {
            panel: town.running.borough.panel,
            stage: Stage::Referred,
            assigned: BTreeSet::new(),
            acting: BTreeSet::new(),
            asked: BTreeSet::new(),
            invited_agencies: BTreeSet::new(),
            invited_people: BTreeSet::new(),
            commissioned: BTreeSet::new(),
            offered: BTreeSet::new(),
            recused: BTreeSet::new(),
            restricted: false,
            allowed: BTreeSet::new(),
            broken_by: BTreeSet::new(),
            listed: false,
            escalated: false,
            decided: false,
            held: false,
            erasure: Standing::None,
            erasure_proposed_by: BTreeSet::new(),
        };
        Self {
            town,
            case,
            facts,
            filled: BTreeSet::new(),
            text: String::new(),
            cells: 0,
            written: 0,
            different: Vec::new(),
        }
    }

    fn step(&mut self, seat: Seat, transition: &str, content: Value) -> Value {
        self.town.step(seat, &self.case, transition, content)
    }

    fn fill(&mut self, seat: Seat, category: Category, fields: Value) {
        self.town.amend(seat, &self.case, category.name(), &fields);
        self.filled.insert(category);
        self.written += 1;
    }

    fn release(&mut self, seat: Seat, category: Category) {
        let body = self.town.release(&word(category));
        self.town.post(seat, &self.case, &format!("releases/{}", category.name()), &body);
        self.filled.insert(category);
    }

    /// Opens the case as every seat, compares, and writes the table.
    fn look(&mut self, title: &str) {
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
                    Some('r') => self.owns(seat, *category),
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

    /// Tries to amend every category as every seat, with a tag that cannot fit: who may is told so, and nothing changes.
    fn try_writing(&mut self, title: &str) {
        let before = self.town.view(Seat::Coordinator, &self.case);
        for seat in Seat::ALL {
            let client = opening(self.town, *seat, self.facts.stage);
            for (category, policy) in Category::ALL.iter().zip(self.policy(*seat)) {
                let path = format!("/api/v1/cases/{}/categories/{}", self.case, category.name());
                let answer = client.request("PATCH", &path).if_match("\"0\"").json(&amendment(&json!({"x": 1}))).send();
                let told = answer.problem();
                let rule = answer.json()["errors"][0]["rule"].as_str().unwrap_or_default().to_owned();
                let let_in = match told.as_str() {
                    "precondition-failed" | "conflict" => true,
                    "not-allowed" => rule == "released_only",
                    "not-found" | "agreement-not-in-force" | "strong-sign-in-required" | "purpose-required" => false,
                    other => panic!("{title}, {}, {category}: {other}", seat.name()),
                };
                let whole = policy == "W" || policy.ends_with('+');
                if let_in != whole {
                    self.different.push(format!(
                        "{title}, {}, {category}: {told} to a change, the policies say {policy}",
                        seat.name()
                    ));
                }
                self.cells += 1;
            }
        }
        assert_eq!(before, self.town.view(Seat::Coordinator, &self.case), "{title}: something was written");
    }

    fn policy(&self, seat: Seat) -> Vec<String> {
        let circumstances = circumstances(seat, self.facts.stage);
        let member = member(self.town.running, seat);
        matrix::column(&self.town.running.service.policies, &member, &self.facts, &circumstances)
    }

    /// Whose own a category's only record is, by what this test wrote.
    fn owns(&self, seat: Seat, category: Category) -> bool {
        matches!((seat, category), (Seat::Provider, Category::Sessions) | (Seat::Health, Category::Work))
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

fn opening(town: &Town<'_>, seat: Seat, stage: Stage) -> Client {
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

fn fill_from_the_start(story: &mut Story<'_>) {
    use Category as C;
    let council = Seat::Coordinator;
    story.fill(council, C::Identity, json!({"distinguishingNote": word(C::Identity)}));
    story.fill(council, C::Contact, json!({"howToReach": word(C::Contact)}));
    story.fill(council, C::Source, json!({"handling": word(C::Source)}));
    story.fill(council, C::Concern, json!({"furtherInformation": word(C::Concern)}));
    story.fill(council, C::Ideology, json!({"sympatheticInterest": word(C::Ideology)}));
    story.fill(council, C::Monitoring, json!({"politicalOpinion": {"answer": "given", "words": word(C::Monitoring)}}));
    story.fill(council, C::Safety, json!({"precautions": word(C::Safety)}));
    story.fill(Seat::PoliceCt, C::Police, json!({"associates": word(C::Police)}));
    story.fill(Seat::Mash, C::SocialCare, json!({"history": word(C::SocialCare)}));
    let today = story.town.today();
    let note = json!({"on": today, "kind": "note", "note": word(C::Log)});
    story.town.post(council, &story.case, "log", &note);
    story.filled.insert(C::Log);
}

fn assign_the_agencies(story: &mut Story<'_>) {
    use Category as C;
    for body in [Body::SocialCare, Body::Health, Body::Education, Body::Probation, Body::Police] {
        story.town.name_lead(&story.case, body);
        story.facts.assigned.insert(story.town.agency(body));
    }
    story.fill(Seat::Health, C::Health, json!({"diagnoses": word(C::Health)}));
    story.fill(Seat::Education, C::Education, json!({"behaviour": word(C::Education)}));
    story.release(Seat::SocialCare, C::SocialCareSummary);
    story.release(Seat::Health, C::HealthSummary);
    story.release(Seat::Education, C::EducationSummary);
}

fn triage(story: &mut Story<'_>) {
    use Category as C;
    let council = Seat::Coordinator;
    story.step(council, "begin_triage", json!({"earlierCasesSearched": true}));
    story.facts.stage = Stage::Triage;
    story.step(
        council,
        "record_triage",
        json!({"findings": word(C::Triage), "childConcerned": true, "mashInformed": true}),
    );
    story.filled.insert(C::Triage);
    story.step(council, "send_to_gateway", json!({"referralComplete": true}));
    story.step(Seat::PoliceCt, "gateway_clear", json!({"statementForOthers": word(C::PoliceOutcome)}));
    story.filled.insert(C::PoliceOutcome);
}

fn assessment(story: &mut Story<'_>) {
    use Category as C;
    let council = Seat::Coordinator;
    story.step(council, "begin_assessment", json!({"reason": "r"}));
    story.facts.stage = Stage::Assessment;
    story.step(Seat::PoliceCt, "section36_decide", json!({"grounds": "g"}));
    let held = json!({"heldElsewhere": {"system": "PCMT", "reference": "1", "framework": "PAF", "date": story.town.today(),
        "author": "a", "countersigned": true, "conclusion": word(C::Assessment)}});
    story.step(Seat::PoliceCt, "record_assessment", held);
    story.filled.insert(C::Assessment);
    let plan = json!({"consentRequest": {"how": "h", "when": "w", "byWhom": "b"},
        "support": [{"nature": word(C::Plan), "providedBy": "p", "howAndWhen": "h"}]});
    story.step(council, "write_plan", plan);
    story.filled.insert(C::Plan);
}

fn panel(story: &mut Story<'_>) {
    let meeting = story.town.today();
    story.step(Seat::Coordinator, "list_for_panel", json!({"meetingDate": meeting}));
    (story.facts.stage, story.facts.listed) = (Stage::Panel, true);
}

fn adopt(story: &mut Story<'_>) {
    use Category as C;
    let decision = story.town.decision(&word(C::Panel));
    story.step(Seat::Chair, "adopt", decision);
    (story.facts.stage, story.facts.decided) = (Stage::Consent, true);
    story.filled.insert(C::Panel);
    story.step(
        Seat::Coordinator,
        "ask_consent",
        json!({"askedBy": "a", "how": "telephone", "result": "asked", "note": word(C::Consent)}),
    );
    story.filled.insert(C::Consent);
    let given = json!({"givenBy": "self", "giverName": "n", "capacity": "c", "scope": ["mentoring"], "form": "written", "takenBy": "t"});
    story.step(Seat::Coordinator, "give_consent", given);
}

fn intervention(story: &mut Story<'_>) {
    use Category as C;
    let town = story.town;
    let provider = town.agency(Body::Provider);
    story.step(Seat::Coordinator, "start_intervention", json!({}));
    story.facts.stage = Stage::Intervention;
    let offer = json!({"provider": provider, "brief": word(C::Brief), "objectives": ["o"], "sessionsPlanned": 6,
        "from": town.today(), "to": town.later(200)});
    let commission = story.step(Seat::Coordinator, "commission", offer)["records"][0].clone();
    story.filled.insert(C::Brief);
    story.facts.offered.insert(provider);
    story.look("intervention, a commission on offer");
    story.step(Seat::Provider, "accept_commission", json!({"commission": commission, "briefRead": true}));
    story.facts.offered.clear();
    story.facts.commissioned.insert(provider);
    let session =
        json!({"commission": commission, "status": "held", "sessionOn": town.today(), "report": word(C::Sessions)});
    story.step(Seat::Provider, "log_session", session);
    story.filled.insert(C::Sessions);
}

fn tell<'t>(town: &'t Town<'t>) -> Story<'t> {
    use Category as C;
    let mut story = Story::new(town);
    story.look("referred, nothing amended");
    fill_from_the_start(&mut story);
    story.look("referred, no agency has a part");
    story.try_writing("referred, no agency has a part");
    assign_the_agencies(&mut story);
    story.look("referred, five agencies named as lead");
    triage(&mut story);
    town.ask(&story.case, Body::Health, &word(C::Work));
    story.facts.asked.insert(town.agency(Body::Health));
    story.filled.insert(C::Work);
    story.look("triage");
    assessment(&mut story);
    story.look("assessment, the hub has no part any more");
    panel(&mut story);
    town.post(Seat::Coordinator, &story.case, "listings", &town.invitation(Seat::Guest));
    story.facts.invited_people.insert(town.running.borough.person(Seat::Guest));
    story.look("panel, the head of the school invited");
    story.try_writing("panel, the head of the school invited");
    adopt(&mut story);
    story.look("consent");
    intervention(&mut story);
    story.look("intervention, the commission accepted");
    story.try_writing("intervention, the commission accepted");
    town.post(Seat::Deputy, &story.case, "recusals", &json!({}));
    story.facts.recused.insert(town.running.borough.person(Seat::Deputy));
    story.look("intervention, the deputy recused");
    let exit = town.decision("r");
    story.step(Seat::Chair, "exit", exit);
    story.facts.stage = Stage::Exited;
    story.look("exited");
    story.step(Seat::Coordinator, "close", json!({"outcome": "left_uk", "reason": "r"}));
    story.facts.stage = Stage::Closed;
    story.look("closed, for earlier history with a reason (records: retention)");
    story
}

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
