//! Cases in the situations that matter, one of each, laid by the people whose work it is.
//! A situation must hold for as many seats as can have a part in it: a reader who sees nothing proves little.

use crate::api::town::{Town, amendment, least_referral};
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};

/// A case, with what somebody of another agency could have come to know of it.
#[derive(Debug, Clone)]
pub struct Target {
    pub name: &'static str,
    pub case: String,
    /// Questions, actions and named leads, whoever's they are.
    pub references: Vec<String>,
    pub commission: Option<String>,
}

const LEADS: [Body; 5] = [Body::SocialCare, Body::Health, Body::Education, Body::Probation, Body::Police];

struct Laying<'t> {
    town: &'t Town<'t>,
    target: Target,
}

impl<'t> Laying<'t> {
    fn begin(town: &'t Town<'t>, name: &'static str, surname: &'static str) -> Self {
        let case = town.open(surname, true);
        Self { town, target: Target { name, case, references: Vec::new(), commission: None } }
    }

    fn post(&self, seat: Seat, below: &str, body: &Value) -> Value {
        self.town.post(seat, &self.target.case, below, body)
    }

    fn step(&self, seat: Seat, transition: &str, content: Value) -> Value {
        self.town.step(seat, &self.target.case, transition, content)
    }

    fn ask(&mut self, body: Body) {
        let asked = self.town.ask(&self.target.case, body, "Is this person known to you?");
        self.target.references.push(asked);
    }

    fn lead(&mut self, bodies: &[Body]) {
        for body in bodies {
            let lead = self.town.name_lead(&self.target.case, *body);
            self.target.references.push(lead);
        }
    }

    fn act(&mut self, body: Body) {
        let action = self.post(Seat::Coordinator, "actions", &self.town.action(body));
        self.target.references.push(action["id"].as_str().unwrap().to_owned());
    }

    /// Every category that its owners can write at this stage; needs the agencies named as lead.
    fn fill(&self) {
        for (seat, category, fields) in [
            (Seat::Coordinator, "source", json!({"handling": "Ask for the head only"})),
            (Seat::Coordinator, "concern", json!({"furtherInformation": "A neighbour rang"})),
            (Seat::Coordinator, "monitoring", json!({"politicalOpinion": {"answer": "given", "words": "None"}})),
            (Seat::Coordinator, "safety", json!({"precautions": "Visit in pairs"})),
            (Seat::PoliceCt, "police", json!({"associates": "Two, known"})),
            (Seat::Mash, "social_care", json!({"history": "A plan in 2019"})),
            (Seat::Health, "health", json!({"diagnoses": "None known"})),
            (Seat::Education, "education", json!({"behaviour": "Withdrawn"})),
        ] {
            self.town.amend(seat, &self.target.case, category, &fields);
        }
        for (seat, summary) in [
            (Seat::SocialCare, "social_care_summary"),
            (Seat::Health, "health_summary"),
            (Seat::Education, "education_summary"),
        ] {
            self.post(seat, &format!("releases/{summary}"), &self.town.release("Known; no more than that."));
        }
        let note = json!({"on": self.town.today(), "kind": "note", "note": "The school rang"});
        self.post(Seat::Coordinator, "log", &note);
    }

    fn to_triage(&self) {
        self.step(Seat::Coordinator, "begin_triage", json!({"earlierCasesSearched": true}));
        let found = json!({"findings": "A worried child", "childConcerned": true, "mashInformed": true});
        self.step(Seat::Coordinator, "record_triage", found);
    }

    fn to_consent(&self) {
        let town = self.town;
        self.to_triage();
        self.step(Seat::Coordinator, "send_to_gateway", json!({"referralComplete": true}));
        self.step(Seat::PoliceCt, "gateway_clear", json!({"statementForOthers": "Nothing stands in the way"}));
        self.step(Seat::Coordinator, "begin_assessment", json!({"reason": "It goes on"}));
        self.step(Seat::PoliceCt, "section36_decide", json!({"grounds": "Written"}));
        self.step(Seat::PoliceCt, "record_assessment", assessment(town));
        self.step(Seat::Coordinator, "write_plan", plan("Mentoring"));
        self.step(Seat::Coordinator, "list_for_panel", json!({"meetingDate": town.today()}));
        self.step(Seat::Chair, "adopt", town.decision(&self.target.case, "It is right"));
    }

    fn consented(&self) {
        let asked = json!({"askedBy": "The mentor", "how": "telephone", "result": "asked", "note": "She will think"});
        self.step(Seat::Coordinator, "ask_consent", asked);
        self.step(Seat::Coordinator, "give_consent", given());
    }

    fn commission(&mut self) {
        let written = self.step(Seat::Coordinator, "commission", offer(self.town));
        self.target.commission = Some(written["records"][0].as_str().unwrap().to_owned());
    }
}

pub fn assessment(town: &Town<'_>) -> Value {
    json!({"heldElsewhere": {"system": "PCMT", "reference": "1", "framework": "PAF", "date": town.today(),
        "author": "An officer", "countersigned": true, "conclusion": "Some vulnerability"}})
}

pub fn plan(nature: &str) -> Value {
    json!({"consentRequest": {"how": "At home", "when": "Soon", "byWhom": "The mentor"},
        "support": [{"nature": nature, "providedBy": "A mentor", "howAndWhen": "Weekly"}]})
}

pub fn given() -> Value {
    json!({"givenBy": "self", "giverName": "A. Person", "capacity": "Understands", "scope": ["mentoring"],
        "form": "written", "takenBy": "The mentor"})
}

pub fn offer(town: &Town<'_>) -> Value {
    json!({"provider": town.agency(Body::Provider), "brief": "Weekly talks", "objectives": ["Trust"],
        "sessionsPlanned": 6, "from": town.today(), "to": town.later(200)})
}

/// Every situation.
pub fn lay(town: &Town<'_>) -> Vec<Target> {
    let targets = vec![
        triage(town),
        asked(town),
        apart(town),
        consent(town),
        offered(town),
        intervention(town),
        closed(town),
        restricted(town),
        twin(town),
        elsewhere(town),
        leaving(town),
    ];
    agendas(town, &targets);
    targets
}

/// One meeting that is planned and one that sits, each with cases before it that not everybody there may know.
fn agendas(town: &Town<'_>, targets: &[Target]) {
    let case = |name: &str| targets.iter().find(|target| target.name == name).unwrap().case.as_str();
    let planned = town.meeting("scheduled");
    for name in ["triage", "restricted", "consent", "apart", "intervention"] {
        town.item(&planned, case(name));
    }
    let open = town.meeting("extraordinary");
    for name in ["consent", "restricted", "intervention", "asked"] {
        town.item(&open, case(name));
    }
    town.seated(&open, &[town.attendee(Seat::Chair, "chair"), town.attendee(Seat::PoliceCt, "police")]);
    town.meeting_step(&open, "open").expect(204);
}

/// Everybody has a part, and the gateway has not answered.
fn triage(town: &Town<'_>) -> Target {
    let mut laying = Laying::begin(town, "triage", "Larkspur");
    laying.lead(&LEADS);
    laying.fill();
    laying.to_triage();
    laying.step(Seat::Coordinator, "send_to_gateway", json!({"referralComplete": true}));
    laying.post(Seat::Coordinator, "listings", &town.invitation(Seat::Guest));
    laying.ask(Body::Health);
    laying.ask(Body::Probation);
    laying.act(Body::SocialCare);
    laying.target
}

/// Five agencies are asked and have no other part; almost nothing is written.
fn asked(town: &Town<'_>) -> Target {
    let mut laying = Laying::begin(town, "asked", "Hyssop");
    laying.to_triage();
    for body in LEADS {
        laying.ask(body);
    }
    laying.target
}

/// Nobody beyond the council, police and the hub knows of it.
fn apart(town: &Town<'_>) -> Target {
    town.refer(Seat::Coordinator, &least_referral("Tamarisk")).expect(201);
    let case = town.case_named("Tamarisk");
    Target { name: "apart", case, references: Vec::new(), commission: None }
}

fn consent(town: &Town<'_>) -> Target {
    let mut laying = Laying::begin(town, "consent", "Bergamot");
    laying.lead(&LEADS);
    laying.lead(&[Body::Mash]);
    laying.to_consent();
    laying.post(Seat::Coordinator, "listings", &town.invitation(Seat::Guest));
    laying.target
}

/// The provider knows only that it is asked.
fn offered(town: &Town<'_>) -> Target {
    let mut laying = Laying::begin(town, "offered", "Comfrey");
    laying.to_consent();
    laying.consented();
    laying.commission();
    laying.target
}

/// Everybody has a part and everything is written.
fn intervention(town: &Town<'_>) -> Target {
    let mut laying = Laying::begin(town, "intervention", "Valerian");
    laying.lead(&LEADS);
    laying.fill();
    laying.to_consent();
    laying.consented();
    laying.step(Seat::Coordinator, "start_intervention", json!({}));
    laying.commission();
    let commission = laying.target.commission.clone().unwrap();
    laying.step(Seat::Provider, "accept_commission", json!({"commission": commission, "briefRead": true}));
    let session = json!({"commission": commission, "status": "held", "sessionOn": town.today(), "report": "They met"});
    laying.step(Seat::Provider, "log_session", session);
    laying.lead(&[Body::Mash]);
    laying.ask(Body::Health);
    laying.act(Body::Education);
    laying.post(Seat::Coordinator, "listings", &town.invitation(Seat::Guest));
    laying.post(Seat::Deputy, "recusals", &json!({}));
    laying.target
}

fn closed(town: &Town<'_>) -> Target {
    let mut laying = Laying::begin(town, "closed", "Lovage");
    laying.lead(&LEADS);
    laying.fill();
    laying.step(Seat::Coordinator, "close", json!({"outcome": "left_uk", "reason": "Moved"}));
    laying.target
}

/// Agencies have a part in it, and yet only two people may know of it.
fn restricted(town: &Town<'_>) -> Target {
    let mut laying = Laying::begin(town, "restricted", "Samphire");
    laying.lead(&LEADS);
    let people = [Seat::Coordinator, Seat::PoliceCt].map(|seat| town.running.borough.person(seat));
    let path = format!("/api/v1/cases/{}/restriction", laying.target.case);
    town.seat(Seat::Coordinator).request("PUT", &path).json(&json!({"people": people})).send().expect(204);
    laying.target
}

/// Proposed as the same person as the first of that name, which is restricted.
fn twin(town: &Town<'_>) -> Target {
    let first = town.case_named("Samphire");
    town.refer(Seat::School, &crate::api::town::referral("Samphire", false)).expect(201);
    let case = town.until("the second case", || {
        let queue = town.seat(Seat::Coordinator).get("/api/v1/cases").expect(200).json();
        let ids = queue["cases"].as_array().unwrap().iter().filter(|c| c["name"] == "Anwen Samphire");
        ids.filter_map(|c| c["id"].as_str()).find(|id| *id != first).map(str::to_owned)
    });
    town.until("the candidate", || {
        let path = format!("/api/v1/cases/{case}/candidates");
        let found = town.seat(Seat::Coordinator).get(&path).expect(200).json();
        found["candidates"].as_array().unwrap().iter().any(|c| c["case"] == *first).then_some(())
    });
    Target { name: "twin", case, references: Vec::new(), commission: None }
}

/// The neighbouring panel's.
fn elsewhere(town: &Town<'_>) -> Target {
    let body = json!({"origin": "legacy", "receivedOn": town.today(), "stage": "referred", "stageOn": town.today(),
        "identity": {"forenames": "Anwen", "surname": "Larkspur", "dateOfBirth": "2001-04-17"}});
    let opened = town.seat(Seat::NeighbourCoordinator).post("/api/v1/cases", &body).expect(201).json();
    let case = opened["id"].as_str().unwrap().to_owned();
    let etag = town.etag(Seat::NeighbourCoordinator, &case, "contact");
    let client = town.seat(Seat::NeighbourCoordinator);
    let request = client.request("PATCH", &format!("/api/v1/cases/{case}/categories/contact"));
    request.if_match(&format!("\"{etag}\"")).json(&amendment(&json!({"howToReach": "Write"}))).send().expect(200);
    Target { name: "elsewhere", case, references: Vec::new(), commission: None }
}

/// On its way to the neighbouring panel, which is told who it is and how to reach her.
fn leaving(town: &Town<'_>) -> Target {
    let mut laying = Laying::begin(town, "leaving", "Meadowsweet");
    laying.lead(&[Body::Health]);
    laying.to_consent();
    crate::api::transfers::offered(town, &laying.target.case, &["identity", "contact", "plan"]);
    laying.target
}
