//! One case from its referral to its end, told over HTTP, a word of its own in every category.
//! What it has come to is kept here from what was done: nothing is read back from the service.

use crate::api::town::Town;
use channel_panel::access::facts::CaseFacts;
use channel_panel::casework::category::Category;
use channel_panel::casework::retention::Standing;
use channel_panel::casework::state::Stage;
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What is looked for in an answer: not whether a rule says that the category is shown.
pub fn word(category: Category) -> String {
    format!("Zebra {} Zebra", category.name())
}

/// Whose own a category's only record is, by what the story wrote.
pub fn owns(seat: Seat, category: Category) -> bool {
    matches!((seat, category), (Seat::Provider, Category::Sessions) | (Seat::Health, Category::Work))
}

/// The case as it is by now.
pub struct Story<'t> {
    pub town: &'t Town<'t>,
    /// Whether every seat is shown the case at each turn of the story.
    pub looks: bool,
    pub case: String,
    pub facts: CaseFacts,
    pub filled: BTreeSet<Category>,
    pub text: String,
    pub cells: usize,
    pub written: usize,
    pub different: Vec<String>,
}

impl<'t> Story<'t> {
    pub fn new(town: &'t Town<'t>) -> Self {
        let case = town.open("Zennor", true);
        Self::of(town, case, true)
    }

    /// A story of a case that is there.
    pub fn of(town: &'t Town<'t>, case: String, looks: bool) -> Self {
        let facts = CaseFacts {
            panel: town.running.borough.panel,
            stage: Stage::Referred,
            beginning: false,
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
            looks,
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

    pub fn fill(&mut self, seat: Seat, category: Category, fields: Value) {
        self.town.amend(seat, &self.case, category.name(), &fields);
        self.filled.insert(category);
        self.written += 1;
    }

    fn release(&mut self, seat: Seat, category: Category) {
        let body = self.town.release(&word(category));
        self.town.post(seat, &self.case, &format!("releases/{}", category.name()), &body);
        self.filled.insert(category);
    }
}

pub fn fill_from_the_start(story: &mut Story<'_>) {
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

pub fn assign_the_agencies(story: &mut Story<'_>) {
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
    let decision = story.town.decision(&story.case, &word(C::Panel));
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

/// From the referral to the first session: every category has its word.
pub fn fill_everything(story: &mut Story<'_>) {
    use Category as C;
    let town = story.town;
    story.look("referred, nothing amended");
    fill_from_the_start(story);
    story.look("referred, no agency has a part");
    assign_the_agencies(story);
    story.look("referred, five agencies named as lead");
    triage(story);
    town.ask(&story.case, Body::Health, &word(C::Work));
    story.facts.asked.insert(town.agency(Body::Health));
    story.filled.insert(C::Work);
    story.look("triage");
    assessment(story);
    story.look("assessment, the hub has no part any more");
    panel(story);
    town.post(Seat::Coordinator, &story.case, "listings", &town.invitation(Seat::Guest));
    story.facts.invited_people.insert(town.person(Seat::Guest));
    story.look("panel, the head of the school invited");
    adopt(story);
    story.look("consent");
    intervention(story);
    story.look("intervention, the commission accepted");
}

pub fn tell<'t>(town: &'t Town<'t>) -> Story<'t> {
    let mut story = Story::new(town);
    fill_everything(&mut story);
    town.post(Seat::Deputy, &story.case, "recusals", &json!({}));
    story.facts.recused.insert(town.person(Seat::Deputy));
    story.look("intervention, the deputy recused");
    let exit = town.decision(&story.case, "r");
    story.step(Seat::Chair, "exit", exit);
    story.facts.stage = Stage::Exited;
    story.look("exited");
    story.step(Seat::Coordinator, "close", json!({"outcome": "left_uk", "reason": "r"}));
    story.facts.stage = Stage::Closed;
    story.look("closed, for earlier history with a reason (records: retention)");
    story
}
