//! What is asked of every operation, as every seat: good requests and bad ones, for every purpose that opens something.
//! An operation for which nothing is asked here stops the test: by being new nothing is left unproved.

use super::changes::Chance;
use super::road::Asked;
use super::targets::Target;
use super::world::World;
use crate::api::town::{amendment, least_referral};
use crate::casework::canned;
use channel_panel::access::PersonKind;
use channel_panel::api::operation::{Effect, Operation};
use channel_panel::casework::category::{Category, Shape};
use channel_panel::casework::role::Role;
use channel_panel::casework::state::FrontDoor;
use channel_panel::casework::transitions;
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An id of nothing.
pub const NOWHERE: &str = "00000000-0000-4000-8000-00000000dead";

/// The same key in every world: nothing is ever kept under it.
const KEY: &str = "noninterference-0001";

/// Who asks, of which case, and what they were shown of it: tags to send come from there and from nowhere else.
pub struct Asking<'a> {
    pub world: &'a World<'a>,
    pub seat: Seat,
    pub target: &'a Target,
    pub view: &'a Value,
    /// Chooses among the requests.
    pub salt: u64,
}

pub type Headers = Vec<(&'static str, String)>;

/// Purposes worth asking under, besides the operation's own; that for what is closed only where something is.
fn purposes(seat: Seat, closed: bool) -> Vec<Headers> {
    let said = |purpose: &str, reason: bool| {
        let mut headers: Headers = vec![("access-purpose", purpose.to_owned())];
        headers.extend(reason.then(|| ("access-reason", "repeat_referral".to_owned())));
        headers
    };
    let mut all = vec![Vec::new()];
    match seat.role() {
        Role::Records | Role::Chair => all.push(said("retention", false)),
        Role::Auditor => all.push(said("audit", false)),
        _ => {}
    }
    all.extend(closed.then(|| said("earlier_history", true)));
    all
}

fn under(headers: &Headers) -> String {
    headers.first().map(|(_, purpose)| format!("for {purpose}")).unwrap_or_default()
}

pub struct Maker(&'static Operation, Vec<Asked>);

/// Of many requests of one operation so many, chosen by chance and the same in both worlds of a pair. Over a run most come
/// round; the drill makes many more.
fn some(mut asked: Vec<Asked>, salt: u64) -> Vec<Asked> {
    let most = match asked.first().map(|asked| asked.operation.id) {
        Some("makeTransition") => 7,
        Some("amendCategory") => 4,
        Some("listCases") => 3,
        Some("openCase" | "readDoings") => 3,
        Some("searchSubjects" | "submitReferral" | "readReferral" | "readTransfer") => 2,
        Some("readAgenda") => 9,
        Some("stepMeeting" | "answerTransfer") => 3,
        _ => 1,
    };
    asked.sort_by_cached_key(|asked| {
        let seed = asked.label.bytes().fold(salt, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        // What could go through says more than what is turned back for its form.
        (asked.label.contains("empty"), Chance::new(seed).next())
    });
    asked.truncate(most);
    asked
}

impl Maker {
    pub fn operation(&self) -> &'static Operation {
        self.0
    }

    pub fn ask(&mut self, label: impl Into<String>, path: impl Into<String>, headers: &Headers, body: Option<&Value>) {
        let label = format!("{} {}", label.into(), under(headers));
        let asked = Asked {
            operation: self.0,
            label: label.trim().to_owned(),
            path: path.into(),
            headers: headers.clone(),
            body: body.map(Value::to_string),
        };
        self.1.push(asked);
    }
}

/// What is asked of an operation of the panel as a whole.
pub fn of_panel(operation: &'static Operation, world: &World<'_>, seat: Seat, salt: u64) -> Vec<Asked> {
    let mut make = Maker(operation, Vec::new());
    let today = world.service().clock.today();
    let key: Headers = vec![("idempotency-key", KEY.to_owned())];
    match operation.id {
        "listReferrals" | "listAgencies" | "listCodes" | "listConsultations" | "whoAmI" | "readCheckpoint" => {
            make.ask("", operation.path, &Vec::new(), None);
        }
        "listTransfers" => make.ask("", "/transfers", &Vec::new(), None),
        "readTransfer" => {
            for (n, id) in world.transfers().iter().enumerate() {
                make.ask(format!("{n}"), format!("/transfers/{id}"), &Vec::new(), None);
            }
            make.ask("of nothing", format!("/transfers/{NOWHERE}"), &Vec::new(), None);
        }
        "answerTransfer" => {
            let ids = world.transfers().into_iter().map(|id| id.to_string()).chain([NOWHERE.to_owned()]);
            for (n, id) in ids.enumerate() {
                let path = format!("/transfers/{id}/answer");
                let no = json!({"answer": "decline", "reason": "She never came."});
                let yes = json!({"answer": "accept", "stage": "referred", "stageOn": today});
                make.ask(format!("no to {n}"), path.clone(), &Vec::new(), Some(&no));
                make.ask(format!("yes to {n}"), path.clone(), &Vec::new(), Some(&yes));
                make.ask(format!("bad to {n}"), path, &Vec::new(), Some(&json!({})));
            }
        }
        "readReferral" => {
            for (n, id) in world.referrals.iter().enumerate() {
                make.ask(format!("{n}"), format!("/referrals/{id}"), &Vec::new(), None);
            }
            make.ask("of nothing", format!("/referrals/{NOWHERE}"), &Vec::new(), None);
        }
        "submitReferral" => {
            for (label, body) in [
                ("of somebody unknown", least_referral("Nobodyatall")),
                ("of somebody known", crate::api::town::referral("Larkspur", true)),
                ("of somebody restricted", crate::api::town::referral("Samphire", true)),
                ("of nobody", json!({})),
            ] {
                make.ask(label, "/referrals", &key, Some(&body));
            }
            make.ask("without a key", "/referrals", &Vec::new(), Some(&least_referral("Nobody")));
        }
        "keyConsultation" => {
            let good = json!({"date": today, "channel": "phone", "sector": "education", "advice": ["no_concern"], "minutes": 5});
            make.ask("good", "/consultations", &Vec::new(), Some(&good));
            make.ask("bad", "/consultations", &Vec::new(), Some(&json!({})));
        }
        "searchSubjects" => {
            let said: Headers = vec![("access-purpose", "case_work".to_owned())];
            for surname in ["Larkspur", "Samphire", "Tamarisk"] {
                let body = json!({"purpose": "duplicate_check", "surname": surname, "dateOfBirth": "2001-04-17"});
                make.ask(surname, "/subjects/search", &said, Some(&body));
            }
            let phone = json!({"purpose": "duplicate_check", "phone": super::direct::PHONE});
            make.ask("by telephone", "/subjects/search", &said, Some(&phone));
            make.ask("for nothing", "/subjects/search", &Vec::new(), Some(&json!({"surname": "Larkspur"})));
        }
        "listCases" => {
            for headers in purposes(seat, true) {
                make.ask("", "/cases", &headers, None);
            }
            for query in
                ["?limit=3", "?stage=triage", "?stage=intervention&limit=1", "?overdue=true", "?deadline=escalated"]
            {
                make.ask(query, format!("/cases{query}"), &Vec::new(), None);
            }
            make.ask("bad stage", "/cases?stage=none", &Vec::new(), None);
            make.ask("bad cursor", "/cases?after=none", &Vec::new(), None);
        }
        "takeOverCase" => {
            let good = json!({"origin": "legacy", "receivedOn": today, "stage": "referred", "stageOn": today,
                "identity": {"forenames": "Ilse", "surname": "Larkspur"}});
            make.ask("good", "/cases", &Vec::new(), Some(&good));
            make.ask("bad", "/cases", &Vec::new(), Some(&json!({})));
        }
        "readLedger" => {
            let days = format!("from={today}&to={today}");
            for query in ["", "&operation=openCase", "&outcome=shown&limit=3", "&role=council"] {
                make.ask(query, format!("/ledger/entries?{days}{query}"), &Vec::new(), None);
            }
        }
        "readTile" => {
            for tile in ["0/000.p/1", "entries/000.p/1", "0/x999/999", "none"] {
                make.ask(tile, format!("/ledger/tile/{tile}"), &Vec::new(), None);
            }
        }
        "exportLedger" => make.ask("of nothing", "/ledger/export?from=9007199254740991", &Vec::new(), None),
        "readProof" => {
            for query in ["?index=0", "?from=0", "?index=0&size=0", ""] {
                make.ask(query, format!("/ledger/proof{query}"), &Vec::new(), None);
            }
        }
        "readSignals" => make.ask("", "/signals", &Vec::new(), None),
        "readDoings" => {
            for query in ["", "&limit=3"] {
                make.ask(query, format!("/digest/entries?from={today}&to={today}{query}"), &Vec::new(), None);
            }
            make.ask("no days", "/digest/entries", &Vec::new(), None);
        }
        "readDigest" => make.ask("", format!("/digest?date={today}"), &Vec::new(), None),
        _ if operation.path.starts_with("/meetings") => super::meetings::of_meetings(&mut make, world),
        _ => of_registry(&mut make, world),
    }
    some(make.1, salt)
}

/// People, agencies, memberships, agreements: nothing of a case is in them, and nothing of a case may show through them.
/// Only what is refused or read: the scratch database has no registry to write to.
fn of_registry(make: &mut Maker, world: &World<'_>) {
    let today = world.service().clock.today();
    let plain = Vec::new();
    let agency = world.agency(Body::Health);
    match make.0.id {
        "listMemberships" | "listAgreements" => make.ask("", make.0.path, &plain, None),
        "registerAgency" => {
            make.ask("bad", "/agencies", &plain, Some(&json!({})));
        }
        "registerPerson" => {
            make.ask("bad", "/people", &plain, Some(&json!({"issuer": "https://nobody.example.test"})));
        }
        "proposeMembership" => {
            let body = json!({"person": NOWHERE, "agency": agency, "role": "health", "from": today, "to": today});
            make.ask("of nobody", "/memberships", &plain, Some(&body));
        }
        "proposeAgreement" => {
            let body =
                json!({"agency": agency, "reference": "ISA 9", "categories": ["unheard"], "from": today, "to": today});
            make.ask("bad", "/agreements", &plain, Some(&body));
        }
        "suspendPerson" | "confirmMembership" | "endMembership" | "confirmAgreement" | "endAgreement" => {
            let path = make.0.path.split('{').next().unwrap_or_default();
            let last = make.0.path.rsplit('/').next().unwrap_or_default();
            make.ask("of nothing", format!("{path}{NOWHERE}/{last}"), &plain, None);
        }
        other => nothing_asked(other),
    }
}

/// # Panics
/// Always: saying what is missing.
fn nothing_asked(operation: &str) -> ! {
    panic!(
        "operation {operation} is asked nothing: add requests of it to tests/noninterference/calls.rs (`of_case` where its \
         path names a case, `of_panel` otherwise), and where it can change something that not everybody may read, a change \
         to tests/noninterference/changes.rs. Until then nobody knows what it tells"
    )
}

/// What is asked of an operation on one case.
pub fn of_case(operation: &'static Operation, asking: &Asking<'_>) -> Vec<Asked> {
    let mut make = Maker(operation, Vec::new());
    if operation.effect == Effect::Reads {
        for headers in purposes(asking.seat, asking.target.name == "closed") {
            make.ask("", operation.path.replace("{case}", &asking.target.case), &headers, None);
        }
        return make.1;
    }
    let plain = Vec::new();
    writes(&mut make, asking, &plain);
    // What is closed is written to, if at all, for its history.
    if asking.target.name == "closed" {
        let said = purposes(asking.seat, true).pop().unwrap_or_default();
        writes(&mut make, asking, &said);
    }
    some(make.1, asking.salt)
}

fn writes(make: &mut Maker, asking: &Asking<'_>, headers: &Headers) {
    let world = asking.world;
    let case = &asking.target.case;
    let today = world.service().clock.today();
    let path = |rest: &str| format!("/cases/{case}{rest}");
    let agency = |body| world.agency(body);
    let references = || asking.target.references.iter().map(String::as_str).chain([NOWHERE]).enumerate();
    let others = || {
        world
            .targets
            .iter()
            .filter(|other| other.name != asking.target.name)
            .map(|other| (other.name, other.case.as_str()))
    };
    let bad = json!({"unheard": "of"});
    match make.0.id {
        "addAction" => {
            let good =
                json!({"what": "Ring the family", "owner": agency(Body::Health), "agreedOn": today, "due": today});
            make.ask("good", path("/actions"), headers, Some(&good));
            make.ask("bad", path("/actions"), headers, Some(&bad));
        }
        "amendCategory" => amendments(make, asking, headers),
        // Only what is refused before the case is looked at. Whoever may break a glass may learn by it that the case is
        // there, and that is recorded and told (tests/api/break_glass.rs compares the rest).
        "breakGlass" => {
            let said: Headers = vec![("access-purpose", "break_glass".to_owned())];
            make.ask("bad", path("/break-glass"), &said, Some(&bad));
            make.ask("for nothing", path("/break-glass"), headers, Some(&json!({"reason": "threat_to_life"})));
        }
        "decideCandidate" => {
            for (name, other) in others().chain([("nothing", NOWHERE)]) {
                let body = json!({"verdict": "same_person"});
                make.ask(name, path(&format!("/candidates/{other}")), headers, Some(&body));
            }
        }
        "endLead" => {
            for (n, reference) in references() {
                make.ask(format!("{n}"), path(&format!("/assignments/{reference}")), headers, None);
            }
        }
        "finishAction" => {
            for (n, reference) in references() {
                let body = json!({"status": "done", "done": today});
                make.ask(format!("{n}"), path(&format!("/actions/{reference}/done")), headers, Some(&body));
            }
        }
        "replyInformation" => {
            for (n, reference) in references() {
                let answer = json!({"reply": "not_known", "repliedOn": today});
                let to = path(&format!("/information-requests/{reference}/reply"));
                make.ask(format!("{n}"), to.clone(), headers, Some(&json!({"answer": answer})));
                let told = json!({"agency": "The trust", "agencyId": agency(Body::Health), "person": "A nurse", "how": "phone", "when": today});
                make.ask(format!("{n} on behalf"), to, headers, Some(&json!({"answer": answer, "onBehalfOf": told})));
            }
        }
        "inviteToItem" => {
            let person = world.running.borough.person(Seat::Guest);
            make.ask("good", path("/listings"), headers, Some(&json!({"person": person, "from": today, "to": today})));
            make.ask("bad", path("/listings"), headers, Some(&json!({"from": today, "to": today})));
        }
        "linkCases" => {
            for (name, other) in others().chain([("itself", case.as_str()), ("nothing", NOWHERE)]) {
                let body = json!({"otherCase": other, "kind": "household"});
                make.ask(name, path("/links"), headers, Some(&body));
            }
        }
        "addLogNote" => {
            for kind in ["note", "call"] {
                let body = json!({"on": today, "kind": kind, "with": "The mother", "note": "The school rang."});
                make.ask(kind, path("/log"), headers, Some(&body));
                let least = json!({"on": today, "kind": kind, "note": "The school rang."});
                make.ask(format!("least {kind}"), path("/log"), headers, Some(&least));
            }
        }
        "nameLead" => {
            make.ask("another", path("/assignments"), headers, Some(&json!({"agency": agency(Body::School)})));
            make.ask("one's own", path("/assignments"), headers, Some(&json!({"agency": agency(asking.seat.body())})));
            make.ask("nobody", path("/assignments"), headers, Some(&json!({"agency": NOWHERE})));
        }
        "recuse" => {
            make.ask("oneself", path("/recusals"), headers, Some(&json!({})));
            for seat in [Seat::Deputy, Seat::SocialCare] {
                let person = world.running.borough.person(seat);
                make.ask(seat.name(), path("/recusals"), headers, Some(&json!({"person": person})));
            }
        }
        "releaseSummary" => {
            for category in ["social_care_summary", "health_summary", "education_summary", "police"] {
                let to = path(&format!("/releases/{category}"));
                make.ask(category, to.clone(), headers, Some(&release(today)));
                make.ask(format!("bad {category}"), to, headers, Some(&bad));
            }
        }
        "requestInformation" => {
            let good = json!({"agency": agency(Body::SocialCare), "question": "Known?", "necessity": "To screen",
                "askedOn": today, "due": today});
            make.ask("good", path("/information-requests"), headers, Some(&good));
            make.ask("bad", path("/information-requests"), headers, Some(&bad));
        }
        "restrictCase" => {
            let people = [asking.seat, Seat::Coordinator].map(|seat| world.running.borough.person(seat));
            make.ask("good", path("/restriction"), headers, Some(&json!({"people": people})));
            make.ask("nobody", path("/restriction"), headers, Some(&json!({"people": []})));
        }
        "placeLegalHold" | "releaseLegalHold" | "reviewRetention" | "proposeErasure" | "confirmErasure"
        | "withdrawErasure" => endings(make, asking, headers),
        "makeTransition" => steps(make, asking, headers),
        other => nothing_asked(other),
    }
}

fn release(today: chrono::NaiveDate) -> Value {
    json!({"release": {"summary": "Known", "recipients": ["council", "police"], "purpose": "For the panel",
        "lawfulBasis": ["public_task"], "necessity": "No more",
        "consent": {"sought": false, "whyNot": "It would put the person at risk"}, "writtenOn": today}})
}

/// What is decided about the end of a case, for its purpose and for none.
fn endings(make: &mut Maker, asking: &Asking<'_>, headers: &Headers) {
    let today = asking.world.service().clock.today();
    let said: Headers = vec![("access-purpose", "retention".to_owned())];
    let to = make.0.path.replace("{case}", &asking.target.case);
    let (words, hold) = (json!({"words": "Said"}), json!({"reason": "complaint", "words": "Said"}));
    let kept = json!({"until": today + chrono::Days::new(30), "words": "Said"});
    let form = match make.0.id {
        "placeLegalHold" | "releaseLegalHold" => Some(&hold),
        "reviewRetention" => Some(&kept),
        "confirmErasure" => None,
        _ => Some(&words),
    };
    make.ask("good", &to, &said, form);
    make.ask("for nothing", &to, headers, form);
    make.ask("bad", &to, &said, Some(&json!({"unheard": "of"})));
}

/// Every category: with the tag that the reader was shown, or one of their own making; and once without, once with a
/// marker of what is withheld.
fn amendments(make: &mut Maker, asking: &Asking<'_>, headers: &Headers) {
    let fields: BTreeMap<&str, Value> = super::changes::patches("Said in a test").into_iter().collect();
    for category in Category::ALL {
        let to = format!("/cases/{}/categories/{}", asking.target.case, category.name());
        let shown = asking.view["categories"][category.name()]["etag"].as_str().unwrap_or("AAAAAAAAAAAAAAAAAAAAAA");
        let tagged = |tag: &str| {
            let mut headers = headers.clone();
            headers.push(("if-match", format!("\"{tag}\"")));
            headers
        };
        let body = amendment(fields.get(category.name()).unwrap_or(&json!({})));
        make.ask(format!("{category}"), &to, &tagged(shown), Some(&body));
        if category.shape() == Shape::Single {
            make.ask(format!("{category}, stale"), &to, &tagged("BBBBBBBBBBBBBBBBBBBBBB"), Some(&body));
            make.ask(format!("{category}, untagged"), &to, headers, Some(&body));
        }
    }
    let to = format!("/cases/{}/categories/contact", asking.target.case);
    let marked = amendment(&json!({"howToReach": {"withheld": true}}));
    make.ask("a marker", to, headers, Some(&marked));
}

/// Every transition, with each form that could fit the case as it was laid, and with none.
fn steps(make: &mut Maker, asking: &Asking<'_>, headers: &Headers) {
    let today = asking.world.service().clock.today();
    let to = format!("/cases/{}/transitions", asking.target.case);
    let state = canned::referred("2024-01-02", FrontDoor::Council, false);
    // Nobody who is in no row of the table is let in by what they send.
    let any = asking.seat.post().kind != PersonKind::System;
    for t in transitions::all() {
        make.ask(format!("{}, empty", t.name), &to, headers, Some(&json!({"transition": t.name, "content": {}})));
        let open = any && t.who.iter().any(|who| who.is(asking.seat.role(), asking.seat.post().unit));
        if !open {
            continue;
        }
        for (n, mut content) in canned::bodies(t.name, &state, today).into_iter().enumerate() {
            if let (Some(commission), Some(field)) = (&asking.target.commission, content.get_mut("commission")) {
                *field = json!(commission);
            }
            if let Some(field) = content.get_mut("meeting") {
                *field = super::meetings::sitting(asking.world, &asking.target.case);
            }
            if let Some(field) = content.get_mut("into") {
                *field = json!(asking.world.target("apart").case);
            }
            let body = json!({"transition": t.name, "content": content});
            make.ask(format!("{} {n}", t.name), &to, headers, Some(&body));
            if n == 0 {
                let late = json!({"transition": t.name, "content": content, "occurredAt": "2020-01-01"});
                make.ask(format!("{}, long ago", t.name), &to, headers, Some(&late));
            }
        }
    }
    make.ask("none of the table", &to, headers, Some(&json!({"transition": "vanish"})));
}
