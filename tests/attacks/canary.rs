//! One word that exists nowhere else, in every field that is sealed and in everything a client can send besides; then a
//! search for it, in several spellings, in all that the service leaves behind.

use super::deployed::Deployed;
use super::sql::{DATA, LEDGER, Owner};
use super::work::{amend, cases_of, full_referral, matched, path, sequenced, submit_as};
use crate::api::entered::entries_path;
use crate::casework::canned::bodies;
use crate::harness::{Answer, Backend, Client, raw};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use channel_panel::access::Header;
use channel_panel::casework::category::Category;
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Letters only, so that it may stand in a name; long enough that chance does not write it.
const CANARY: &str = "Zvyqkjwxhu";

/// The canary as it is, as hex, as base64 at each of its three places, as UTF-16.
fn spellings() -> Vec<(&'static str, Vec<u8>)> {
    let plain = CANARY.as_bytes();
    let hex: String = plain.iter().map(|byte| format!("{byte:02x}")).collect();
    let shifted = |by: usize, engine: &dyn Fn(&[u8]) -> String| {
        let mut bytes = vec![b'-'; by];
        bytes.extend(plain);
        // Without the characters that what stands before or after has a part in.
        let text = engine(&bytes);
        text.as_bytes()[(by * 8).div_ceil(6)..(bytes.len() * 8) / 6].to_vec()
    };
    let standard = |bytes: &[u8]| STANDARD.encode(bytes);
    let urlsafe = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let utf16: Vec<u8> = CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut all = vec![("plain", plain.to_vec()), ("hex", hex.clone().into_bytes()), ("UTF-16", utf16)];
    for by in 0..3 {
        all.push(("base64", shifted(by, &standard)));
        all.push(("base64url", shifted(by, &urlsafe)));
    }
    all.push(("hex of hex", hex.bytes().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes()));
    all
}

/// The spellings found in a file or folder, by `grep`: case does not matter, nor does what kind of file it is.
fn found_in(place: &Path) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for (name, needle) in spellings() {
        let pattern: String = needle.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        let done = Command::new("grep")
            .args(["-r", "-l", "-a", "-i", "-P", &pattern])
            .arg(place)
            .env("LC_ALL", "C")
            .output()
            .unwrap();
        // A database at work, with other tests' databases beside it, makes and drops files while they are searched; what
        // has gone by the time it is opened is the only thing that may go unread.
        let complaints = String::from_utf8_lossy(&done.stderr);
        let vanished = complaints.lines().all(|line| line.ends_with("No such file or directory"));
        assert!(done.status.code().is_some_and(|code| code < 2) || vanished && !complaints.is_empty(), "{complaints}");
        found.extend(String::from_utf8_lossy(&done.stdout).lines().map(|file| (name, file.to_owned())));
    }
    found
}

/// The canary in every text that is free: what has spaces or capitals, and the one-letter texts of the canned forms.
fn sing(value: &Value) -> Value {
    match value {
        Value::String(text) if is_free(text) => Value::String(format!("{CANARY} {text}")),
        Value::Array(items) => items.iter().map(sing).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), sing(value))).collect(),
        other => other.clone(),
    }
}

fn is_free(text: &str) -> bool {
    let telephone = text.starts_with('+') || text.starts_with("020");
    let code = ["EX1 1EX", "943 476 5919", "GBR", "IRL", "PCMT", "PAF"].contains(&text) || text.contains('@');
    let date = text.len() == 10 && text.as_bytes()[4] == b'-';
    let words = text.contains(' ') || text.chars().any(char::is_uppercase) || text.len() == 1;
    words && !telephone && !code && !date && !text.bytes().all(|byte| byte.is_ascii_digit())
}

struct Road<'d> {
    deployed: &'d Deployed,
    owner: Owner<'d>,
    base: String,
    case: String,
}

impl Road<'_> {
    fn client(&self, seat: Seat) -> Client {
        self.deployed.client(&self.base, seat)
    }

    fn header(&self) -> Header {
        serde_json::from_str(&self.owner.text(&format!("SELECT header AS v FROM case_file WHERE id = '{}'", self.case)))
            .unwrap()
    }

    fn step(&self, who: Seat, transition: &str) {
        let today = channel_panel::clock::Clock::default().today();
        let mut content = sing(&bodies(transition, &self.header().state, today)[0]);
        if transition == "commission" {
            content["provider"] = json!(self.deployed.borough.agency(Body::Provider));
        }
        if transition == "adopt" {
            content["meeting"] = json!(self.sits());
        }
        let body = json!({ "transition": transition, "content": content });
        let answer = self.client(who).post(&format!("{}/transitions", path(&self.case)), &body);
        assert_eq!(answer.status, 200, "{transition}: {}", answer.text());
    }

    /// A meeting with the case before it, open, quorate and minuted; gives its id.
    fn sits(&self) -> String {
        let officer = self.client(Seat::Coordinator);
        let today = channel_panel::clock::Clock::default().today();
        let planned =
            officer.post("/api/v1/meetings", &json!({ "forum": "extraordinary", "on": today })).expect(201).json();
        let meeting = planned["meetings"][0].as_str().unwrap().to_owned();
        let at = |below: &str| format!("/api/v1/meetings/{meeting}/{below}");
        let item = officer.post(&at("items"), &json!({ "case": self.case, "reason": CANARY })).expect(201).json();
        let present = [(Seat::Chair, "chair"), (Seat::PoliceCt, "police")].map(|(seat, capacity)| {
            json!({ "membership": self.deployed.borough.membership(seat), "capacity": capacity, "confidentiality": true })
        });
        officer.request("PUT", &at("attendance")).json(&json!({ "present": present })).send().expect(204);
        officer.post(&at("steps"), &json!({ "step": "open" })).expect(204);
        let minutes = format!("items/{}/minutes", item["id"].as_str().unwrap());
        let said = json!({ "discussion": [{ "text": CANARY }, { "text": CANARY, "sourceCategory": "health" }] });
        officer.request("PUT", &at(&minutes)).json(&said).send().expect(200);
        self.client(Seat::Chair).get(&at("agenda")).expect(200);
        meeting
    }

    fn post(&self, who: Seat, at: &str, body: &Value) -> Answer {
        let answer = self.client(who).post(&format!("{}/{at}", path(&self.case)), &sing(body));
        assert!(answer.status < 300, "{at}: {}", answer.text());
        answer
    }

    /// Everything that can be written to a case, on the way from referral to support.
    fn walk(&self) {
        let today = channel_panel::clock::Clock::default().today();
        let later = today + chrono::Days::new(10);
        let agency = |body| self.deployed.borough.agency(body);
        self.step(Seat::Coordinator, "begin_triage");
        self.step(Seat::Coordinator, "record_triage");
        for body in [Body::Health, Body::SocialCare, Body::Education] {
            self.post(Seat::Coordinator, "assignments", &json!({ "agency": agency(body) }));
        }
        let question = json!({ "agency": agency(Body::Probation), "question": "Known to you?", "necessity": "To assess", "askedOn": today, "due": later });
        self.post(Seat::Coordinator, "information-requests", &question);
        self.post(
            Seat::Coordinator,
            "log",
            &json!({ "on": today, "kind": "call", "with": "Mrs Brown", "note": "Rang twice" }),
        );
        for (seat, category, fields) in [
            (Seat::Health, "health", json!({ "diagnoses": "None known", "gpPractice": "The Surgery" })),
            (Seat::SocialCare, "social_care", json!({ "history": "Not known", "legalStatus": "Child in need" })),
            (
                Seat::Education,
                "education",
                json!({ "behaviour": "Withdrawn since May", "attendance": "Eighty per cent" }),
            ),
            (
                Seat::PoliceCt,
                "police",
                json!({ "offendingHistory": "Nothing on record", "handlingInstruction": "No visit alone" }),
            ),
            (Seat::Coordinator, "safety", json!({ "precautions": "Go in pairs" })),
            (Seat::Coordinator, "concern", json!({ "furtherInformation": "The aunt has rung" })),
        ] {
            amend(&self.client(seat), &self.case, category, &sing(&fields));
        }
        for (seat, category) in [
            (Seat::Health, "health_summary"),
            (Seat::SocialCare, "social_care_summary"),
            (Seat::Education, "education_summary"),
        ] {
            let release = json!({ "summary": "Nothing that bears on this", "recipients": ["council"], "purpose": "To assess the case",
                "lawfulBasis": ["public_task"], "necessity": "No more than asked", "consent": { "sought": false, "whyNot": "It might raise risk" }, "writtenOn": today });
            self.post(seat, &format!("releases/{category}"), &json!({ "release": release }));
        }
        for (seat, transition) in [
            (Seat::Coordinator, "send_to_gateway"),
            (Seat::PoliceCt, "gateway_clear"),
            (Seat::Coordinator, "begin_assessment"),
            (Seat::Coordinator, "section36_decide"),
            (Seat::Coordinator, "record_assessment"),
            (Seat::Coordinator, "write_plan"),
            (Seat::Coordinator, "list_for_panel"),
            (Seat::Chair, "adopt"),
            (Seat::Coordinator, "ask_consent"),
            (Seat::Coordinator, "give_consent"),
            (Seat::Coordinator, "start_intervention"),
            (Seat::Coordinator, "commission"),
            (Seat::Provider, "accept_commission"),
            (Seat::Provider, "log_session"),
        ] {
            self.step(seat, transition);
        }
        let consultation = json!({ "date": today, "channel": "phone", "sector": "education", "educationPhase": "secondary",
            "organisation": "The Academy", "advice": ["no_concern"], "adviceGiven": "Nothing more" });
        self.client(Seat::Coordinator).post("/api/v1/consultations", &sing(&consultation)).expect(201);
        let search = json!({ "forenames": CANARY, "surname": CANARY, "purpose": "repeat_referral" });
        self.client(Seat::Coordinator).purpose("case_work").post("/api/v1/subjects/search", &search);
        self.offer_it();
        let written = self.header().categories;
        self.hold_another();
        // Of a closed case only.
        let here = Category::ALL.iter().filter(|category| **category != Category::Retention);
        let missing: Vec<_> = here.filter(|category| !written.contains_key(category)).collect();
        assert!(missing.is_empty(), "nothing was written of {missing:?}");
    }

    /// To the neighbour's panel, all that may be released: declined with grounds, and once more, to lie there on offer.
    fn offer_it(&self) {
        let given: Vec<&str> = Category::ALL.iter().map(|category| category.name()).collect();
        let kept = ["police", "health", "social_care", "education", "source", "monitoring", "work", "retention"];
        let given: Vec<&str> = given.into_iter().filter(|name| !kept.contains(name)).collect();
        let offer = json!({ "panel": self.deployed.borough.neighbour, "receivingPanel": CANARY, "receivingChair": CANARY,
            "riskOwner": self.deployed.borough.agency(Body::Council), "reason": CANARY, "released": given });
        let body = json!({ "transition": "offer_transfer", "content": offer });
        let neighbour = self.client(Seat::NeighbourChair);
        let send = || {
            let answer = self.client(Seat::Chair).post(&format!("{}/transitions", path(&self.case)), &body);
            answer.expect(200).json()["records"][0].as_str().unwrap().to_owned()
        };
        let first = format!("/api/v1/transfers/{}", send());
        assert!(neighbour.get(&first).expect(200).text().contains(CANARY), "whom it is for reads it");
        let no = json!({ "answer": "decline", "reason": CANARY });
        neighbour.post(&format!("{first}/answer"), &no).expect(200);
        while self.header().state.passage.is_some() {
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        neighbour.get(&format!("/api/v1/transfers/{}", send())).expect(200);
    }

    /// Why a closed case is held.
    fn hold_another(&self) {
        let today = channel_panel::clock::Clock::default().today();
        let opened = json!({ "origin": "legacy", "receivedOn": today, "stage": "referred", "stageOn": today,
            "identity": { "forenames": CANARY, "surname": CANARY } });
        let officer = self.client(Seat::Coordinator);
        let other = officer.post("/api/v1/cases", &opened).expect(201).json()["id"].as_str().unwrap().to_owned();
        let close = json!({ "transition": "close", "content": { "outcome": "left_uk", "reason": CANARY } });
        officer.post(&format!("{}/transitions", path(&other)), &close).expect(200);
        let hold = json!({ "reason": "complaint", "words": CANARY });
        let records = self.client(Seat::Records).purpose("retention");
        records.request("PUT", &format!("{}/legal-hold", path(&other))).json(&hold).send().expect(204);
    }

    /// Reads that open all of it again, as everybody.
    fn read(&self) {
        let read = self.client(Seat::Coordinator).get(&path(&self.case)).expect(200).text();
        assert!(read.contains(CANARY), "whoever may read it, reads it");
        for seat in Seat::ALL {
            for at in ["", "/history", "/candidates", "/links"] {
                self.client(*seat).get(&format!("{}{at}", path(&self.case)));
            }
            self.client(*seat).get("/api/v1/cases");
            self.client(*seat).get("/api/v1/referrals");
        }
    }

    /// Every place a client can put a word, in requests that are refused. No answer gives it back.
    fn refused(&self) {
        let officer = self.client(Seat::Coordinator);
        let get = |at: &str| officer.request("GET", at);
        let here = path(&self.case);
        let referrals = || officer.request("POST", "/api/v1/referrals").idempotency_key(format!("{CANARY}-key"));
        let long = format!("{CANARY} ").repeat(60_000);
        let mut unknown = full_referral();
        unknown[CANARY] = json!(CANARY);
        unknown["people"][0]["identity"]["sex"] = json!(CANARY);
        unknown["people"][0]["identity"]["dateOfBirth"] = json!(CANARY);
        let answers = [
            get(&format!("/api/v1/cases/{CANARY}")).send(),
            get(&format!("/api/v1/{CANARY}/{CANARY}?{CANARY}={CANARY}")).send(),
            get(&format!("/{CANARY}")).send(),
            get(&format!("/api/v1/cases?stage={CANARY}")).send(),
            get(&format!("/api/v1/cases?{CANARY}=1")).send(),
            get(&format!("/api/v1/cases?after={CANARY}")).send(),
            get(&entries_path(&format!("operation={CANARY}"))).send(),
            get(&format!("{here}/categories/{CANARY}")).send(),
            officer.request(CANARY, &here).send(),
            officer.with("Acting-Membership", CANARY.to_owned()).get(&here),
            officer.with("Access-Purpose", CANARY.to_owned()).get(&here),
            officer.with("Access-Reason", CANARY.to_owned()).get(&here),
            officer
                .with("User-Agent", CANARY.to_owned())
                .with("X-Forwarded-For", CANARY.to_owned())
                .with("Forwarded", format!("for={CANARY}"))
                .get(&format!("{here}/no")),
            officer
                .with("X-Request-Id", CANARY.to_owned())
                .with("Traceparent", CANARY.to_owned())
                .with("Cookie", format!("a={CANARY}"))
                .get(&format!("{here}/no")),
            Client::new(&self.base).bearer(&format!("{CANARY}.{CANARY}.{CANARY}")).get(&here),
            Client::new(&self.base)
                .bearer(&format!(
                    "eyJhbGciOiJub25lIn0.{}.",
                    URL_SAFE_NO_PAD.encode(format!("{{\"sub\":\"{CANARY}\"}}"))
                ))
                .get(&here),
            Client::new(&self.base).with("Authorization", format!("Basic {}", STANDARD.encode(CANARY))).get(&here),
            referrals().body("application/json", format!("{{\"{CANARY}\": ")).send(),
            referrals().body("application/json", format!("{{\"{CANARY}\": 1, \"{CANARY}\": 2}}")).send(),
            referrals().body(CANARY, CANARY).send(),
            referrals().json(&unknown).send(),
            referrals().json(&json!(CANARY)).send(),
            referrals().json(&json!({ "people": long })).send(),
            officer
                .request("PATCH", &format!("{here}/categories/contact"))
                .if_match(CANARY)
                .json(&json!({ "reason": CANARY, "fields": { CANARY: CANARY } }))
                .send(),
            officer
                .request("PATCH", &format!("{here}/categories/contact"))
                .if_match(CANARY)
                .json(&json!({ "reason": "correction", "fields": { "howToReach": { "withheld": CANARY } } }))
                .send(),
            officer
                .post(&format!("{here}/transitions"), &json!({ "transition": CANARY, "content": { CANARY: CANARY } })),
            officer.post(
                &format!("{here}/transitions"),
                &json!({ "transition": "close", "content": { "outcome": CANARY, "reason": CANARY, "report": CANARY } }),
            ),
            officer.post(&format!("{here}/log"), &json!({ "on": CANARY, "kind": CANARY, "note": [CANARY] })),
            officer.post(&format!("{here}/recusals"), &json!({ "person": CANARY })),
            officer.post(&format!("{here}/links"), &json!({ "otherCase": CANARY, "kind": CANARY })),
            officer.post(&format!("{here}/listings"), &json!({ "agency": CANARY, "from": CANARY, "to": CANARY })),
            officer.post(
                "/api/v1/consultations",
                &json!({ "date": CANARY, "sector": CANARY, "advice": [CANARY], CANARY: 1 }),
            ),
            officer.post("/api/v1/subjects/search", &json!({ "surname": [CANARY], "purpose": CANARY })),
        ];
        for (n, answer) in answers.iter().enumerate() {
            // One is answered: a header that nobody reads is no fault.
            assert!(answer.status >= 400 || answer.status == 200, "{n}: {}", answer.status);
            assert!(answer.status < 500, "{n}: {}", answer.text());
            if answer.status >= 400 {
                self.not_told(n, answer);
            }
        }
        for bytes in [
            format!("GET /{CANARY} HTTP/9.9\r\n{CANARY}: {CANARY}\r\n\r\n"),
            format!("{CANARY}\r\n\r\n"),
            format!("GET /api/v1/me HTTP/1.1\r\nHost: {CANARY}\r\nContent-Length: {CANARY}\r\n\r\n"),
        ] {
            assert!(!raw(&self.base, bytes.as_bytes()).contains(CANARY));
        }
    }

    fn not_told(&self, n: usize, answer: &Answer) {
        let all = format!("{:?} {}", answer.headers, String::from_utf8_lossy(&answer.body));
        assert!(!all.to_lowercase().contains(&CANARY.to_lowercase()), "{n}: {all}");
    }
}

/// Where PostgreSQL keeps this database: every file of the cluster, its write-ahead log among them.
fn places(deployed: &Deployed) -> Vec<std::path::PathBuf> {
    let mut places = vec![deployed.folder.path().to_owned(), deployed.database.folder().path().to_owned()];
    if let Some((_, host)) = deployed.database.url().split_once("host=") {
        places.push(Path::new(host).to_owned());
    }
    places
}

#[test]
fn what_is_sealed_or_sent_is_found_nowhere() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let deployed = Deployed::new(backend);
        let service = deployed.start();
        let owner = Owner::of(&deployed.database);
        let mut form = sing(&full_referral());
        form["referrer"]["confidential"] = json!(true);
        let school = deployed.client(service.base(), Seat::School);
        let key = format!("{CANARY}-idempotency");
        let id = submit_as(&school, &form, &key);
        assert_eq!(submit_as(&school, &form, &key), id, "the key is known again");
        matched(&owner);
        let case = cases_of(&owner, &id)[0].clone();
        let road = Road { deployed: &deployed, owner, base: service.base().to_owned(), case };
        road.walk();
        road.read();
        road.refused();
        sequenced(&road.owner);
        // The log beside the database's own files, while the service is up: its -wal and -shm are still there.
        assert!(service.log().lines().count() > 5, "the service logs");
        let places = places(&deployed);
        let search = || places.iter().flat_map(|place| found_in(place)).collect::<Vec<_>>();
        let found = search();
        assert!(found.is_empty(), "{backend:?}: {found:?}");
        in_no_table(&road.owner);
        let export = deployed.export();
        assert!(found_in(&export).is_empty());
        assert!(service.stop().success());
        let found = search();
        assert!(found.is_empty(), "{backend:?}, stopped: {found:?}");
        planted(&deployed, &road.owner, &places);
    }
}

/// As the database itself shows its rows, binary columns as hex.
fn in_no_table(owner: &Owner<'_>) {
    let folder = crate::harness::Folder::new();
    for table in DATA.iter().chain(&LEDGER) {
        let rows = owner.rows(table);
        std::fs::write(folder.join(table), rows).unwrap();
    }
    let found = found_in(folder.path());
    assert!(found.is_empty(), "{found:?}");
}

/// That the search finds: the canary in each spelling in a file, and in the clear in a table.
fn planted(deployed: &Deployed, owner: &Owner<'_>, places: &[std::path::PathBuf]) {
    for (name, needle) in spellings() {
        std::fs::write(deployed.folder.join("planted"), [b"before ", needle.as_slice(), b" after"].concat()).unwrap();
        assert!(found_in(deployed.folder.path()).iter().any(|(found, _)| *found == name), "{name} is not found");
    }
    std::fs::remove_file(deployed.folder.join("planted")).unwrap();
    owner.run(&format!("UPDATE case_file SET due_on = '{CANARY}'"));
    let found: Vec<_> = places.iter().flat_map(|place| found_in(place)).collect();
    assert!(!found.is_empty(), "what lies in a table in the clear is not found");
}
